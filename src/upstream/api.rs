//! The balena API: the whole release in one OData query, and one token for all locations.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::Fault;
use crate::balena::location::Location;
use crate::balena::reference::{Release, Selector};
use crate::balena::resolved::{Resolved, ServiceImage};
use crate::config::Config;
use crate::oci::scope;
use crate::secret::{Secret, within_seal};
use crate::services::{Call, Reply};

/// The most bytes of an answer that are read.
pub const MAX_ANSWER: usize = 1 << 20;

const EXPAND: &str = "release_image($select=id;$expand=image($select=id,\
    is_stored_at__image_location,status;$expand=is_a_build_of__service($select=service_name)))";

/// The call that asks for a release with its services, as `credential` may see it.
pub fn release_call(config: &Config, release: &Release, credential: Option<&Secret>) -> Call {
    let slug = release.slug.as_str();
    let which = match &release.selector {
        Selector::Target => {
            format!("should_be_running_on__application/any(t:t/slug eq '{slug}')")
        }
        Selector::Commit(commit) => format!("commit eq '{}'", commit.as_str()),
        Selector::Version(version) => {
            let version = version.as_str();
            format!(
                "((semver eq '{version}' and is_final eq true) \
                 or (raw_version eq '{version}' and is_final eq false))"
            )
        }
    };
    let query = format!(
        "$top=1&$select=id&$expand={EXPAND}\
         &$filter=status eq 'success' and belongs_to__application/any(a:a/slug eq '{slug}') \
         and {which}&$orderby=revision desc,id asc"
    );
    // The API refuses most percent-encoding. Every value in the query is out of a grammar that
    // has no quote and nothing to encode, so spaces are all there is.
    get(config, format!("/v7/release?{}", query.replace(' ', "%20")), credential)
}

/// Reads the answer to [`release_call`]. `None` where the caller may see no such release.
///
/// # Errors
/// [`Unserved::Refused`] for 401 and 403; [`Unserved::Fault`] for any other status or shape, and
/// for a location on another registry.
pub fn read_release(config: &Config, reply: &Reply<Vec<u8>>) -> Result<Option<Resolved>, Unserved> {
    served(reply)?;
    let answer: ReleaseAnswer = from_json(&reply.body)?;
    let Some(release) = answer.d.into_iter().next() else { return Ok(None) };
    let images = release.release_image.into_iter().flat_map(|link| link.image);
    let read = |image: ApiImage| -> Result<ServiceImage, Fault> {
        let text = image.is_stored_at__image_location.as_deref().unwrap_or_default();
        let location = Location::parse(text, &config.registry_hosts).map_err(|_| {
            Fault::Broken("gave a location that is not on the configured registry".to_owned())
        })?;
        let service = image.is_a_build_of__service.into_iter().next();
        let service = service.map(|service| service.service_name).unwrap_or_default();
        Ok(ServiceImage { service, location })
    };
    let built = images.filter(|image| image.status == "success").map(read);
    Ok(Some(Resolved::new(built.collect::<Result<_, _>>()?)))
}

/// The call that asks for a token to pull from `locations`.
pub fn token_call(config: &Config, locations: &[&Location], credential: Option<&Secret>) -> Call {
    let mut path = format!("/auth/v1/token?service={}", config.registry_hosts[0]);
    for location in locations {
        path.push_str("&scope=");
        path.push_str(&scope::pull(location));
    }
    get(config, path, credential)
}

/// A token of the API's, and what it says of itself. The API was asked over a connection of our
/// own, so its signature is the registry's business.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpstreamToken {
    /// The token itself.
    #[serde(with = "within_seal")]
    pub token: Secret,
    /// When it ends, in seconds since 1970.
    pub expires: u64,
    pullable: Vec<String>,
}

impl UpstreamToken {
    /// Whether the token allows pulling from `location`.
    pub fn allows(&self, location: &Location) -> bool {
        self.pullable.iter().any(|name| name == location.repository().as_str())
    }
}

/// Reads the answer to [`token_call`].
///
/// # Errors
/// [`Unserved::Refused`] for 401 and 403, [`Unserved::Fault`] for any other status or shape.
pub fn read_token(reply: &Reply<Vec<u8>>) -> Result<UpstreamToken, Unserved> {
    served(reply)?;
    Ok(parse_token(&reply.body)?)
}

/// Why the API gives no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// The credential is wrong.
    Refused,
    /// It could not serve.
    Fault(Fault),
}

impl From<Fault> for Unserved {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

fn served(reply: &Reply<Vec<u8>>) -> Result<(), Unserved> {
    match reply.status {
        StatusCode::OK => Ok(()),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Unserved::Refused),
        _ => Err(Fault::in_reply(reply).into()),
    }
}

fn parse_token(body: &[u8]) -> Result<UpstreamToken, Fault> {
    let TokenAnswer { token } = from_json(body)?;
    let no_jwt = || Fault::Broken("gave a token that is not a JWT".to_owned());
    let payload = token.split('.').nth(1).ok_or_else(no_jwt)?;
    let claims: Claims = from_json(&BASE64.decode(payload).map_err(|_| no_jwt())?)?;
    // It goes into a header as it is.
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(no_jwt());
    }
    let pulls = |access: &Access| {
        access.kind == "repository" && access.actions.iter().any(|action| action == "pull")
    };
    let pullable = claims.access.into_iter().filter(pulls).map(|access| access.name).collect();
    Ok(UpstreamToken { token: Secret::new(token), expires: claims.exp, pullable })
}

fn get(config: &Config, path: String, credential: Option<&Secret>) -> Call {
    Call {
        method: Method::GET,
        url: format!("{}{path}", config.api),
        bearer: credential.cloned(),
        headers: vec![("accept", "application/json".to_owned())],
        deadline: config.deadline,
    }
}

fn from_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Fault> {
    // The error's own text may quote the body, which may hold a token.
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Fault::Broken(format!("gave JSON of another shape, at line {line} column {column}"))
    })
}

#[derive(Deserialize)]
struct ReleaseAnswer {
    d: Vec<ApiRelease>,
}

#[derive(Deserialize)]
struct ApiRelease {
    release_image: Vec<ApiReleaseImage>,
}

#[derive(Deserialize)]
struct ApiReleaseImage {
    image: Vec<ApiImage>,
}

#[derive(Deserialize)]
#[allow(non_snake_case, reason = "the API's own field names")]
struct ApiImage {
    is_stored_at__image_location: Option<String>,
    status: String,
    is_a_build_of__service: Vec<ApiService>,
}

#[derive(Deserialize)]
struct ApiService {
    service_name: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
}

#[derive(Deserialize)]
struct Claims {
    exp: u64,
    #[serde(default)]
    access: Vec<Access>,
}

#[derive(Deserialize)]
struct Access {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    actions: Vec<String>,
}
