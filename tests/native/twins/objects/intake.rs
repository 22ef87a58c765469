//! Bodies on their way into objects in memory.

use bhcr::oci::digest::Algorithm;
use bhcr::services::objects::{End, Intake, Multipart, ObjectsError, Order, PART, Stored};

use super::{MemoryObjects, refused};

/// A body on its way into parts of a [`MemoryObjects`].
pub struct MemoryIntake {
    pub(super) objects: MemoryObjects,
    pub(super) body: Vec<u8>,
    pub(super) length: Option<u64>,
    pub(super) algorithm: Option<Algorithm>,
    /// Why nothing comes after its bytes, though there should be more.
    pub(super) stops: Option<End>,
    /// The owner of the buffer that it has.
    pub(super) buffer_of: Option<String>,
    /// How many bytes are stored.
    pub(super) at: usize,
}

impl MemoryIntake {
    async fn fill(&mut self, order: &Order<'_>, done: &mut Stored) -> Result<End, ObjectsError> {
        let objects = self.objects.clone();
        let mut bytes = match order.tail.filter(|_| self.at == 0) {
            Some(tail) => {
                objects.object(tail).await?.ok_or_else(|| refused(10007, "no such key"))?
            }
            None => Vec::new(),
        };
        while done.parts.len() < usize::from(order.parts) {
            let more = (PART as usize - bytes.len()).min(self.body.len() - self.at);
            bytes.extend_from_slice(&self.body[self.at..self.at + more]);
            if bytes.len() < PART as usize {
                return self.end(order, &bytes).await;
            }
            self.at += more;
            let id = match done.upload.clone() {
                Some(id) => id,
                None => objects.begin(order.key).await?,
            };
            done.upload = Some(id.clone());
            let upload = Multipart { key: order.key, id: &id };
            let number = order.next + done.parts.len() as u16;
            done.parts.push(objects.add_part(upload, number, &bytes).await?);
            bytes.clear();
        }
        Ok(End::More)
    }

    async fn end(&self, order: &Order<'_>, rest: &[u8]) -> Result<End, ObjectsError> {
        let arrived = self.body.len() as u64;
        if let Some(end) = &self.stops {
            return Ok(end.clone());
        }
        match self.length {
            Some(length) if arrived < length => return Ok(End::Cut),
            Some(length) if arrived > length => return Ok(End::Long),
            _ => {}
        }
        if !rest.is_empty() {
            self.objects.insert(order.rest, rest.to_vec()).await?;
        }
        let digest = self.algorithm.map(|algorithm| algorithm.digest(&self.body));
        Ok(End::Whole { rest: rest.len() as u64, digest })
    }
}

impl Intake for MemoryIntake {
    async fn store(&mut self, order: &Order<'_>) -> Stored {
        let upload = order.upload.map(str::to_owned);
        let mut done = Stored { upload, parts: Vec::new(), end: End::More };
        let end = self.fill(order, &mut done).await;
        Stored { end: end.unwrap_or_else(End::Failed), ..done }
    }
}

impl Drop for MemoryIntake {
    fn drop(&mut self) {
        if let Some(owner) = &self.buffer_of {
            let buffers = &mut self.objects.0.borrow_mut().buffers;
            let at = buffers.iter().position(|held| held == owner).expect("it has one");
            buffers.swap_remove(at);
        }
    }
}
