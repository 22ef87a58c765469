//! Messages for failures: what happened, to which name, and what would help.

use super::{Failure, hosted};
use crate::balena::reference::{MIN_SHORT, NotARelease, Release, ReleaseReference};
use crate::config::Misconfigured;
use crate::oci::challenge::TokenError;
use crate::oci::name::{MAX_NAME, Name};
use crate::oci::path::InvalidPath;
use crate::origin::Origin;
use crate::services::BodyError;
use crate::session::{Absence, Absent, Outage, TokenTooLong};
use crate::token::InvalidTokenRequest;

const NAME_FORM: &str = "<org>/<app>[/<release>[/<service>]]";

/// The message for a client that came by `own`.
pub(super) fn of(failure: &Failure, own: &Origin) -> String {
    match failure {
        Failure::Misconfigured(problems) => misconfigured(problems),
        Failure::Host => "the request's host is not valid".to_owned(),
        Failure::Path(reason) => path(*reason),
        Failure::Method(allowed) => format!("this path answers only {allowed}"),
        Failure::ReadOnly => "a release cannot be changed by a registry client: releases are made \
            with `balena push` or `balena deploy`"
            .to_owned(),
        Failure::NoSuchPage => page(own),
        Failure::Unauthenticated { error, .. } => match error {
            None => "a token is needed".to_owned(),
            Some(TokenError::Invalid) => {
                "the token has expired, or another registry made it: ask for a new one".to_owned()
            }
            Some(TokenError::InsufficientScope) => "the token is for another name".to_owned(),
        },
        Failure::TokenRequest(reason) => token_request(*reason),
        Failure::Form(BodyError::OverLimit { limit }) => {
            format!("the form is longer than {} kB", limit / 1024)
        }
        Failure::Form(BodyError::Broken) => "the form broke off before its end".to_owned(),
        Failure::TokenTooLong(TokenTooLong { limit }) => format!(
            "the token for these names would be longer than {limit} bytes: ask for fewer names \
             at a time"
        ),
        Failure::WrongCredentials => wrong_credentials(),
        Failure::Absent(absent) | Failure::NotSelected(absent) => of_absent(absent, own),
        Failure::Denied(name) => not_found(name, own),
        Failure::ManifestUnknown => "this release has no such manifest".to_owned(),
        Failure::ReleaseAsTag(name) => {
            let host = own.authority();
            format!("the credential is too long for tags to select a release: pull {host}/{name}")
        }
        Failure::BlobUnknown => "this release has no such blob".to_owned(),
        Failure::OutOfRange { .. } => "the blob ends before this range".to_owned(),
        Failure::Upstream(fault) => unavailable(Outage::from(fault)),
        Failure::Hosted(refusal) => hosted::words::of(refusal, own),
    }
}

fn of_absent(absent: &Absent, own: &Origin) -> String {
    let Absent { name, why, .. } = absent;
    match why {
        Absence::NotFound => not_found(name, own),
        Absence::PickService(services) => pick_service(name, services, own),
        Absence::Ambiguous(commits) => ambiguous(name, commits),
        Absence::NewestAre(newest) => near_miss(name, newest, own),
        Absence::Unavailable(outage) => unavailable(*outage),
    }
}

fn unavailable(outage: Outage) -> String {
    let what = match outage {
        Outage::Slow => "took too long; try again",
        Outage::Broken => "could not be used; try again",
        Outage::Busy { .. } => "asks for fewer requests; try again later",
    };
    format!("the registry behind this one {what}")
}

fn misconfigured(problems: &[Misconfigured]) -> String {
    let settings: Vec<_> = problems.iter().map(|problem| problem.setting).collect();
    format!(
        "this deployment is misconfigured. Whoever runs it must correct: {}. /healthz says what is \
         wrong",
        settings.join(", ")
    )
}

fn path(reason: InvalidPath) -> String {
    match reason {
        InvalidPath::Name => format!(
            "this is not a repository name: write {NAME_FORM}, in lower case, with at most \
             {MAX_NAME} characters"
        ),
        InvalidPath::Digest => "this is not a digest: write sha256:<64 hex digits>".to_owned(),
        InvalidPath::Tag => "this is not a tag, so no manifest has it".to_owned(),
        InvalidPath::Unknown => "this path is not part of the registry API".to_owned(),
    }
}

fn token_request(reason: InvalidTokenRequest) -> String {
    match reason {
        InvalidTokenRequest::Scope => {
            format!("this is not a scope: write repository:{NAME_FORM}:pull")
        }
        InvalidTokenRequest::TooManyNames { most } => {
            format!("one token is for at most {most} repositories: ask for fewer at a time")
        }
        InvalidTokenRequest::GrantType => {
            "the grant types of this registry are password and refresh_token".to_owned()
        }
        InvalidTokenRequest::Credential => wrong_credentials(),
    }
}

fn wrong_credentials() -> String {
    "wrong credentials: log in with any user name, and a balena API key or session token as the \
     password"
        .to_owned()
}

fn pick_service(name: &Name, services: &[String], own: &Origin) -> String {
    let reference = match ReleaseReference::parse(name) {
        Ok(reference) if !services.is_empty() => reference,
        Ok(_) | Err(NotARelease) => return not_found(name, own),
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

fn ambiguous(name: &Name, commits: &[String]) -> String {
    let which = match commits {
        [] => String::new(),
        commits => format!(": {}", commits.join(", ")),
    };
    format!(
        "{name} names several releases by the beginning of their commits{which}. Write more digits \
         of the commit"
    )
}

fn near_miss(name: &Name, newest: &[String], own: &Origin) -> String {
    let Ok(reference) = ReleaseReference::parse(name) else { return not_found(name, own) };
    let newest = match newest {
        [] => return not_found(name, own),
        [only] => format!("the newest is {only}"),
        several => format!("the newest are {}", several.join(" and ")),
    };
    format!("{} was not found; {newest}", described(&reference))
}

fn not_found(name: &Name, own: &Origin) -> String {
    match ReleaseReference::parse(name) {
        Ok(reference) => format!(
            "{} was not found. If it is private, log in first: docker login {}",
            described(&reference),
            own.authority()
        ),
        Err(NotARelease) => format!(
            "{name} was not found: write {NAME_FORM}, where the release is a version, a draft with \
             its build stamp, or a commit of {MIN_SHORT} digits or more"
        ),
    }
}

fn described_release(release: &Release) -> String {
    let slug = release.slug.as_str();
    match release.selector.text() {
        None => format!("the current release of {slug}"),
        Some(text) => format!("release {text} of {slug}"),
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
