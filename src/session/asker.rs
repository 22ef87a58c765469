//! In whose name a token was made. A tag selects a release only when the manifest is asked for, and
//! the release has to be looked up then with the same rights.

use serde::{Deserialize, Serialize};

use crate::secret::{Secret, within_seal};

/// In whose name a token was made, as far as the token says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asker {
    /// In nobody's: it came without a credential that the API has accepted.
    #[default]
    Anybody,
    /// In the name of whoever has this credential, so that a tag can select a release later, or
    /// releases can be listed. Whoever opens the seal has it.
    Holder(#[serde(with = "within_seal")] Secret),
    /// In the name of somebody whose credential is not in the token: nothing can be selected or listed
    /// behind its names, or it has no room for the credential.
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
