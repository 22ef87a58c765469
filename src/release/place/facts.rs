//! What is known of a location, as it is kept.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::levels::Entry;
use crate::oci::digest::Digest;

// The most redirects that are kept of one location: two for each layer that an image can have.
const MAX_REDIRECTS: usize = 256;
// A longer one is not kept, in bytes.
const MAX_URL: usize = 4096;
// Who is sent somewhere has yet to go there, in seconds.
const REDIRECT_MARGIN: u64 = 60;

/// A tag and redirects; every one is told at its own time, in seconds since 1970.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) tag: Option<Tag>,
    redirects: Vec<Redirect>,
}

/// The manifest that the tag means.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Tag {
    pub(super) digest: Digest,
    pub(super) told_at: u64,
}

/// Where a blob is.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Redirect {
    digest: Digest,
    of_head: bool,
    url: String,
    told_at: u64,
    expires: u64,
}

impl Entry for Facts {
    fn bytes(&self) -> usize {
        let redirect = |it: &Redirect| size_of::<Redirect>() + it.url.len();
        size_of::<Self>() + self.redirects.iter().map(redirect).sum::<usize>()
    }
}

impl Facts {
    /// A redirect to a blob that is good for a while yet.
    pub(super) fn redirect(&self, method: &Method, digest: Digest, now: u64) -> Option<&str> {
        let of_head = method == Method::HEAD;
        let wanted = |it: &&Redirect| it.digest == digest && it.of_head == of_head;
        let found = self.redirects.iter().find(wanted).filter(|it| it.is_good(now));
        found.map(|it| it.url.as_str())
    }

    /// Until when the last redirect is good, in seconds since 1970.
    pub(super) fn last_expiry(&self) -> Option<u64> {
        self.redirects.iter().map(|redirect| redirect.expires).max()
    }

    /// Adds a redirect. Of two for the same, the one that is good for longer stays.
    pub(super) fn add(&mut self, redirect: Redirect) {
        let same = |it: &Redirect| it.digest == redirect.digest && it.of_head == redirect.of_head;
        match self.redirects.iter().position(same) {
            Some(at) if self.redirects[at].expires < redirect.expires => {
                self.redirects[at] = redirect;
            }
            None if self.redirects.len() < MAX_REDIRECTS => self.redirects.push(redirect),
            _ => {}
        }
    }

    /// Adds what another isolate has learned.
    pub(super) fn join(&mut self, other: Self) {
        let later = |tag: &Tag| self.tag.as_ref().is_none_or(|known| known.told_at < tag.told_at);
        self.tag = other.tag.filter(later).or(self.tag.take());
        other.redirects.into_iter().for_each(|redirect| self.add(redirect));
    }

    /// Another isolate may have put what it learned since beside what it knew before.
    pub(super) fn keep_what_was_told_after(&mut self, at: u64) {
        self.tag = self.tag.take().filter(|tag| at < tag.told_at);
        self.redirects.retain(|redirect| at < redirect.told_at);
    }

    /// Drops the redirects that have had their time.
    pub(super) fn prune(&mut self, now: u64) {
        self.redirects.retain(|redirect| redirect.is_good(now));
    }
}

impl Redirect {
    /// A redirect that was told `now`. `None` where it is not worth keeping.
    pub(super) fn new(
        method: &Method,
        digest: Digest,
        url: &str,
        now: u64,
        expires: u64,
    ) -> Option<Self> {
        let url = url.to_owned();
        let redirect = Self { digest, of_head: method == Method::HEAD, url, told_at: now, expires };
        (redirect.url.len() <= MAX_URL && redirect.is_good(now)).then_some(redirect)
    }

    fn is_good(&self, now: u64) -> bool {
        now + REDIRECT_MARGIN < self.expires
    }
}
