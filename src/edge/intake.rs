//! Bodies on their way into R2.

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::ReadableStream;

use super::body::EdgeBody;
use super::objects::{Bucket, digest, error, not_understood, text, webcrypto};
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
    async fn store(this: &JsIntake, bucket: &Bucket, order: &str) -> Result<JsValue, JsValue>;

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

    async fn told(&self, order: &Order<'_>) -> Result<Told, ObjectsError> {
        let &Order { key, upload, next, parts, tail, rest } = order;
        let order = Asked { key, upload, next, parts, tail, rest };
        let order = serde_json::to_string(&order).map_err(not_understood)?;
        let told = self.intake.store(&self.bucket, &order).await;
        serde_json::from_slice(text(told.unwrap_or_default()).as_bytes()).map_err(not_understood)
    }

    fn end(&self, told: &mut Told) -> End {
        match told.end {
            ToldEnd::More => End::More,
            ToldEnd::Whole => {
                let made = self.algorithm.zip(told.digest.as_deref());
                let digest = made.and_then(|(algorithm, hex)| digest(algorithm, hex));
                End::Whole { rest: told.rest, digest }
            }
            ToldEnd::Cut => End::Cut,
            ToldEnd::Slow => End::Slow,
            ToldEnd::Long => End::Long,
            ToldEnd::Failed => End::Failed(error(std::mem::take(&mut told.message))),
        }
    }
}

impl Intake for EdgeIntake {
    async fn store(&mut self, order: &Order<'_>) -> Stored {
        let upload = order.upload.map(str::to_owned);
        match self.told(order).await {
            Err(error) => Stored { upload, parts: Vec::new(), end: End::Failed(error) },
            Ok(mut told) => {
                let end = self.end(&mut told);
                let numbered = (order.next..).zip(told.etags);
                let parts = numbered.map(|(number, etag)| Part { number, etag }).collect();
                Stored { upload: told.upload, parts, end }
            }
        }
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

#[derive(Deserialize)]
struct Told {
    end: ToldEnd,
    upload: Option<String>,
    etags: Vec<String>,
    #[serde(default)]
    rest: u64,
    digest: Option<String>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ToldEnd {
    More,
    Whole,
    Cut,
    Slow,
    Long,
    Failed,
}
