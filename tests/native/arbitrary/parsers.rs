//! Every parser of bytes from outside, as a function of bytes.

mod sealed;

use crate::twins::MemoryRequest;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use bhcr::authorization::Authorization;
use bhcr::balena::location::Location;
use bhcr::balena::reference::ReleaseReference;
use bhcr::config::Config;
use bhcr::oci::challenge::TokenError;
use bhcr::oci::digest::Digest;
use bhcr::oci::image::{self, Document};
use bhcr::oci::name::Name;
use bhcr::oci::path::Path;
use bhcr::oci::reference::Reference;
use bhcr::oci::scope::Scope;
use bhcr::origin::Origin;
use bhcr::route::{Route, split_url};
use bhcr::token::TokenRequest;
use bhcr::upstream::api::described::{self, Application};
use bhcr::upstream::api::images::read_images;
use bhcr::upstream::api::releases::read_releases;
use bhcr::upstream::api::{Caller, read_token};
use bhcr::upstream::registry::{judge, redirect_target};
use bhcr::upstream::signed_url::expiry;
use http::Method;
use serde_json::json;

use self::sealed::{entries, kept, sealed_entries, sealed_tokens};
use crate::pull::client::World;
use crate::support::{REGISTRY_HOST, config, location, reference, reply, reply_with};

pub struct Parser {
    pub name: &'static str,
    pub read: fn(&[u8]),
    /// The number of inputs of each sort in a run of normal length.
    pub cases: u32,
}

const QUICK: u32 = 2000;
// These derive keys, or go through the whole app.
const SLOW: u32 = 200;

const fn quick(name: &'static str, read: fn(&[u8])) -> Parser {
    Parser { name, read, cases: QUICK }
}

const fn slow(name: &'static str, read: fn(&[u8])) -> Parser {
    Parser { name, read, cases: SLOW }
}

pub const PARSERS: [Parser; 21] = [
    quick("names", names),
    quick("references, digests and scopes", references),
    quick("paths", paths),
    quick("routes", routes),
    quick("origins", origins),
    quick("locations", locations),
    quick("challenges", challenges),
    quick("authorization", authorization),
    quick("token requests", token_requests),
    quick("settings", settings),
    quick("releases of the API", releases),
    quick("what pages show of applications", applications),
    quick("what pages show of images", images),
    quick("tokens of the API", tokens),
    quick("replies of the registry", registry),
    quick("signed URLs", signed_urls),
    slow("sealed tokens", sealed_tokens),
    slow("sealed entries", sealed_entries),
    slow("entries of the store", entries),
    slow("entries of both stores that a pull uses", kept),
    slow("the whole app", app),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

// Other tests check the result.
fn ignore<T>(_: T) {}

fn names(bytes: &[u8]) {
    let text = text(bytes);
    ignore(Name::parse(&text).map(|name| ReleaseReference::parse(&name)));
}

fn references(bytes: &[u8]) {
    let text = text(bytes);
    ignore((Reference::parse(&text), Digest::parse(&text), Scope::parse(&text)));
}

fn paths(bytes: &[u8]) {
    if let Some(Ok(path)) = Path::parse(&text(bytes)) {
        ignore(path.to_string());
    }
}

fn routes(bytes: &[u8]) {
    let text = text(bytes);
    let (origin, target) = split_url(&text);
    assert!(text == [origin, target].concat() || target == "/");
    for method in [Method::GET, Method::POST, Method::DELETE] {
        ignore((Route::parse(&method, &text).label(), Route::parse(&method, target).label()));
    }
}

fn origins(bytes: &[u8]) {
    if let Ok(origin) = Origin::parse(&text(bytes)) {
        ignore((origin.host().len(), origin.authority().len()));
    }
}

fn locations(bytes: &[u8]) {
    let text = text(bytes);
    for text in [format!("{REGISTRY_HOST}/v2/{text}"), text] {
        if let Ok(location) = Location::parse(&text, &[REGISTRY_HOST.to_owned()]) {
            ignore(location.repository());
        }
    }
}

fn challenges(bytes: &[u8]) {
    ignore(TokenError::read(&text(bytes)));
}

fn authorization(bytes: &[u8]) {
    let text = text(bytes);
    ignore(Authorization::parse(Some(&text)));
    ignore(Authorization::parse(Some(&format!("Basic {}", BASE64.encode(bytes)))));
}

fn token_requests(bytes: &[u8]) {
    let text = text(bytes);
    for header in [None, Some(&*text)] {
        let authorization = Authorization::parse(header);
        ignore(TokenRequest::from_query(&text, authorization.clone()));
        ignore(TokenRequest::from_form(bytes, authorization));
    }
}

fn settings(bytes: &[u8]) {
    let text = text(bytes);
    // Each setting alone, chosen by the length of the bytes; then all of them.
    for length in 0..24 {
        let read = Config::read(|name| (name.len() == length).then(|| text.clone()));
        ignore(read.err().map(|problems| assert!(!problems.is_empty())));
    }
    ignore(Config::read(|_| Some(text.clone())));
}

fn applications(bytes: &[u8]) {
    if let Ok(Some(text)) = described::text(&reply(200, &text(bytes))) {
        let application = Application::read(&text).expect("it was read").expect("there is one");
        ignore((application.architecture(), application.target_images()));
        for release in application.releases() {
            ignore((release.version(), release.revision(), release.state(), release.day()));
            ignore((release.services(), release.unpacked(), application.is_target(release)));
            ignore([true, false].map(|newest| application.selector(release, newest)));
        }
    }
}

fn images(bytes: &[u8]) {
    let text = text(bytes);
    if let Some(document) = Document::read(&text) {
        ignore((document.config(), document.compressed()));
        for descriptor in document.layers().into_iter().chain(document.runnable()) {
            ignore((descriptor.digest(), descriptor.size(), descriptor.platform()));
        }
    }
    if let Some(config) = image::Config::read(&text) {
        ignore((config.platform(), config.labels()));
        ignore(["Entrypoint", "User"].map(|field| config.said(field)));
    }
}

fn releases(bytes: &[u8]) {
    for status in [200, 204, 401, 429, 500] {
        let reply = reply(status, &text(bytes));
        ignore(read_images(&config(&[]), &reply, Caller::Anonymous));
        for names in [&["org/app"][..], &["org/app", "org/app/2.3.8"]] {
            let releases: Vec<_> = names.iter().map(|name| reference(name).release).collect();
            let releases: Vec<_> = releases.iter().collect();
            ignore(read_releases(&config(&[]), &releases, &reply, Caller::Anonymous));
        }
    }
}

fn tokens(bytes: &[u8]) {
    let text = text(bytes);
    let claims = json!({ "token": format!("a.{}.c", BASE64.encode(bytes)) }).to_string();
    let token = json!({ "token": text }).to_string();
    for body in [text, claims, token] {
        if let Ok(token) = read_token(&reply(200, &body), Caller::Anonymous) {
            ignore(token.allows(&location("abc")));
        }
    }
}

fn registry(bytes: &[u8]) {
    let text = text(bytes);
    let own = Origin::parse("https://bhcr.io").expect("an origin");
    for name in ["location", "www-authenticate", "retry-after", "content-range"] {
        for status in [200, 206, 307, 401, 416, 429, 503] {
            let reply = reply_with(status, &[(name, &*text)], &text);
            ignore((judge(&reply), redirect_target(&config(&[]), &own, &reply)));
        }
    }
}

fn signed_urls(bytes: &[u8]) {
    let (text, base) = (text(bytes), "https://storage.example/blob?");
    let fields =
        ["X-Amz-Date=", "X-Amz-Date=20270115T080000Z&X-Amz-Expires=", "Signature=&Expires="];
    for url in [&text, &format!("{base}{text}")] {
        ignore(expiry(url));
    }
    for field in fields {
        ignore(expiry(&format!("{base}{field}{text}")));
        ignore(expiry(&format!("{base}{field}{text}&X-Amz-Expires=60")));
    }
}

fn app(bytes: &[u8]) {
    let (world, text) = (World::new(), text(bytes));
    for method in [Method::GET, Method::POST] {
        for url in [text.clone(), format!("https://bhcr.example{text}")] {
            let request = MemoryRequest::new(method.clone(), url);
            let request = request.with_header("authorization", text.clone()).with_body(bytes);
            assert!(world.send(&request).status < 500, "nothing is wrong upstream");
        }
    }
    for part in ["/v7/", "/auth/v1/token", "/manifests/"] {
        let world = World::new();
        world.instead(part, Ok(reply(200, &text)));
        let seen = world.ask_token(&["blocks/browser"], None);
        assert!([200, 502].contains(&seen.status), "{seen:?}");
    }
}
