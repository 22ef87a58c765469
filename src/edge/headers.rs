//! Headers as they cross to JavaScript and back: a block, as `runtime.js` has it.

use js_sys::Array;
use wasm_bindgen::JsValue;

/// The names of headers that are read, as JavaScript takes them.
pub(super) fn names(names: &[&str]) -> Array {
    names.iter().map(|name| JsValue::from(*name)).collect()
}

/// The names and values of a block.
pub(super) fn pairs(block: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut lines = block.split('\n');
    std::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
}

/// Adds a header to a block.
pub(super) fn push(block: &mut String, name: &str, value: &str) {
    let before = if block.is_empty() { "" } else { "\n" };
    for part in [before, name, "\n", value] {
        block.push_str(part);
    }
}
