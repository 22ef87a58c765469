//! The twin of D1: real SQLite, in memory, with the limits that D1 has.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use bhcr::services::database::{Database, DatabaseError, Outcome, Row, Statement, Value};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, StatementStatus, ToSql, params_from_iter};

use super::MemoryClock;
use super::gate::{Failed, Gate};

// More than the statements of the catalog: to prepare one costs more than to run it.
const PREPARED: usize = 500;
const MAX_PARAMETERS: usize = 100;
const MAX_TEXT: usize = 2_000_000;
const MAX_SQL: usize = 100_000;
const MAX_INTEGER: u64 = 1 << 53;

/// A database whose time is a [`MemoryClock`]'s. A clone is the same database.
#[derive(Clone)]
pub struct SqliteDatabase(Rc<Inner>);

thread_local! {
    // Each test has a thread. What it judged once it need not judge in its next database.
    static JUDGED: RefCell<HashSet<&'static str>> = RefCell::default();
}

struct Inner {
    connection: Connection,
    gate: Gate,
    batches: Cell<usize>,
    writes: Cell<usize>,
    steps: Cell<u64>,
    judges: Cell<bool>,
}

impl SqliteDatabase {
    /// A database with the tables of `migrations/`. How it would run each statement is looked at:
    /// a statement that reads past an index, or past the account, fails the test.
    pub fn migrated(clock: MemoryClock) -> Self {
        let database = Self::empty(clock);
        for migration in migrations() {
            database.run(&migration);
        }
        database.0.judges.set(true);
        database
    }

    /// A database without a table.
    pub fn empty(clock: MemoryClock) -> Self {
        let connection = Connection::open_in_memory().expect("SQLite opens");
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let now = move |_: &rusqlite::functions::Context<'_>| Ok(clock.now().cast_signed());
        let flags = FunctionFlags::SQLITE_UTF8;
        connection.create_scalar_function("unixepoch", 0, flags, now).expect("it takes the clock");
        let (gate, batches, writes, steps, judges) = Default::default();
        Self(Rc::new(Inner { connection, gate, batches, writes, steps, judges }))
    }

    /// What every batch passes.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// How many batches were run.
    pub fn batches(&self) -> usize {
        self.0.batches.get()
    }

    /// How many of them wrote something.
    pub fn writes(&self) -> usize {
        self.0.writes.get()
    }

    /// How many steps SQLite has taken for what was run.
    pub fn steps(&self) -> u64 {
        self.0.steps.get()
    }

    /// Every row of every table.
    pub fn dump(&self) -> Vec<String> {
        let tables = "select name from sqlite_schema where type = 'table' order by name";
        let rows = |sql: &str| self.texts(sql);
        let of_table = |table: String| {
            let columns = rows(&format!("select name from pragma_table_info('{table}')"));
            let fields = columns.iter().map(|it| format!("'{it}', {it}")).collect::<Vec<_>>();
            let row = format!("json_object({})", fields.join(", "));
            rows(&format!("select '{table} ' || {row} as row from {table} order by row"))
        };
        rows(tables).into_iter().flat_map(of_table).collect()
    }

    /// The texts in the first column, past every limit.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let mut prepared = self.0.connection.prepare(sql).expect("the statement is good");
        let texts = prepared.query_map([], |row| row.get(0)).expect("it runs");
        texts.collect::<Result<_, _>>().expect("texts")
    }

    /// Runs statements as they are, past every limit.
    pub fn run(&self, sql: &str) {
        self.0.connection.execute_batch(sql).expect("the statements are good");
    }

    fn judge(&self, sql: &'static str) {
        if !self.0.judges.get() || !JUDGED.with_borrow_mut(|judged| judged.insert(sql)) {
            return;
        }
        let mut plan =
            self.0.connection.prepare(&format!("explain query plan {sql}")).expect("SQL");
        let none = vec![Value::Null; plan.parameter_count()];
        let steps = plan.query_map(params_from_iter(none.iter().map(Parameter)), |row| row.get(3));
        let steps: Vec<String> = steps.expect("a plan").collect::<Result<_, _>>().expect("steps");
        let bad: Vec<_> = steps.iter().filter(|step| !is_good(sql, step)).collect();
        assert!(bad.is_empty(), "{bad:?} in the plan of {sql}");
    }

    fn run_batch(&self, statements: &[Statement]) -> Result<Vec<Outcome>, DatabaseError> {
        self.0.batches.set(self.batches() + 1);
        let transaction = self.0.connection.unchecked_transaction().map_err(refused)?;
        let outcomes =
            statements.iter().map(|it| self.outcome(it)).collect::<Result<Vec<_>, _>>()?;
        transaction.commit().map_err(refused)?;
        let wrote = outcomes.iter().any(|outcome| outcome.changes > 0);
        self.0.writes.set(self.writes() + usize::from(wrote));
        Ok(outcomes)
    }

    fn outcome(&self, statement: &Statement) -> Result<Outcome, DatabaseError> {
        within_limits(statement)?;
        self.judge(statement.sql);
        let mut prepared = self.0.connection.prepare_cached(statement.sql).map_err(refused)?;
        let columns: Vec<_> = prepared.column_names().map(str::to_owned).collect();
        let reads = prepared.readonly();
        let values = params_from_iter(statement.values.iter().map(Parameter));
        let mut found = prepared.query(values).map_err(refused)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(refused)? {
            let value = |at| row.get_ref(at).map(value).expect("a column of the row");
            let columns = columns.iter().enumerate();
            rows.push(columns.map(|(at, name)| (name.clone(), value(at))).collect::<Row>());
        }
        drop(found);
        let steps = prepared.reset_status(StatementStatus::VmStep);
        self.0.steps.set(self.steps() + u64::from(steps.unsigned_abs()));
        Ok(Outcome { rows, changes: if reads { 0 } else { self.0.connection.changes() } })
    }
}

impl Database for SqliteDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let ran = self.0.gate.pass(|| self.run_batch(&statements)).await;
        ran.unwrap_or_else(|Failed| Err(DatabaseError::Failed("an internal error".to_owned())))
    }
}

/// The migrations, in their order.
fn migrations() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files = fs::read_dir(folder).expect("there is a folder of migrations");
    let mut files: Vec<_> = files.map(|it| it.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).expect("a migration is text")).collect()
}

// A table is searched by an index that begins with the account, by a secret, or by what walks over
// accounts. What is gone
// through as a whole is a parameter's list, or what the statement itself has found before.
fn is_good(sql: &str, step: &str) -> bool {
    let known = ["(account=?", "(account>?", "(secret=?", "(walk=?"];
    let by_account = known.iter().any(|by| step.contains(by));
    let found = ["VIRTUAL TABLE", "CONSTANT ROW", "named", "page", "(subquery"];
    match step.split(' ').next() {
        Some("SEARCH") if step.ends_with("(account=?)") => is_about_accounts(sql, step),
        Some("SEARCH") => by_account && !step.contains("AUTOMATIC"),
        Some("SCAN") => found.iter().any(|it| step.contains(it)),
        _ => !step.contains("ORDER BY"),
    }
}

// Everything of an account is looked at only where that is the account's own row and callers, or
// the question is whether there is anything.
fn is_about_accounts(sql: &str, step: &str) -> bool {
    let small = ["accounts", "credentials", "grants"];
    let about = step.split(' ').nth(1).is_some_and(|table| small.contains(&table));
    about || step.contains(" EXISTS ") || sql.starts_with("delete from accounts")
}

fn within_limits(statement: &Statement) -> Result<(), DatabaseError> {
    let too_much = |what: &str| Err(DatabaseError::Failed(format!("too much for D1: {what}")));
    let fits = |value: &Value| match value {
        Value::Null => true,
        Value::Integer(number) => number.unsigned_abs() <= MAX_INTEGER,
        Value::Text(text) => text.len() <= MAX_TEXT,
    };
    match statement {
        Statement { sql, .. } if sql.len() > MAX_SQL => too_much("SQL"),
        Statement { values, .. } if values.len() > MAX_PARAMETERS => too_much("parameters"),
        Statement { values, .. } if !values.iter().all(fits) => too_much("a value"),
        Statement { .. } => Ok(()),
    }
}

fn refused(error: Error) -> DatabaseError {
    let message = error.to_string();
    let says = |words: &str| message.contains(words);
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => DatabaseError::Rejected,
        _ if says("no such table") || says("no such column") || says("has no column") => {
            DatabaseError::Missing
        }
        _ => DatabaseError::Failed(message),
    }
}

struct Parameter<'a>(&'a Value);

impl ToSql for Parameter<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, Error> {
        match self.0 {
            Value::Null => Null.to_sql(),
            Value::Integer(number) => Ok(ToSqlOutput::from(*number)),
            Value::Text(text) => Ok(ToSqlOutput::from(text.as_str())),
        }
    }
}

fn value(found: ValueRef<'_>) -> Value {
    match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Real(_) | ValueRef::Blob(_) => panic!("the catalog has numbers and texts only"),
    }
}
