//! Answers, as the runtime takes them.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use wasm_bindgen::JsValue;
use web_sys::Response;

use super::body::EdgeBody;
use super::{headers, runtime};
use crate::answer::{Answer, Content};
use crate::secret::are_same;

// The one header that no two answers share.
const UNIQUE: &str = "x-request-id";
// How many answers are kept as JavaScript values, and the longest text that is kept, in bytes.
const MAX_KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");
const MAX_TEXT: usize = 16 * 1024;

thread_local! {
    static KEPT: RefCell<LruCache<Block, Kept>> = RefCell::new(LruCache::new(MAX_KEPT));
}

/// The headers of an answer, except [`UNIQUE`].
#[derive(Clone, Eq)]
struct Block(String);

/// The JavaScript values of an answer that repeats. To copy headers costs the runtime a fraction of
/// what it costs to make them, and a text that is kept need not cross again.
struct Kept {
    headers: JsValue,
    text: Option<(Arc<str>, JsValue)>,
}

/// The runtime's response for an answer.
pub fn to_response(answer: Answer<EdgeBody>) -> Result<Response, JsValue> {
    let (mut block, mut id) = (Block(String::with_capacity(512)), "");
    for (name, value) in &answer.headers {
        match *name {
            UNIQUE => id = value,
            _ => headers::push(&mut block.0, name, value),
        }
    }
    let status = answer.status.as_u16();
    KEPT.with_borrow_mut(|kept| {
        let kept = kept.try_get_or_insert_mut_ref(&block, || Kept::new(&block.0))?;
        let body = match answer.content {
            Content::Empty => JsValue::NULL,
            Content::Text(text) => JsValue::from(text),
            Content::Shared(text) => kept.text(text),
            Content::Through(body) => match body.into_stream() {
                Some(stream) => runtime::paced(&stream)?.into(),
                None => JsValue::NULL,
            },
        };
        runtime::respond(status, &kept.headers, id, &body)
    })
}

impl Kept {
    fn new(block: &str) -> Result<Self, JsValue> {
        Ok(Self { headers: runtime::make_headers(block)?, text: None })
    }

    fn text(&mut self, text: Arc<str>) -> JsValue {
        if let Some((known, crossed)) = &self.text
            && Arc::ptr_eq(known, &text)
        {
            return crossed.clone();
        }
        let crossed = JsValue::from(&*text);
        if text.len() <= MAX_TEXT {
            self.text = Some((text, crossed.clone()));
        }
        crossed
    }
}

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        are_same(&self.0, &other.0)
    }
}

impl Hash for Block {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
