//! Hosted repositories: the management API's vocabulary, and the app as a whole on the twins of its
//! services.

mod deployments;
mod foreign;
mod images;
mod manage;
mod managing;
mod operations;
mod registry;
mod secrets;
mod strangers;
mod upkeep;
mod urls;
pub mod world;
