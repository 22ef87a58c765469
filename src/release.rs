//! Releases: pulling an image of a balena release by its slug.

pub(crate) mod access;
pub mod blob;
pub mod listing;
pub mod manifest;
pub(crate) mod place;
pub mod pull;
pub mod resolve;
pub mod token;
