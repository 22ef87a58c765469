//! Signatures in a query (Amazon S3, "Authenticating Requests: Using Query Parameters (AWS
//! Signature Version 4)"), for GET alone.
//!
//! The signature covers no header except `Host`, and no body, because a GET has none.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::secret::Secret;
use crate::time;
use base16ct::lower::encode_string as hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "s3";
const TERMINATOR: &str = "aws4_request";

/// Signs requests to one region. Its secret is not printed.
#[derive(Clone, Debug)]
pub struct Signer {
    key_id: String,
    secret: Secret,
    region: &'static str,
}

impl Signer {
    /// Takes an access key for `region`.
    pub fn new(key_id: &str, secret: &Secret, region: &'static str) -> Self {
        Self { key_id: key_id.to_owned(), secret: secret.clone(), region }
    }

    /// The query with which anyone may get `path` from `server`. `path` is encoded; `server` is a
    /// host, with a port unless it is the scheme's own. The query is valid for `seconds`, from
    /// `now` on (seconds since 1970).
    pub fn query(&self, server: &str, path: &str, now: u64, seconds: u64) -> String {
        let time = basic_time(now);
        let day = &time[..8];
        let scope = format!("{day}/{}/{SERVICE}/{TERMINATOR}", self.region);
        let credential = encode(&format!("{}/{scope}", self.key_id), b"");
        // The signature covers the parameters in the order of their names.
        let query = format!(
            "X-Amz-Algorithm={ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={time}\
             &X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host"
        );
        let request = format!("GET\n{path}\n{query}\nhost:{server}\n\nhost\nUNSIGNED-PAYLOAD");
        let digest = hex(&Sha256::digest(request));
        let signed = format!("{ALGORITHM}\n{time}\n{scope}\n{digest}");
        let signature = hex(&hmac(&self.key_of(day), &signed));
        format!("{query}&X-Amz-Signature={signature}")
    }

    fn key_of(&self, day: &str) -> [u8; 32] {
        let first = format!("AWS4{}", self.secret.expose());
        let day = hmac(first.as_bytes(), day);
        hmac(&hmac(&hmac(&day, self.region), SERVICE), TERMINATOR)
    }
}

/// Percent-encodes every byte except RFC 3986's unreserved ones and those in `kept`. The digits are
/// upper-case.
pub fn encode(text: &str, kept: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|it| char::from(DIGITS[usize::from(it)]));
            encoded.extend(['%', digits[0], digits[1]]);
        }
    }
    encoded
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes any key");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

// As in `20261121T091427Z`.
fn basic_time(now: u64) -> String {
    time::text(now).replace(['-', ':'], "")
}
