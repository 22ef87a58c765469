//! What a release turned out to be: its services, and where the image of each is stored.

use serde::{Deserialize, Serialize};

use super::location::Location;

/// A release as the balena API tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    images: Vec<ServiceImage>,
}

/// One image of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceImage {
    /// The name of the service that runs it.
    pub service: String,
    /// Where it is stored.
    pub location: Location,
}

/// The release is there, but the reference picks none of its images: these are its services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PickService(pub Vec<String>);

impl Resolved {
    /// A release with these images, in any order.
    pub fn new(mut images: Vec<ServiceImage>) -> Self {
        images.sort_unstable_by(|a, b| a.service.cmp(&b.service));
        Self { images }
    }

    /// Any one of its images, the same each time; a release may have none.
    pub fn first(&self) -> Option<&Location> {
        self.images.first().map(|image| &image.location)
    }

    /// About how much memory it takes, in bytes.
    pub fn bytes(&self) -> usize {
        let image = |image: &ServiceImage| {
            size_of::<ServiceImage>() + image.service.len() + image.location.as_str().len()
        };
        self.images.iter().map(image).sum()
    }

    /// The image of `service`, or the only image where no service was named.
    ///
    /// # Errors
    /// [`PickService`] where there is no such service, or none was named and there are several.
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
