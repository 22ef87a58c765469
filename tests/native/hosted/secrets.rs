//! Secrets of bhcr never reach upstream, whatever is around them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::Method;

use super::world::{ADMIN, World};

const TOKENS: &str = "/auth/v1/token?scope=repository:blocks/browser:pull";

/// What upstream was sent for a password.
fn calls(password: &str) -> usize {
    let world = World::new();
    let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("me:{password}")));
    for authorization in [basic, format!("Bearer {password}")] {
        world.send(&world.request(Method::GET, TOKENS, &authorization));
    }
    world.calls()
}

#[test]
fn a_secret_with_something_around_it_is_not_sent_upstream() {
    let key = World::new().account("acc-aaaaa");
    let in_quotes = |text: &str| format!("\"{text}\"");
    let capital = |text: &str| text.replacen('b', "B", 1);
    for secret in [&*key, ADMIN] {
        for password in [
            capital(secret),
            in_quotes(secret),
            in_quotes(&capital(secret)),
            format!("'{secret}'"),
            format!("KEY:{secret}"),
            format!("={secret}"),
            format!("ADMIN_TOKEN={secret}"),
        ] {
            assert_eq!(calls(&password), 0, "{password}");
        }
    }
}

#[test]
fn a_password_of_somebody_else_is_sent_upstream() {
    assert!(calls("a-balena-api-key") > 0);
}
