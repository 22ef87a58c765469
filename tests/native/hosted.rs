//! Hosted repositories, as far as they need neither catalog nor objects; and the app as a whole, with
//! hosting on, on the in-memory twins of its services.

mod credentials;
mod manage;
mod managing;
mod names;
mod operations;
mod registry;
mod rights;
mod strangers;
