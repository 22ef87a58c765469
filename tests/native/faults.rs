//! Hosted repositories in trouble: a process that is killed at any call, a client that goes away, a
//! database or bucket that fails. The client tries once more, and everything is right.

mod client;
mod collections;
mod deletions;
mod fates;
mod manifests;
mod mounts;
mod store;
mod uploads;
