//! Hosted repositories: their vocabulary, and the app as a whole on the twins of its services.

mod credentials;
mod images;
mod manage;
mod managing;
mod names;
mod operations;
mod registry;
mod rights;
mod secrets;
mod strangers;
mod urls;
pub mod world;
