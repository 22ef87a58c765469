//! In whose name a token was made. A tag selects a release only when the manifest is asked for, and
//! the release has to be looked up then with the same rights.

use serde::{Deserialize, Serialize};

use crate::secret::{Secret, within_seal};

/// In whose name a token was made, as far as the token says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asker {
    /// In nobody's, or no tag can select a release behind its names.
    #[default]
    Anybody,
    /// In the name of whoever has this credential.
    Holder(#[serde(with = "within_seal")] Secret),
    /// In the name of somebody whose credential has no room in the token.
    Untold,
}

impl Asker {
    /// Leaves the credential out.
    pub(super) fn shorten(&mut self) {
        match self {
            Self::Holder(_) => *self = Self::Untold,
            Self::Anybody | Self::Untold => {}
        }
    }
}
