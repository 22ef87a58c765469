//! R2 as the objects of hosted repositories.
//!
//! Bodies stay JavaScript streams. What crosses is a key, a length, or one JSON text.

use js_sys::{JsString, Promise, Reflect, Uint8Array};
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ReadableStream;

use super::body::EdgeBody;
use super::intake::EdgeIntake;
use super::runtime::{self, Env};
use crate::json::{self, WrongField};
use crate::oci::digest::{Algorithm, Digest};
use crate::services::objects::{
    Arrival, CompleteError, Listed, MAX_DELETE, Multipart, NoBuffer, Objects, ObjectsError, Page,
    Part, PutError, ReadError, Span,
};

const BINDING: &str = "OBJECTS";

// What R2 calls what it refuses.
const NO_SUCH_UPLOAD: u32 = 10024;
const WRONG_PART: u32 = 10025;
const WRONG_DIGEST: u32 = 10037;

mod calls {
    use super::{Bucket, Promise, ReadableStream};
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/edge/objects.js")]
    extern "C" {
        #[wasm_bindgen(catch, js_name = objectSize)]
        pub fn size(bucket: &Bucket, key: &str) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = objectRead)]
        pub fn read(
            bucket: &Bucket,
            key: &str,
            offset: f64,
            length: Option<f64>,
        ) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = objectPut)]
        pub fn put(
            bucket: &Bucket,
            key: &str,
            stream: Option<ReadableStream>,
            length: f64,
            algorithm: &str,
            hex: &str,
        ) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = objectPutBytes)]
        pub fn put_bytes(
            bucket: &Bucket,
            key: &str,
            bytes: js_sys::Uint8Array,
        ) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = uploadAppend)]
        pub fn append(
            bucket: &Bucket,
            key: &str,
            id: &str,
            number: u16,
            from: &str,
        ) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = uploadComplete)]
        pub fn complete(
            bucket: &Bucket,
            key: &str,
            id: &str,
            parts: &str,
        ) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = uploadAbort)]
        pub fn abort(bucket: &Bucket, key: &str, id: &str) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = objectHash)]
        pub fn hash(bucket: &Bucket, key: &str, algorithm: &str) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = objectsDelete)]
        pub fn delete(bucket: &Bucket, keys: &str) -> Result<Promise, JsValue>;
        #[wasm_bindgen(catch, js_name = objectsList)]
        pub fn list(
            bucket: &Bucket,
            prefix: &str,
            cursor: Option<&str>,
        ) -> Result<Promise, JsValue>;
    }
}

#[wasm_bindgen::prelude::wasm_bindgen]
extern "C" {
    /// A bucket of R2.
    #[derive(Clone)]
    pub type Bucket;
}

/// The R2 bucket that is bound as `OBJECTS`.
#[derive(Clone)]
pub struct EdgeObjects {
    bound: Bucket,
}

impl EdgeObjects {
    /// The bucket of this environment, where one is bound.
    pub fn new(env: &Env) -> Option<Self> {
        let bound = Reflect::get(env, &JsValue::from(BINDING)).ok()?;
        bound.is_object().then(|| Self { bound: bound.unchecked_into() })
    }
}

/// A part as R2 wants it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UploadedPart<'a> {
    part_number: u16,
    etag: &'a str,
}

impl<'a> From<&'a Part> for UploadedPart<'a> {
    fn from(Part { number, etag }: &'a Part) -> Self {
        Self { part_number: *number, etag }
    }
}

impl Objects for EdgeObjects {
    type Body = EdgeBody;
    type Intake = EdgeIntake;

    async fn size(&self, key: &str) -> Result<Option<u64>, ObjectsError> {
        let size = told(calls::size(&self.bound, key)).await?;
        Ok(size.as_f64().map(|size| size as u64))
    }

    async fn read(&self, key: &str, span: Option<Span>) -> Result<Option<EdgeBody>, ReadError> {
        let offset = span.map_or(0, |span| span.offset) as f64;
        let length = span.map(|span| span.length as f64);
        let found = told(calls::read(&self.bound, key, offset, length)).await?;
        match found.as_f64() {
            Some(size) => Err(ReadError::PastEnd { size: size as u64 }),
            None if found.is_undefined() => Ok(None),
            None => Ok(Some(EdgeBody::new(Some(found.unchecked_into())))),
        }
    }

    async fn put(
        &self,
        key: &str,
        body: EdgeBody,
        length: u64,
        digest: Digest,
    ) -> Result<(), PutError> {
        let text = digest.to_string();
        let (algorithm, hex) = text.split_once(':').unwrap_or_default();
        let (stream, length) = (body.into_stream(), length as f64);
        match told(calls::put(&self.bound, key, stream, length, algorithm, hex)).await {
            Ok(_) => Ok(()),
            Err(ObjectsError { code: Some(WRONG_DIGEST), .. }) => Err(PutError::Mismatch),
            Err(error) => Err(PutError::Failed(error)),
        }
    }

    async fn put_bytes(&self, key: &str, bytes: &[u8]) -> Result<(), ObjectsError> {
        told(calls::put_bytes(&self.bound, key, Uint8Array::from(bytes))).await.map(drop)
    }

    fn take_in(&self, body: EdgeBody, arrival: Arrival<'_>) -> Result<EdgeIntake, NoBuffer> {
        EdgeIntake::begin(&self.bound, body, arrival)
    }

    async fn append(
        &self,
        upload: Multipart<'_>,
        number: u16,
        from: &str,
    ) -> Result<Part, CompleteError> {
        let Multipart { key, id } = upload;
        let etag = told(calls::append(&self.bound, key, id, number, from)).await;
        let etag = etag.map_err(incomplete)?;
        Ok(Part { number, etag: text(etag) })
    }

    async fn complete(&self, upload: Multipart<'_>, parts: &[Part]) -> Result<(), CompleteError> {
        let parts: Vec<_> = parts.iter().map(UploadedPart::from).collect();
        let parts = serde_json::to_string(&parts).expect("numbers and texts always serialize");
        let done = told(calls::complete(&self.bound, upload.key, upload.id, &parts)).await;
        done.map(drop).map_err(incomplete)
    }

    async fn abort(&self, upload: Multipart<'_>) -> Result<(), ObjectsError> {
        match told(calls::abort(&self.bound, upload.key, upload.id)).await {
            Err(ObjectsError { code: Some(NO_SUCH_UPLOAD), .. }) => Ok(()),
            done => done.map(drop),
        }
    }

    async fn digest(
        &self,
        key: &str,
        algorithm: Algorithm,
    ) -> Result<Option<Digest>, ObjectsError> {
        let hash = told(calls::hash(&self.bound, key, webcrypto(algorithm))).await?;
        Ok(hash.as_string().and_then(|hex| digest(algorithm, &hex)))
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectsError> {
        if keys.len() > MAX_DELETE {
            let message = format!("{} keys are too many for one deletion", keys.len());
            return Err(ObjectsError { code: None, message });
        }
        let keys = serde_json::to_string(keys).expect("texts always serialize");
        told(calls::delete(&self.bound, &keys)).await.map(drop)
    }

    async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<Page, ObjectsError> {
        let page = told(calls::list(&self.bound, prefix, cursor)).await?;
        let told = json::tree(text(page).as_bytes()).map_err(not_understood)?;
        read_page(&told).map_err(not_understood)
    }
}

fn read_page(told: &Value) -> Result<Page, WrongField> {
    let mut objects = Vec::new();
    for it in json::list(told, "objects")? {
        let (key, size) = (json::text(it, "key")?.to_owned(), json::number(it, "size")?);
        objects.push(Listed { key, size });
    }
    let cursor = json::optional_text(told, "cursor")?.map(str::to_owned);
    Ok(Page { objects, cursor })
}

/// The name of an algorithm in the Web Cryptography API.
pub(super) fn webcrypto(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha256 => "SHA-256",
        Algorithm::Sha512 => "SHA-512",
    }
}

/// The digest behind a hash in hexadecimal.
pub(super) fn digest(algorithm: Algorithm, hex: &str) -> Option<Digest> {
    Digest::parse(&format!("{}:{hex}", algorithm.as_str())).ok()
}

/// What a message of R2 says: its code stands in brackets at the end.
pub(super) fn error(message: String) -> ObjectsError {
    let code = message.rsplit_once('(').and_then(|(_, code)| code.strip_suffix(')')?.parse().ok());
    ObjectsError { code, message }
}

pub(super) fn text(value: JsValue) -> String {
    value.dyn_ref::<JsString>().map(runtime::text).unwrap_or_default()
}

pub(super) fn not_understood(problem: impl std::fmt::Display) -> ObjectsError {
    ObjectsError { code: None, message: format!("an answer that is not understood: {problem}") }
}

async fn told(call: Result<Promise, JsValue>) -> Result<JsValue, ObjectsError> {
    runtime::settled(call).await.map_err(failed)
}

fn incomplete(error: ObjectsError) -> CompleteError {
    match error {
        ObjectsError { code: Some(NO_SUCH_UPLOAD), .. } => CompleteError::Gone,
        ObjectsError { code: Some(WRONG_PART), .. } => CompleteError::WrongPart,
        error => CompleteError::Failed(error),
    }
}

fn failed(thrown: JsValue) -> ObjectsError {
    let message = Reflect::get(&thrown, &JsValue::from("message"));
    error(message.ok().and_then(|message| message.as_string()).unwrap_or_default())
}
