//! PUT, and POST with a digest: an upload becomes a blob.

use super::append::take_in;
use super::chunk::Chunk;
use super::claimed::Claimed;
use super::{AppendError, FinishError, Target};
use crate::account::caller::Caller;
use crate::hosted::catalog::commit::{self, Stored};
use crate::hosted::catalog::uploads;
use crate::oci::digest::Digest;
use crate::refusal::upload::Ended;
use crate::services::Services;
use crate::services::objects::{CompleteError, MAX_PUT, Multipart, Objects, Part, PutError};

/// Stores what the request brings after what was stored before, and makes the whole a blob of the
/// image if its digest is `digest`. A blob that comes in one request of known length is checked by
/// R2; one that came in one stream was hashed on the way; any other is read back once. What was
/// committed before as the same digest is done.
///
/// A PUT without bytes that has a `Location` which says everything claims nothing, and goes straight
/// to the commit, which fails where another claim came since then. Only then it looks at what is
/// recorded.
///
/// The work has to outlive a client that goes away ([`super::outlive`]).
///
/// # Errors
/// [`FinishError`]. A wrong digest ends the upload.
pub async fn finish<S: Services>(
    target: Target<'_, S>,
    caller: &Caller,
    digest: Digest,
    chunk: Chunk<S::Body>,
) -> Result<(), FinishError> {
    let announced = chunk.announced()?;
    let mut carried = if announced == Some(0) { Claimed::carried(target) } else { None };
    let (start, mut chunk) = (chunk.start(), Some(chunk));
    loop {
        let is_carried = carried.is_some();
        let mut claimed = match carried.take() {
            Some(claimed) => claimed,
            None => match Claimed::claim(target, start, announced).await {
                Ok(claimed) => claimed,
                Err(AppendError::Ended(Ended::Committed(done))) if *done == digest => {
                    return replay(target, digest, caller).await;
                }
                Err(error) => return Err(error.into()),
            },
        };
        let bytes = chunk.take_if(|_| announced != Some(0));
        match conclude(&mut claimed, bytes, digest, caller).await {
            Err(FinishError::Append(AppendError::Overtaken)) if is_carried => {}
            done => return done,
        }
    }
}

// Stores the last bytes, and commits the whole or ends the upload for its wrong digest.
async fn conclude<S: Services>(
    claimed: &mut Claimed<'_, S>,
    bytes: Option<Chunk<S::Body>>,
    digest: Digest,
    caller: &Caller,
) -> Result<(), FinishError> {
    let brings_bytes = bytes.is_some();
    let stored = match bytes {
        Some(Chunk { body, length: Some(length @ 1..=MAX_PUT), .. })
            if claimed.progress.offset == 0 =>
        {
            put(claimed, body, length, digest).await
        }
        bytes => gather(claimed, bytes, digest).await,
    };
    match stored {
        Ok(stored) => commit(claimed.target, &stored, digest, caller).await,
        // By an older location, nothing is there. What a PATCH stored may go on by a newer one.
        Err(FinishError::Digest)
            if !brings_bytes && claimed.progress.offset == 0 && claimed.version > 1 =>
        {
            Err(AppendError::Offset { received: 0 }.into())
        }
        Err(FinishError::Digest) => end(claimed).await,
        Err(error) => Err(error),
    }
}

// The whole blob in one request.
async fn put<S: Services>(
    claimed: &Claimed<'_, S>,
    body: S::Body,
    size: u64,
    digest: Digest,
) -> Result<Stored, FinishError> {
    let key = claimed.key.piece(claimed.version);
    match claimed.target.hosting.objects.put(&key, body, size, digest).await {
        Ok(()) => Ok(stored(claimed, key, size)),
        Err(PutError::Mismatch) => Err(FinishError::Digest),
        Err(PutError::Failed(error)) => Err(AppendError::Objects(error).into()),
    }
}

// The last bytes of a blob, or none, and what was stored before, as one object with this digest.
async fn gather<S: Services>(
    claimed: &mut Claimed<'_, S>,
    bytes: Option<Chunk<S::Body>>,
    digest: Digest,
) -> Result<Stored, FinishError> {
    if let Some(chunk) = bytes {
        let (announced, begins) = (chunk.announced()?, claimed.progress.offset == 0);
        let intake = take_in(claimed.target, chunk.body, announced, begins)?;
        claimed.fill(intake).await?;
    }
    let made = claimed.progress.digest.filter(|made| made.algorithm() == digest.algorithm());
    if made.is_some_and(|made| made != digest) {
        return Err(FinishError::Digest);
    }
    let key = join(claimed).await?;
    if made.is_none() && read_back(claimed, &key, digest).await? != digest {
        return Err(FinishError::Digest);
    }
    Ok(stored(claimed, key, claimed.progress.offset))
}

// One object out of what is stored; gives its key.
async fn join<S: Services>(claimed: &Claimed<'_, S>) -> Result<String, AppendError> {
    let progress = &claimed.progress;
    let tail = progress.tail.map(|version| claimed.key.piece(version));
    match (claimed.multipart(), tail) {
        (Some((key, id)), tail) if !progress.parts.is_empty() => {
            complete(claimed, Multipart { key: &key, id }, tail).await?;
            Ok(key)
        }
        (_, Some(tail)) => Ok(tail),
        (_, None) => {
            let empty = claimed.key.piece(claimed.version);
            claimed.target.hosting.objects.put_bytes(&empty, b"").await?;
            Ok(empty)
        }
    }
}

async fn complete<S: Services>(
    claimed: &Claimed<'_, S>,
    upload: Multipart<'_>,
    tail: Option<String>,
) -> Result<(), AppendError> {
    let (objects, progress) = (claimed.target.hosting.objects, &claimed.progress);
    match put_together(objects, upload, progress.parts.clone(), tail).await {
        Ok(()) => Ok(()),
        // Another request did it, or this one did and its answer was lost. Who has the same parts or
        // others as far as this claim, which then commits nothing or reads them back.
        Err(CompleteError::Gone) if objects.size(upload.key).await? == Some(progress.offset) => {
            Ok(())
        }
        Err(CompleteError::Gone) => Err(AppendError::Ended(Ended::Expired)),
        // Another request stored a part under the same number.
        Err(CompleteError::WrongPart) => Err(AppendError::Overtaken),
        Err(CompleteError::Failed(error)) => Err(error.into()),
    }
}

async fn put_together<O: Objects>(
    objects: &O,
    upload: Multipart<'_>,
    mut parts: Vec<Part>,
    tail: Option<String>,
) -> Result<(), CompleteError> {
    if let Some(tail) = tail {
        let number = parts.len() as u16 + 1;
        parts.push(objects.append(upload, number, &tail).await?);
    }
    objects.complete(upload, &parts).await
}

async fn read_back<S: Services>(
    claimed: &Claimed<'_, S>,
    key: &str,
    digest: Digest,
) -> Result<Digest, AppendError> {
    let read = claimed.target.hosting.objects.digest(key, digest.algorithm()).await?;
    // Its keys are deleted only once the upload has ended.
    read.ok_or(AppendError::Overtaken)
}

async fn commit<S: Services>(
    target: Target<'_, S>,
    stored: &Stored,
    digest: Digest,
    caller: &Caller,
) -> Result<(), FinishError> {
    let done = commit::commit(target.hosting.database, target.image, stored, &digest, caller).await;
    Ok(done?)
}

// The upload was committed before. The blob may be gone again since then: the client has to send it
// once more.
async fn replay<S: Services>(
    target: Target<'_, S>,
    digest: Digest,
    caller: &Caller,
) -> Result<(), FinishError> {
    let (database, image, upload) = (target.hosting.database, target.image, target.session.id());
    Ok(commit::is_done(database, image, upload, &digest, caller).await?)
}

// The wrong digest: nobody can mend the upload. The catalog puts its keys into the trash, so that
// nothing is deleted here that a request at the same time needs.
async fn end<S: Services>(claimed: &Claimed<'_, S>) -> Result<(), FinishError> {
    let target = claimed.target;
    let cancelled =
        uploads::cancel(target.hosting.database, target.row(), Some(claimed.version)).await;
    let left = cancelled.map_err(AppendError::from)?;
    super::abort(target, left, claimed.multipart()).await?;
    Err(FinishError::Digest)
}

fn stored<S: Services>(claimed: &Claimed<'_, S>, key: String, size: u64) -> Stored {
    let upload = claimed.target.session.id().clone();
    Stored { upload, version: claimed.version, key, size }
}
