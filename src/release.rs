//! Releases: pulling an image of a balena release by its slug.

pub(crate) mod access;
pub mod blob;
pub mod kept;
pub mod listing;
pub mod manifest;
pub(crate) mod place;
pub mod pull;
pub(crate) mod refusal;
pub mod resolve;
pub mod token;
