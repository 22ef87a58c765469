//! Presigned URLs: the endpoint that they lead to, and their signatures.

use bhcr::presign::sigv4::{Signer, encode};
use bhcr::presign::{InvalidEndpoint, Presigner};
use bhcr::secret::Secret;

const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
// 2013-05-24T00:00:00Z
const SIGNED: u64 = 1_369_353_600;

// "Authenticating Requests: Using Query Parameters", its example.
#[test]
fn amazons_own_example_gets_amazons_own_signature() {
    let signer = Signer::new(KEY_ID, &Secret::new(SECRET), "us-east-1");
    let query = signer.query("examplebucket.s3.amazonaws.com", "/test.txt", SIGNED, 86_400);
    let expected = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
                    &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                    &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                    &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert_eq!(query, expected);
}

#[test]
fn everything_that_is_signed_changes_the_signature() {
    let sign = |key_id, secret, region, server, path, now, seconds| {
        let query = Signer::new(key_id, &Secret::new(secret), region);
        let query = query.query(server, path, now, seconds);
        query.rsplit_once('=').expect("a signature").1.to_owned()
    };
    let first = sign("id", "secret", "auto", "s3.example", "/b/k", SIGNED, 60);
    for (what, other) in [
        ("key", sign("Id", "secret", "auto", "s3.example", "/b/k", SIGNED, 60)),
        ("secret", sign("id", "Secret", "auto", "s3.example", "/b/k", SIGNED, 60)),
        ("region", sign("id", "secret", "eu", "s3.example", "/b/k", SIGNED, 60)),
        ("server", sign("id", "secret", "auto", "s3.example:81", "/b/k", SIGNED, 60)),
        ("path", sign("id", "secret", "auto", "s3.example", "/b/K", SIGNED, 60)),
        ("time", sign("id", "secret", "auto", "s3.example", "/b/k", SIGNED + 1, 60)),
        ("life", sign("id", "secret", "auto", "s3.example", "/b/k", SIGNED, 61)),
    ] {
        assert_ne!(first, other, "{what}");
    }
}

#[test]
fn all_but_unreserved_characters_are_encoded() {
    assert_eq!(encode("AZaz09-._~", b""), "AZaz09-._~");
    assert_eq!(encode("a/b c+d", b""), "a%2Fb%20c%2Bd");
    assert_eq!(encode("a/b:c", b"/"), "a/b%3Ac");
    assert_eq!(encode("\u{e9}%\0", b""), "%C3%A9%25%00");
}

#[test]
fn a_url_is_the_endpoint_with_the_encoded_key_and_its_query() {
    let endpoint = "https://S3.example:443/under/images/";
    let secret = Secret::new(SECRET);
    let presigner = Presigner::new(endpoint, KEY_ID, &secret).expect("an endpoint");
    let url = presigner.url("b/a key", SIGNED, 60);
    let (path, query) = url.split_once('?').expect("a query");
    assert_eq!(path, "https://s3.example:443/under/images/b/a%20key");
    let signer = Signer::new(KEY_ID, &secret, "auto");
    assert_eq!(query, signer.query("s3.example", "/under/images/b/a%20key", SIGNED, 60));
}

#[test]
fn an_endpoint_is_a_url_with_a_bucket() {
    let presigner = |endpoint| Presigner::new(endpoint, "id", &Secret::new("hush")).map(drop);
    for good in ["https://s3.example/bucket", "http://127.0.0.1:8787/cdn-cgi/local/r2/s3/bucket/"] {
        assert_eq!(presigner(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "bucket",
        "https://s3.example",
        "https://s3.example/",
        "ftp://s3.example/bucket",
        "https://s3.example/bucket?x=1",
        "https://user:word@s3.example/bucket",
        "https:///bucket#x",
        "https:///bucket",
        "https://s3.example/bucket#x",
        "https://s3.example//",
        "https://s3.example/a//bucket",
        "https://s3.example/../bucket",
        "https://s3.example/my bucket",
        "https://s3.example/b%75cket",
    ] {
        assert_eq!(presigner(bad), Err(InvalidEndpoint), "{bad}");
    }
}
