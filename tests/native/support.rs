//! Helpers that many tests share.

use bhcr::balena::location::Location;
use bhcr::balena::reference::ReleaseReference;
use bhcr::balena::resolved::{Resolved, Selected};
use bhcr::config::{Config, Misconfigured};
use bhcr::oci::name::Name;
use bhcr::seal::Keys;
use bhcr::services::Reply;
use http::StatusCode;
use sha2::{Digest, Sha256, Sha512};

pub const SECRET: &str = "a secret of thirty-two bytes, or more";
pub const OTHER_SECRET: &str = "another secret of thirty-two bytes or more";
pub const REGISTRY_HOST: &str = "registry2.balena-cloud.com";

/// Reads settings. Of two values for one setting, the later wins.
pub fn read(settings: &[(&str, &str)]) -> Result<Config, Vec<Misconfigured>> {
    Config::read(|name| {
        let found = settings.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

/// Reads valid settings, with the secret that most tests use.
pub fn config(settings: &[(&str, &str)]) -> Config {
    read(&[&[("TOKEN_SECRET", SECRET)], settings].concat()).expect("these settings are good")
}

pub fn keys(settings: &[(&str, &str)]) -> Keys {
    Keys::new(&config(settings))
}

pub fn location(hash: &str) -> Location {
    let hosts = [REGISTRY_HOST.to_owned()];
    Location::parse(&format!("{REGISTRY_HOST}/v2/{hash}"), &hosts).expect("this is a location")
}

pub fn name(text: &str) -> Name {
    Name::parse(text).expect("this is a name")
}

pub fn reference(text: &str) -> ReleaseReference {
    ReleaseReference::parse(&name(text)).expect("this is a release reference")
}

/// The release that was selected, if it is one.
pub fn one(selected: &Selected) -> Option<&Resolved> {
    match selected {
        Selected::One(release) => Some(release),
        _ => None,
    }
}

pub fn sha256(content: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(content)))
}

pub fn sha512(content: &[u8]) -> String {
    format!("sha512:{}", hex(&Sha512::digest(content)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn reply(status: u16, body: &str) -> Reply<Vec<u8>> {
    reply_with(status, &[], body)
}

pub fn reply_with(status: u16, headers: &[(&'static str, &str)], body: &str) -> Reply<Vec<u8>> {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let status = StatusCode::from_u16(status).expect("this is a status");
    Reply { status, headers, body: body.as_bytes().to_vec() }
}
