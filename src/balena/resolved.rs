//! Resolved releases: what a selector finds; the services of a release, and where the image of each
//! is stored.

use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::location::Location;

/// What a selector finds among the releases that a caller may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selected {
    /// No release. The field has the newest versions that there are, the newest first.
    Nothing(Vec<String>),
    /// One release.
    One(Resolved),
    /// Several releases, so that none is meant. The field has their commits, or some of them.
    Ambiguous(Vec<String>),
    /// The releases of siblings, in the order of [`Architecture::ALL`]: there is no application of
    /// this name.
    Siblings(Vec<Sibling>),
    /// The names of a list, if a list was asked for and no release. For a page, the only name is the
    /// text of the API's answer.
    Names(Vec<String>),
}

/// A release as the balena API describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    images: Vec<ServiceImage>,
}

/// What a selector finds in one of several siblings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// The architecture that its slug ends with.
    pub architecture: Architecture,
    /// Its release.
    pub release: Resolved,
}

/// One image of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceImage {
    /// The name of the service that runs the image.
    pub service: String,
    /// Where the image is stored.
    pub location: Location,
}

/// The release exists, but the reference does not say which of its services to pull. The field has
/// the names of all services.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the release has these services: {}", .0.join(", "))]
pub struct PickService(pub Vec<String>);

impl Selected {
    /// Whether there is a release.
    pub fn is_found(&self) -> bool {
        match self {
            Self::One(_) | Self::Siblings(_) => true,
            Self::Nothing(_) | Self::Ambiguous(_) | Self::Names(_) => false,
        }
    }

    /// The names of [`Self::Names`], and none otherwise.
    pub fn names(&self) -> &[String] {
        match self {
            Self::Names(names) => names,
            Self::Nothing(_) | Self::One(_) | Self::Ambiguous(_) | Self::Siblings(_) => &[],
        }
    }

    /// About how much memory the value takes, in bytes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::One(resolved) => resolved.bytes(),
            Self::Siblings(siblings) => siblings.iter().map(|it| it.release.bytes()).sum(),
            Self::Nothing(texts) | Self::Ambiguous(texts) | Self::Names(texts) => {
                texts.iter().map(|it| size_of::<String>() + it.len()).sum()
            }
        }
    }
}

impl Resolved {
    /// A release with these images, in any order.
    pub fn new(images: Vec<ServiceImage>) -> Self {
        // Inserted in order: for a few services, the library's sort is too much code.
        let mut sorted = Vec::<ServiceImage>::with_capacity(images.len());
        for image in images {
            let at = sorted.partition_point(|known| known.service <= image.service);
            sorted.insert(at, image);
        }
        Self { images: sorted }
    }

    /// One of its images, always the same one. A release may have none.
    pub fn first(&self) -> Option<&Location> {
        self.images.first().map(|image| &image.location)
    }

    /// About how much memory the value takes, in bytes.
    pub fn bytes(&self) -> usize {
        let image = |image: &ServiceImage| {
            size_of::<ServiceImage>() + image.service.len() + image.location.as_str().len()
        };
        self.images.iter().map(image).sum()
    }

    /// The image of `service`, or the only image if no service was named.
    ///
    /// # Errors
    /// [`PickService`] if there is no such service, or if none was named and there are several.
    pub fn pick(&self, service: Option<&str>) -> Result<&Location, PickService> {
        let found = match (service, self.images.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(name), images) => images.iter().find(|image| image.service == name),
        };
        found.map(|image| &image.location).ok_or_else(|| {
            PickService(self.images.iter().map(|image| image.service.clone()).collect())
        })
    }
}
