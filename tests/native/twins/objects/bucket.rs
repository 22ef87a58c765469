//! What a bucket has in it.

use std::collections::BTreeMap;
use std::mem;

use bhcr::services::objects::{CompleteError, End, Listed, Multipart, PART, Page, Part};

use super::refused;

const MAX_LISTED: usize = 1000;

#[derive(Default)]
pub struct Bucket {
    pub objects: BTreeMap<String, Vec<u8>>,
    pub uploads: BTreeMap<String, Upload>,
    pub made: u64,
    /// The owners of the buffers that are in use.
    pub buffers: Vec<String>,
    /// After how many bytes the next body stops, and how.
    pub stops_after: Option<(usize, End)>,
    /// Whether another request completes the next upload at the same time, and comes first.
    pub completes_elsewhere: bool,
    /// Whether all parts have one etag.
    pub etags_alike: bool,
}

#[derive(Default)]
pub struct Upload {
    pub key: String,
    pub ended: bool,
    pub parts: BTreeMap<u16, (String, Vec<u8>)>,
}

impl Bucket {
    pub fn open(&mut self, upload: Multipart<'_>) -> Option<&mut Upload> {
        let open = self.uploads.get_mut(upload.id);
        open.filter(|open| !open.ended && open.key == upload.key)
    }

    pub fn complete(&mut self, upload: Multipart<'_>, parts: &[Part]) -> Result<(), CompleteError> {
        let open = self.open(upload).ok_or(CompleteError::Gone)?;
        let mut whole = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let found = open.parts.get(&part.number).filter(|(etag, _)| *etag == part.etag);
            let (_, bytes) = found.ok_or(CompleteError::WrongPart)?;
            let last = at + 1 == parts.len();
            refuse_sizes(bytes.len(), whole.len().checked_div(at), last)?;
            whole.extend_from_slice(bytes);
        }
        open.ended = true;
        self.objects.insert(upload.key.to_owned(), whole);
        match mem::take(&mut self.completes_elsewhere) {
            true => Err(CompleteError::Gone),
            false => Ok(()),
        }
    }

    pub fn list(&self, prefix: &str, from: &str) -> Page {
        let found = self.objects.iter().filter(|(key, _)| key.starts_with(prefix));
        let mut found = found.filter(|(key, _)| key.as_str() > from).peekable();
        let listed = |(key, bytes): (&String, &Vec<u8>)| Listed {
            key: key.clone(),
            size: bytes.len() as u64,
        };
        let objects: Vec<_> = found.by_ref().take(MAX_LISTED).map(listed).collect();
        let more = found.peek().is_some();
        let cursor = objects.last().filter(|_| more).map(|last| last.key.clone());
        Page { objects, cursor }
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
