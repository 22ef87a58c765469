//! What failures are called, for people: what happened, to which name, what would help.

use super::Failure;
use crate::balena::reference::{NotARelease, Release, ReleaseReference, Selector};
use crate::config::Misconfigured;
use crate::oci::challenge::TokenError;
use crate::oci::name::{MAX_NAME, Name};
use crate::oci::path::InvalidPath;
use crate::oci::token::{InvalidTokenRequest, MAX_NAMES};
use crate::origin::Origin;
use crate::services::BodyError;
use crate::session::Missing;
use crate::upstream::Fault;

const NAME_FORM: &str = "<org>/<app>[/<release>[/<service>]]";

/// The message for a client that came by `own`.
pub(super) fn of(failure: &Failure, own: &Origin) -> String {
    match failure {
        Failure::Misconfigured(problems) => misconfigured(problems),
        Failure::Host => "the host of this request is none".to_owned(),
        Failure::Path(reason) => path(*reason),
        Failure::Method(allowed) => format!("this path answers {allowed} alone"),
        Failure::ReadOnly => "a release cannot be changed by a registry client: releases are made \
            with `balena push` or `balena deploy`"
            .to_owned(),
        Failure::NoSuchPage => page(own),
        Failure::Unauthenticated { error, .. } => match error {
            None => "a token is needed".to_owned(),
            Some(TokenError::Invalid) => "the token is expired, or not of this registry".to_owned(),
            Some(TokenError::InsufficientScope) => "the token is for another name".to_owned(),
        },
        Failure::TokenRequest(reason) => token_request(*reason),
        Failure::Form(BodyError::TooLong) => "the form is over 16 kB".to_owned(),
        Failure::Form(BodyError::Broken) => "the form broke off".to_owned(),
        Failure::TooLarge => {
            "these names do not fit into one token: ask for fewer at a time".to_owned()
        }
        Failure::WrongCredentials => wrong_credentials(),
        Failure::NameUnknown(missing) => name_unknown(missing, own),
        Failure::Denied(name) => not_found(name, own),
        Failure::ManifestUnknown => "this release has no such manifest".to_owned(),
        Failure::BlobUnknown => "this release has no such blob".to_owned(),
        Failure::OutOfRange { .. } => "the blob ends before this range".to_owned(),
        Failure::Upstream(Fault::Deadline) => {
            "the registry behind this one took too long; try again".to_owned()
        }
        Failure::Upstream(Fault::Broken(_)) => {
            "the registry behind this one could not be used; try again".to_owned()
        }
        Failure::Upstream(Fault::TooManyRequests { .. }) => {
            "the registry behind this one asks for fewer requests; try again later".to_owned()
        }
    }
}

fn misconfigured(problems: &[Misconfigured]) -> String {
    let settings: Vec<_> = problems.iter().map(|problem| problem.setting).collect();
    format!(
        "this deployment is misconfigured, whoever runs it has to look at: {}; \
         /healthz says what is wrong",
        settings.join(", ")
    )
}

fn path(reason: InvalidPath) -> String {
    match reason {
        InvalidPath::Name => format!(
            "this is no repository name: one is written {NAME_FORM}, in lower case, with \
             {MAX_NAME} characters at most"
        ),
        InvalidPath::Digest => {
            "this is no digest: one is written sha256:<64 hex digits>".to_owned()
        }
        InvalidPath::Tag => "no manifest can have this tag".to_owned(),
        InvalidPath::Unknown => "this path is none of the registry API".to_owned(),
    }
}

fn token_request(reason: InvalidTokenRequest) -> String {
    match reason {
        InvalidTokenRequest::Scope => {
            format!("this is no scope: one is written repository:{NAME_FORM}:pull")
        }
        InvalidTokenRequest::TooManyNames => {
            format!("one token is for {MAX_NAMES} repositories at most")
        }
        InvalidTokenRequest::GrantType => {
            "the grant types of this registry are password and refresh_token".to_owned()
        }
        InvalidTokenRequest::Credential => wrong_credentials(),
    }
}

fn wrong_credentials() -> String {
    "wrong credentials: log in with any user name, and an API key or session token of balena's \
     as the password"
        .to_owned()
}

fn name_unknown(missing: &Missing, own: &Origin) -> String {
    let Missing { name, services } = missing;
    let reference = match ReleaseReference::parse(name) {
        Ok(reference) if !services.is_empty() => reference,
        _ => return not_found(name, own),
    };
    let ReleaseReference { release, service } = &reference;
    let (slug, release) = (release.slug.as_str(), described_release(release));
    let selector = name.components().nth(2).unwrap_or("latest");
    let has = services.join(", ");
    match service {
        Some(service) => format!("{release} has no service {service}; it has {has}"),
        None => format!(
            "{release} has several services: {has}. Pull one of them as {slug}/{selector}/<service>"
        ),
    }
}

fn not_found(name: &Name, own: &Origin) -> String {
    match ReleaseReference::parse(name) {
        Ok(reference) => format!(
            "{} was not found. If it is private, log in first: docker login {}",
            described(&reference),
            own.authority()
        ),
        Err(NotARelease) => format!(
            "{name} was not found: a name is written {NAME_FORM}, where the release is a version, \
             a draft with its build stamp, or a full commit"
        ),
    }
}

fn described_release(release: &Release) -> String {
    let slug = release.slug.as_str();
    match &release.selector {
        Selector::Target => format!("the current release of {slug}"),
        Selector::Commit(commit) => format!("release {} of {slug}", commit.as_str()),
        Selector::Version(version) => format!("release {} of {slug}", version.as_str()),
    }
}

fn described(reference: &ReleaseReference) -> String {
    let release = described_release(&reference.release);
    match &reference.service {
        Some(service) => format!("service {service} in {release}"),
        None => release,
    }
}

fn page(own: &Origin) -> String {
    format!(
        "This is a container registry for balena releases. There is no page here.\n\n\
         Pull an image with: docker pull {}/<org>/<app>[/<release>[/<service>]]\n",
        own.authority()
    )
}
