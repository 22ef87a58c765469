//! Hosted repositories: images that an account pushes here, beside the releases of balena.
//!
//! The bytes of images are objects in R2. Everything that must be consistent is in the catalog, in
//! D1.

pub mod blob;
pub mod catalog;
pub mod check;
pub mod collect;
pub mod health;
pub(crate) mod host;
pub mod judge;
pub mod manage;
mod manifest;
mod pulling;
pub mod referrers;
mod removal;
pub(crate) mod serve;
mod tags;
pub(crate) mod token;
pub mod upkeep;
pub mod upload;
pub(crate) mod uploading;
