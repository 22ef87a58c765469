//! Hosted repositories: images that an account pushes here, beside the releases of balena.
//!
//! Bytes of images are objects (R2); all that must be consistent is in the catalog (D1).

pub mod blob;
pub mod catalog;
pub mod credential;
pub mod id;
pub mod manage;
pub mod name;
pub mod rights;
pub mod upload;
