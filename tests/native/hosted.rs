//! Hosted repositories, as far as they need neither catalog nor objects.

mod credentials;
mod manage;
mod names;
mod operations;
mod rights;
