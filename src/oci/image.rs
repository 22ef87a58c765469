//! Images as pages show them: what a manifest lists, and what a config says (OCI image
//! specification 1.1, "Image Manifest", "Image Index" and "Image Configuration").
//!
//! Whoever made the image wrote these documents, so anything may be missing or have another shape;
//! it is unknown then. They are read as trees, because types for them would be more code.

use serde_json::Value;

use super::digest::Digest;

/// A manifest or an index.
#[derive(Debug)]
pub struct Document(Value);

/// What a manifest or an index lists.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor<'a>(&'a Value);

/// The config of an image.
#[derive(Debug)]
pub struct Config(Value);

impl Document {
    /// Reads a manifest or an index. `None` if it is not JSON.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(text.as_bytes()).ok().map(Self)
    }

    /// The digest of an image's config.
    pub fn config(&self) -> Option<Digest> {
        Descriptor(&self.0["config"]).digest()
    }

    /// The layers of an image, from the base on.
    pub fn layers(&self) -> Vec<Descriptor<'_>> {
        descriptors(&self.0["layers"])
    }

    /// The manifests of an index that can be run. BuildKit's attestations have the platform `unknown`,
    /// and cannot.
    pub fn runnable(&self) -> Vec<Descriptor<'_>> {
        let mut all = descriptors(&self.0["manifests"]);
        all.retain(|it| it.0["platform"]["os"] != "unknown");
        all
    }

    /// The size of all layers together, in bytes, if the manifest says it of each.
    pub fn compressed(&self) -> Option<u64> {
        let mut sum = None;
        for layer in self.layers() {
            sum = Some(layer.size()?.saturating_add(sum.unwrap_or_default()));
        }
        sum
    }
}

impl<'a> Descriptor<'a> {
    /// The digest.
    pub fn digest(self) -> Option<Digest> {
        Digest::parse(self.0["digest"].as_str()?).ok()
    }

    /// How many bytes its content has.
    pub fn size(self) -> Option<u64> {
        self.0["size"].as_u64()
    }

    /// The platform of an index's manifest, as `os/architecture/variant`.
    pub fn platform(self) -> Option<String> {
        platform(&self.0["platform"])
    }
}

impl Config {
    /// Reads a config. `None` if it is not JSON.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(text.as_bytes()).ok().map(Self)
    }

    /// What the image runs on, as `os/architecture/variant`.
    pub fn platform(&self) -> Option<String> {
        platform(&self.0)
    }

    /// A field about how containers are run, such as `User` or `Entrypoint`. The words of a list are
    /// in quotes, so that each one's beginning and end show. `None` if the field says nothing.
    pub fn said(&self, field: &str) -> Option<String> {
        let mut said = String::new();
        match &self.0["config"][field] {
            Value::String(text) => said.push_str(text),
            Value::Array(words) => {
                for word in words {
                    said.push_str(if said.is_empty() { "" } else { " " });
                    said.push_str(&format!("{:?}", word.as_str().unwrap_or_default()));
                }
            }
            _ => {}
        }
        (!said.is_empty()).then_some(said)
    }

    /// The labels, in the order of their names.
    pub fn labels(&self) -> Vec<(&str, &str)> {
        let mut labels = Vec::new();
        if let Value::Object(all) = &self.0["config"]["Labels"] {
            for (name, value) in all {
                labels.push((name.as_str(), value.as_str().unwrap_or_default()));
            }
        }
        labels
    }
}

fn descriptors(list: &Value) -> Vec<Descriptor<'_>> {
    let mut descriptors = Vec::new();
    if let Value::Array(all) = list {
        for one in all {
            descriptors.push(Descriptor(one));
        }
    }
    descriptors
}

fn platform(said: &Value) -> Option<String> {
    let mut platform = String::new();
    for part in ["os", "architecture", "variant"] {
        if let Value::String(part) = &said[part] {
            platform.push_str(if platform.is_empty() { "" } else { "/" });
            platform.push_str(part);
        }
    }
    (!platform.is_empty()).then_some(platform)
}
