//! Objects in memory, with the rules of R2 that the contract suite proves on the real one.

mod bucket;
mod intake;

use std::cell::RefCell;
use std::rc::Rc;

use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::services::objects::{
    Arrival, CompleteError, End, MAX_DELETE, MAX_KEY, MAX_PARTS, Multipart, NoBuffer, Objects,
    ObjectsError, Page, Part, PutError, ReadError, Span,
};

use super::gate::{Failed, Gate};
use bucket::{Bucket, Upload};
use intake::MemoryIntake;

/// How many buffers there are for bodies whose length is not known.
pub const BUFFERS: usize = 12;
/// How many of them one owner has at most.
const SHARE: usize = 5;
const NO_SUCH_UPLOAD: u32 = 10024;

/// A bucket in memory. A clone is the same bucket.
#[derive(Clone, Default)]
pub struct MemoryObjects(Rc<RefCell<Bucket>>, Gate);

impl MemoryObjects {
    /// The keys that it has, in order.
    pub fn keys(&self) -> Vec<String> {
        self.0.borrow().objects.keys().cloned().collect()
    }

    /// How many uploads have neither been completed nor aborted.
    pub fn open_uploads(&self) -> usize {
        self.0.borrow().uploads.values().filter(|upload| !upload.ended).count()
    }

    /// The next body breaks off after so many bytes.
    pub fn break_after(&self, bytes: usize) {
        self.0.borrow_mut().stops_after = Some((bytes, End::Cut));
    }

    /// Nothing comes of the next body after so many bytes.
    pub fn stall_after(&self, bytes: usize) {
        self.0.borrow_mut().stops_after = Some((bytes, End::Slow));
    }

    /// Another request completes the next upload at the same time, and comes first.
    pub fn complete_elsewhere(&self) {
        self.0.borrow_mut().completes_elsewhere = true;
    }

    /// Parts have one etag, as those have whose MD5 somebody made the same; or each has its own.
    pub fn make_etags_alike(&self, alike: bool) {
        self.0.borrow_mut().etags_alike = alike;
    }

    /// What every call passes.
    pub fn gate(&self) -> &Gate {
        &self.1
    }

    async fn call<T>(
        &self,
        act: impl FnOnce(&mut Bucket) -> Result<T, ObjectsError>,
    ) -> Result<T, ObjectsError> {
        let done = self.1.pass(|| act(&mut self.0.borrow_mut())).await;
        done.unwrap_or_else(|Failed| Err(refused(10001, "an internal error")))
    }

    async fn insert(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        let insert = |bucket: &mut Bucket| {
            if key.len() > MAX_KEY {
                return Err(refused(10020, "the name is not valid"));
            }
            bucket.objects.insert(key.to_owned(), bytes);
            Ok(())
        };
        self.call(insert).await
    }

    async fn object(&self, key: &str) -> Result<Option<Vec<u8>>, ObjectsError> {
        self.call(|bucket| Ok(bucket.objects.get(key).cloned())).await
    }

    async fn begin(&self, key: &str) -> Result<String, ObjectsError> {
        let begin = |bucket: &mut Bucket| {
            bucket.made += 1;
            let id = format!("upload-{}", bucket.made);
            let upload = Upload { key: key.to_owned(), ..Upload::default() };
            bucket.uploads.insert(id.clone(), upload);
            Ok(id)
        };
        self.call(begin).await
    }

    async fn add_part(
        &self,
        upload: Multipart<'_>,
        number: u16,
        bytes: &[u8],
    ) -> Result<Part, ObjectsError> {
        let add = |bucket: &mut Bucket| {
            if !(1..=MAX_PARTS).contains(&number) {
                return Err(ObjectsError { code: None, message: "no such part number".to_owned() });
            }
            bucket.made += 1;
            let etag = match bucket.etags_alike {
                true => "etag".to_owned(),
                false => format!("etag-{}", bucket.made),
            };
            let open =
                bucket.open(upload).ok_or_else(|| refused(NO_SUCH_UPLOAD, "no such upload"))?;
            open.parts.insert(number, (etag.clone(), bytes.to_vec()));
            Ok(Part { number, etag })
        };
        self.call(add).await
    }
}

impl Objects for MemoryObjects {
    type Body = Vec<u8>;
    type Intake = MemoryIntake;

    async fn size(&self, key: &str) -> Result<Option<u64>, ObjectsError> {
        Ok(self.object(key).await?.map(|bytes| bytes.len() as u64))
    }

    async fn read(&self, key: &str, span: Option<Span>) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(bytes) = self.object(key).await? else { return Ok(None) };
        let Some(Span { offset, length }) = span else { return Ok(Some(bytes)) };
        let size = bytes.len() as u64;
        if length == 0 || offset + length > size {
            return Err(ReadError::PastEnd { size });
        }
        Ok(Some(bytes[offset as usize..(offset + length) as usize].to_vec()))
    }

    async fn put(
        &self,
        key: &str,
        mut body: Vec<u8>,
        length: u64,
        digest: Digest,
    ) -> Result<(), PutError> {
        if let Some((bytes, _)) = self.0.borrow_mut().stops_after.take() {
            body.truncate(bytes);
        }
        if body.len() as u64 != length {
            let message = "the body has another length".to_owned();
            return Err(PutError::Failed(ObjectsError { code: None, message }));
        }
        if !digest.is_of(&body) {
            return Err(PutError::Mismatch);
        }
        self.insert(key, body).await.map_err(PutError::Failed)
    }

    async fn put_bytes(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.insert(key, bytes.to_vec()).await
    }

    fn take_in(&self, mut body: Vec<u8>, arrival: Arrival<'_>) -> Result<MemoryIntake, NoBuffer> {
        let Arrival { owner, length, algorithm } = arrival;
        let mut bucket = self.0.borrow_mut();
        let buffer_of = length.is_none().then(|| owner.to_owned());
        if let Some(owner) = &buffer_of {
            let held = bucket.buffers.iter().filter(|held| *held == owner).count();
            if held == SHARE || bucket.buffers.len() == BUFFERS {
                return Err(NoBuffer);
            }
            bucket.buffers.push(owner.clone());
        }
        let (arrives, stop) = bucket.stops_after.take().unwrap_or((usize::MAX, End::Cut));
        let stops = (arrives < body.len()).then_some(stop);
        body.truncate(arrives);
        let objects = self.clone();
        Ok(MemoryIntake { objects, body, length, algorithm, stops, buffer_of, at: 0 })
    }

    async fn append(
        &self,
        upload: Multipart<'_>,
        number: u16,
        from: &str,
    ) -> Result<Part, CompleteError> {
        let gone = |error: ObjectsError| match error.code {
            Some(NO_SUCH_UPLOAD) => CompleteError::Gone,
            _ => CompleteError::Failed(error),
        };
        let bytes = self.object(from).await.map_err(gone)?;
        let bytes = bytes.ok_or_else(|| gone(refused(10007, "no such key")))?;
        self.add_part(upload, number, &bytes).await.map_err(gone)
    }

    async fn complete(&self, upload: Multipart<'_>, parts: &[Part]) -> Result<(), CompleteError> {
        let completed = self.call(|bucket| Ok(bucket.complete(upload, parts))).await;
        completed.unwrap_or_else(|error| Err(CompleteError::Failed(error)))
    }

    async fn abort(&self, upload: Multipart<'_>) -> Result<(), ObjectsError> {
        let abort = |bucket: &mut Bucket| {
            if let Some(open) = bucket.uploads.get_mut(upload.id) {
                open.ended = true;
            }
            Ok(())
        };
        self.call(abort).await
    }

    async fn digest(
        &self,
        key: &str,
        algorithm: Algorithm,
    ) -> Result<Option<Digest>, ObjectsError> {
        Ok(self.object(key).await?.map(|bytes| algorithm.digest(&bytes)))
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectsError> {
        let delete = |bucket: &mut Bucket| {
            if keys.len() > MAX_DELETE {
                return Err(refused(10029, "too many keys"));
            }
            keys.iter().for_each(|key| drop(bucket.objects.remove(key)));
            Ok(())
        };
        self.call(delete).await
    }

    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, ObjectsError> {
        self.call(|bucket| Ok(bucket.list(prefix, cursor.unwrap_or_default()))).await
    }
}

fn refused(code: u32, message: &str) -> ObjectsError {
    ObjectsError { code: Some(code), message: format!("{message} ({code})") }
}
