//! Hosted repositories in trouble: a process that is killed at any call, a client that goes away, a
//! database or bucket that fails: the client tries once more, and everything is right. And crowds of
//! callers, in the order that a seed decides.

mod account;
mod client;
mod collections;
mod crowd;
mod crowds;
mod deletions;
mod fates;
mod manifests;
mod mounts;
mod random;
mod store;
mod uploads;
mod worker;
