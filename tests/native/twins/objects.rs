//! Objects in memory, with the rules of R2 that the contract suite proves on the real one.

mod intake;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::services::objects::{
    Arrival, CompleteError, End, Listed, MAX_DELETE, MAX_KEY, MAX_PARTS, Multipart, NoBuffer,
    Objects, ObjectsError, PART, Page, Part, PutError, ReadError, Span,
};

use intake::MemoryIntake;

/// How many buffers there are for bodies whose length is not known.
pub const BUFFERS: usize = 12;
/// How many of them one owner has at most.
const SHARE: usize = 5;
const MAX_LISTED: usize = 1000;
const NO_SUCH_UPLOAD: u32 = 10024;

/// A bucket in memory. A clone is the same bucket.
#[derive(Clone, Default)]
pub struct MemoryObjects(Rc<RefCell<Bucket>>);

#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    uploads: BTreeMap<String, Upload>,
    made: u64,
    /// The owners of the buffers that are in use.
    buffers: Vec<String>,
    stops_after: Option<(usize, End)>,
    failing_call: Option<usize>,
    completes_elsewhere: bool,
}

#[derive(Default)]
struct Upload {
    key: String,
    ended: bool,
    parts: BTreeMap<u16, (String, Vec<u8>)>,
}

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

    /// The call after `calls` more of them fails, once.
    pub fn fail_after(&self, calls: usize) {
        self.0.borrow_mut().failing_call = Some(calls);
    }

    /// No call fails any more.
    pub fn heal(&self) {
        self.0.borrow_mut().failing_call = None;
    }

    fn call(&self) -> Result<(), ObjectsError> {
        let mut bucket = self.0.borrow_mut();
        match bucket.failing_call {
            Some(0) => {
                bucket.failing_call = None;
                Err(refused(10001, "an internal error"))
            }
            Some(calls) => {
                bucket.failing_call = Some(calls - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn insert(&self, key: &str, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        self.call()?;
        if key.len() > MAX_KEY {
            return Err(refused(10020, "the name is not valid"));
        }
        self.0.borrow_mut().objects.insert(key.to_owned(), bytes);
        Ok(())
    }

    fn object(&self, key: &str) -> Result<Option<Vec<u8>>, ObjectsError> {
        self.call()?;
        Ok(self.0.borrow().objects.get(key).cloned())
    }

    fn begin(&self, key: &str) -> Result<String, ObjectsError> {
        self.call()?;
        let mut bucket = self.0.borrow_mut();
        bucket.made += 1;
        let id = format!("upload-{}", bucket.made);
        let upload = Upload { key: key.to_owned(), ..Upload::default() };
        bucket.uploads.insert(id.clone(), upload);
        Ok(id)
    }

    fn add_part(&self, upload: Multipart, number: u16, bytes: &[u8]) -> Result<Part, ObjectsError> {
        self.call()?;
        if !(1..=MAX_PARTS).contains(&number) {
            return Err(ObjectsError { code: None, message: "no such part number".to_owned() });
        }
        let mut bucket = self.0.borrow_mut();
        bucket.made += 1;
        let etag = format!("etag-{}", bucket.made);
        let open = bucket.uploads.get_mut(upload.id);
        let open = open.filter(|open| !open.ended && open.key == upload.key);
        let open = open.ok_or_else(|| refused(NO_SUCH_UPLOAD, "no such upload"))?;
        open.parts.insert(number, (etag.clone(), bytes.to_vec()));
        Ok(Part { number, etag })
    }
}

impl Objects for MemoryObjects {
    type Body = Vec<u8>;
    type Intake = MemoryIntake;

    async fn size(&self, key: &str) -> Result<Option<u64>, ObjectsError> {
        Ok(self.object(key)?.map(|bytes| bytes.len() as u64))
    }

    async fn read(&self, key: &str, span: Option<Span>) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(bytes) = self.object(key)? else { return Ok(None) };
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
        self.insert(key, body).map_err(PutError::Failed)
    }

    async fn put_bytes(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectsError> {
        self.insert(key, bytes.to_vec())
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
        let bytes =
            self.object(from).and_then(|found| found.ok_or_else(|| refused(10007, "no such key")));
        let added = bytes.and_then(|bytes| self.add_part(upload, number, &bytes));
        added.map_err(|error| match error.code {
            Some(NO_SUCH_UPLOAD) => CompleteError::Gone,
            _ => CompleteError::Failed(error),
        })
    }

    async fn complete(&self, upload: Multipart<'_>, parts: &[Part]) -> Result<(), CompleteError> {
        self.call().map_err(CompleteError::Failed)?;
        let mut bucket = self.0.borrow_mut();
        let open = bucket.uploads.get_mut(upload.id);
        let open = open.filter(|open| !open.ended && open.key == upload.key);
        let open = open.ok_or(CompleteError::Gone)?;
        let mut whole = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let found = open.parts.get(&part.number).filter(|(etag, _)| *etag == part.etag);
            let (_, bytes) = found.ok_or(CompleteError::WrongPart)?;
            let last = at + 1 == parts.len();
            refuse_sizes(bytes.len(), whole.len().checked_div(at), last)?;
            whole.extend_from_slice(bytes);
        }
        open.ended = true;
        bucket.objects.insert(upload.key.to_owned(), whole);
        match mem::take(&mut bucket.completes_elsewhere) {
            true => Err(CompleteError::Gone),
            false => Ok(()),
        }
    }

    async fn abort(&self, upload: Multipart<'_>) -> Result<(), ObjectsError> {
        self.call()?;
        if let Some(open) = self.0.borrow_mut().uploads.get_mut(upload.id) {
            open.ended = true;
        }
        Ok(())
    }

    async fn digest(
        &self,
        key: &str,
        algorithm: Algorithm,
    ) -> Result<Option<Digest>, ObjectsError> {
        Ok(self.object(key)?.map(|bytes| algorithm.digest(&bytes)))
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectsError> {
        self.call()?;
        if keys.len() > MAX_DELETE {
            return Err(refused(10029, "too many keys"));
        }
        let mut bucket = self.0.borrow_mut();
        for key in keys {
            bucket.objects.remove(key);
        }
        Ok(())
    }

    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, ObjectsError> {
        self.call()?;
        let bucket = self.0.borrow();
        let from = cursor.unwrap_or_default();
        let found = bucket.objects.iter().filter(|(key, _)| key.starts_with(prefix));
        let mut found = found.filter(|(key, _)| key.as_str() > from).peekable();
        let listed = |(key, bytes): (&String, &Vec<u8>)| Listed {
            key: key.clone(),
            size: bytes.len() as u64,
        };
        let objects: Vec<_> = found.by_ref().take(MAX_LISTED).map(listed).collect();
        let more = found.peek().is_some();
        let cursor = objects.last().filter(|_| more).map(|last| last.key.clone());
        Ok(Page { objects, cursor })
    }
}

// All parts but the last are of one size, and of 5 MiB at least; the last is not larger.
fn refuse_sizes(size: usize, before: Option<usize>, last: bool) -> Result<(), CompleteError> {
    let refuse = |code, message| Err(CompleteError::Failed(refused(code, message)));
    if !last && (size as u64) < PART {
        return refuse(10011, "a part is too small");
    }
    match before {
        Some(before) if size > before || (size < before && !last) => {
            refuse(10048, "the parts are not of one size")
        }
        _ => Ok(()),
    }
}

fn refused(code: u32, message: &str) -> ObjectsError {
    ObjectsError { code: Some(code), message: format!("{message} ({code})") }
}
