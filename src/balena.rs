//! The vocabulary of balena releases. Pure: nothing here does I/O.

pub mod location;
pub mod reference;
pub mod resolved;
