//! The promises of every [`Upstream`]. The twin replies by the script in
//! `tests/native/contract.rs`, and `tests/wasm/world.mjs` has a real server with the same pages.

use std::time::Duration;

use bhcr::secret::Secret;
use bhcr::services::{Call, NoReply, ReadBody, Reply, Upstream};
use http::{Method, StatusCode};

/// Checks every promise of an upstream with a server at `origin`.
pub async fn keeps_its_promises<U: Upstream>(upstream: &U, origin: &str) {
    let site = Site { upstream, origin };
    site.a_reply_has_status_headers_and_body().await;
    site.a_head_has_the_length_and_no_body().await;
    site.a_304_has_no_body().await;
    site.only_the_headers_of_the_list_are_returned().await;
    site.a_call_has_its_method_token_and_headers().await;
    site.a_redirect_is_not_followed().await;
    site.a_body_over_the_limit_stays_a_stream().await;
    site.a_silent_server_is_given_up_at_the_deadline().await;
    site.the_deadline_includes_the_reading_of_the_body().await;
    site.a_broken_connection_gives_no_reply().await;
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

    // Makes a call whose reply must have a body of at most `limit` bytes.
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

    async fn a_304_has_no_body(&self) {
        let call = self.get("/unchanged");
        let reply = self.read(&call, 100).await;
        assert_eq!(reply.status, StatusCode::NOT_MODIFIED);
        assert_eq!(reply.body, b"");
    }

    async fn only_the_headers_of_the_list_are_returned(&self) {
        let reply = self.upstream.send(&self.get("/hello")).await.expect("a reply");
        assert_eq!(reply.header("etag"), Some("\"greeting\""));
        assert!(reply.headers.iter().all(|(name, _)| *name != "x-other"));
    }

    async fn a_call_has_its_method_token_and_headers(&self) {
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

    async fn a_silent_server_is_given_up_at_the_deadline(&self) {
        let reply = self.upstream.send(&self.get("/hang")).await;
        assert_eq!(reply.err(), Some(NoReply::Deadline));
    }

    async fn the_deadline_includes_the_reading_of_the_body(&self) {
        let reply = self.upstream.send_and_read(&self.get("/drip"), 100).await;
        assert_eq!(reply.err(), Some(NoReply::Deadline));
    }

    async fn a_broken_connection_gives_no_reply(&self) {
        let reply = self.upstream.send(&self.get("/break")).await;
        assert!(matches!(reply.err(), Some(NoReply::Unreachable(_))));
    }
}
