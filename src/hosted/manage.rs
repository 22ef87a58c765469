//! The management API: JSON under `/api/v1/`, with a secret of bhcr as a Bearer value. It reads no
//! cookies, so a web page cannot make its visitor's browser act here.

mod accounts;
mod actor;
mod clients;
pub mod fields;
mod housekeeping;
pub mod input;
mod keys;
pub mod login;
pub mod output;
mod repositories;
pub(crate) mod serve;

/// The description of this API (OpenAPI 3.1), as it is served.
pub const OPENAPI: &str = include_str!("manage/openapi.json");

// The most elements of a list.
const PAGE: u64 = 100;
