//! Bodies on their way into R2.

use js_sys::Promise;
use serde::Serialize;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use web_sys::ReadableStream;

use super::body::EdgeBody;
use super::objects::{Bucket, digest, error, not_understood, text, webcrypto};
use super::runtime;
use crate::json::{self, WrongField};
use crate::oci::digest::Algorithm;
use crate::services::objects::{
    Arrival, End, Intake, NoBuffer, ObjectsError, Order, PART, Part, Stored,
};

#[wasm_bindgen(module = "/src/edge/intake.js")]
extern "C" {
    type JsIntake;

    #[wasm_bindgen(catch, js_name = takeIn)]
    fn take_in(
        stream: Option<ReadableStream>,
        length: Option<f64>,
        algorithm: Option<&str>,
        part: f64,
        owner: &str,
    ) -> Result<Option<JsIntake>, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn store(this: &JsIntake, bucket: &Bucket, order: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn release(this: &JsIntake);
}

/// A body on its way into the bucket.
pub struct EdgeIntake {
    bucket: Bucket,
    intake: JsIntake,
    algorithm: Option<Algorithm>,
}

impl EdgeIntake {
    pub(super) fn begin(
        bucket: &Bucket,
        body: EdgeBody,
        Arrival { owner, length, algorithm }: Arrival<'_>,
    ) -> Result<Self, NoBuffer> {
        let (length, name) = (length.map(|length| length as f64), algorithm.map(webcrypto));
        let intake = take_in(body.into_stream(), length, name, PART as f64, owner);
        // A body that is being read already cannot be taken in.
        let intake = intake.ok().flatten().ok_or(NoBuffer)?;
        Ok(Self { bucket: bucket.clone(), intake, algorithm })
    }

    async fn told(&self, order: &Order<'_>) -> Result<Value, ObjectsError> {
        let &Order { key, upload, next, parts, tail, rest } = order;
        let order = Asked { key, upload, next, parts, tail, rest };
        let order = serde_json::to_string(&order).map_err(not_understood)?;
        let told = runtime::settled(self.intake.store(&self.bucket, &order)).await;
        json::tree(text(told.unwrap_or_default()).as_bytes()).map_err(not_understood)
    }

    fn stored(&self, order: &Order<'_>, mut told: Value) -> Result<Stored, WrongField> {
        let etags = json::texts(told["etags"].take(), "etags")?;
        let numbered = (order.next..).zip(etags);
        let parts = numbered.map(|(number, etag)| Part { number, etag }).collect();
        let upload = json::optional_text(&told, "upload")?.map(str::to_owned);
        Ok(Stored { upload, parts, end: self.end(&told)? })
    }

    fn end(&self, told: &Value) -> Result<End, WrongField> {
        Ok(match json::text(told, "end")? {
            "more" => End::More,
            "whole" => {
                let made = self.algorithm.zip(json::optional_text(told, "digest")?);
                let digest = made.and_then(|(algorithm, hex)| digest(algorithm, hex));
                End::Whole { rest: json::number(told, "rest")?, digest }
            }
            "cut" => End::Cut,
            "slow" => End::Slow,
            "long" => End::Long,
            "failed" => End::Failed(error(json::text(told, "message")?.to_owned())),
            _ => return Err(WrongField { field: "end", wanted: "known word" }),
        })
    }
}

impl Intake for EdgeIntake {
    async fn store(&mut self, order: &Order<'_>) -> Stored {
        let told = self.told(order).await;
        let stored = told.and_then(|told| self.stored(order, told).map_err(not_understood));
        stored.unwrap_or_else(|error| {
            let upload = order.upload.map(str::to_owned);
            Stored { upload, parts: Vec::new(), end: End::Failed(error) }
        })
    }
}

impl Drop for EdgeIntake {
    fn drop(&mut self) {
        self.intake.release();
    }
}

#[derive(Serialize)]
struct Asked<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<&'a str>,
    next: u16,
    parts: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    tail: Option<&'a str>,
    rest: &'a str,
}
