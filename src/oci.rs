//! The vocabulary of registries, as the OCI distribution specification and the distribution token
//! specification define it. Pure: nothing here does I/O or knows what a release is.

pub mod challenge;
pub mod condition;
pub mod digest;
pub mod error;
pub mod image;
pub mod manifest;
pub mod name;
pub mod paging;
pub mod path;
pub mod quote;
pub mod range;
pub mod reference;
pub mod scope;
