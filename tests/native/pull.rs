//! The app as a whole, on the in-memory twins of its services: the table of answers.

mod aging;
mod blobs;
mod cache;
pub mod client;
mod conditions;
mod doors;
mod faults;
mod health;
mod hot;
mod isolates;
mod kept_manifests;
mod kept_redirects;
mod lists;
mod log;
mod manifests;
mod misses;
mod outages;
mod privacy;
mod refusals;
pub mod services;
mod shared_tokens;
mod store;
mod tags;
mod tokens;
mod unknown;
mod upstream;
mod withdrawn;
