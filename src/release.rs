//! Releases: clients pull the images of balena releases by slug.

pub(crate) mod access;
pub mod blob;
pub(crate) mod index;
pub mod listing;
pub mod manifest;
mod names;
mod permission;
pub(crate) mod place;
pub mod pull;
pub mod resolve;
pub(crate) mod select;
mod siblings;
pub mod token;
