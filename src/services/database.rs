//! A database that speaks SQLite's SQL, and runs several statements as one transaction: D1.
//!
//! Nothing of hosting is here. Values are numbers and texts only: D1 returns a blob as an array of
//! numbers, and what bhcr stores is text anyway.

use std::mem;

/// A database. A clone is the same database.
#[allow(async_fn_in_trait, reason = "a Worker has one thread")]
pub trait Database: Clone + 'static {
    /// Runs the statements in order as one transaction: all of them, or none. Gives one outcome
    /// for each statement. Every read sees what earlier batches of any caller wrote.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was written then, except where it is
    /// [`DatabaseError::Failed`]: a reply that was lost does not tell. Statements are therefore
    /// written so that the same batch can be run again.
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError>;
}

/// One statement and the values of its parameters `?1`, `?2`, … of which D1 takes 100 at most.
/// The text is fixed when bhcr is compiled, so no value can become SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The SQL, without a semicolon at its end.
    pub sql: &'static str,
    /// The values of the parameters, in order.
    pub values: Vec<Value>,
}

impl Statement {
    /// A statement with its values.
    pub fn new<const N: usize>(sql: &'static str, values: [Value; N]) -> Self {
        Self { sql, values: values.into() }
    }
}

/// A value of a parameter or a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL's null.
    Null,
    /// A whole number, at most 2^53 away from zero: D1 reads and writes JavaScript's numbers.
    Integer(i64),
    /// A text, 2 MB at most.
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Integer(i64::from(truth))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// What a statement came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The rows that it gave.
    pub rows: Vec<Row>,
    /// How many rows it inserted, updated or deleted.
    pub changes: u64,
}

impl Outcome {
    /// Reads each row.
    ///
    /// # Errors
    /// The first error of `read`.
    pub fn read<T>(
        self,
        mut read: impl FnMut(Row) -> Result<T, DatabaseError>,
    ) -> Result<Vec<T>, DatabaseError> {
        // A loop, because the library's way to collect results takes twice the code for each type.
        let mut all = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            all.push(read(row)?);
        }
        Ok(all)
    }
}

/// A row, by the names of its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(Vec<(String, Value)>);

impl Row {
    /// The text in a column.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] where there is none.
    pub fn text(&mut self, column: &str) -> Result<String, DatabaseError> {
        self.optional_text(column)?.ok_or_else(|| unexpected(column))
    }

    /// The text in a column, or `None` for null. A text is moved out, and leaves null there.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] where there is no such column, or a number in it.
    pub fn optional_text(&mut self, column: &str) -> Result<Option<String>, DatabaseError> {
        match self.value(column) {
            Some(Value::Integer(_)) | None => Err(unexpected(column)),
            Some(value) => match mem::replace(value, Value::Null) {
                Value::Text(text) => Ok(Some(text)),
                Value::Null | Value::Integer(_) => Ok(None),
            },
        }
    }

    /// The number in a column, zero or more.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] where there is none.
    pub fn number(&self, column: &str) -> Result<u64, DatabaseError> {
        self.optional_number(column)?.ok_or_else(|| unexpected(column))
    }

    /// The number in a column, zero or more, or `None` for null.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] where there is no such column, a text or a negative number in it.
    pub fn optional_number(&self, column: &str) -> Result<Option<u64>, DatabaseError> {
        match self.found(column) {
            Some(Value::Integer(number)) => {
                u64::try_from(*number).map(Some).map_err(|_| unexpected(column))
            }
            Some(Value::Null) => Ok(None),
            Some(Value::Text(_)) | None => Err(unexpected(column)),
        }
    }

    /// Whether a column has this text.
    pub fn is_text(&self, column: &str, text: &str) -> bool {
        matches!(self.found(column), Some(Value::Text(found)) if found == text)
    }

    /// Whether the number in a column is another than zero.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] where there is none.
    pub fn truth(&self, column: &str) -> Result<bool, DatabaseError> {
        self.number(column).map(|number| number != 0)
    }

    // A row has a few columns, so looking through them is as fast as a map, and smaller.
    fn found(&self, column: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, value)| value)
    }

    fn value(&mut self, column: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(name, _)| name == column).map(|(_, value)| value)
    }
}

impl FromIterator<(String, Value)> for Row {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(columns: I) -> Self {
        Self(columns.into_iter().collect())
    }
}

/// Why a batch gave no outcomes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// A constraint was violated: a guard said no, or a key is taken.
    #[error("a constraint was violated")]
    Rejected,
    /// There is no such table or column: migrations are missing.
    #[error("a table or a column is missing")]
    Missing,
    /// The database has too much to do at the moment.
    #[error("the database has too much to do")]
    Overloaded,
    /// Anything else, in words for the log.
    #[error("the database failed: {0}")]
    Failed(String),
}

fn unexpected(column: &str) -> DatabaseError {
    DatabaseError::Failed(format!("unexpected value in column {column}"))
}
