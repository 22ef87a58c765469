//! Sealing encrypts and authenticates everything that leaves the Worker and comes back.
//!
//! HKDF-SHA-256 (RFC 5869) derives one key per purpose from the secret. Sealing is
//! XChaCha20-Poly1305 under a random nonce. The associated data binds the version, the purpose, and
//! the origins of the registry and the API, so that a token of one deployment does not open in
//! another. A sealed text is base64url of `nonce (24 bytes) ciphertext tag (16 bytes)`.

use std::iter;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::config::Config;
use crate::secret::Secret;

const VERSION: &str = "bhcr/1";
// If the content of a token changes, this number must change, so that older tokens do not open.
const TOKEN: &str = "token/5";
const UPLOAD: &str = "upload";
const ENTRY: &str = "cache entry";
const NONCE: usize = 24;
// Bytes of a namespace: enough that no two are the same.
const NAMESPACE: usize = 16;

/// The keys of one deployment.
pub struct Keys {
    tokens: Sealer,
    previous_tokens: Option<Sealer>,
    uploads: Sealer,
    previous_uploads: Option<Sealer>,
    entries: Sealer,
    previous_entries: Option<Sealer>,
    digests: [u8; 32],
    namespaces: Arc<[String]>,
}

impl Keys {
    /// Derives every key from the settings.
    pub fn new(config: &Config) -> Self {
        let sealer = |purpose| Sealer::new(config, &config.secret, purpose);
        let previous = |purpose| {
            config.previous_secret.as_ref().map(|secret| Sealer::new(config, secret, purpose))
        };
        Self {
            tokens: sealer(TOKEN),
            previous_tokens: previous(TOKEN),
            uploads: sealer(UPLOAD),
            previous_uploads: previous(UPLOAD),
            entries: sealer(ENTRY),
            previous_entries: previous(ENTRY),
            digests: derive(&config.secret, "key digest"),
            namespaces: iter::once(&config.secret)
                .chain(&config.previous_secret)
                .map(|secret| namespace(config, secret))
                .collect(),
        }
    }

    /// Seals a token.
    pub fn seal_token(&self, plain: &[u8]) -> String {
        self.tokens.seal(plain, b"")
    }

    /// Opens a token that was sealed with the current or the previous secret. `None` if neither
    /// opens it.
    pub fn open_token(&self, sealed: &str) -> Option<Vec<u8>> {
        open_either(&self.tokens, self.previous_tokens.as_ref(), sealed, b"")
    }

    /// Seals what an upload of this image is.
    pub fn seal_upload(&self, image: &str, plain: &[u8]) -> String {
        self.uploads.seal(plain, image.as_bytes())
    }

    /// Opens what an upload of this image is, sealed under the secret or the one before it.
    pub fn open_upload(&self, image: &str, sealed: &str) -> Option<Vec<u8>> {
        open_either(&self.uploads, self.previous_uploads.as_ref(), sealed, image.as_bytes())
    }

    /// Seals an entry for `key`. Under another key it does not open, so that nobody can move it.
    pub fn seal_entry(&self, key: &str, plain: &[u8]) -> String {
        self.entries.seal(plain, key.as_bytes())
    }

    /// Opens the entry that was stored under `key`, sealed with the current or the previous secret.
    /// So a rotation does not empty the stores.
    pub fn open_entry(&self, key: &str, sealed: &str) -> Option<Vec<u8>> {
        open_either(&self.entries, self.previous_entries.as_ref(), sealed, key.as_bytes())
    }

    /// Names for this deployment's entries in a cache that several deployments share: digests of
    /// its origins that nobody can compute without the secret. The first is the current secret's.
    pub fn namespaces(&self) -> &Arc<[String]> {
        &self.namespaces
    }

    /// A digest of `text` that nobody can compute without both the secret and the credential.
    pub fn digest(&self, credential: &Secret, text: &str) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.digests)
            .expect("HMAC takes keys of any length");
        mac.update(&(credential.expose().len() as u64).to_be_bytes());
        mac.update(credential.expose().as_bytes());
        mac.update(text.as_bytes());
        BASE64.encode(mac.finalize().into_bytes())
    }
}

fn open_either(
    current: &Sealer,
    previous: Option<&Sealer>,
    sealed: &str,
    context: &[u8],
) -> Option<Vec<u8>> {
    let sealed = BASE64.decode(sealed).ok()?;
    current.open(&sealed, context).or_else(|| previous?.open(&sealed, context))
}

struct Sealer {
    cipher: XChaCha20Poly1305,
    bound_to: Vec<u8>,
}

impl Sealer {
    fn new(config: &Config, secret: &Secret, purpose: &str) -> Self {
        let Config { registry, api, .. } = config;
        Self {
            cipher: XChaCha20Poly1305::new(&derive(secret, purpose).into()),
            // No part can contain a zero byte, so different parts never give the same bytes.
            bound_to: format!("{VERSION}\0{purpose}\0{registry}\0{api}\0").into_bytes(),
        }
    }

    fn seal(&self, plain: &[u8], context: &[u8]) -> String {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("the platform has randomness");
        let aad = [&self.bound_to, context].concat();
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
            .expect("a message this short always encrypts");
        BASE64.encode([&nonce[..], &sealed].concat())
    }

    fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Vec<u8>> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>()?;
        let aad = [&self.bound_to, context].concat();
        let payload = Payload { msg: ciphertext, aad: &aad };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

fn namespace(config: &Config, secret: &Secret) -> String {
    let Config { registry, api, .. } = config;
    let digest = derive(secret, &format!("cache namespace\0{registry}\0{api}"));
    BASE64.encode(&digest[..NAMESPACE])
}

fn derive(secret: &Secret, purpose: &str) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(VERSION.as_bytes()), secret.expose().as_bytes())
        .expand(purpose.as_bytes(), &mut key)
        .expect("32 bytes are within what HKDF can give");
    key
}
