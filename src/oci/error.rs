//! Error bodies, as every registry client reads them.
//!
//! Shape (OCI distribution specification 1.1, "Error Codes"):
//! `{"errors":[{"code":"…","message":"…","detail":null}]}`.

use serde::{Serialize, Serializer};

/// The code of an error. Beyond the specification's own there are those that distribution and
/// its clients know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// code-1.
    BlobUnknown,
    /// code-2.
    BlobUploadInvalid,
    /// code-3.
    BlobUploadUnknown,
    /// code-12.
    Denied,
    /// code-4.
    DigestInvalid,
    /// code-5: a manifest names a blob or manifest that is unknown.
    ManifestBlobUnknown,
    /// code-6.
    ManifestInvalid,
    /// code-7.
    ManifestUnknown,
    /// code-8.
    NameInvalid,
    /// code-9.
    NameUnknown,
    /// distribution's code for a page of no number.
    PaginationNumberInvalid,
    /// distribution's code for a range that is not there.
    RangeInvalid,
    /// code-10.
    SizeInvalid,
    /// code-11.
    Unauthorized,
    /// code-13.
    Unsupported,
    /// code-14.
    TooManyRequests,
    /// distribution's code for a service that cannot answer now.
    Unavailable,
    /// distribution's code for what has no other.
    Unknown,
}

impl Code {
    /// The code as it is written in a body.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::Denied => "DENIED",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::PaginationNumberInvalid => "PAGINATION_NUMBER_INVALID",
            Self::RangeInvalid => "RANGE_INVALID",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unavailable => "UNAVAILABLE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A body with one error, as JSON.
pub fn body(code: Code, message: &str) -> String {
    body_with(code, message, &())
}

/// A body with one error and what else there is to know about it, as JSON.
pub fn body_with(code: Code, message: &str, detail: &impl Serialize) -> String {
    #[derive(Serialize)]
    struct Body<T> {
        errors: [T; 1],
    }
    #[derive(Serialize)]
    struct Item<'a, D> {
        code: Code,
        message: &'a str,
        detail: &'a D,
    }
    serde_json::to_string(&Body { errors: [Item { code, message, detail }] })
        .expect("strings always serialize")
}
