//! The tree of a manifest: its known fields, each once and in its own spelling.
//!
//! Go's parser, which docker and containerd use, ignores the case of a field's name and lets the
//! last one win. A manifest with `layers` and `Layers` would be checked here by the first and
//! pulled by the second (CVE-2021-41190 is about documents of that kind).
//!
//! Unknown fields are skipped. A value in a wrong place ends the reading, and so does a descriptor
//! without its required fields or with a digest that is none. So nobody fills the memory with a
//! manifest of two million zeros, or of four hundred thousand empty descriptors.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::InvalidManifest;
use super::descriptor::Descriptor;

/// What is at a place in a document. Null may be anywhere but in a list.
#[derive(Clone, Copy)]
enum Place {
    Manifest,
    Descriptor,
    Descriptors,
    Annotations,
    /// A list of texts. The tree has the first of them.
    Urls,
    Text,
    Number,
    /// The tree has only whether there is something else than null.
    Anything,
}

type Known = (&'static str, Place);

const MANIFEST: [Known; 10] = [
    ("schemaVersion", Place::Number),
    ("mediaType", Place::Text),
    ("config", Place::Descriptor),
    ("layers", Place::Descriptors),
    ("manifests", Place::Descriptors),
    ("subject", Place::Descriptor),
    ("artifactType", Place::Text),
    ("annotations", Place::Annotations),
    ("fsLayers", Place::Anything),
    ("blobs", Place::Anything),
];
const DESCRIPTOR: [Known; 8] = [
    ("mediaType", Place::Text),
    ("digest", Place::Text),
    ("size", Place::Number),
    ("urls", Place::Urls),
    ("annotations", Place::Anything),
    ("data", Place::Anything),
    ("artifactType", Place::Anything),
    ("platform", Place::Anything),
];

/// Reads the tree of a manifest.
///
/// # Errors
/// [`InvalidManifest`] if a field is misspelled, comes twice, or is not what belongs there.
pub(super) fn read(bytes: &[u8]) -> Result<Value, InvalidManifest> {
    let mut fault = None;
    let whole = Node { place: Place::Manifest, fault: &mut fault };
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let tree = whole.deserialize(&mut parser).and_then(|tree| parser.end().map(|()| tree));
    match fault {
        Some(fault) => Err(fault),
        None => tree.map_err(|error| InvalidManifest::Malformed(error.to_string())),
    }
}

/// What reads the value at a place, and notes the first fault that the parser's own errors cannot say.
struct Node<'a> {
    place: Place,
    fault: &'a mut Option<InvalidManifest>,
}

impl Node<'_> {
    fn misplaced<T, E: Error>(&self) -> Result<T, E> {
        Err(E::custom(match self.place {
            Place::Manifest | Place::Descriptor | Place::Annotations => "an object belongs here",
            Place::Descriptors | Place::Urls => "a list belongs here",
            Place::Text => "a text belongs here",
            Place::Number => "a whole number belongs here",
            Place::Anything => "something else belongs here",
        }))
    }

    // Where the value of a field is. `None` if the field is unknown.
    fn place_of(&mut self, field: &str) -> Option<Place> {
        let fields = match self.place {
            Place::Annotations => return Some(Place::Text),
            Place::Descriptor => &DESCRIPTOR[..],
            Place::Manifest => &MANIFEST,
            Place::Descriptors | Place::Urls | Place::Text | Place::Number | Place::Anything => {
                return None;
            }
        };
        let (known, place) = fields.iter().find(|(known, _)| is_read_as(field, known))?;
        if field == *known {
            return Some(*place);
        }
        let misspelled = InvalidManifest::Misspelled { field: field.to_owned(), known };
        self.fault.get_or_insert(misspelled);
        None
    }

    fn check_descriptor<E: Error>(&mut self, tree: &Value) -> Result<(), E> {
        match Descriptor::read(tree) {
            Ok(_) => Ok(()),
            // The parser adds the line and the column.
            Err(InvalidManifest::Malformed(what)) => Err(E::custom(what)),
            Err(fault) => {
                self.fault.get_or_insert(fault);
                Err(E::custom("a descriptor belongs here"))
            }
        }
    }

    fn at(&mut self, place: Place) -> Node<'_> {
        Node { place, fault: &mut *self.fault }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of a manifest")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Value, E> {
        self.misplaced()
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Value, E> {
        self.misplaced()
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        self.misplaced()
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        match self.place {
            Place::Number => Ok(number.into()),
            _ => self.misplaced(),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        match self.place {
            Place::Text => Ok(text.into()),
            _ => self.misplaced(),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let (place, most) = match self.place {
            Place::Descriptors => (Place::Descriptor, usize::MAX),
            Place::Urls => (Place::Text, 1),
            _ => return self.misplaced(),
        };
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.at(place))? {
            if item.is_null() {
                return self.at(place).misplaced();
            }
            if list.len() < most {
                list.push(item);
            }
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Value, A::Error> {
        if !matches!(self.place, Place::Manifest | Place::Descriptor | Place::Annotations) {
            return self.misplaced();
        }
        let mut tree = Map::new();
        while let Some(field) = entries.next_key::<Cow<'_, str>>()? {
            let value = match self.place_of(&field) {
                None => {
                    entries.next_value::<IgnoredAny>()?;
                    continue;
                }
                Some(Place::Anything) => {
                    entries.next_value::<Option<IgnoredAny>>()?.is_some().into()
                }
                Some(place) => entries.next_value_seed(self.at(place))?,
            };
            if tree.insert(field.into_owned(), value).is_some() {
                return Err(A::Error::custom("a field comes twice"));
            }
        }
        let tree = Value::Object(tree);
        if let Place::Descriptor = self.place {
            self.check_descriptor(&tree)?;
        }
        Ok(tree)
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
