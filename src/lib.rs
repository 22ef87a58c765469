//! bhcr: pull balena releases by name.
//!
//! The life of a pull, and where each part of it is:
//!
//! 1. A request comes in at [`edge`], the only place that knows Workers, and goes to
//!    [`app::handle`].
//! 2. [`route::Route::parse`] says what it is for, out of its method and raw URL, and what access
//!    that needs.
//! 3. Without a token of ours it is challenged ([`oci::challenge`]) to get one.
//! 4. At the token endpoint each scope is read as a [`balena::reference::ReleaseReference`],
//!    [`release::resolve`]d to its [`balena::location::Location`], and the API asked once for a
//!    token for all of them ([`release::token`]). What came of it is sealed into a
//!    [`session::Session`].
//! 5. With that token manifests and blobs are asked for by name. The session says what the name
//!    means; [`release::manifest`] serves a manifest that was checked against its digest,
//!    [`release::blob`] relays storage's redirect. What upstream told is kept on [`levels`].
//! 6. Whatever went wrong is a [`answer::Failure`], told in one place.
//!
//! Requests go down through these rooms and never back up.

pub mod answer;
pub mod app;
pub mod authorization;
pub mod balena;
pub mod config;
pub mod deployment;
pub mod edge;
pub mod exchange;
pub mod hosted;
pub mod kept;
pub mod memory;
pub mod oci;
pub mod origin;
pub mod release;
pub mod route;
pub mod seal;
pub mod secret;
pub mod services;
pub mod session;
pub mod together;
pub mod trace;
pub mod upstream;
