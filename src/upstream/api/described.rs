//! Applications as pages show them: their releases with version, commit, date and services.
//!
//! One OData query asks for an application and a few of its releases. It carries no credential, so
//! the answer has what everybody may see. Failed releases are left out.

use serde_json::Value;

use super::{Caller, Unserved, get, tree};
use crate::balena::location::Location;
use crate::balena::reference::{Commit, Slug, Version};
use crate::config::Config;
use crate::fault::Fault;
use crate::json;
use crate::services::{Call, Reply};

// The longest answer that is kept, in bytes. Somebody's application with thousands of services would
// otherwise push everything else out of the isolate's memory.
const MAX_TEXT: usize = 256 * 1024;

const APPLICATION: &str = "is_for__device_type($select=slug;\
    $expand=is_of__cpu_architecture($select=slug)),\
    should_be_running__release($select=id;$expand=release_image($select=id))";
const RELEASE: &str = "$select=id,commit,raw_version,revision,created_at,is_final,is_invalidated;\
    $expand=release_image($select=id;$expand=image($select=image_size,status;\
    $expand=is_a_build_of__service($select=service_name)))";

/// Which of an application's releases are shown.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// The newest.
    Newest,
    /// The newest of those that are older than the release with this identifier.
    Before(u64),
    /// The one with the image that is stored here.
    StoredAt(&'a Location),
}

/// An application that everybody may see, and some of its releases, as the API tells them. It is read
/// as a tree, because types for it would be more code.
#[derive(Debug)]
pub struct Application(Value);

/// A release, as the API tells it.
#[derive(Clone, Copy, Debug)]
pub struct Release<'a>(&'a Value);

/// The call that asks for an application and at most `most` of its releases.
pub fn call(config: &Config, slug: &Slug, which: Which<'_>, most: usize) -> Call {
    let which = match which {
        Which::Newest => String::new(),
        Which::Before(id) => format!(" and id lt {id}"),
        Which::StoredAt(location) => {
            let mut stored = Vec::new();
            for host in &config.registry_hosts {
                stored.push(format!("i/is_stored_at__image_location eq '{host}/{location}'"));
            }
            format!(" and release_image/any(l:l/image/any(i:{}))", stored.join(" or "))
        }
    };
    let query = format!(
        "$select=slug&$expand={APPLICATION},owns__release({RELEASE};$top={most};\
         $filter=status eq 'success'{which};$orderby=id desc)&$filter=slug eq '{}'",
        slug.as_str()
    );
    // As in `releases_call`, only spaces have to be encoded.
    get(config, format!("/v7/application?{}", query.replace(' ', "%20")), None)
}

/// The text of the answer to a [`call`], to be kept and to be read by [`Application::read`]. `None`
/// if nobody sees such an application without a credential.
///
/// # Errors
/// [`Unserved`] if the API failed, or sent something else than applications, or too much.
pub fn text(reply: &Reply<Vec<u8>>) -> Result<Option<String>, Unserved> {
    Caller::Anonymous.served(reply)?;
    if reply.body.len() > MAX_TEXT {
        return Err(Fault::BodyTooLarge { limit: MAX_TEXT }.into());
    }
    let text = String::from_utf8_lossy(&reply.body);
    let is_there = Application::read(&text)?.is_some();
    Ok(is_there.then(|| text.into_owned()))
}

impl Application {
    /// Reads a [`text`]. `None` if there is no such application.
    ///
    /// # Errors
    /// [`Fault`] if the text is of another shape.
    pub fn read(text: &str) -> Result<Option<Self>, Fault> {
        let answer = tree(text.as_bytes())?;
        let is_there = !json::list(&answer, "d")?.is_empty();
        Ok(is_there.then_some(Self(answer)))
    }

    /// The releases, the newest first.
    pub fn releases(&self) -> Vec<Release<'_>> {
        let mut releases = Vec::new();
        for row in list(&self.row()["owns__release"]) {
            releases.push(Release(row));
        }
        releases
    }

    /// The processor architecture of its devices, if the API says one.
    pub fn architecture(&self) -> Option<&str> {
        self.row()["is_for__device_type"][0]["is_of__cpu_architecture"][0]["slug"].as_str()
    }

    /// How many images the release has that the application should be running. `None` if there is no
    /// such release.
    pub fn target_images(&self) -> Option<usize> {
        let target = &self.row()["should_be_running__release"][0];
        target.is_object().then(|| list(&target["release_image"]).len())
    }

    /// Whether a release is the one that the application should be running.
    pub fn is_target(&self, release: Release<'_>) -> bool {
        self.row()["should_be_running__release"][0]["id"].as_u64() == Some(release.id())
    }

    fn row(&self) -> &Value {
        &self.0["d"][0]
    }

    /// The third part of a name that selects this release, and no other: its version if there can be
    /// no later revision of it, or the exact revision, or the commit. `None` if no name selects it.
    pub fn selector(&self, release: Release<'_>, is_newest_page: bool) -> Option<String> {
        let Some((version, exact)) = Version::of_raw(release.raw_version()) else {
            let commit = Commit::parse(release.commit());
            return commit.map(|it| it.as_str().to_owned());
        };
        let version = version.as_str();
        // A later revision of the same version has a higher number, so it is on the newest page.
        let mut may_be_later = !is_newest_page;
        for other in self.releases() {
            may_be_later |= other.id() > release.id() && other.version() == version;
        }
        Some(match exact {
            Some(exact) => exact.as_str().to_owned(),
            None if release.is_final() && may_be_later => format!("{version}-rev0"),
            None => version.to_owned(),
        })
    }
}

impl<'a> Release<'a> {
    /// The API's number for it. A newer release has a higher one.
    pub fn id(self) -> u64 {
        self.0["id"].as_u64().unwrap_or_default()
    }

    /// Its commit, as it came.
    pub fn commit(self) -> &'a str {
        self.0["commit"].as_str().unwrap_or_default()
    }

    /// Its version without the revision, as people write it.
    pub fn version(self) -> &'a str {
        self.raw_version().split('+').next().unwrap_or_default()
    }

    /// Which final release of its version it is, from 0. A draft has none.
    pub fn revision(self) -> Option<u64> {
        self.0["revision"].as_u64()
    }

    /// Whether it is final, or else a draft.
    pub fn is_final(self) -> bool {
        self.0["is_final"] == true
    }

    /// Whether it is final, a draft, or taken back by its makers.
    pub fn state(self) -> &'static str {
        match (self.0["is_invalidated"] == true, self.is_final()) {
            (true, _) => "invalidated",
            (false, true) => "final",
            (false, false) => "draft",
        }
    }

    /// The day on which it was made, as `2026-11-22`, if the API says a time.
    pub fn day(self) -> Option<&'a str> {
        let day = self.0["created_at"].as_str()?.get(..10)?;
        let is_date = day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        is_date.then_some(day)
    }

    /// The names of its services, in the order of the API.
    pub fn services(self) -> Vec<&'a str> {
        let mut services = Vec::new();
        for image in self.images() {
            let service = &image["is_a_build_of__service"][0]["service_name"];
            services.push(service.as_str().unwrap_or("unknown"));
        }
        services
    }

    /// The size of its images when they are unpacked, in bytes, if the API says it of each. The API
    /// writes large numbers as texts.
    pub fn unpacked(self) -> Option<u64> {
        let mut sum = None;
        for image in self.images() {
            let size = &image["image_size"];
            let size = size.as_u64().or_else(|| size.as_str()?.parse().ok())?;
            sum = Some(size.saturating_add(sum.unwrap_or_default()));
        }
        sum
    }

    fn raw_version(self) -> &'a str {
        self.0["raw_version"].as_str().unwrap_or_default()
    }

    fn images(self) -> Vec<&'a Value> {
        let mut images = Vec::new();
        for link in list(&self.0["release_image"]) {
            let image = &link["image"][0];
            if image["status"] == "success" {
                images.push(image);
            }
        }
        images
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
