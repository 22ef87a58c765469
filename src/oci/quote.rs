//! What a caller sent, as a message repeats it: enough to recognize it, and never all of it.

use std::fmt;

/// The most characters of a text that a message repeats.
pub const MAX_QUOTED: usize = 100;

/// A text in quotes, cut after [`MAX_QUOTED`] characters, with control characters escaped.
pub struct Quoted<'a>(pub &'a str);

/// The beginning of a text as it is, cut after [`MAX_QUOTED`] characters.
pub struct Excerpt<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, more) = cut(self.0);
        write!(f, "{text:?}{more}")
    }
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, more) = cut(self.0);
        write!(f, "{text}{more}")
    }
}

fn cut(text: &str) -> (&str, &'static str) {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    }
}
