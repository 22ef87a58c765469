//! As much of a registry as pushes and pulls blobs: no rights, no tokens, plain answers.

use std::sync::{Arc, LazyLock};

use bhcr::account::caller::Caller;
use bhcr::account::credential::{Kind, SecretHash};
use bhcr::account::id::KeyId;
use bhcr::account::name::{Account, ImageName};
use bhcr::config::Config;
use bhcr::edge::body::EdgeBody;
use bhcr::edge::cache::EdgeCache;
use bhcr::edge::runtime::{Context, Env};
use bhcr::edge::services::EdgeServices;
use bhcr::hosted::blob::{self, Asked, Pulled};
use bhcr::hosted::catalog::accounts::{self, CreateError};
use bhcr::hosted::catalog::callers::NewCaller;
use bhcr::hosted::upload::append::append;
use bhcr::hosted::upload::chunk::{Chunk, ContentRange};
use bhcr::hosted::upload::finish::finish;
use bhcr::hosted::upload::outlive::outlive;
use bhcr::hosted::upload::session::UploadSession;
use bhcr::hosted::upload::{FinishError, MIN_CHUNK, Target, status};
use bhcr::oci::digest::{Algorithm, Digest};
use bhcr::refusal::upload::AppendError;
use bhcr::seal::Keys;
use bhcr::services::Services;
use wasm_bindgen::JsValue;
use web_sys::{Headers, Request, Response, ResponseInit};

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let secret = |name: &str| (name == "TOKEN_SECRET").then(|| "for tests alone".repeat(4));
    Keys::new(&Config::read(secret).expect("the settings are good"))
});

type Answer = Result<Response, JsValue>;

fn caller() -> Caller {
    Caller::Owner(KeyId::parse("key-owner").expect("an id"))
}

const ACCOUNTS: [&str; 4] = ["acc-12345", "acc-12346", "acc-12347", "acc-12348"];

/// Makes the accounts, once.
pub async fn create_accounts(env: Env, context: Context) -> Answer {
    let services = EdgeServices::new(env, EdgeCache::new("", Arc::default()), context);
    let hosting = services.hosting().expect("both bindings are there");
    for account in ACCOUNTS {
        let secret = SecretHash::of(&Kind::Key.random_secret());
        let name = "owner".to_owned();
        let key = NewCaller { caller: caller(), name, secret, expires: None, grants: Vec::new() };
        let account = Account::parse(account).expect("an account");
        match accounts::create(hosting.database, &account, "tests", &key).await {
            Ok(()) | Err(CreateError::Taken) => {}
            Err(error) => return told(503, &[], Some(&format!("{error:?}"))),
        }
    }
    told(200, &[], Some("ready"))
}

/// Answers `/v2/<name>/blobs/…`.
pub async fn answer(request: &Request, env: Env, context: Context) -> Answer {
    let url = url::Url::parse(&request.url()).expect("the runtime's URL");
    let Some((name, rest)) =
        url.path().strip_prefix("/v2/").and_then(|it| it.split_once("/blobs/"))
    else {
        return told(404, &[], None);
    };
    let services = EdgeServices::new(env, EdgeCache::new("", Arc::default()), context);
    let image = ImageName::parse(name).expect("the name of a hosted image");
    let query = |asked: &str| url.query_pairs().find(|(key, _)| key == asked).map(|(_, it)| it);
    let digest = query("digest").map(|it| Digest::parse(&it).expect("a digest"));
    let method = request.method();
    let on = On { request, services, image };
    match (&*method, rest.strip_prefix("uploads/")) {
        ("POST", Some("")) => {
            let sha512 = query("digest-algorithm").is_some_and(|it| it == "sha512");
            on.begin(if sha512 { Algorithm::Sha512 } else { Algorithm::Sha256 }, digest).await
        }
        (method, Some(sealed)) => {
            match UploadSession::open(&KEYS, &on.image, sealed, on.services.now()) {
                Some(session) => on.upload(method, session, digest).await,
                None => told(404, &[], None),
            }
        }
        (method, None) => on.blob(method, Digest::parse(rest).expect("a digest")).await,
    }
}

struct On<'a> {
    request: &'a Request,
    services: EdgeServices,
    image: ImageName,
}

impl On<'_> {
    fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    fn chunk(&self) -> Chunk<EdgeBody> {
        let length = self.header("content-length").and_then(|it| it.parse().ok());
        let stream = self.request.body();
        let length = if stream.is_none() { Some(0) } else { length };
        let range = self.header("content-range");
        let range = range.map(|it| ContentRange::parse(&it).expect("a range"));
        Chunk { body: EdgeBody::new(stream), length, range, after: None }
    }

    async fn begin(self, algorithm: Algorithm, digest: Option<Digest>) -> Answer {
        let session = UploadSession::begin(self.services.now_ms(), algorithm);
        let is_whole = self.request.body().is_some() && digest.is_some();
        if is_whole {
            self.upload("PUT", session, digest).await
        } else {
            self.progress(202, &session)
        }
    }

    async fn upload(self, method: &str, session: UploadSession, digest: Option<Digest>) -> Answer {
        match method {
            "PATCH" => self.patch(session).await,
            "PUT" => self.put(session, digest.expect("a digest")).await,
            "GET" => {
                let hosting = self.services.hosting().expect("both bindings are there");
                let target = Target { hosting, image: &self.image, session: &session };
                match status::received(target).await {
                    Ok(next) => self.progress(204, &next),
                    Err(error) => self.refused(&session, &error),
                }
            }
            _ => {
                let hosting = self.services.hosting().expect("both bindings are there");
                let target = Target { hosting, image: &self.image, session: &session };
                match status::cancel(target).await {
                    Ok(()) => told(204, &[], None),
                    Err(error) => self.refused(&session, &error),
                }
            }
        }
    }

    async fn patch(self, session: UploadSession) -> Answer {
        let (services, image) = (self.services.clone(), self.image.clone());
        let (chunk, of) = (self.chunk(), session.clone());
        let appended = outlive(&self.services, async move {
            let hosting = services.hosting().expect("both bindings are there");
            append(Target { hosting, image: &image, session: &of }, chunk).await
        });
        match appended.await {
            Ok(next) => self.progress(202, &next),
            Err(error) => self.refused(&session, &error),
        }
    }

    async fn put(self, session: UploadSession, digest: Digest) -> Answer {
        let (services, image) = (self.services.clone(), self.image.clone());
        let (chunk, of) = (self.chunk(), session.clone());
        let finished = outlive(&self.services, async move {
            let hosting = services.hosting().expect("both bindings are there");
            let target = Target { hosting, image: &image, session: &of };
            finish(target, &caller(), digest, chunk).await
        });
        match finished.await {
            Ok(()) => {
                let location = format!("/v2/{}/blobs/{digest}", self.image);
                let digest = digest.to_string();
                told(201, &[("location", &location), ("docker-content-digest", &digest)], None)
            }
            Err(FinishError::Digest) => told(400, &[], Some("DIGEST_INVALID")),
            Err(FinishError::Refused) => told(401, &[], None),
            Err(FinishError::Append(error)) => self.refused(&session, &error),
        }
    }

    async fn blob(self, method: &str, digest: Digest) -> Answer {
        let hosting = self.services.hosting().expect("both bindings are there");
        let of = digest.to_string();
        if method == "HEAD" {
            return match blob::size(hosting, &self.image, digest, true).await {
                Ok(size) => {
                    let size = size.to_string();
                    told(200, &[("content-length", &size), ("docker-content-digest", &of)], None)
                }
                Err(_) => told(404, &[], None),
            };
        }
        let range = self.header("range");
        let asked = Asked { range: range.as_deref(), ..Asked::default() };
        match blob::pull(hosting, &self.image, digest, asked, None).await {
            Ok(Pulled::Whole { body, .. }) => streamed(200, body),
            Ok(Pulled::Part { body, .. }) => streamed(206, body),
            Ok(Pulled::OutOfRange { size }) => {
                told(416, &[("content-range", &format!("bytes */{size}"))], None)
            }
            Ok(Pulled::NotModified | Pulled::Redirect(_)) => told(500, &[], None),
            Err(_) => told(404, &[], None),
        }
    }

    fn progress(&self, status: u16, session: &UploadSession) -> Answer {
        let location =
            format!("/v2/{}/blobs/uploads/{}", self.image, session.seal(&KEYS, &self.image));
        let range = format!("0-{}", session.received().saturating_sub(1));
        let least = MIN_CHUNK.to_string();
        let uuid = session.id().as_str();
        let headers = [
            ("location", &*location),
            ("range", &range),
            ("oci-chunk-min-length", &least),
            ("docker-upload-uuid", uuid),
        ];
        told(status, &headers, None)
    }

    fn refused(&self, session: &UploadSession, error: &AppendError) -> Answer {
        match error {
            AppendError::Offset { received } => self.progress(416, &session.having(*received)),
            AppendError::Ended(_) => told(404, &[], None),
            AppendError::Length | AppendError::Cut { .. } | AppendError::TooMany { .. } => {
                told(400, &[], None)
            }
            AppendError::Slow { received } => self.progress(408, &session.having(*received)),
            AppendError::TooLarge { .. } => told(413, &[], None),
            AppendError::Overtaken => told(409, &[], None),
            AppendError::Busy => told(503, &[("retry-after", "1")], None),
            AppendError::Database(_) | AppendError::Objects(_) => {
                told(500, &[], Some(&format!("{error:?}")))
            }
        }
    }
}

fn told(status: u16, headers: &[(&str, &str)], text: Option<&str>) -> Answer {
    Response::new_with_opt_str_and_init(text, &init(status, headers)?)
}

fn streamed(status: u16, body: EdgeBody) -> Answer {
    let stream = body.into_stream();
    Response::new_with_opt_readable_stream_and_init(stream.as_ref(), &init(status, &[])?)
}

fn init(status: u16, headers: &[(&str, &str)]) -> Result<ResponseInit, JsValue> {
    let of = Headers::new()?;
    for (name, value) in headers {
        of.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&of);
    Ok(init)
}
