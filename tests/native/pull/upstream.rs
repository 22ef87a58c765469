//! An upstream that refuses what the real one refuses, and answers only what its table has.

mod lists;
mod tokens;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::twins::MemoryClock;
use bhcr::secret::Secret;
use bhcr::services::{Call, NoReply, Reply};
use bhcr::time;
use http::Method;
use serde_json::{Value, json};

use super::shelf;
use crate::support::{reply, reply_with, sha256};

pub use self::lists::BLOCKS;
pub use self::tokens::claims;
use self::tokens::{authorized, token};

pub const API: &str = "https://api.upstream.example";
pub const REGISTRY: &str = "https://registry2.upstream.example";
pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const STORAGE: &str = "https://storage.example/blob?X-Amz-Signature=a%2Fb";
/// Every location, upstream token and credential contains one of these words.
pub const CONFIDENTIAL: [&str; 3] = ["10ca7104", "upstreamjwt", "hunter2"];

pub const OWNER: &str = "owner-hunter2";
pub const GUEST: &str = "guest-hunter2";
pub const WRONG: &str = "wrong-hunter2";

pub const BROWSER: &str = "10ca7104000000000000000000000b01";
pub const OLDER: &str = "10ca7104000000000000000000000b02";
pub const DUO_API: &str = "10ca7104000000000000000000000d01";
pub const DUO_WEB: &str = "10ca7104000000000000000000000d02";
pub const VAULT: &str = "10ca7104000000000000000000000f01";
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub const BLOB: &str = "sha256:b10bb10bb10bb10bb10bb10bb10bb10bb10bb10bb10bb10bb10bb10bb10bb10b";

/// A release: its slug, its selector, who may see it (`None` is everybody), and its images.
pub type Row =
    (&'static str, &'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);

const RELEASES: [Row; 8] = [
    ("blocks/browser", "", None, &[("main", BROWSER)]),
    ("blocks/browser", "2.3.8", None, &[("main", BROWSER)]),
    ("blocks/browser", "2.2.0", None, &[("main", OLDER)]),
    ("blocks/browser", COMMIT, None, &[("main", OLDER)]),
    ("acme/duo", "", None, &[("api", DUO_API), ("web", DUO_WEB)]),
    ("acme/vault", "", Some(OWNER), &[("main", VAULT)]),
    ("acme/vault", "1.0.0", Some(OWNER), &[("main", VAULT)]),
    ("acme/unbuilt", "", None, &[]),
];

pub type Says = Result<Reply<Vec<u8>>, NoReply>;

/// How upstream differs from its table.
#[derive(Default)]
pub struct Rules {
    pub clock: RefCell<MemoryClock>,
    /// Locations for which the API gives no token.
    pub revoked: RefCell<Vec<&'static str>>,
    /// Replies to calls whose URL contains this part.
    pub instead: RefCell<Vec<(&'static str, Says)>>,
    /// Replies for a single call: the first one whose URL contains this part.
    once: RefCell<Vec<(&'static str, Says)>>,
    /// How long each reply takes.
    pub takes: Cell<Duration>,
    /// Whether the registry streams blobs itself.
    pub streams: Cell<bool>,
    /// For how many seconds storage's URLs say that they are valid, if they say so. Then every blob
    /// exists.
    pub signs: Cell<Option<u64>>,
    /// How long a token lives, if not 4 hours.
    pub life: Cell<Option<u64>>,
}

impl Rules {
    /// The first call with `part` in its URL gets this reply.
    pub fn fails_once(&self, part: &'static str, says: Says) {
        self.once.borrow_mut().push((part, says));
    }
}

/// The manifest at a location.
pub fn manifest_of(hash: &str) -> String {
    if shelf::has(hash) {
        return shelf::manifest(hash);
    }
    format!(r#"{{"of":"{}"}}"#, &hash[hash.len() - 3..])
}

/// The digest of the manifest at a location.
pub fn digest_of(hash: &str) -> String {
    sha256(manifest_of(hash).as_bytes())
}

pub fn respond(rules: &Rc<Rules>, call: &Call) -> Says {
    rules.clock.borrow().pass(rules.takes.get());
    let mut once = rules.once.borrow_mut();
    if let Some(at) = once.iter().position(|(part, _)| call.url.contains(part)) {
        return once.remove(at).1;
    }
    let instead = rules.instead.borrow();
    if let Some((_, says)) = instead.iter().find(|(part, _)| call.url.contains(part)) {
        return says.clone();
    }
    let api = call.url.strip_prefix(API).filter(|_| call.method == Method::GET);
    let registry = call.url.strip_prefix(REGISTRY).and_then(|path| path.strip_prefix("/v2/v2/"));
    Ok(match (api, registry) {
        (Some(path), _) if path.starts_with("/v7/release?") => releases(path, call),
        (Some(path), _) if path.starts_with("/v7/image?") => shelf::images(path, call),
        (Some(path), _) if path.starts_with("/v7/application?") => lists::applications(path, call),
        (Some(path), _) if path.starts_with("/auth/v1/token?") => token(rules, path, call),
        (_, Some(path)) => image(rules, path, call),
        _ => reply(404, "upstream has no such page"),
    })
}

fn rows() -> Vec<Row> {
    RELEASES.iter().chain(&shelf::ROWS).copied().collect()
}

pub fn bearer(call: &Call) -> Option<&str> {
    call.bearer.as_ref().map(Secret::expose)
}

pub fn quoted<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split('\'').next()
}

/// The API's answer about a release with one image, which is stored at `hash`.
pub fn release_at(hash: &str) -> Reply<Vec<u8>> {
    reply(200, &json!({ "d": [release_of(&[("main", hash)])] }).to_string())
}

/// The API's answer if there is no such release.
pub fn nothing() -> Reply<Vec<u8>> {
    reply(200, r#"{"d":[]}"#)
}

fn release_of(images: &[(&str, &str)]) -> Value {
    let image = |(service, hash): &(&str, &str)| {
        json!({ "image": [{
            "is_stored_at__image_location": format!("registry2.upstream.example/v2/{hash}"),
            "status": "success",
            "is_a_build_of__service": [{ "service_name": service }],
        }] })
    };
    json!({ "release_image": Vec::from_iter(images.iter().map(image)) })
}

// Each release in the query has its own part of the filter.
fn releases(path: &str, call: &Call) -> Reply<Vec<u8>> {
    let parts = path.split("belongs_to__application/any").skip(1);
    let found: Vec<_> = parts.filter_map(|part| release(part, call)).collect();
    reply(200, &json!({ "d": found }).to_string())
}

fn release(part: &str, call: &Call) -> Option<Value> {
    let slug = quoted(part, "(a:a/slug%20eq%20'")?;
    let version = quoted(part, "(semver%20eq%20'");
    let selector = quoted(part, "commit%20eq%20'").or(version).unwrap_or_default();
    let short = quoted(part, "startswith(commit,'");
    let line = part.split_once("semver_major%20eq%20").and_then(|(_, it)| it.split('%').next());
    let seen = |row: &Row| row.2.is_none() || row.2 == bearer(call);
    let is = |row: &Row| match (short, line) {
        (None, None) => row.1 == selector,
        (short, line) => {
            short.is_some_and(|short| row.1 == COMMIT && row.1.starts_with(short))
                || line.is_some_and(|line| row.1.starts_with(&format!("{line}.")))
        }
    };
    let row = rows().into_iter().filter(seen).find(|row| row.0 == slug && is(row))?;
    let selector = row.1;
    let mut found = release_of(row.3);
    let fields = json!({
        "commit": selector,
        "semver": selector,
        "raw_version": selector,
        "is_final": true,
        "belongs_to__application": [{ "slug": slug }],
        "should_be_running_on__application": if selector.is_empty() { json!([{ "slug": slug }]) } else { json!([]) },
    });
    let fields = fields.as_object().expect("it is an object").clone();
    found.as_object_mut().expect("it is an object").extend(fields);
    Some(found)
}

fn image(rules: &Rules, path: &str, call: &Call) -> Reply<Vec<u8>> {
    let (hash, rest) = path.split_once('/').unwrap_or((path, ""));
    if let Err(refusal) = authorized(rules, hash, call) {
        return refusal;
    }
    let (kind, reference) = rest.split_once('/').unwrap_or((rest, ""));
    match kind {
        "manifests" if reference == "latest" || reference == digest_of(hash) => {
            manifest(&manifest_of(hash), call)
        }
        "blobs" if shelf::has(hash) => shelf::blob(hash, reference),
        "blobs" if rules.signs.get().is_some() => signed(rules, hash, reference, call),
        "blobs" if reference == BLOB && !rules.streams.get() => {
            reply_with(307, &[("location", STORAGE), ("content-type", "x/upstream")], "upstream")
        }
        "blobs" if reference == BLOB => stream(call),
        _ => reply(404, &format!("upstream does not have v2/{hash}")),
    }
}

fn header<'a>(call: &'a Call, name: &str) -> Option<&'a str> {
    call.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| &**value)
}

/// The registry's reply with a manifest.
pub fn manifest_reply(text: &str) -> Reply<Vec<u8>> {
    let digest = sha256(text.as_bytes());
    reply_with(200, &[("content-type", MANIFEST_TYPE), ("docker-content-digest", &digest)], text)
}

fn manifest(text: &str, call: &Call) -> Reply<Vec<u8>> {
    let accept = header(call, "accept").unwrap_or_default();
    let rewritten = ["oci.image.index.v1", "oci.image.manifest.v1", "list.v2", "manifest.v2"]
        .iter()
        .any(|kind| !accept.contains(kind));
    if rewritten {
        return reply(200, "a manifest of schema 1");
    }
    if header(call, "if-none-match") == Some(&format!("\"{}\"", sha256(text.as_bytes()))) {
        return reply(304, "");
    }
    let mut reply = manifest_reply(text);
    let not_to_pass = [
        ("content-length", &*text.len().to_string()),
        ("etag", "\"upstream's own\""),
        ("location", "https://registry2.upstream.example/v2/v2/10ca7104"),
        ("www-authenticate", "Bearer realm=\"upstream\""),
        ("retry-after", "1"),
    ];
    reply.headers.extend(not_to_pass.map(|(name, value)| (name, value.to_owned())));
    reply
}

fn signed(rules: &Rules, hash: &str, digest: &str, call: &Call) -> Reply<Vec<u8>> {
    let date = time::text(rules.clock.borrow().now()).replace(['-', ':'], "");
    let (of, seconds) = (&hash[hash.len() - 3..], rules.signs.get().unwrap_or_default());
    let url = format!(
        "https://storage.example/{of}/{digest}?of={}&X-Amz-Date={date}&X-Amz-Expires={seconds}",
        call.method
    );
    reply_with(307, &[("location", &url)], "upstream")
}

fn stream(call: &Call) -> Reply<Vec<u8>> {
    let kind = ("content-type", "application/octet-stream");
    let ranges = ("accept-ranges", "bytes");
    match header(call, "range") {
        Some("bytes=4-") => {
            let range = ("content-range", "bytes 4-7/8");
            reply_with(206, &[kind, ranges, range, ("content-length", "4")], "tail")
        }
        Some(_) => reply_with(416, &[("content-range", "bytes */8")], "upstream refuses the range"),
        None => reply_with(200, &[kind, ranges, ("content-length", "8")], "headtail"),
    }
}
