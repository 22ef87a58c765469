//! A manifest that is pushed: read, checked, and written with its tags in one batch.

use http::StatusCode;

use crate::account::caller::Caller;
use crate::account::name::ImageName;
use crate::account::rights::Action;
use crate::answer::Answer;
use crate::hosted::catalog::commit::Stored;
use crate::hosted::catalog::manifests::{self, NewContent, NewManifest, PutError};
use crate::hosted::catalog::uploads::{self, Session, UploadError};
use crate::hosted::host::Host;
use crate::hosted::referrers::MAX_ANNOTATIONS;
use crate::hosted::upkeep;
use crate::hosted::upload::session::UploadSession;
use crate::oci::digest::{Algorithm, Digest};
use crate::oci::manifest::{MAX_MANIFEST, Manifest};
use crate::oci::name::Name;
use crate::oci::paging::Query;
use crate::oci::path::Path;
use crate::oci::reference::{Reference, Tag};
use crate::refusal::Refusal;
use crate::services::database::DatabaseError;
use crate::services::objects::Objects;
use crate::services::{BodyError, Incoming, Services};

// The most bytes of a manifest that the catalog keeps. A row of D1 has 2 MB at most.
const MAX_TEXT: usize = 256 * 1024;

/// What a push names: a tag or a digest in the path, and tags in the query.
struct Target {
    digest: Option<Digest>,
    tags: Vec<Tag>,
}

/// Answers PUT.
///
/// # Errors
/// [`Refusal`] if the body is not a manifest, or needs what the image does not have.
pub(crate) async fn put<S: Services, I: Incoming>(
    host: &Host<'_, S>,
    incoming: &I,
    (name, image): (&Name, &ImageName),
    caller: &Caller,
    (reference, query): (&Reference, &str),
) -> Result<Answer<S::Body>, Box<Refusal>> {
    let target = Target::read(reference, query)?;
    let text = body(incoming).await?;
    let manifest = Manifest::parse(incoming.header("content-type").as_deref(), text.as_bytes())?;
    let digest = target.digest.unwrap_or_else(|| Algorithm::Sha256.digest(text.as_bytes()));
    if !digest.is_of(text.as_bytes()) {
        return Err(Refusal::WrongDigest.into());
    }
    let (subject, size) = (manifest.subject, text.len() as u64);
    let annotations = annotations(&manifest)?;
    let new = NewManifest {
        digest,
        media_type: manifest.media_type.as_str().to_owned(),
        size,
        content: content(host, image, text).await?,
        subject,
        artifact_type: manifest.artifact_type,
        annotations,
        children: manifest.children,
        blobs: manifest.blobs,
        exempt: manifest.exempt,
    };
    match manifests::put(host.database, image, caller, &new, &target.tags).await {
        Ok(()) => {
            upkeep::after_push(host.task);
            Ok(created(name, digest, subject, &target.tags))
        }
        Err(PutError::Unknown(missing)) => Err(Refusal::NeedsUnknown(missing).into()),
        Err(PutError::Refused) => Err(Refusal::Forbidden(Action::Push, image.clone()).into()),
        Err(PutError::Lost) => Err(DatabaseError::Rejected.into()),
        Err(PutError::Database(error)) => Err(error.into()),
    }
}

impl Target {
    fn read(reference: &Reference, query: &str) -> Result<Self, Box<Refusal>> {
        let (digest, first) = match reference {
            Reference::Digest(digest) => (Some(*digest), None),
            Reference::Tag(tag) => (None, Some(tag.clone())),
        };
        let mut tags: Vec<_> = first.into_iter().collect();
        for text in Query::parse(query).all("tag") {
            let tag = Tag::parse(text).map_err(|_| Refusal::TagInvalid(text.to_owned()))?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Ok(Self { digest, tags })
    }
}

async fn body<I: Incoming>(incoming: &I) -> Result<String, Box<Refusal>> {
    let bytes = incoming.body(MAX_MANIFEST).await.map_err(|error| match error {
        BodyError::OverLimit { .. } => Refusal::ManifestTooLarge,
        BodyError::Broken => Refusal::BodyBroken,
    })?;
    String::from_utf8(bytes)
        .map_err(|error| crate::oci::manifest::InvalidManifest::Malformed(error.to_string()).into())
}

// Only lists of referrers show annotations, and the size of a list is limited.
fn annotations(manifest: &Manifest) -> Result<Option<String>, Box<Refusal>> {
    if manifest.subject.is_none() || manifest.annotations.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(&manifest.annotations).expect("strings always serialize");
    if text.len() > MAX_ANNOTATIONS {
        return Err(Refusal::AnnotationsTooLarge { limit: MAX_ANNOTATIONS }.into());
    }
    Ok(Some(text))
}

// A large manifest is stored as an object, under the claim of an upload that nobody else knows, so
// that collection finds what an interrupted push left.
async fn content<S: Services>(
    host: &Host<'_, S>,
    image: &ImageName,
    text: String,
) -> Result<NewContent, Box<Refusal>> {
    if text.len() <= MAX_TEXT {
        return Ok(NewContent::Text(text));
    }
    let begun = UploadSession::begin(host.task.services.now_ms(), Algorithm::Sha256);
    let (upload, expires) = (begun.id(), begun.expires());
    let key = upload.key(image.account());
    let claim = uploads::claim(host.database, Session { image, upload, expires });
    let version = claim.await.map_err(lost)?.version;
    let piece = key.piece(version);
    host.objects.put_bytes(&piece, text.as_bytes()).await?;
    let size = text.len() as u64;
    Ok(NewContent::Object(Stored { upload: upload.clone(), version, key: piece, size }))
}

// Nobody else works on it: the next try has a claim of its own.
fn lost(error: UploadError) -> Box<Refusal> {
    match error {
        UploadError::Ended(_) | UploadError::Lost => DatabaseError::Rejected.into(),
        UploadError::Database(error) => error.into(),
    }
}

fn created<B>(name: &Name, digest: Digest, subject: Option<Digest>, tags: &[Tag]) -> Answer<B> {
    let location = Path::Manifest(name.clone(), Reference::Digest(digest)).to_string();
    let answer = Answer::empty(StatusCode::CREATED)
        .with("location", location)
        .with("docker-content-digest", digest.to_string());
    let answer = match subject {
        Some(subject) => answer.with("oci-subject", subject.to_string()),
        None => answer,
    };
    match tags {
        [] => answer,
        _ => answer.with("oci-tag", tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(", ")),
    }
}
