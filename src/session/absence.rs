//! Names that were asked for and are not granted, and why.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::oci::name::Name;

/// A name that was asked for and is not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absent {
    /// The repository name as the client says it.
    pub name: Name,
    /// Why it is not granted.
    pub why: Absence,
    /// Until when this holds, in seconds since 1970.
    pub until: u64,
}

/// Why a name is not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Absence {
    /// There is no such release, or the caller may not see it.
    NotFound,
    /// The release is there, but the name picks none of its services.
    PickService(Vec<String>),
    /// Upstream could not tell.
    Unavailable(Outage),
    /// The short commit begins the commits of several releases. The field has some of them.
    Ambiguous(Vec<String>),
    /// There is no such release. The field has the newest versions of its application or siblings.
    NewestAre(Vec<String>),
}

/// How upstream failed, as far as a client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outage {
    /// Upstream took too long.
    Slow,
    /// Upstream could not be used.
    Broken,
    /// Upstream asks for fewer requests.
    Busy {
        /// When to come back, in seconds, if upstream says so.
        retry_after: Option<u32>,
    },
}

impl From<&Fault> for Outage {
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::Deadline => Self::Slow,
            Fault::TooManyRequests { retry_after } => Self::Busy { retry_after: *retry_after },
            Fault::Unreachable { .. }
            | Fault::Status(_)
            | Fault::BodyTooLarge { .. }
            | Fault::Nonsense(_) => Self::Broken,
        }
    }
}

impl Absence {
    /// Leaves lists out.
    pub(super) fn shorten(&mut self) {
        match self {
            Self::PickService(services) => services.clear(),
            Self::Ambiguous(names) | Self::NewestAre(names) => names.clear(),
            Self::NotFound | Self::Unavailable(_) => {}
        }
    }
}
