//! A line of the log: an object of JSON. Each request writes a line, and a serializer would take
//! several times as long.
//!
//! The argument `before` has what precedes a value, as JSON has it: comma, name, colon, and the
//! quote that opens a text. So it is copied in one piece.

// Longer than most lines, in bytes.
const USUAL: usize = 256;

/// A line that is being written.
pub(super) struct Line(String);

impl Line {
    /// A line that begins with a text.
    pub(super) fn new(before: &str, text: &str) -> Self {
        let mut line = Self(String::with_capacity(USUAL));
        line.text(before, text);
        line
    }

    /// Adds a text.
    pub(super) fn text(&mut self, before: &str, text: &str) {
        self.0.push_str(before);
        match text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
            true => self.escaped(text),
            false => self.0.push_str(text),
        }
        self.0.push('"');
    }

    /// Adds a text, if there is one.
    pub(super) fn text_if(&mut self, before: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(before, text);
        }
    }

    /// Adds a number.
    pub(super) fn number(&mut self, before: &str, number: u64) {
        self.0.push_str(before);
        push_number(&mut self.0, number);
    }

    /// Adds a piece of JSON.
    pub(super) fn json(&mut self, json: &str) {
        self.0.push_str(json);
    }

    /// The whole line.
    pub(super) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn escaped(&mut self, text: &str) {
        let quoted = serde_json::to_string(text).expect("a text always serializes");
        self.0.push_str(&quoted[1..quoted.len() - 1]);
    }
}

/// Adds a number to a text. Most of them are 0, which needs no formatting.
pub(super) fn push_number(text: &mut String, number: u64) {
    match number {
        0 => text.push('0'),
        _ => text.push_str(&number.to_string()),
    }
}
