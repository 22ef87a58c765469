//! Uploads of blobs (OCI distribution specification 1.1, "Pushing blobs").
//!
//! An upload is a row of the catalog and, once it has a part's worth of bytes, a multipart upload
//! of R2. Whoever sends bytes claims the row first: a newer claim takes it from an older one, and
//! only the parts that the claim's own requests stored are recorded under it. So a client that lost
//! its connection goes on at once, whatever became of the request before.
//!
//! All parts have [`PART`](crate::services::objects::PART) bytes. Fewer bytes than that wait in an object of their own, under a key
//! with the version of the claim that stored them; a blob that is smaller than a part is that
//! object.

pub mod id;
pub mod session;
