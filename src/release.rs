//! Releases: clients pull the images of balena releases by slug.

pub(crate) mod access;
mod allowance;
pub mod blob;
pub mod listing;
pub mod manifest;
pub(crate) mod place;
pub mod pull;
pub mod resolve;
pub mod token;
