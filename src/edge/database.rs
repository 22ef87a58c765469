//! D1 as the database of hosted repositories.
//!
//! A batch crosses to JavaScript as one JSON text, and its outcomes come back as one. A statement
//! has several values and a row several columns, and to cross with each of them would cost more
//! than the JSON.

use std::fmt::Display;

use js_sys::{JsString, Reflect};
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::Value as Json;
use wasm_bindgen::{JsCast, JsValue};

use super::runtime::{self, D1Database, Env};
use crate::json::{self, WrongField};
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
        let told = runtime::settled(runtime::run_batch(&self.bound, &asked)).await;
        let told = told.map_err(|it| refused(&it))?;
        match json::tree(text(&told).as_bytes()).map_err(failed)? {
            Json::Array(told) => {
                told.into_iter().map(outcome).collect::<Result<_, _>>().map_err(failed)
            }
            _ => Err(failed("no list")),
        }
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    sql: &'static str,
    values: Vec<Written<'a>>,
}

struct Written<'a>(&'a Value);

impl<'a> From<&'a Statement> for Asked<'a> {
    fn from(Statement { sql, values }: &'a Statement) -> Self {
        Self { sql, values: values.iter().map(Written).collect() }
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

fn outcome(mut told: Json) -> Result<Outcome, WrongField> {
    let changes = json::number(&told, "changes")?;
    let Json::Array(rows) = told["rows"].take() else {
        return Err(WrongField { field: "rows", wanted: "list" });
    };
    Ok(Outcome { rows: rows.into_iter().map(row).collect::<Result<_, _>>()?, changes })
}

fn row(told: Json) -> Result<Row, WrongField> {
    let Json::Object(columns) = told else {
        return Err(WrongField { field: "rows", wanted: "object" });
    };
    columns.into_iter().map(|(name, told)| Ok((name, value(told)?))).collect()
}

fn value(told: Json) -> Result<Value, WrongField> {
    match told {
        Json::Null => Ok(Value::Null),
        Json::String(text) => Ok(Value::Text(text)),
        told => told
            .as_i64()
            .map(Value::Integer)
            .ok_or(WrongField { field: "rows", wanted: "value that is stored" }),
    }
}

fn text(told: &JsValue) -> String {
    told.dyn_ref::<JsString>().map(runtime::text).unwrap_or_default()
}

fn failed(problem: impl Display) -> DatabaseError {
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
