//! The vocabulary of accounts, as tables.

mod credentials;
mod names;
mod rights;
