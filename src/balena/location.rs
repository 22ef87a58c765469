//! Locations: where an image is stored upstream.
//!
//! Grammar: `location = "v2/" 1*128(a-z / 0-9)`. A location is also the image's repository name on
//! the registry. The balena API writes it after the registry's host.
//!
//! A location that begins with `v2/index` stands for several together: bhcr keeps an index under it
//! that it has written, and asks no server for it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::oci::name::Name;

const MAX_HASH: usize = 128;
const SEVERAL: &str = "v2/index";

/// A location on the configured registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Location {
    repository: Name,
}

/// The text is not a location on the configured registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a location on the configured registry")]
pub struct ForeignLocation;

impl Location {
    /// Parses `<host>/v2/<hash>`, where the host must be one of `hosts`.
    ///
    /// # Errors
    /// [`ForeignLocation`] for another host, and for a path outside the grammar above. Otherwise a
    /// manipulated release could send a token to an attacker's host. Also for a path that stands for
    /// several locations: a release that says it would be served an index of others.
    pub fn parse(text: &str, hosts: &[String]) -> Result<Self, ForeignLocation> {
        let (host, path) = text.split_once('/').ok_or(ForeignLocation)?;
        let known = hosts.iter().any(|known| known == host);
        if known && !path.starts_with(SEVERAL) {
            Self::try_from(path.to_owned())
        } else {
            Err(ForeignLocation)
        }
    }

    /// The location that stands for these together, in this order, and for no others.
    pub fn of_several<'l>(locations: impl Iterator<Item = &'l Self>) -> Self {
        let mut hash = Sha256::new();
        for location in locations {
            hash.update(location.as_str());
            hash.update([0]);
        }
        let text = format!("{SEVERAL}{}", base16ct::lower::encode_string(&hash.finalize()));
        Self::try_from(text).expect("digits follow the grammar")
    }

    /// Whether it stands for several.
    pub fn is_of_several(&self) -> bool {
        self.as_str().starts_with(SEVERAL)
    }

    /// The location as text.
    pub fn as_str(&self) -> &str {
        self.repository.as_str()
    }

    /// The registry's name for the repository at this location.
    pub fn repository(&self) -> &Name {
        &self.repository
    }
}

impl TryFrom<String> for Location {
    type Error = ForeignLocation;

    fn try_from(repository: String) -> Result<Self, ForeignLocation> {
        let hash = repository.strip_prefix("v2/").ok_or(ForeignLocation)?;
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        if !(1..=MAX_HASH).contains(&hash.len()) || !hash.bytes().all(legal) {
            return Err(ForeignLocation);
        }
        let repository = Name::try_from(repository).map_err(|_| ForeignLocation)?;
        Ok(Self { repository })
    }
}

impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.repository.into()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
