//! D1 as the database of hosted repositories.
//!
//! A batch crosses to JavaScript as one JSON text, and its outcomes come back as one. A statement
//! has several values and a row several columns, and to cross with each of them would cost more
//! than the JSON.

use js_sys::{JsString, Reflect};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

use super::runtime::{self, D1Database, Env};
use crate::services::database::{Database, DatabaseError, Outcome, Row, Statement, Value};

const BINDING: &str = "CATALOG";

/// The D1 database that is bound as `CATALOG`.
#[derive(Clone)]
pub struct EdgeDatabase {
    bound: D1Database,
}

impl EdgeDatabase {
    /// The database of this environment, if one is bound.
    pub fn new(env: &Env) -> Option<Self> {
        let bound = Reflect::get(env, &JsValue::from(BINDING)).ok()?;
        bound.is_object().then(|| Self { bound: bound.unchecked_into() })
    }
}

impl Database for EdgeDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let asked: Vec<_> = statements.iter().map(Asked::from).collect();
        let asked = serde_json::to_string(&asked).map_err(failed)?;
        let told = runtime::run_batch(&self.bound, &asked).await.map_err(|it| refused(&it))?;
        let told: Vec<Told> = serde_json::from_slice(text(&told).as_bytes()).map_err(failed)?;
        Ok(told.into_iter().map(Outcome::from).collect())
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    sql: &'static str,
    values: Vec<Written<'a>>,
}

#[derive(Deserialize)]
struct Told {
    rows: Vec<ReadRow>,
    changes: u64,
}

struct Written<'a>(&'a Value);

struct Read(Value);

struct ReadRow(Row);

impl<'a> From<&'a Statement> for Asked<'a> {
    fn from(Statement { sql, values }: &'a Statement) -> Self {
        Self { sql, values: values.iter().map(Written).collect() }
    }
}

impl From<Told> for Outcome {
    fn from(Told { rows, changes }: Told) -> Self {
        Self { rows: rows.into_iter().map(|ReadRow(row)| row).collect(), changes }
    }
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

impl<'de> Deserialize<'de> for ReadRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor).map(Self)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut columns: A) -> Result<Row, A::Error> {
        std::iter::from_fn(|| columns.next_entry().transpose())
            .map(|column| column.map(|(name, Read(value))| (name, value)))
            .collect()
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("null, a whole number or a text")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Integer).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }
}

fn text(told: &JsValue) -> String {
    told.dyn_ref::<JsString>().map(runtime::text).unwrap_or_default()
}

fn failed(problem: serde_json::Error) -> DatabaseError {
    DatabaseError::Failed(format!("a batch that is not understood: {problem}"))
}

// D1 says what went wrong only in words. They name tables and columns, and never a value.
fn refused(thrown: &JsValue) -> DatabaseError {
    let message = Reflect::get(thrown, &JsValue::from("message"));
    let message = message.ok().and_then(|it| it.as_string()).unwrap_or_default();
    let says = |words: &str| message.contains(words);
    if says("constraint failed") {
        DatabaseError::Rejected
    } else if says("no such table") || says("no such column") || says("has no column") {
        DatabaseError::Missing
    } else if says("overloaded") || says("too many requests queued") {
        DatabaseError::Overloaded
    } else {
        DatabaseError::Failed(message)
    }
}
