//! The token endpoint, and its calls upstream.

use http::Method;

use super::client::World;
use super::upstream::{BROWSER, GUEST, OLDER, OWNER, VAULT, WRONG};

#[test]
fn the_token_answer_has_every_field_that_clients_read() {
    let world = World::new();
    let seen = world.ask_token(&["blocks/browser"], None);
    let body = seen.json();
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("cache-control"), Some("no-store"));
    assert_eq!(body["token"], body["access_token"]);
    // A minute less than the upstream token has left.
    assert_eq!(body["expires_in"], 14_340);
    assert_eq!(body["issued_at"], "2027-01-15T08:00:00Z");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(4), "{body}");
}

#[test]
fn upstream_is_asked_once_for_one_token_by_locations_alone() {
    let world = World::new();
    let names = ["blocks/browser", "blocks/browser/2.2.0", "no/app", "Not a scope"];
    let urls = world.urls(|| drop(world.token(&names[..3], Some(OWNER))));
    let tokens: Vec<_> = urls.iter().filter(|url| url.contains("/auth/")).collect();
    let expected = format!(
        "GET /auth/v1/token?service=registry2.upstream.example\
         &scope=repository:v2/{BROWSER}:pull&scope=repository:v2/{OLDER}:pull"
    );
    assert_eq!(tokens, [&expected]);
    assert_eq!(urls.len(), 3, "one for all releases, one for what is missing: {urls:?}");
}

#[test]
fn no_parameter_of_a_client_goes_upstream() {
    let world = World::new();
    let query = "account=ana&client_id=docker&offline_token=true&service=evil&x=%26scope%3Dy\
                 &scope=repository:blocks/browser:pull,push&scope=repository:blocks/browser:*";
    let urls = world.urls(|| drop(world.get(&format!("/auth/v1/token?{query}"))));
    let [_, token] = &urls[..] else { panic!("{urls:?}") };
    let expected = "GET /auth/v1/token?service=registry2.upstream.example\
                    &scope=repository:blocks/browser:pull";
    assert_eq!(*token, expected);
}

#[test]
fn a_credential_is_accepted_in_every_form_and_sent_upstream_as_bearer() {
    let scope = "scope=repository:acme/vault:pull";
    let target = format!("/auth/v1/token?{scope}");
    let forms =
        ["grant_type=password&username=x&password", "grant_type=refresh_token&refresh_token"];
    let ask = |world: &World, way: usize| match way {
        0 => world.ask(Method::GET, &target, &[("authorization", "Basic eDpvd25lci1odW50ZXIy")]),
        1 => world.ask(Method::GET, &target, &[("authorization", "Bearer owner-hunter2")]),
        n => world.post_form(&format!("{}={OWNER}&{scope}", forms[n - 2])),
    };
    for way in 0..4 {
        let world = World::new();
        let calls = world.calls(|| {
            let token = ask(&world, way).json()["token"].as_str().expect("a token").to_owned();
            let target = "/v2/acme/vault/manifests/latest";
            assert_eq!(world.get_with(&token, target).status, 200, "way {way}");
        });
        let (registry, api) = calls.split_last().expect("there were calls");
        assert!(api.iter().all(|call| call.bearer.as_ref().map(|b| b.expose()) == Some(OWNER)));
        let token = registry.bearer.as_ref().expect("a token").expose();
        assert!(token.starts_with("upstreamjwt"), "way {way}");
    }
}

#[test]
fn scopes_by_get_and_by_form_are_all_granted_even_beside_an_unknown_one() {
    let world = World::new();
    let scopes = ["blocks/browser", "no/app", "blocks/browser/2.2.0", "one"]
        .map(|name| format!("repository:{name}:pull"));
    let answers = [
        world.get(&format!("/auth/v1/token?scope={}", scopes.join("&scope="))),
        world.get(&format!("/auth/v1/token?scope={}", scopes.join("%20"))),
        world.get(&format!("/auth/v1/token?scope={}", scopes.join("+"))),
        world.post_form(&format!("scope={}", scopes.join("&scope="))),
        world.post_form(&format!("scope={}+nonsense", scopes.join("+"))),
    ];
    for (way, seen) in answers.iter().enumerate() {
        assert_eq!(seen.status, 200, "way {way}");
        let body = seen.json();
        let token = body["token"].as_str().expect("a token");
        for (name, status) in
            [("blocks/browser", 200), ("blocks/browser/2.2.0", 200), ("no/app", 403), ("one", 403)]
        {
            let seen = world.get_with(token, &format!("/v2/{name}/manifests/latest"));
            assert_eq!(seen.status, status, "way {way}: {name}");
        }
    }
}

#[test]
fn wrong_credentials_are_refused_for_every_kind_of_scope() {
    let world = World::new();
    for names in [&["blocks/browser"][..], &["acme/vault"], &["no/app"], &["one"], &[]] {
        let seen = world.ask_token(names, Some(WRONG));
        assert_eq!(seen.error(), (401, "UNAUTHORIZED".to_owned()), "{names:?}");
        assert_eq!(seen.header("cache-control"), Some("no-store"));
        assert!(seen.message().contains("wrong credentials"), "{}", seen.message());
    }
    let form = format!("grant_type=password&password={WRONG}&scope=repository:blocks/browser:pull");
    assert_eq!(world.post_form(&form).error(), (401, "UNAUTHORIZED".to_owned()));
    assert!(world.problems().is_empty(), "it is no fault");
}

#[test]
fn a_login_costs_one_call_and_a_guest_without_names_none() {
    let world = World::new();
    let login = world.urls(|| drop(world.token(&[], Some(GUEST))));
    assert_eq!(login, ["GET /auth/v1/token?service=registry2.upstream.example"]);
    let guest = world.calls(|| drop(world.token(&[], None)));
    assert!(guest.is_empty());
}

#[test]
fn bad_token_requests_are_refused_before_any_call() {
    let world = World::new();
    let scopes =
        |n: usize| (0..n).map(|n| format!("&scope=repository:o/a{n}:pull")).collect::<String>();
    let get = |query: String| world.get(&format!("/auth/v1/token?{query}"));
    let header = |value| world.ask(Method::GET, "/auth/v1/token", &[("authorization", value)]);
    type Row<'a> = (&'a str, Box<dyn Fn() -> super::seen::Seen + 'a>, u16, &'a str);
    let table: [Row<'_>; 10] = [
        ("nine names", Box::new(|| get(scopes(9))), 400, "UNSUPPORTED"),
        ("nine names in a form", Box::new(|| world.post_form(&scopes(9))), 400, "UNSUPPORTED"),
        ("a scope that is none", Box::new(|| get("scope=x".to_owned())), 400, "NAME_INVALID"),
        ("dots", Box::new(|| get("scope=repository:a/../b:pull".to_owned())), 400, "NAME_INVALID"),
        ("a long form", Box::new(|| world.post_form(&"a".repeat(16_385))), 400, "SIZE_INVALID"),
        ("a grant type", Box::new(|| world.post_form("grant_type=code")), 404, "UNSUPPORTED"),
        ("no password", Box::new(|| world.post_form("grant_type=password")), 401, "UNAUTHORIZED"),
        ("empty password", Box::new(|| header("Basic YW5hOg==")), 401, "UNAUTHORIZED"),
        ("no scheme", Box::new(|| header("owner")), 401, "UNAUTHORIZED"),
        (
            "another method",
            Box::new(|| world.ask(Method::PUT, "/auth/v1/token", &[])),
            405,
            "UNSUPPORTED",
        ),
    ];
    for (what, ask, status, code) in table {
        let calls = world.calls(|| assert_eq!(ask().error(), (status, code.to_owned()), "{what}"));
        assert!(calls.is_empty(), "{what}");
    }
    assert_eq!(get(scopes(8)).status, 200);
    assert_eq!(world.post_form(&"a".repeat(16_384)).status, 200);
    let put = world.ask(Method::PUT, "/auth/v1/token", &[]);
    assert_eq!(put.header("allow"), Some("GET, POST"));
}

#[test]
fn eight_long_names_make_one_token_that_works() {
    let world = World::new();
    let commit = super::upstream::COMMIT;
    let service = "s".repeat(255 - "blocks/browser//".len() - commit.len() - 1);
    let names: Vec<_> = (0..8).map(|n| format!("blocks/browser/{commit}/{n}{service}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let token = world.token(&names, Some(OWNER));
    assert!(token.len() < 6 * 1024, "{} bytes", token.len());
    for name in names {
        assert_eq!(name.len(), 255);
        let seen = world.get_with(&token, &format!("/v2/{name}/manifests/latest"));
        assert_eq!(seen.error(), (403, "DENIED".to_owned()));
        assert!(seen.message().contains("it has main"), "{}", seen.message());
    }
}

#[test]
fn a_401_at_the_token_endpoint_says_how_to_log_in() {
    let world = World::new();
    let refusals = [
        ("wrong password", world.ask_token(&[], Some(WRONG))),
        ("empty password", world.post_form("grant_type=password&password=")),
    ];
    for (what, seen) in refusals {
        // RFC 9110, section 15.5.2: a 401 has at least one challenge.
        assert_eq!(seen.header("www-authenticate"), Some("Basic realm=\"bhcr.example\""), "{what}");
    }
}

#[test]
fn a_grant_exists_only_if_the_upstream_token_has_it() {
    let world = World::new();
    world.rules.revoked.borrow_mut().push(VAULT);
    let seen = world.pull("acme/vault", Some(OWNER));
    assert_eq!(seen.error(), (403, "DENIED".to_owned()));
    world.rules.revoked.borrow_mut().clear();
    assert_eq!(world.pull("acme/vault", Some(OWNER)).status, 200);
}
