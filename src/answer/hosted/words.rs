//! Messages for refusals of hosted repositories: what happened, to which name, and what would help.

use crate::account::credential::Unusable;
use crate::account::rights::Action;
use crate::oci::challenge::TokenError;
use crate::oci::digest::Digest;
use crate::oci::manifest::MAX_MANIFEST;
use crate::oci::quote::Quoted;
use crate::origin::Origin;
use crate::refusal::manage::ManageRefusal;
use crate::refusal::upload::AppendError;
use crate::refusal::{BadCredential, Refusal};
use crate::services::database::DatabaseError;

// The most missing digests that one message names.
const MAX_NAMED: usize = 10;

/// The message for a client that came by `own`.
pub(in crate::answer) fn of(refusal: &Refusal, own: &Origin) -> String {
    let host = own.authority();
    match refusal {
        Refusal::Off => "hosted repositories are off here: the Worker has no bindings CATALOG and \
            OBJECTS"
            .to_owned(),
        Refusal::TooMany => format!(
            "too many requests come from your address without a credential that was accepted; \
             wait, or log in: docker login {host}"
        ),
        Refusal::Database(error) => database(error).to_owned(),
        Refusal::Objects(_) => UNAVAILABLE.to_owned(),
        Refusal::Lost => "data of this image is missing: whoever runs this registry has to check \
            the account"
            .to_owned(),
        Refusal::Credential(reason) => credential(*reason).to_owned(),
        Refusal::Unauthenticated { error, .. } => match error {
            None => "a token is needed".to_owned(),
            Some(TokenError::Invalid) => {
                "the token has expired, or another registry made it: ask for a new one".to_owned()
            }
            Some(TokenError::InsufficientScope) => "the token is for another name".to_owned(),
        },
        Refusal::NameUnknown(image) => format!(
            "{image} was not found, or you may not pull it. If it is private, log in first: \
             docker login {host}"
        ),
        Refusal::NameInvalid => "this is not the name of an image: write \
            <account>/<repository>[/<image>], in lower case"
            .to_owned(),
        Refusal::Forbidden(action, image) => forbidden(*action, image.as_str(), host),
        Refusal::ManifestUnknown => "this image has no such manifest".to_owned(),
        Refusal::BlobUnknown => "this image has no such blob".to_owned(),
        Refusal::NeedsUnknown(missing) => missing_needs(missing),
        Refusal::Manifest(reason) => reason.to_string(),
        Refusal::ManifestTooLarge => {
            format!("the manifest has more than {MAX_MANIFEST} bytes")
        }
        Refusal::AnnotationsTooLarge { limit } => {
            format!("the annotations of a manifest with a subject may have {limit} bytes at most")
        }
        Refusal::BodyBroken => "the body broke off".to_owned(),
        Refusal::UploadUnknown => "there is no such upload: begin another one".to_owned(),
        Refusal::Upload { error, .. } => upload(error),
        Refusal::DigestInvalid => "a digest is needed, written sha256:<64 hex digits> or \
            sha512:<128 hex digits>"
            .to_owned(),
        Refusal::ContentRangeInvalid => {
            "Content-Range must be the first and the last byte of the chunk, such as 0-1023"
                .to_owned()
        }
        Refusal::WrongDigest => "what was sent does not have the digest that was named".to_owned(),
        Refusal::OutOfRange { size } => {
            format!("the blob has {size} bytes and ends before this range")
        }
        Refusal::TagInvalid(tag) => format!("{} cannot be a tag", Quoted(tag)),
        Refusal::InUse { by, listed: true } => {
            format!(
                "the manifest cannot be deleted while the index {by} lists it: delete that first"
            )
        }
        Refusal::InUse { by, listed: false } => {
            format!(
                "the blob cannot be deleted while the manifest {by} needs it: delete that first"
            )
        }
        Refusal::Method(allowed) => format!("this path answers only {allowed}"),
        Refusal::Page => "n must be a number".to_owned(),
        Refusal::Manage(refusal) => manage(refusal),
    }
}

const UNAVAILABLE: &str = "the storage of hosted repositories cannot answer now; try again";

fn database(error: &DatabaseError) -> &'static str {
    match error {
        DatabaseError::Missing => {
            "the database of hosted repositories is not prepared: whoever \
            runs this registry has to run `npm run migrate`"
        }
        DatabaseError::Overloaded => {
            "the database of hosted repositories has too much to do now; try again"
        }
        DatabaseError::Rejected | DatabaseError::Failed(_) => UNAVAILABLE,
    }
}

fn credential(reason: BadCredential) -> &'static str {
    match reason {
        BadCredential::Unusable(Unusable::Mistyped) => {
            "the secret is mistyped or cut off: copy all of it, from bhk_ or bhc_ to its end"
        }
        BadCredential::Unusable(Unusable::NeedsClientId) => {
            "this is the secret of a client: log in with the client's id (cli-…) as the user name"
        }
        BadCredential::Unknown => {
            "this access key or client does not exist, or was revoked: ask the account's owner \
             for another"
        }
        BadCredential::Expired => {
            "this access key or client has expired: ask the account's owner for another"
        }
        BadCredential::Operator => {
            "the operator's secret reads no image: log in with an access key or a client"
        }
        BadCredential::Off => "this is a secret for hosted repositories, which are off here",
    }
}

fn forbidden(action: Action, image: &str, host: &str) -> String {
    let what = match action {
        Action::Pull => "pull from",
        Action::Push => "push to",
        Action::Delete => "delete from",
    };
    format!(
        "you may not {what} {image}: log in with an access key of its account, or with a client \
         that has a grant for it: docker login {host}"
    )
}

fn missing_needs(missing: &[Digest]) -> String {
    let named: Vec<_> = missing.iter().take(MAX_NAMED).map(ToString::to_string).collect();
    let more = match missing.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = named.join(", ");
    format!("the manifest needs what this image does not have: {named}{more}; push these first")
}

fn upload(error: &AppendError) -> String {
    match error {
        AppendError::Ended(_) => "this upload has ended: begin another one".to_owned(),
        AppendError::Offset { received } => {
            format!("the upload has {received} bytes so far, and the chunk begins elsewhere")
        }
        AppendError::Length => {
            "Content-Range, Content-Length and the body do not have the same length".to_owned()
        }
        AppendError::Cut { received } => {
            format!("the body broke off; the upload has {received} bytes so far")
        }
        AppendError::Slow { received } => {
            format!("the body came too slowly; the upload has {received} bytes so far")
        }
        AppendError::TooLarge { limit } => format!("a blob may have {limit} bytes at most"),
        AppendError::TooMany { limit } => format!(
            "an upload may come in {limit} requests at most: begin another one with larger chunks"
        ),
        AppendError::Busy => "too many uploads come in at this moment; try again".to_owned(),
        AppendError::Overtaken => "another request has taken over this upload".to_owned(),
        AppendError::Database(error) => database(error).to_owned(),
        AppendError::Objects(_) => UNAVAILABLE.to_owned(),
    }
}

fn manage(refusal: &ManageRefusal) -> String {
    match refusal {
        ManageRefusal::Unauthenticated => "send an access key or the operator's secret as \
            Authorization: Bearer <secret>"
            .to_owned(),
        ManageRefusal::Credential(reason) => credential(*reason).to_owned(),
        ManageRefusal::Denied => "this secret may not do that".to_owned(),
        ManageRefusal::Malformed => "the body must be a JSON object".to_owned(),
        ManageRefusal::TooLarge { limit } => format!("the body has more than {limit} bytes"),
        ManageRefusal::Path(field) => format!("the path has an invalid {field}"),
        ManageRefusal::Field(field) => field.to_string(),
        ManageRefusal::NotFound(what) => format!("there is no such {what}"),
        ManageRefusal::Taken => "an account with this id exists already, or was deleted a short \
            time ago"
            .to_owned(),
        ManageRefusal::NotEmpty => "the account has repositories: delete these first".to_owned(),
        ManageRefusal::NoSuchPath => {
            "there is nothing here: /api/v1/openapi.json describes the API".to_owned()
        }
        ManageRefusal::Method(allowed) => format!("this path answers only {allowed}"),
    }
}
