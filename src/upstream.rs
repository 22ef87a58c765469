//! Calls upstream as data: URLs built, answers read, calls made through [`crate::services`].

pub mod api;
pub mod attempt;
pub mod registry;
pub mod signed_url;
