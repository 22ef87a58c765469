//! What another account has cannot be told apart from what nobody has: by status, words, headers or
//! the number of calls.

use http::Method;

use super::world::{World, image};
use crate::support::sha256;
use crate::twins::MemoryRequest;

const OURS: &str = "acc-aaaaa/app";
const THEIRS: &str = "acc-bbbbb/app";
const SECRET: &[u8] = b"a layer that only they have";
const CONFIG: &[u8] = b"{}";
const OWN: &str = "https://bhcr.example";

/// An image, a path below it, and a body.
type Asked<'a> = (&'a str, &'a str, &'a str);

/// Who asks.
#[derive(Clone, Copy, Debug)]
enum Caller {
    Nobody,
    Owner,
}

/// What a caller can see of an answer, with the names of what was asked for taken out.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    status: u16,
    headers: Vec<String>,
    body: String,
    batches: usize,
    objects: usize,
}

struct Accounts {
    world: World,
    key: String,
    manifest: String,
}

/// Two accounts: one asks, and the other has a private image.
fn accounts() -> Accounts {
    let world = World::new();
    let [key, theirs] = ["acc-aaaaa", "acc-bbbbb"].map(|account| world.account(account));
    world.blob(OURS, &key, CONFIG);
    world.blob(THEIRS, &theirs, CONFIG);
    world.blob(THEIRS, &theirs, SECRET);
    let manifest = image(&sha256(CONFIG));
    assert_eq!(world.put(THEIRS, &theirs, "v1", &manifest).status, 201);
    Accounts { world, key, manifest: sha256(manifest.to_string().as_bytes()) }
}

impl Accounts {
    fn ask(&self, caller: Caller, method: &Method, (name, path, body): Asked<'_>) -> Told {
        let authorization = match caller {
            Caller::Nobody => format!("Bearer {}", self.anonymous(name)),
            Caller::Owner => format!("Bearer {}", self.key),
        };
        let target = format!("/v2/{name}/{path}");
        let request = self.world.request(method.clone(), &target, &authorization);
        self.told(&with_body(request, body))
    }

    // A token that anybody gets.
    fn anonymous(&self, name: &str) -> String {
        let target = format!("/auth/v1/token?scope=repository:{name}:pull,push");
        let seen = self.world.send(&MemoryRequest::new(Method::GET, format!("{OWN}{target}")));
        seen.json()["token"].as_str().expect("a token").to_owned()
    }

    fn told(&self, request: &MemoryRequest) -> Told {
        let calls = || (self.world.batches(), self.world.objects().gate().calls());
        let before = calls();
        let seen = self.world.send(request);
        let (batches, objects) = calls();
        let differs = ["x-request-id", "server-timing", "location", "docker-upload-uuid"];
        let headers = seen.headers.iter().filter(|(name, _)| !differs.contains(name));
        Told {
            status: seen.status,
            headers: headers.map(|(name, value)| format!("{name}: {value}")).collect(),
            body: String::from_utf8_lossy(&seen.body).into_owned(),
            batches: batches - before.0,
            objects: objects - before.1,
        }
    }
}

fn with_body(request: MemoryRequest, body: &str) -> MemoryRequest {
    let manifest = "application/vnd.oci.image.manifest.v1+json";
    request
        .with_header("content-type", manifest)
        .with_header("content-length", body.len().to_string())
        .with_body(body)
}

impl Told {
    fn without(mut self, names: &[&str]) -> Self {
        let clean =
            |text: &str| names.iter().fold(text.to_owned(), |it, name| it.replace(name, "_"));
        self.body = clean(&self.body);
        self.headers = self.headers.iter().map(|header| clean(header)).collect();
        self
    }
}

/// Both are told the same: about what is there, and about what is nowhere. Each is asked for in a
/// registry of its own, so that neither is remembered.
fn alike(caller: Caller, method: &Method, both: [Asked<'_>; 2], names: &[&str]) -> u16 {
    let [there, nowhere] = both.map(|asked| accounts().ask(caller, method, asked).without(names));
    assert_eq!(there, nowhere, "{caller:?} {method} {both:?}");
    there.status
}

#[test]
fn images_of_another_account_and_of_none() {
    let (manifest, layer) = (accounts().manifest, sha256(SECRET));
    let paths = [
        (Method::GET, "manifests/v1".to_owned(), 403),
        (Method::HEAD, "manifests/v1".to_owned(), 403),
        (Method::GET, format!("manifests/{manifest}"), 404),
        (Method::GET, format!("blobs/{layer}"), 404),
        (Method::HEAD, format!("blobs/{layer}"), 404),
        (Method::GET, "tags/list".to_owned(), 403),
        (Method::GET, format!("referrers/{manifest}"), 404),
        (Method::POST, "blobs/uploads/".to_owned(), 401),
        (Method::POST, format!("blobs/uploads/?mount={layer}"), 401),
        (Method::PUT, "manifests/v1".to_owned(), 401),
        (Method::DELETE, "manifests/v1".to_owned(), 401),
        (Method::DELETE, format!("manifests/{manifest}"), 401),
        (Method::DELETE, format!("blobs/{layer}"), 401),
    ];
    for caller in [Caller::Nobody, Caller::Owner] {
        for (method, path, status) in &paths {
            // Another image of that account, another repository, and an account that nobody has.
            for nowhere in ["acc-bbbbb/app/none", "acc-bbbbb/none", "acc-zzzzz/app"] {
                let both = [(THEIRS, &**path, ""), (nowhere, path, "")];
                let told = alike(caller, method, both, &[nowhere, THEIRS]);
                assert_eq!(told, *status, "{caller:?} {method} {path}");
            }
        }
    }
}

#[test]
fn digests_that_another_account_has_and_that_nobody_has() {
    let (secret, nothing) = (sha256(SECRET), sha256(b"nobody has this"));
    let names = [&*secret, &*nothing];
    for (method, path, status) in [
        (Method::GET, "blobs/", 404),
        (Method::HEAD, "blobs/", 404),
        (Method::DELETE, "blobs/", 404),
        (Method::GET, "manifests/", 404),
        (Method::POST, "blobs/uploads/?mount=", 202),
        (Method::POST, "blobs/uploads/?from=acc-bbbbb/app&mount=", 202),
        (Method::POST, "blobs/uploads/?from=acc-bbbbb/none&mount=", 202),
    ] {
        let paths = names.map(|digest| format!("{path}{digest}"));
        let both = paths.each_ref().map(|path| (OURS, &**path, ""));
        assert_eq!(alike(Caller::Owner, &method, both, &names), status, "{method} {path}");
    }
    let manifests = names.map(|digest| image(digest).to_string());
    let both = manifests.each_ref().map(|text| (OURS, "manifests/v1", &**text));
    assert_eq!(alike(Caller::Owner, &Method::PUT, both, &names), 404);
}
