//! What every [`Upstream`] promises, before a server that answers as `site` says: the twin's
//! script in `tests/native/contract.rs`, or the real server in `tests/wasm/world.mjs`.

use std::time::Duration;

use bhcr::secret::Secret;
use bhcr::services::{Call, NoReply, ReadBody, Reply, Upstream};
use http::{Method, StatusCode};

/// Every promise, one after the other, of an upstream whose server is at `origin`.
pub async fn keeps_its_promises<U: Upstream>(upstream: &U, origin: &str) {
    let site = Site { upstream, origin };
    site.a_reply_has_status_headers_and_body().await;
    site.a_head_has_the_length_and_no_body().await;
    site.what_has_not_changed_has_no_body().await;
    site.only_headers_that_are_read_come_back().await;
    site.the_call_says_what_it_was_told_to().await;
    site.a_redirect_is_not_followed().await;
    site.a_body_over_the_limit_stays_a_stream().await;
    site.silence_ends_at_the_deadline().await;
    site.the_deadline_is_for_the_body_too_where_it_is_read().await;
    site.a_broken_connection_is_no_reply().await;
}

struct Site<'a, U> {
    upstream: &'a U,
    origin: &'a str,
}

impl<U: Upstream> Site<'_, U> {
    fn call(&self, method: Method, path: &str) -> Call {
        Call {
            method,
            url: format!("{}{path}", self.origin),
            bearer: Some(Secret::new("token")),
            headers: vec![("accept", "text/plain".to_owned())],
            deadline: Duration::from_millis(300),
        }
    }

    fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    // A reply whose body has at most `limit` bytes.
    async fn read(&self, call: &Call, limit: usize) -> Reply<Vec<u8>> {
        let reply = self.upstream.send_and_read(call, limit).await.expect("a reply");
        reply.map(|body| match body {
            ReadBody::Whole(bytes) => bytes,
            ReadBody::Longer(_) => panic!("{} has more than {limit} bytes", call.url),
        })
    }

    async fn a_reply_has_status_headers_and_body(&self) {
        let reply = self.read(&self.get("/hello"), 100).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-type"), Some("text/plain"));
        assert_eq!(reply.body, b"hello");
        let reply = self.read(&self.get("/nothing"), 100).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }

    async fn a_head_has_the_length_and_no_body(&self) {
        let call = self.call(Method::HEAD, "/hello");
        let reply = self.read(&call, 100).await;
        assert_eq!(reply.header("content-length"), Some("5"));
        assert_eq!(reply.body, b"");
    }

    async fn what_has_not_changed_has_no_body(&self) {
        let call = self.get("/unchanged");
        let reply = self.read(&call, 100).await;
        assert_eq!(reply.status, StatusCode::NOT_MODIFIED);
        assert_eq!(reply.body, b"");
    }

    async fn only_headers_that_are_read_come_back(&self) {
        let reply = self.upstream.send(&self.get("/hello")).await.expect("a reply");
        assert_eq!(reply.header("etag"), Some("\"greeting\""));
        assert!(reply.headers.iter().all(|(name, _)| *name != "x-other"));
    }

    async fn the_call_says_what_it_was_told_to(&self) {
        let reply = self.read(&self.get("/echo"), 1000).await;
        assert_eq!(reply.body, b"GET Bearer token text/plain");
    }

    async fn a_redirect_is_not_followed(&self) {
        let reply = self.upstream.send(&self.get("/redirect")).await.expect("a reply");
        assert_eq!(reply.status, StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(reply.header("location"), Some("http://storage.example/x"));
    }

    async fn a_body_over_the_limit_stays_a_stream(&self) {
        for path in ["/large", "/large/chunked"] {
            assert_eq!(self.read(&self.get(path), 100_000).await.body.len(), 100_000, "{path}");
            let reply =
                self.upstream.send_and_read(&self.get(path), 99_999).await.expect("a reply");
            assert_eq!(reply.status, StatusCode::OK, "{path}");
            assert!(matches!(reply.body, ReadBody::Longer(_)), "{path}");
        }
    }

    async fn silence_ends_at_the_deadline(&self) {
        let reply = self.upstream.send(&self.get("/hang")).await;
        assert_eq!(reply.err(), Some(NoReply::Deadline));
    }

    async fn the_deadline_is_for_the_body_too_where_it_is_read(&self) {
        let reply = self.upstream.send_and_read(&self.get("/drip"), 100).await;
        assert_eq!(reply.err(), Some(NoReply::Deadline));
    }

    async fn a_broken_connection_is_no_reply(&self) {
        let reply = self.upstream.send(&self.get("/break")).await;
        assert!(matches!(reply.err(), Some(NoReply::Unreachable(_))));
    }
}
