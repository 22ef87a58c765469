//! The stages of the search for content, and the places that each one gives.

use std::borrow::Cow;

use super::Choice;
use super::places::Tagged;
use crate::balena::location::Location;
use crate::release::pull::Granted;

/// A stage of the search.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Selected images whose manifests are in memory. It costs no call, unless the token is old.
    Memory,
    /// The target.
    Target,
    /// The index of siblings, if the target is one. bhcr writes it, because it is stored nowhere.
    Index,
    /// What tags have selected lately, as every isolate knows it.
    Selected,
    /// The image that the API knows by the digest.
    Digest,
    /// The images of the newest releases.
    Newest,
}

/// All stages in order. A pull of the target ends at the second one.
pub(super) const STAGES: [Stage; 6] =
    [Stage::Memory, Stage::Target, Stage::Index, Stage::Selected, Stage::Digest, Stage::Newest];

/// A place where the content may be, and the token for it.
pub(super) struct Place<'s> {
    pub(super) location: Location,
    pub(super) token: Cow<'s, str>,
    /// What a tag has selected, unless it is the target's.
    pub(super) tagged: Option<Tagged>,
}

impl Place<'_> {
    /// The grant for it, which is used for digests alone.
    pub(super) fn granted<'g>(&'g self, choice: &'g Choice<'_>) -> Granted<'g> {
        Granted {
            name: choice.name,
            location: &self.location,
            tag_until: 0,
            token: &self.token,
            reads: None,
        }
    }

    /// Whether it is the target.
    pub(super) fn is_target(&self) -> bool {
        self.tagged.is_none()
    }
}
