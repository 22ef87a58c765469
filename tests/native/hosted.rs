//! Hosted repositories: their vocabulary, and the app as a whole on the twins of its services.

mod credentials;
mod images;
mod manage;
mod names;
mod operations;
mod rights;
mod secrets;
mod urls;
mod world;
