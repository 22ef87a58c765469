//! Sessions: what a sealed token says.

mod absence;
mod asker;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::account::rights::Rights;
use crate::balena::architecture::Architecture;
use crate::balena::location::Location;
use crate::memory::Memory;
use crate::oci::name::Name;
use crate::origin::Origin;
use crate::seal::Keys;
use crate::secret::Secret;

pub use self::absence::{Absence, Absent, Outage};
pub use self::asker::Asker;

/// The most bytes that a sealed token has, so that it fits a header everywhere.
pub const MAX_TOKEN: usize = 6 * 1024;
// Opened tokens are remembered under this many of their last characters. These have the seal's tag,
// so no two tokens share them. To hash a whole token would take longer.
const KEY: usize = 32;

/// What was found out for one caller, and until when it holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    expires: u64,
    upstream_token: Option<String>,
    grants: Vec<Grant>,
    absent: Vec<Absent>,
    /// The server that gave the rights to hosted images.
    host: String,
    asker: Asker,
}

/// A right to a repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The repository name as the client says it.
    pub name: Name,
    /// What the right is to.
    pub right: Right,
}

/// What a grant gives a right to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Right {
    /// To pull a release's image.
    Release {
        /// Where the image is stored.
        location: Location,
        /// Until when a tag means this image, in seconds since 1970. A digest means itself for as
        /// long as the token lives.
        tag_until: u64,
    },
    /// To do with a hosted image what these rights say.
    Hosted(Rights),
    /// To pull the images of siblings, under an index that lists them.
    Index {
        /// Where the images are stored, in the order of the index. There is at least one.
        images: Vec<(Architecture, Location)>,
        /// Until when a tag means these images, as for a release.
        tag_until: u64,
    },
}

/// What a session says of one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// What the name means may be pulled from upstream.
    Pull(Pull<'a>),
    /// A hosted image, and what may be done with it.
    Hosted(&'a Rights),
    /// The name was asked for, and is not granted.
    Absent(&'a Absent),
    /// The name was never asked for.
    NotAsked,
}

/// The right to pull what a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pull<'a> {
    /// What the name means.
    pub meaning: Meaning<'a>,
    /// Until when a tag means this, in seconds since 1970.
    pub tag_until: u64,
    /// The upstream token that serves the locations.
    pub token: &'a str,
    /// Whether upstream accepted a credential for it.
    pub has_credential: bool,
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// The image of a release, which is stored here.
    Release(&'a Location),
    /// The images of siblings, which are stored here.
    Index(&'a [(Architecture, Location)]),
}

/// A token that this isolate has opened.
struct Opened {
    token: Secret,
    session: Arc<Session>,
}

/// The session does not fit into a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token has more than {limit} bytes")]
pub struct TokenTooLong {
    /// The most bytes of a token.
    pub limit: usize,
}

impl Session {
    /// A session that grants nothing, until `expires` (seconds since 1970).
    pub fn without_grants(expires: u64, absent: Vec<Absent>) -> Self {
        let (grants, host, asker) = (Vec::new(), String::new(), Asker::default());
        Self { expires, upstream_token: None, grants, absent, host, asker }
    }

    /// A session whose releases `upstream_token` serves, until `expires` (seconds since 1970).
    pub fn with_grants(
        expires: u64,
        upstream_token: &Secret,
        grants: Vec<Grant>,
        absent: Vec<Absent>,
    ) -> Self {
        let upstream_token = Some(upstream_token.expose().to_owned());
        Self { upstream_token, grants, ..Self::without_grants(expires, absent) }
    }

    /// The session in the name of somebody whose credential the API has accepted.
    #[must_use]
    pub fn asked_by(self, asker: Asker) -> Self {
        Self { asker, ..self }
    }

    /// The session with rights to the hosted images of `own` as well, until `expires` (seconds since
    /// 1970) if it would end later otherwise.
    #[must_use]
    pub fn with_hosted(mut self, own: &Origin, expires: u64, grants: Vec<Grant>) -> Self {
        self.expires = self.expires.min(expires);
        self.grants.extend(grants);
        self.host = own.server().to_owned();
        self
    }

    /// The credential to list releases with.
    pub fn credential(&self) -> Option<&Secret> {
        match &self.asker {
            Asker::Holder(credential) => Some(credential),
            Asker::Anybody | Asker::Untold => None,
        }
    }

    /// Whether its rights to hosted images are those that `own` gave. Two deployments may have the
    /// same secret and upstream, and an account of the same name: its owner in one must not read
    /// the other.
    pub fn is_hosted_at(&self, own: &Origin) -> bool {
        self.host == own.server()
    }

    /// In whose name it was made.
    pub fn asker(&self) -> &Asker {
        &self.asker
    }

    /// When it ends, in seconds since 1970.
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// What it says of `name`.
    pub fn standing(&self, name: &Name) -> Standing<'_> {
        let right = self.grants.iter().find(|grant| grant.name == *name).map(|grant| &grant.right);
        let meaning = match right {
            Some(Right::Release { location, tag_until }) => {
                Some((Meaning::Release(location), *tag_until))
            }
            Some(Right::Index { images, tag_until }) => Some((Meaning::Index(images), *tag_until)),
            Some(Right::Hosted(rights)) => return Standing::Hosted(rights),
            None => None,
        };
        if let (Some((meaning, tag_until)), Some(token)) = (meaning, &self.upstream_token) {
            let has_credential = self.asker != Asker::Anybody;
            return Standing::Pull(Pull { meaning, tag_until, token, has_credential });
        }
        let absent = self.absent.iter().find(|absent| absent.name == *name);
        absent.map_or(Standing::NotAsked, Standing::Absent)
    }

    /// Seals the session into a token. Lists of services and of other releases are left out if they do
    /// not fit, and then the credential.
    ///
    /// # Errors
    /// [`TokenTooLong`] if the rest does not fit either.
    pub fn seal(mut self, keys: &Keys) -> Result<Secret, TokenTooLong> {
        let seal = |session: &Self| {
            let plain = postcard::to_allocvec(session).expect("a session always serializes");
            keys.seal_token(&plain)
        };
        let mut token = seal(&self);
        if token.len() > MAX_TOKEN {
            self.absent.iter_mut().for_each(|absent| absent.why.shorten());
            token = seal(&self);
        }
        if token.len() > MAX_TOKEN {
            self.asker.shorten();
            token = seal(&self);
        }
        if token.len() > MAX_TOKEN {
            return Err(TokenTooLong { limit: MAX_TOKEN });
        }
        Ok(Secret::new(token))
    }

    /// Opens a token, or recalls it if this isolate has opened it before: opening costs more than
    /// everything else that a request from memory needs. `None` as with [`Self::open`].
    pub fn recall(token: &str, memory: &Memory, keys: &Keys, now: u64) -> Option<Arc<Self>> {
        let key = token.get(token.len().checked_sub(KEY)?..)?;
        let known = memory.recall::<Opened>(key).filter(|opened| opened.token.is(token));
        let session = match known {
            Some(opened) => Arc::clone(&opened.session),
            None => {
                let session = Arc::new(Self::open(token, keys, now)?);
                let opened = Opened { token: Secret::new(token), session: Arc::clone(&session) };
                memory.remember(key, Arc::new(opened), 2 * token.len());
                session
            }
        };
        (now < session.expires).then_some(session)
    }

    /// Opens a token. `None` if it is foreign, tampered with, of another form, or expired at `now`
    /// (seconds since 1970).
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
            .field("absent", &self.absent)
            .finish_non_exhaustive()
    }
}
