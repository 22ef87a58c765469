//! Presigned URLs end with the rights that they were made from.

use http::Method;
use serde_json::{Value, json};

use super::world::World;

const NAME: &str = "acc-aaaaa/app";
const SETTINGS: [(&str, &str); 3] = [
    ("R2_ACCESS_KEY_ID", "id"),
    ("R2_SECRET_ACCESS_KEY", "secret"),
    ("R2_ENDPOINT", "https://x.r2.cloudflarestorage.com/bucket"),
];

struct Pulling {
    world: World,
    key: String,
    client: String,
    token: String,
    blob: String,
}

/// A client with a token, whose rights were read at second 0.
fn pulling(settings: &[(&str, &str)]) -> Pulling {
    let world = World::with(&[&SETTINGS, settings].concat());
    let key = world.account("acc-aaaaa");
    let blob = format!("/v2/{NAME}/blobs/{}", world.blob(NAME, &key, b"blob"));
    let grants = json!([{"repository": "app", "actions": ["pull"]}]);
    let body = json!({"name": "client", "grants": grants});
    let made = world.api(Method::POST, "/accounts/acc-aaaaa/clients", &key, &body).json();
    let text = |field: &str| made[field].as_str().expect(field).to_owned();
    let (client, secret) = (text("id"), text("secret"));
    let token = world.token(&client, &secret, NAME);
    Pulling { world, key, client, token, blob }
}

impl Pulling {
    /// For how many seconds a URL is given, or else the status.
    fn seconds(&self) -> Result<u64, u16> {
        let seen = self.world.get(&self.blob, &self.token);
        let Some(location) = seen.header("location") else { return Err(seen.status) };
        assert_eq!(seen.status, 307);
        let (_, rest) = location.split_once("X-Amz-Expires=").expect("it expires");
        Ok(rest.split('&').next().and_then(|it| it.parse().ok()).expect("a number"))
    }

    fn revoke(&self) {
        let path = format!("/accounts/acc-aaaaa/clients/{}", self.client);
        let seen = self.world.api(Method::DELETE, &path, &self.key, &Value::Null);
        assert_eq!(seen.status, 204);
    }
}

#[test]
fn a_presigned_url_ends_with_the_rights_it_was_made_from() {
    let pulling = pulling(&[]);
    assert_eq!(pulling.seconds(), Ok(60));
    pulling.world.services.clock.advance(1);
    pulling.revoke();
    assert_eq!(pulling.seconds(), Ok(59));
    pulling.world.services.clock.advance(49);
    assert_eq!(pulling.seconds(), Ok(10));
    // A URL for less would be of no use, so rights are read again, and there are none.
    pulling.world.services.clock.advance(1);
    assert_eq!(pulling.seconds(), Err(404));
}

#[test]
fn rights_that_end_soon_are_read_again_once_for_a_presigned_url() {
    let pulling = pulling(&[]);
    pulling.world.services.clock.advance(59);
    assert_eq!(pulling.seconds(), Ok(60));
    pulling.world.services.clock.advance(5);
    let before = pulling.world.batches();
    assert_eq!(pulling.seconds(), Ok(55));
    assert_eq!(pulling.world.batches() - before, 1, "the blob alone");
}

#[test]
fn where_rights_never_serve_twice_a_url_is_for_a_second() {
    let pulling = pulling(&[("RIGHTS_SECONDS", "0")]);
    assert_eq!(pulling.seconds(), Ok(1));
    pulling.revoke();
    assert_eq!(pulling.seconds(), Err(404));
}
