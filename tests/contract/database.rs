//! What every [`Database`] promises, and what D1 refuses besides. Run it on an empty one.

use bhcr::services::database::{Database, DatabaseError, Outcome, Row, Statement, Value};

/// Every promise, one after the other.
pub async fn keeps_its_promises<D: Database>(database: D) {
    a_missing_table_is_told_apart(&database).await;
    create(&database).await;
    values_come_back_as_they_went_in(&database).await;
    each_statement_tells_its_own_changes(&database).await;
    a_statement_sees_what_those_before_it_wrote(&database).await;
    one_that_is_rejected_takes_the_whole_batch_back(&database).await;
    a_guard_lets_through_or_rejects(&database).await;
    nonsense_fails_and_writes_nothing(&database).await;
    lists_go_in_as_one_parameter(&database).await;
    a_clone_is_the_same_database(&database).await;
    its_time_is_in_seconds(&database).await;
}

/// A database refuses what D1 refuses.
pub async fn refuses_what_d1_refuses<D: Database>(database: D) {
    create(&database).await;
    let many = Statement { sql: "select ?101", values: vec![Value::Null; 101] };
    assert!(matches!(database.batch(vec![many]).await, Err(DatabaseError::Failed(_))));
    let fits = Statement { sql: "select ?100", values: vec![Value::Null; 100] };
    assert_eq!(rows(&database, fits).await.len(), 1);
    let long = put("long", Value::Text("x".repeat(1_900_000)));
    assert_eq!(changes(&database, vec![long]).await, [1]);
}

const CREATE: &str = "create table things (name text primary key not null, value any) strict";
const PUT: &str = "insert into things (name, value) values (?1, ?2)";
const GET: &str = "select value from things where name = ?1";

fn put(name: &str, value: Value) -> Statement {
    Statement::new(PUT, [name.into(), value])
}

fn get(name: &str) -> Statement {
    Statement::new(GET, [name.into()])
}

async fn run<D: Database>(database: &D, statements: Vec<Statement>) -> Vec<Outcome> {
    let count = statements.len();
    let outcomes = database.batch(statements).await.expect("the batch is good");
    assert_eq!(outcomes.len(), count, "one outcome for each statement");
    outcomes
}

async fn changes<D: Database>(database: &D, statements: Vec<Statement>) -> Vec<u64> {
    run(database, statements).await.iter().map(|outcome| outcome.changes).collect()
}

async fn rows<D: Database>(database: &D, statement: Statement) -> Vec<Row> {
    run(database, vec![statement]).await.remove(0).rows
}

async fn create<D: Database>(database: &D) {
    run(
        database,
        vec![
            Statement::new(CREATE, []),
            Statement::new("create table guard (passed integer not null) strict", []),
        ],
    )
    .await;
}

async fn a_missing_table_is_told_apart<D: Database>(database: &D) {
    for sql in ["select 1 from nowhere", "insert into nowhere values (1)"] {
        let told = database.batch(vec![Statement::new(sql, [])]).await;
        assert_eq!(told, Err(DatabaseError::Missing), "{sql}");
    }
}

async fn values_come_back_as_they_went_in<D: Database>(database: &D) {
    let long = "m".repeat(256 * 1024);
    let texts =
        ["", " padded ", "line\nbreak", "ünï \u{1f980}", "{\"json\":\"\\u0000\"}", "12", &long];
    let numbers = [0, 1, -1, 5 << 40, 1 << 53, -(1 << 53)];
    let texts = texts.map(|text| Value::Text(text.to_owned())).into_iter();
    for value in texts.chain(numbers.map(Value::Integer)).chain([Value::Null]) {
        let both = vec![put("value", value.clone()), get("value")];
        let rows = run(database, both).await.remove(1).rows;
        assert_eq!(rows, [Row::from_iter([("value".to_owned(), value)])]);
        let gone = Statement::new("delete from things where name = 'value'", []);
        assert_eq!(changes(database, vec![gone]).await, [1]);
    }
}

async fn each_statement_tells_its_own_changes<D: Database>(database: &D) {
    let ignored = "insert into things (name) values ('one') on conflict do nothing";
    let several = "update things set value = 7 where name in ('one', 'two')";
    let batch = vec![
        put("one", Value::Null),
        put("two", Value::Null),
        get("one"),
        Statement::new(ignored, []),
        Statement::new(several, []),
        get("none"),
        Statement::new("delete from things", []),
        Statement::new("delete from things", []),
    ];
    assert_eq!(changes(database, batch).await, [1, 1, 0, 0, 2, 0, 2, 0]);
}

async fn a_statement_sees_what_those_before_it_wrote<D: Database>(database: &D) {
    let count = Statement::new("select count(*) as number from things", []);
    let batch = vec![count.clone(), put("seen", Value::Null), count.clone()];
    let told = run(database, batch).await;
    let number = |at: usize| told[at].rows[0].number("number").expect("a number");
    assert_eq!([number(0), number(2)], [0, 1]);
    assert_eq!(rows(database, count).await[0].number("number"), Ok(1));
}

async fn one_that_is_rejected_takes_the_whole_batch_back<D: Database>(database: &D) {
    let batch = vec![put("taken back", Value::Null), put("seen", Value::Null)];
    assert_eq!(database.batch(batch).await, Err(DatabaseError::Rejected));
    assert_eq!(rows(database, get("taken back")).await, []);
}

async fn a_guard_lets_through_or_rejects<D: Database>(database: &D) {
    const GUARD: &str = "insert into guard select case when exists(select 1 from things where \
                         name = ?1) then null else 1 end";
    let guarded =
        |name: &str| vec![put("guarded", Value::Null), Statement::new(GUARD, [name.into()])];
    assert_eq!(database.batch(guarded("seen")).await, Err(DatabaseError::Rejected));
    assert_eq!(rows(database, get("guarded")).await, []);
    assert_eq!(changes(database, guarded("unseen")).await, [1, 1]);
    assert_eq!(rows(database, get("guarded")).await.len(), 1);
}

async fn nonsense_fails_and_writes_nothing<D: Database>(database: &D) {
    let batch = vec![put("nonsense", Value::Null), Statement::new("selct 1", [])];
    assert!(matches!(database.batch(batch).await, Err(DatabaseError::Failed(_))));
    assert_eq!(rows(database, get("nonsense")).await, []);
}

async fn lists_go_in_as_one_parameter<D: Database>(database: &D) {
    const LIST: &str = "select value ->> 'at' as at, value ->> 'of' as of from json_each(?1)";
    let list: Vec<_> = (0..5000).map(|at| format!(r#"{{"at":{at},"of":"é{at}"}}"#)).collect();
    let list = Statement::new(LIST, [format!("[{}]", list.join(",")).into()]);
    let mut rows = rows(database, list).await;
    assert_eq!(rows.len(), 5000);
    assert_eq!(rows[4999].number("at"), Ok(4999));
    assert_eq!(rows[4999].text("of").as_deref(), Ok("é4999"));
}

async fn a_clone_is_the_same_database<D: Database>(database: &D) {
    run(&database.clone(), vec![put("clone", Value::Null)]).await;
    assert_eq!(rows(database, get("clone")).await.len(), 1);
}

async fn its_time_is_in_seconds<D: Database>(database: &D) {
    let now = rows(database, Statement::new("select unixepoch() as now", [])).await;
    let now = now[0].number("now").expect("a number");
    assert!((1_000_000_000..10_000_000_000).contains(&now), "{now}");
}
