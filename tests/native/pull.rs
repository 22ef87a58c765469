//! The app as a whole, on the in-memory twins of its services: the table of answers.

mod blobs;
mod cache;
mod client;
mod doors;
mod faults;
mod health;
mod lists;
mod manifests;
mod privacy;
mod refusals;
mod tokens;
mod unknown;
mod upstream;
