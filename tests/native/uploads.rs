//! Uploads of blobs, on the twins: real SQLite, and a bucket with R2's rules.

mod blobs;
mod chunks;
mod claims;
mod costs;
mod cuts;
mod faults;
mod lost;
mod pulls;
mod sessions;
mod world;
