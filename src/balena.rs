//! The vocabulary of balena releases. Pure: nothing here does I/O.

pub mod architecture;
pub mod location;
pub mod reference;
pub mod resolved;
