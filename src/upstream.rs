//! Calls upstream: these modules build URLs and read answers. [`crate::services`] makes the calls.

pub mod api;
pub mod attempt;
pub mod registry;
pub mod signed_url;
pub mod target;
