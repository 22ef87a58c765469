//! How the fields of a manifest are spelled.
//!
//! Go's parser, which docker and containerd use, ignores the case of a field's name and lets the
//! last one win. A manifest with `layers` and `Layers` would be checked here by the first and
//! pulled by the second (CVE-2021-41190 is about documents of that kind).

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::InvalidManifest;

const MANIFEST: [&str; 10] = [
    "schemaVersion",
    "mediaType",
    "config",
    "layers",
    "manifests",
    "subject",
    "artifactType",
    "annotations",
    "fsLayers",
    "blobs",
];
const DESCRIPTOR: [&str; 8] =
    ["mediaType", "digest", "size", "urls", "annotations", "data", "artifactType", "platform"];
// The fields of a manifest whose values are descriptors, or lists of them.
const OF_DESCRIPTORS: [&str; 4] = ["config", "layers", "manifests", "subject"];

/// What looks through a document, and notes the first field that is misspelled.
pub(super) struct Spelling {
    misspelled: Option<InvalidManifest>,
}

/// What an object is.
#[derive(Clone, Copy)]
enum Kind {
    Manifest,
    Descriptor,
}

/// An object of a kind, or a list of such, or null.
struct Object<'a> {
    kind: Kind,
    spelling: &'a mut Spelling,
}

impl Spelling {
    /// Refuses a manifest with a field of which the case is wrong, in itself or in one of its
    /// descriptors.
    pub(super) fn check(bytes: &[u8]) -> Result<(), InvalidManifest> {
        let mut spelling = Self { misspelled: None };
        let whole = Object { kind: Kind::Manifest, spelling: &mut spelling };
        let walked = whole.deserialize(&mut serde_json::Deserializer::from_slice(bytes));
        match spelling.misspelled {
            Some(misspelled) => Err(misspelled),
            None => walked.map_err(|error| InvalidManifest::Malformed(error.to_string())),
        }
    }

    fn note(&mut self, field: &str, known: &[&'static str]) {
        let meant = known.iter().find(|known| is_read_as(field, known) && field != **known);
        if let (Some(known), None) = (meant, &self.misspelled) {
            self.misspelled = Some(InvalidManifest::Misspelled { field: field.to_owned(), known });
        }
    }
}

impl Kind {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Manifest => &MANIFEST,
            Self::Descriptor => &DESCRIPTOR,
        }
    }

    fn has_descriptors_in(self, field: &str) -> bool {
        match self {
            Self::Manifest => OF_DESCRIPTORS.contains(&field),
            Self::Descriptor => false,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { kind, spelling } = self;
        while items.next_element_seed(Object { kind, spelling: &mut *spelling })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Self { kind, spelling } = self;
        while let Some(field) = fields.next_key::<Cow<'_, str>>()? {
            spelling.note(&field, kind.fields());
            if kind.has_descriptors_in(&field) {
                let spelling = &mut *spelling;
                fields.next_value_seed(Object { kind: Kind::Descriptor, spelling })?;
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

// As Go compares: two letters outside ASCII stand for ones within.
fn is_read_as(field: &str, known: &str) -> bool {
    let fold = |letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        other => other.to_ascii_lowercase(),
    };
    field.chars().map(fold).eq(known.chars().map(fold))
}
