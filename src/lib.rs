//! bhcr: pull balena releases by name.
//!
//! The life of a pull, and where the code for each step is:
//!
//! 1. [`edge`] receives the request and passes it to [`app::handle`]. No other module knows
//!    Workers.
//! 2. [`route::Route::parse`] reads from the method and the raw URL what the request is for.
//! 3. A request without one of our tokens gets a challenge ([`oci::challenge`]).
//! 4. The token endpoint ([`release::token`]) reads each scope as a
//!    [`balena::reference::ReleaseReference`]. [`release::resolve`] finds its
//!    [`balena::location::Location`]. One call asks the API for a token for all locations. The
//!    result is sealed into a [`session::Session`].
//! 5. With the sealed token, the client asks for manifests and blobs by name. The session says
//!    what the name means, unless the tag says it (`release::select`). [`release::manifest`] serves
//!    manifests whose bytes were checked against their digest; [`release::blob`] relays storage's
//!    redirect. [`kept`] keeps the answers of upstream.
//! 6. Every failure is an [`answer::Failure`], and one module turns it into an answer.
//!
//! People with a browser get [`pages`] about releases, which they may read without a token.
//!
//! A request passes through these modules from top to bottom and never back up.

pub mod account;
mod allowance;
pub mod answer;
pub mod app;
pub mod authorization;
pub mod balena;
pub mod config;
pub mod deployment;
pub mod edge;
pub mod exchange;
pub mod fault;
pub mod hosted;
pub mod json;
pub mod kept;
pub mod marks;
pub mod memory;
pub mod oci;
pub mod origin;
pub mod pages;
pub mod presign;
pub mod refusal;
pub mod release;
pub mod route;
pub mod seal;
pub mod secret;
pub mod services;
pub mod session;
pub mod time;
pub mod together;
pub mod token;
pub mod trace;
pub mod upstream;
