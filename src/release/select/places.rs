//! Places: what tags have selected lately behind one name, for callers with one credential or for
//! those with none. A place says where to look and gives no right: whoever uses it needs an upstream
//! token first, for the location, or for the locations of an index.
//!
//! An isolate's own list is exact. The cache has a list for the data centre, and KV has one for
//! all. If two isolates write at the same time, an image may be missing there. Both have one list
//! for each name and not an entry for each digest, because KV counts writes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::balena::architecture::Architecture;
use crate::balena::location::Location;
use crate::exchange::Task;
use crate::kept::policy::{Entry, Level, Lifetime, Policy};
use crate::oci::digest::Digest;
use crate::oci::name::Name;
use crate::secret::Secret;
use crate::services::Services;
use crate::trace::{Source, Trace};
use crate::upstream::api::images::{MOST, StoredImage};

// How long a list is used after its last change, in seconds.
const SECONDS: u64 = 86_400;
// KV's list of a name is not written again for this many seconds. Otherwise, whoever asks for one
// release after another would use up a day's writes. What is noted meanwhile is written with the next
// image that this isolate notes after that time. Until then, another data centre notes the image by
// itself, when somebody asks there for the tag, or for the manifest by its digest.
const REWRITTEN_AFTER: u64 = 60;
// The most bytes that an image takes up in memory: a location has 131.
const LOCATION: usize = 256;

/// The lists of one name.
#[derive(Clone)]
pub(super) struct Places {
    of: String,
}

/// What a tag has selected.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::release) struct Tagged {
    /// The image, or the index of siblings.
    pub(in crate::release) image: StoredImage,
    /// The images under the index of siblings, of which there are none otherwise. They are noted
    /// together, so that a few indexes do not push each other's images out of the list.
    pub(in crate::release) siblings: Vec<(Architecture, Location)>,
}

/// What tags have selected, the last one first.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Images {
    told_at: u64,
    pub(super) images: Vec<Tagged>,
}

/// The policy of one list.
pub(super) struct ImagesPolicy {
    key: String,
    level: Level,
    seconds: u64,
}

impl Places {
    /// The lists of `name` as `credential` found them.
    pub(super) fn of<S>(task: &Task<'_, S>, name: &Name, credential: Option<&Secret>) -> Self {
        let of = match credential {
            None => format!("public/{name}"),
            Some(credential) => {
                format!("private/{}", task.deployment.keys.digest(credential, name.as_str()))
            }
        };
        Self { of }
    }

    /// Notes what a tag has selected.
    pub(super) fn note<S: Services>(&self, task: &Task<'_, S>, tagged: Tagged) {
        let mine = self.in_memory(task);
        if mine.contains(&tagged) {
            return;
        }
        let images = united(vec![tagged], mine);
        self.list(Level::Memory).keep(task, Images::told_now(task, images));
        let (places, deployment) = (self.clone(), Arc::clone(task.deployment));
        let services = task.services.clone();
        task.services.defer(async move {
            let trace = Trace::default();
            places
                .share(&Task { deployment: &deployment, services: &services, trace: &trace })
                .await;
        });
    }

    /// The isolate's own list.
    pub(super) fn in_memory<S: Services>(&self, task: &Task<'_, S>) -> Vec<Tagged> {
        let mine = self.list(Level::Memory).recall(task);
        mine.map(|mine| mine.images.clone()).unwrap_or_default()
    }

    /// All lists together.
    pub(super) async fn everywhere<S: Services>(&self, task: &Task<'_, S>) -> Vec<Tagged> {
        let mut images = self.in_memory(task);
        for level in [Level::Cache, Level::Store] {
            let stored = self.list(level).stored(task).await;
            images = united(images, stored.map(|stored| stored.images.clone()).unwrap_or_default());
        }
        images
    }

    /// What the API tells of a digest, or of the newest releases. It stays in memory for `seconds`.
    pub(super) fn told(&self, digest: Option<Digest>, seconds: u64) -> ImagesPolicy {
        let digest = digest.map(|digest| digest.to_string()).unwrap_or_default();
        let key = format!("images/2/{digest}/{}", self.of);
        ImagesPolicy { key, level: Level::Memory, seconds }
    }

    // Each level has keys of its own: memory also has a copy of what a level keeps, and a shared
    // key would mix the copies.
    fn list(&self, level: Level) -> ImagesPolicy {
        let at = match level {
            Level::Memory => "memory",
            Level::Cache => "cache",
            Level::Store => "kv",
        };
        ImagesPolicy { key: format!("selected/2/{at}/{}", self.of), level, seconds: SECONDS }
    }

    // The isolate's own list is read after the stored one, because another request may have noted
    // an image while the store was read.
    async fn share<S: Services>(&self, task: &Task<'_, S>) {
        for level in [Level::Cache, Level::Store] {
            let (list, now) = (self.list(level), task.services.now());
            let stored = list.stored(task).await;
            let mine = self.in_memory(task);
            let (age, known) = match &stored {
                Some(stored) => (now.saturating_sub(stored.told_at), stored.images.clone()),
                None => (u64::MAX, Vec::new()),
            };
            let may_write = level != Level::Store || age >= REWRITTEN_AFTER;
            if may_write && mine.iter().any(|image| !known.contains(image)) {
                list.keep(task, Images::told_now(task, united(mine, known)));
            }
        }
    }
}

impl Tagged {
    /// Where its images are stored.
    pub(super) fn locations(&self) -> Vec<&Location> {
        match self.siblings.is_empty() {
            true => vec![&self.image.location],
            false => self.siblings.iter().map(|(_, location)| location).collect(),
        }
    }
}

impl From<StoredImage> for Tagged {
    fn from(image: StoredImage) -> Self {
        Self { image, siblings: Vec::new() }
    }
}

impl Images {
    /// Images that upstream has just told.
    pub(super) fn told_now<S: Services>(task: &Task<'_, S>, images: Vec<Tagged>) -> Self {
        Self { told_at: task.services.now(), images }
    }
}

impl ImagesPolicy {
    // Reads the store itself and not the copy in memory, because another isolate may have written
    // since.
    async fn stored<S: Services>(&self, task: &Task<'_, S>) -> Option<Arc<Images>> {
        let slot = self.levels(task).read::<Images>(&self.key, |_| true).await.ok()??;
        let answers = self.freshness(slot.value(), task.services.now()).answers();
        answers.then(|| Arc::clone(slot.value()))
    }
}

impl Entry for Images {
    fn told_at(&self) -> u64 {
        self.told_at
    }

    fn bytes(&self) -> usize {
        let tagged = |it: &Tagged| LOCATION * (1 + it.siblings.len());
        self.images.iter().map(tagged).sum()
    }

    fn says_the_same(&self, other: &Self) -> bool {
        self.images == other.images
    }
}

impl Policy for ImagesPolicy {
    type Value = Images;
    const WHAT: &'static str = "a list of images";
    const ORIGIN: Source = Source::Api;

    fn key(&self) -> &str {
        &self.key
    }

    fn level(&self) -> Level {
        self.level
    }

    fn lifetime(&self, _: &Images) -> Lifetime {
        Lifetime::plain(self.seconds, 0)
    }
}

// Both lists as one without repetitions.
fn united(mut first: Vec<Tagged>, second: Vec<Tagged>) -> Vec<Tagged> {
    for image in second {
        if !first.contains(&image) {
            first.push(image);
        }
    }
    first.truncate(MOST);
    first
}
