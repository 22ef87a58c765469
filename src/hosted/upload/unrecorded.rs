//! What a PATCH stored and did not record: its answer's `Location` carries it, sealed.
//!
//! It is a record that was not sent yet. The next request brings it: a claim records it in its own
//! batch, and a PUT without bytes commits it under the guard of its version. So a layer costs two
//! batches, the claim and the commit. That this is safe follows from a few rules:
//!
//! - **The more advanced counts**, of what is recorded and what a `Location` carries. So a request
//!   that claims the upload late, by an older `Location`, takes nothing from a PATCH that was
//!   answered. GET tells the same of the `Location` that it was asked with. Where a `Location` says
//!   more than counts, a request by it gets 416 with the right range.
//! - **Two holders of one `Location`.** The claim of one takes the upload from the other, as ever.
//!   Both may commit it: the second finds the work done.
//! - **An older `Location`**, because the answer was lost, goes on from what is recorded: 65 MiB
//!   earlier at worst.
//! - **A fork** cannot make a wrong blob. Each claim has keys of its own, for what it stores in one
//!   piece and for the multipart upload that it begins ([`super::id`]). A digest that was made on
//!   the way counts only while no claim came after the one that made it, and if that began the
//!   multipart upload: nobody else then had the means to replace a part, as whoever knows the
//!   multipart upload claimed later. Everything else is read back once it cannot change any more.
//!   To compare the etags of parts would not do: R2's are MD5.
//! - **Its size is bounded.** Progress is recorded every 13 parts, so that 12 parts are the most.
//! - **What D1 never heard of** is a multipart upload whose `Location` nobody came back with. R2
//!   aborts it after seven days, by the rule that every bucket begins with, and so does the store of
//!   a device (`container/bucket.js`). Such an upload has 60 MiB at most. A cancellation by that
//!   `Location` aborts it at once. The keys of pieces follow from the row's version, and are
//!   collected with the row.
//! - **A Worker from before** does not open such a `Location`: it answers 404 and does no harm. It
//!   opens all others, and this Worker opens all of its.
//!
//! ```text
//! carried = version SP has-tail SP [ digest ] SP [ multipart ] *( SP etag )
//! ```

use crate::hosted::catalog::uploads::{Claim, Progress};
use crate::oci::digest::Digest;
use crate::services::objects::{PART, Part};

/// Writes what a claim did not record.
pub(super) fn write(Claim { version, progress }: &Claim) -> String {
    let digest = progress.digest.map(|digest| digest.to_string()).unwrap_or_default();
    let multipart = progress.multipart.as_deref().unwrap_or_default();
    let head = format!("{version} {} {digest} {multipart}", u8::from(progress.tail.is_some()));
    progress.parts.iter().fold(head, |text, part| text + " " + &part.etag)
}

/// Reads it, of an upload that has `received` bytes.
pub(super) fn read(text: &str, received: u64) -> Option<Claim> {
    let mut fields = text.split(' ');
    let version = fields.next()?.parse().ok()?;
    let tail = (fields.next()? == "1").then_some(version);
    let digest = Digest::parse(fields.next()?).ok();
    let multipart = fields.next().filter(|id| !id.is_empty()).map(str::to_owned);
    let etags: Vec<_> = fields.collect();
    let first = (received / PART + 1).checked_sub(etags.len() as u64)? as u16;
    let part = |(number, etag): (u16, &str)| Part { number, etag: etag.to_owned() };
    let parts = (first..).zip(etags).map(part).collect();
    let progress = Progress { offset: received, multipart, tail, digest, parts };
    Some(Claim { version, progress })
}
