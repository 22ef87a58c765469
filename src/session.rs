//! Sessions: what a sealed token says.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::balena::location::Location;
use crate::memory::Memory;
use crate::oci::name::Name;
use crate::seal::Keys;
use crate::secret::Secret;

/// The most bytes that a sealed token has, so that it fits a header everywhere.
pub const MAX_TOKEN: usize = 6 * 1024;

/// What was found out for one caller, and until when it holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    expires: u64,
    upstream_token: Option<String>,
    grants: Vec<Grant>,
    missing: Vec<Missing>,
}

/// A right to pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The repository name as the client says it.
    pub name: Name,
    /// Where the image is stored.
    pub location: Location,
}

/// A name that was asked for and not found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The repository name as the client says it.
    pub name: Name,
    /// Where the release is there and only its service is not: the services it has.
    pub services: Vec<String>,
}

/// What a session says of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It may be pulled, from this location with this upstream token.
    Granted(&'a Location, &'a str),
    /// It was asked for, and not found.
    Missing(&'a Missing),
    /// It was never asked for.
    NotAsked,
}

/// The session does not fit into a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Session {
    /// A session that grants nothing, until `expires` (seconds since 1970).
    pub fn without_grants(expires: u64, missing: Vec<Missing>) -> Self {
        Self { expires, upstream_token: None, grants: Vec::new(), missing }
    }

    /// A session whose grants `upstream_token` serves, until `expires` (seconds since 1970).
    pub fn with_grants(
        expires: u64,
        upstream_token: &Secret,
        grants: Vec<Grant>,
        missing: Vec<Missing>,
    ) -> Self {
        let upstream_token = Some(upstream_token.expose().to_owned());
        Self { expires, upstream_token, grants, missing }
    }

    /// When it ends, in seconds since 1970.
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// What it says of `name`.
    pub fn standing(&self, name: &Name) -> Standing<'_> {
        let grant = self.grants.iter().find(|grant| grant.name == *name);
        if let (Some(grant), Some(token)) = (grant, &self.upstream_token) {
            return Standing::Granted(&grant.location, token);
        }
        match self.missing.iter().find(|missing| missing.name == *name) {
            Some(missing) => Standing::Missing(missing),
            None => Standing::NotAsked,
        }
    }

    /// Seals the session into a token. Lists of services are left out where they do not fit.
    ///
    /// # Errors
    /// [`TooLarge`] where the rest does not fit into [`MAX_TOKEN`] either.
    pub fn seal(mut self, keys: &Keys) -> Result<Secret, TooLarge> {
        let seal = |session: &Self| {
            let plain = postcard::to_allocvec(session).expect("a session always serializes");
            keys.seal_token(&plain)
        };
        let mut token = seal(&self);
        if token.len() > MAX_TOKEN {
            self.missing.iter_mut().for_each(|missing| missing.services.clear());
            token = seal(&self);
        }
        if token.len() > MAX_TOKEN { Err(TooLarge) } else { Ok(Secret::new(token)) }
    }

    /// Opens a token, or remembers it as it was opened before: opening costs more than all else
    /// that is done for a request that is answered from memory. `None` as with [`Self::open`].
    pub fn recall(token: &str, memory: &Memory, keys: &Keys, now: u64) -> Option<Arc<Self>> {
        let remembered = memory.get::<Self>(token);
        let session = remembered.or_else(|| {
            let session = Arc::new(Self::open(token, keys, now)?);
            memory.put(token, Arc::clone(&session), token.len());
            Some(session)
        })?;
        (now < session.expires).then_some(session)
    }

    /// Opens a token. `None` where it is foreign, tampered with, of another form, or expired at
    /// `now` (seconds since 1970).
    pub fn open(token: &str, keys: &Keys, now: u64) -> Option<Self> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let session: Self = postcard::from_bytes(&keys.open_token(token)?).ok()?;
        (now < session.expires).then_some(session)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("expires", &self.expires)
            .field("grants", &self.grants)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
