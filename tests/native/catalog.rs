//! The catalog's rules, on real SQLite. How the database would run each statement is looked at by
//! the twin: one that reads past an index or past the account fails whatever test runs it.

mod accounts;
mod blobs;
mod callers;
mod checks;
mod collection;
mod commits;
mod costs;
mod isolation;
mod lists;
mod lost_replies;
mod manifests;
mod mounts;
mod races;
mod removals;
mod repositories;
mod uploads;
mod visits;
mod world;
