//! Somebody who pushes to an image of one's own, and knows what has to be in it.

use std::collections::BTreeMap;

use http::Method;

use super::client::{CONFIG, Client, WAYS, index, manifest, sha256};
use super::crowd::{Crowd, Visitor};

pub const TAGS: [&str; 4] = ["a", "b", "c", "d"];
// For how long a blob stays that was pushed, or that HEAD told a pusher of, in seconds.
const PUSHED: u64 = 15 * 60;
const TOLD: u64 = 10 * 60;
// As often as a push is begun, where time passes so fast that collection takes what was pushed.
const MOST_PUSHES: usize = 50;

/// A manifest that is there.
#[derive(Clone)]
pub struct Manifest {
    text: String,
    pub layers: Vec<Vec<u8>>,
    children: Vec<String>,
}

/// Somebody at work.
pub struct Worker<'a> {
    crowd: &'a Crowd,
    client: Client<'a, Visitor<'a>>,
    pub manifests: BTreeMap<String, Manifest>,
    tags: BTreeMap<&'static str, String>,
    pushes: usize,
}

impl<'a> Worker<'a> {
    pub fn new(crowd: &'a Crowd, client: Client<'a, Visitor<'a>>) -> Self {
        let (manifests, tags) = (BTreeMap::new(), BTreeMap::new());
        Self { crowd, client, manifests, tags, pushes: 0 }
    }

    fn now(&self) -> u64 {
        self.crowd.world().services.clock.now()
    }

    /// Brings a blob there; gives until when it stays at least.
    async fn deliver(&self, bytes: &[u8]) -> u64 {
        let (now, random, digest) = (self.now(), &self.crowd.random, sha256(bytes));
        if random.chance(50) {
            let head = self.client.request(Method::HEAD, &format!("blobs/{digest}"));
            if self.client.ask(head).await.status == 200 {
                return now + TOLD;
            }
        }
        if random.chance(40) && self.client.mount(&digest, None).await.status == 201 {
            return now + PUSHED;
        }
        // The answer was lost, and collection took the blob before the client asked once more.
        let pushed = self.client.try_push(bytes, random.pick(&WAYS)).await;
        let is_late = pushed.status == 404 && self.now() >= now + PUSHED;
        assert!(pushed.status == 201 || is_late, "{}", pushed.text());
        now + PUSHED
    }

    /// Pushes an image with these layers under a tag.
    pub async fn push(&mut self, layers: &[&[u8]], tag: &'static str) {
        self.pushes += 1;
        let note = match self.crowd.random.chance(5) {
            true => "x".repeat(256 * 1024),
            false => String::new(),
        };
        let text = manifest(layers, &format!("{} {} {note}", self.client.image, self.pushes));
        let layers: Vec<_> = layers.iter().map(|bytes| bytes.to_vec()).collect();
        for _ in 0..MOST_PUSHES {
            let mut stays = self.deliver(CONFIG).await;
            for bytes in &layers {
                stays = stays.min(self.deliver(bytes).await);
            }
            let pushed = self.client.put(tag, &text).await;
            if pushed.status == 201 {
                self.remember(tag, Manifest { text, layers, children: Vec::new() });
                return;
            }
            assert_eq!(pushed.status, 404, "{}", pushed.text());
            assert!(self.now() >= stays, "what was just pushed is gone: {}", pushed.text());
        }
        panic!("time passes too fast to push");
    }

    fn remember(&mut self, tag: &'static str, manifest: Manifest) {
        let digest = sha256(manifest.text.as_bytes()).to_string();
        self.manifests.insert(digest.clone(), manifest);
        self.tags.insert(tag, digest);
    }

    fn any(&self) -> Option<(String, Manifest)> {
        let all: Vec<_> = self.manifests.iter().collect();
        let (digest, manifest) = all.get(self.crowd.random.below(all.len().max(1)))?;
        Some(((*digest).clone(), (*manifest).clone()))
    }

    /// Points a tag at a manifest that is there.
    pub async fn retag(&mut self) {
        let Some((_, manifest)) = self.any() else { return };
        let tag = self.crowd.random.pick(&TAGS);
        let pushed = self.client.put(tag, &manifest.text).await;
        assert_eq!(pushed.status, 201, "{}", pushed.text());
        self.remember(tag, manifest);
    }

    /// Pushes an index of a manifest that is there.
    pub async fn list(&mut self) {
        let single = self.any().filter(|(_, manifest)| manifest.children.is_empty());
        let Some((digest, child)) = single else { return };
        let text = index(&child.text);
        let pushed = self.client.put("all", &text).await;
        assert_eq!(pushed.status, 201, "{}", pushed.text());
        self.remember("all", Manifest { text, layers: Vec::new(), children: vec![digest] });
    }

    /// Deletes a tag, which may be none.
    pub async fn delete_tag(&mut self) {
        let tag = self.crowd.random.pick(&TAGS);
        let seen = self.client.delete(&format!("manifests/{tag}")).await;
        let is_there = self.tags.remove(tag).is_some();
        // Where the answer to the first try was lost, the second finds nothing.
        assert!(seen.status == 404 || (is_there && seen.status == 202), "{}", seen.text());
    }

    /// Deletes a manifest, unless an index lists it.
    pub async fn delete_manifest(&mut self) {
        let Some((digest, _)) = self.any() else { return };
        let is_listed = self.manifests.values().any(|it| it.children.contains(&digest));
        let seen = self.client.delete(&format!("manifests/{digest}")).await;
        if is_listed {
            assert_eq!(seen.status, 405, "{}", seen.text());
            return;
        }
        assert!([202, 404].contains(&seen.status), "{}", seen.text());
        self.manifests.remove(&digest);
        self.tags.retain(|_, meant| *meant != digest);
    }

    /// Tries to delete a blob.
    pub async fn delete_blob(&self, bytes: &[u8]) {
        let seen = self.client.delete(&format!("blobs/{}", sha256(bytes))).await;
        let is_needed = self.needs().any(|layer| layer == bytes);
        let expected: &[u16] = if is_needed { &[405] } else { &[202, 404] };
        assert!(expected.contains(&seen.status), "{} {}", seen.status, seen.text());
    }

    /// Begins an upload, and leaves or cancels it.
    pub async fn begin(&self, bytes: &[u8]) {
        let location = self.client.begin().await;
        self.client.patch(&location, bytes, self.crowd.random.chance(50)).await;
        if self.crowd.random.chance(50) {
            assert_eq!(self.client.cancel(&location).await.status, 204);
        }
    }

    /// Pulls a manifest that is there, with all of its layers.
    pub async fn pull(&self) {
        let Some((digest, manifest)) = self.any() else { return };
        self.has(&self.client, &digest, &manifest).await;
    }

    /// What every tag means, and every manifest with its layers, is there for this client.
    pub async fn has_all(&self, client: &Client<'_, Visitor<'_>>) {
        for (tag, digest) in &self.tags {
            let seen = client.get(&format!("manifests/{tag}")).await;
            assert_eq!(seen.status, 200, "{tag}");
            assert_eq!(sha256(&seen.body).to_string(), *digest, "{tag}");
        }
        for (digest, manifest) in &self.manifests {
            self.has(client, digest, manifest).await;
        }
    }

    async fn has(&self, client: &Client<'_, Visitor<'_>>, digest: &str, manifest: &Manifest) {
        let seen = client.get(&format!("manifests/{digest}")).await;
        assert_eq!((seen.status, seen.text()), (200, manifest.text.clone()));
        for bytes in &manifest.layers {
            let seen = client.get(&format!("blobs/{}", sha256(bytes))).await;
            assert!(seen.status == 200 && seen.body == *bytes, "a layer of {digest} is lost");
        }
    }

    /// How many images it has begun to push.
    pub fn pushes(&self) -> usize {
        self.pushes
    }

    /// The image.
    pub fn image(&self) -> &str {
        &self.client.image
    }

    /// The blobs that the manifests need.
    pub fn needs(&self) -> impl Iterator<Item = &[u8]> {
        let of = |it: &'_ Manifest| it.children.is_empty();
        let config = self.manifests.values().any(of).then_some(CONFIG);
        let layers = self.manifests.values().flat_map(|it| it.layers.iter().map(Vec::as_slice));
        layers.chain(config)
    }
}
