//! Calls upstream as data: URLs built, answers read, calls made through [`crate::services`].

pub mod api;
pub mod attempt;
pub mod back_off;
pub mod fault;
pub mod registry;
pub mod signed_url;
pub mod target;

pub use fault::Fault;

/// A part of upstream that can fail while the others answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The balena API, when it is asked for releases.
    Releases,
    /// The balena API, when it is asked for tokens.
    Tokens,
    /// The registry.
    Registry,
}

impl Part {
    /// Every part, in the order of [`Self::index`].
    pub const ALL: [Self; 3] = [Self::Releases, Self::Tokens, Self::Registry];

    /// The part's place in [`Self::ALL`].
    pub fn index(self) -> usize {
        match self {
            Self::Releases => 0,
            Self::Tokens => 1,
            Self::Registry => 2,
        }
    }
}
