//! The vocabulary of accounts, which own hosted repositories: names, identifiers, secrets, rights.
//! Pure: nothing here does I/O.

pub mod caller;
pub mod credential;
pub mod id;
pub mod name;
pub mod rights;
