//! A client of the registry that tries once more what got no answer.

use bhcr::oci::digest::{Algorithm, Digest};
use http::Method;

use crate::hosted::world::Seen;
use crate::twins::MemoryRequest;

pub const OWN: &str = "https://bhcr.example";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
// As often as a client goes on after a part of what it sent was taken.
const RESUMED: usize = 8;

/// Where requests go.
pub trait Service {
    /// The answer; none where the connection broke before it.
    async fn send(&self, request: MemoryRequest) -> Option<Seen>;
}

/// Somebody with an access key, and an image.
pub struct Client<'a, S> {
    pub service: &'a S,
    pub image: String,
    pub key: String,
}

/// How a blob is sent.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// POST with the digest and all bytes.
    Post,
    /// POST, and PUT with all bytes: with their length, or in chunked encoding.
    Put { chunked: bool },
    /// POST, PATCH with all bytes, PUT: with their length, or in chunked encoding.
    Patch { chunked: bool },
}

pub const WAYS: [Way; 5] = [
    Way::Post,
    Way::Put { chunked: false },
    Way::Put { chunked: true },
    Way::Patch { chunked: false },
    Way::Patch { chunked: true },
];

/// The digest that most clients use.
pub fn sha256(bytes: &[u8]) -> Digest {
    Algorithm::Sha256.digest(bytes)
}

impl<S: Service> Client<'_, S> {
    /// A request about the image.
    pub fn request(&self, method: Method, path: &str) -> MemoryRequest {
        self.at(method, &format!("/v2/{}/{path}", self.image))
    }

    fn at(&self, method: Method, target: &str) -> MemoryRequest {
        MemoryRequest::new(method, format!("{OWN}{target}"))
            .with_header("authorization", format!("Bearer {}", self.key))
    }

    /// The answer to a request that is sent again where none came.
    pub async fn ask(&self, request: MemoryRequest) -> Seen {
        match self.service.send(request.clone()).await {
            Some(seen) => seen,
            None => self.service.send(request).await.expect("an answer to the second try"),
        }
    }

    /// The same for a request to any path.
    pub async fn ask_at(&self, method: Method, target: &str) -> Seen {
        self.ask(self.at(method, target)).await
    }

    pub async fn get(&self, path: &str) -> Seen {
        self.ask(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Seen {
        self.ask(self.request(Method::DELETE, path)).await
    }

    /// Pushes a blob, which must be accepted.
    pub async fn push(&self, bytes: &[u8], way: Way) {
        let pushed = self.try_push(bytes, way).await;
        assert_eq!(pushed.status, 201, "{way:?}: {}", pushed.text());
        let digest = sha256(bytes).to_string();
        assert_eq!(pushed.header("docker-content-digest"), Some(&*digest));
    }

    /// Pushes a blob; gives the last answer.
    pub async fn try_push(&self, bytes: &[u8], way: Way) -> Seen {
        let digest = sha256(bytes);
        match way {
            Way::Post => self.post(bytes, &digest).await,
            Way::Put { chunked } => {
                self.put_blob(&self.begin().await, bytes, chunked, &digest).await
            }
            Way::Patch { chunked } => {
                let location = self.patch(&self.begin().await, bytes, chunked).await;
                self.put_blob(&location, b"", false, &digest).await
            }
        }
    }

    /// Begins an upload; gives its location.
    pub async fn begin(&self) -> String {
        let begun = self.ask(self.request(Method::POST, "blobs/uploads/")).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        begun.header("location").expect("a location").to_owned()
    }

    async fn post(&self, bytes: &[u8], digest: &Digest) -> Seen {
        let post = self.request(Method::POST, &format!("blobs/uploads/?digest={digest}"));
        self.ask(known(post, bytes)).await
    }

    /// Completes an upload with its last bytes. Where some of them came before, it sends the others.
    pub async fn put_blob(
        &self,
        location: &str,
        bytes: &[u8],
        chunked: bool,
        digest: &Digest,
    ) -> Seen {
        let put = |location: &str| self.at(Method::PUT, &format!("{location}?digest={digest}"));
        let seen = self.ask(carrying(put(location), bytes, chunked)).await;
        if seen.status != 416 {
            return seen;
        }
        let (received, next) = (received(&seen), seen.header("location").expect("a location"));
        self.ask(known(put(next), &bytes[received..])).await
    }

    /// Sends all bytes of an upload, and gives where it goes on. Without an answer, it asks how many
    /// bytes came, and sends the others.
    pub async fn patch(&self, location: &str, bytes: &[u8], chunked: bool) -> String {
        let patch = self.at(Method::PATCH, location);
        let mut answered = self.service.send(carrying(patch, bytes, chunked)).await;
        for _ in 0..RESUMED {
            let seen = match answered {
                Some(seen) => seen,
                None => self.ask(self.at(Method::GET, location)).await,
            };
            assert!([202, 204, 416].contains(&seen.status), "{}: {}", seen.status, seen.text());
            let (received, next) = (received(&seen), seen.header("location").expect("a location"));
            if received == bytes.len() {
                return next.to_owned();
            }
            let range = format!("{received}-{}", bytes.len() - 1);
            let rest = known(self.at(Method::PATCH, next), &bytes[received..]);
            answered = self.service.send(rest.with_header("content-range", range)).await;
        }
        panic!("the upload does not come to its end");
    }

    /// Cancels an upload.
    pub async fn cancel(&self, location: &str) -> Seen {
        self.ask(self.at(Method::DELETE, location)).await
    }

    /// Mounts a blob of another image, or of any.
    pub async fn mount(&self, digest: &Digest, from: Option<&str>) -> Seen {
        let from = from.map(|from| format!("&from={from}")).unwrap_or_default();
        let path = format!("blobs/uploads/?mount={digest}{from}");
        self.ask(self.request(Method::POST, &path)).await
    }

    /// Pushes a manifest or an index.
    pub async fn put(&self, reference: &str, text: &str) -> Seen {
        let media_type = if text.starts_with(&index_start()) { INDEX } else { MANIFEST };
        let put = self.request(Method::PUT, &format!("manifests/{reference}"));
        self.ask(known(put, text.as_bytes()).with_header("content-type", media_type)).await
    }
}

impl Seen {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The text of a manifest with an empty configuration, these layers, and a note.
pub fn manifest(layers: &[&[u8]], note: &str) -> String {
    let descriptor = |kind: &str, bytes: &[u8]| {
        let (digest, size) = (sha256(bytes), bytes.len());
        format!(r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size}}}"#)
    };
    let config = descriptor("application/vnd.oci.image.config.v1+json", CONFIG);
    let layer = |bytes: &&[u8]| descriptor("application/vnd.oci.image.layer.v1.tar", bytes);
    let layers = layers.iter().map(layer).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{config},"layers":[{layers}],"annotations":{{"note":"{note}"}}}}"#
    )
}

/// The text of an index that lists this manifest.
pub fn index(child: &str) -> String {
    let (digest, size) = (sha256(child.as_bytes()), child.len());
    let child = format!(r#"{{"mediaType":"{MANIFEST}","digest":"{digest}","size":{size}}}"#);
    format!(r#"{},"manifests":[{child}]}}"#, index_start())
}

fn index_start() -> String {
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}""#)
}

/// The configuration of every image here.
pub const CONFIG: &[u8] = b"{}";

fn carrying(request: MemoryRequest, bytes: &[u8], chunked: bool) -> MemoryRequest {
    match chunked {
        true => request.with_header("transfer-encoding", "chunked").with_body(bytes),
        false => known(request, bytes),
    }
}

fn known(request: MemoryRequest, bytes: &[u8]) -> MemoryRequest {
    request.with_header("content-length", bytes.len().to_string()).with_body(bytes)
}

// `0-0` is what is said of no bytes; nobody here sends a single one.
fn received(seen: &Seen) -> usize {
    let range = seen.header("range").expect("a range");
    let last: usize = range.strip_prefix("0-").and_then(|it| it.parse().ok()).expect("a range");
    if last == 0 { 0 } else { last + 1 }
}
