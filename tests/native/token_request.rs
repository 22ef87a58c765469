//! The token endpoint: requests as real clients send them, and the answer.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bhcr::authorization::{Authorization, Credential};
use bhcr::oci::name::Name;
use bhcr::secret::Secret;
use bhcr::token::{InvalidTokenRequest, TokenRequest, answer};

// What stands for a credential of bhcr, which is never told.
const HOSTED: &str = "of bhcr";

type Read = Result<(Vec<String>, Option<String>), InvalidTokenRequest>;

fn told(request: Result<TokenRequest, InvalidTokenRequest>) -> Read {
    let credential = |credential| match credential {
        Credential::Upstream(secret) => secret.expose().to_owned(),
        Credential::Hosted(_) => HOSTED.to_owned(),
    };
    let names = |names: Vec<Name>| names.into_iter().map(String::from).collect();
    request.map(|request| (names(request.names), request.credential.map(credential)))
}

fn query(query: &str, header: Option<&str>) -> Read {
    told(TokenRequest::from_query(query, Authorization::parse(header)))
}

fn form(form: &str, header: Option<&str>) -> Read {
    told(TokenRequest::from_form(form.as_bytes(), Authorization::parse(header)))
}

fn asks(names: &[&str], credential: Option<&str>) -> Read {
    Ok((names.iter().map(|name| (*name).to_owned()).collect(), credential.map(str::to_owned)))
}

#[test]
fn requests_of_real_clients_are_read() {
    let basic = Some("Basic YW5hOmtleQ==");
    let table = [
        (
            "docker",
            "scope=repository%3Aorg%2Fapp%3Apull&service=bhcr.io",
            None,
            asks(&["org/app"], None),
        ),
        (
            "docker login",
            "account=ana&client_id=docker&offline_token=true&service=bhcr.io",
            basic,
            asks(&[], Some("key")),
        ),
        (
            "docker with a user",
            "account=ana&scope=repository%3Aorg%2Fapp%3Apull&service=bhcr.io",
            basic,
            asks(&["org/app"], Some("key")),
        ),
        (
            "containerd",
            "scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%2Fd%3Apull&service=bhcr.io",
            None,
            asks(&["a/b", "c/d"], None),
        ),
        (
            "podman",
            "account=ana&scope=repository%3Aorg%2Fapp%3Apull&service=bhcr.io",
            basic,
            asks(&["org/app"], Some("key")),
        ),
        (
            "crane",
            "scope=repository%3Aorg%2Fapp%3Apull&service=bhcr.io",
            Some("Bearer session"),
            asks(&["org/app"], Some("session")),
        ),
        ("helm login", "service=bhcr.io", basic, asks(&[], Some("key"))),
        ("curl", "", None, asks(&[], None)),
    ];
    for (client, text, header, expected) in table {
        assert_eq!(query(text, header), expected, "{client}");
    }
}

#[test]
fn forms_of_real_clients_are_read() {
    let table = [
        (
            "containerd",
            "client_id=containerd-client&grant_type=password&password=k%2By&scope=repository%3Aa%2Fb%3Apull+repository%3Ac%2Fd%3Apull&service=bhcr.io&username=ana",
            asks(&["a/b", "c/d"], Some("k+y")),
        ),
        (
            "containerd, identity token",
            "client_id=containerd-client&grant_type=refresh_token&refresh_token=key&scope=repository%3Aa%2Fb%3Apull&service=bhcr.io",
            asks(&["a/b"], Some("key")),
        ),
        (
            "podman",
            "client_id=containers%2Fimage&grant_type=refresh_token&refresh_token=key&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%2Fd%3Apull&service=bhcr.io",
            asks(&["a/b", "c/d"], Some("key")),
        ),
        (
            "helm login",
            "access_type=offline&client_id=oras&grant_type=password&password=key&service=bhcr.io&username=ana",
            asks(&[], Some("key")),
        ),
        (
            "docker",
            "access_type=offline&client_id=docker&grant_type=password&password=key&scope=repository%3Aa%2Fb%3Apull&service=bhcr.io&username=",
            asks(&["a/b"], Some("key")),
        ),
    ];
    for (client, text, expected) in table {
        assert_eq!(form(text, None), expected, "{client}");
    }
}

#[test]
fn the_union_of_all_scopes_is_asked_for() {
    let (a, b, c) = ("repository:o/a:pull", "repository:o/b:pull", "repository:o/c:pull");
    let table = [
        (format!("scope={a}&scope={b}"), vec!["o/a", "o/b"]),
        (format!("scope={a}%20{b}"), vec!["o/a", "o/b"]),
        (format!("scope={a}+{b}"), vec!["o/a", "o/b"]),
        (format!("scope={a}%20{b}&scope={c}"), vec!["o/a", "o/b", "o/c"]),
        (format!("scope={a}&scope={a}+{a}&scope=repository:o/a:pull,push"), vec!["o/a"]),
        (format!("scope={a}&scope=nonsense&scope={b}"), vec!["o/a", "o/b"]),
        (format!("scope=repository:O/A:pull+{b}"), vec!["o/b"]),
        (format!("scope={a}&scope=repository:o/b:push"), vec!["o/a"]),
        ("scope=repository:o/a:pull,push".to_owned(), vec!["o/a"]),
        ("scope=repository:o/a:*".to_owned(), vec!["o/a"]),
        ("scope=repository(plugin):o/a:pull".to_owned(), vec!["o/a"]),
        ("scope=repository:o/a:push".to_owned(), vec![]),
        ("scope=".to_owned(), vec![]),
        ("scope=+&scope=%20".to_owned(), vec![]),
        ("Scope=repository:o/a:pull".to_owned(), vec![]),
    ];
    for (text, names) in table {
        assert_eq!(query(&text, None), asks(&names, None), "query {text}");
        let as_form = format!("grant_type=password&password=k&{text}");
        assert_eq!(form(&as_form, None), asks(&names, Some("k")), "form {text}");
    }
}

#[test]
fn a_request_whose_scopes_are_all_outside_the_grammar_is_refused() {
    for text in ["scope=nonsense", "scope=a&scope=b", "scope=repository:O/A:pull", "scope=a+b"] {
        assert_eq!(query(text, None), Err(InvalidTokenRequest::Scope), "{text}");
        assert_eq!(form(text, None), Err(InvalidTokenRequest::Scope), "{text}");
    }
}

#[test]
fn a_token_is_for_eight_names_at_most_and_the_same_name_counts_once() {
    let scopes = |count: usize| {
        let scope = |n| format!("repository:org/app{n}:pull");
        (0..count).map(scope).collect::<Vec<_>>()
    };
    let names = |read: Read| read.map(|(names, _)| names.len());
    for separator in ["&scope=", "+", "%20"] {
        let text = |count| format!("scope={}", scopes(count).join(separator));
        assert_eq!(names(query(&text(8), None)), Ok(8));
        assert_eq!(
            names(query(&text(9), None)),
            Err(InvalidTokenRequest::TooManyNames { most: 8 })
        );
        let twice = [text(8), text(8)].join("&");
        assert_eq!(names(query(&twice, None)), Ok(8));
        let refused = form(&format!("grant_type=password&password=k&{}", text(9)), None);
        assert_eq!(names(refused), Err(InvalidTokenRequest::TooManyNames { most: 8 }));
    }
}

#[test]
fn the_credential_comes_from_where_the_grant_type_says() {
    use InvalidTokenRequest::{Credential, GrantType};
    let header = Some("Basic YW5hOmtleQ==");
    let table = [
        ("grant_type=password&password=p", header, asks(&[], Some("p"))),
        ("grant_type=refresh_token&refresh_token=r&password=p", None, asks(&[], Some("r"))),
        ("scope=repository:a/b:pull", header, asks(&["a/b"], Some("key"))),
        ("scope=repository:a/b:pull", None, asks(&["a/b"], None)),
        ("", None, asks(&[], None)),
        ("grant_type=password", header, Err(Credential)),
        ("grant_type=password&password=", None, Err(Credential)),
        ("grant_type=password&password=two+words", None, Err(Credential)),
        ("grant_type=password&password=l%0d%0aX-Y:z", None, Err(Credential)),
        ("grant_type=refresh_token&password=p", None, Err(Credential)),
        ("grant_type=refresh_token&refresh_token=%ff", None, Err(Credential)),
        ("", Some("Basic YW5hOg=="), Err(Credential)),
        ("", Some("Basic !!"), Err(Credential)),
        ("grant_type=", None, Err(GrantType)),
        ("grant_type=authorization_code&code=x", None, Err(GrantType)),
        ("grant_type=client_credentials", header, Err(GrantType)),
        ("grant_type=PASSWORD&password=p", None, Err(GrantType)),
        ("password=p", None, Err(GrantType)),
        ("refresh_token=r", header, Err(GrantType)),
    ];
    for (text, header, expected) in table {
        assert_eq!(form(text, header), expected, "{text} {header:?}");
    }
}

#[test]
fn a_header_that_is_not_a_credential_is_refused_and_not_taken_as_anonymous() {
    let bad = ["Basic YW5hOg==", "Basic", "Bearer", "Digest x", "Basic !!", ""];
    for header in bad {
        let read = query("scope=repository:a/b:pull", Some(header));
        assert_eq!(read, Err(InvalidTokenRequest::Credential), "{header:?}");
    }
    for (header, password) in [("Basic OmtleQ==", "key"), ("Basic dTphOmI", "a:b")] {
        assert_eq!(query("", Some(header)), asks(&[], Some(password)), "{header}");
    }
}

#[test]
fn the_answer_has_token_access_token_expires_in_and_issued_at() {
    let body = answer(&Secret::new("sealed"), 1_800_000_000, 1_800_014_340);
    let told: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let expected = serde_json::json!({
        "token": "sealed",
        "access_token": "sealed",
        "expires_in": 14_340,
        "issued_at": "2027-01-15T08:00:00Z",
    });
    assert_eq!(told, expected);
}

#[test]
fn a_hosted_name_is_asked_for_with_any_action_and_a_release_to_be_pulled() {
    let hosted = "acc-x1y2z/myapp";
    for actions in ["pull", "push", "pull,push", "delete", "*"] {
        let scope = format!("scope=repository:{hosted}:{actions}");
        assert_eq!(query(&scope, None), asks(&[hosted], None), "{actions}");
    }
    assert_eq!(query("scope=repository:org/app:push", None), asks(&[], None));
}

#[test]
fn a_credential_of_bhcr_is_recognized_wherever_it_comes() {
    let typo = "bhk_typo";
    let expected = asks(&[], Some(HOSTED));
    let header = |pair: &str| format!("Basic {}", BASE64_STANDARD.encode(pair));
    for pair in ["KEY:bhk_typo", "anyone:bhk_typo", "cli-abcde:other", "KEY:other"] {
        assert_eq!(query("service=x", Some(&header(pair))), expected, "{pair}");
        assert_eq!(form("service=x", Some(&header(pair))), expected, "{pair}");
    }
    assert_eq!(query("service=x", Some(&format!("Bearer {typo}"))), expected);
    for fields in [
        "grant_type=password&username=KEY&password=other",
        "grant_type=password&username=anyone&password=bhk_typo",
        "grant_type=password&username=cli-abcde&password=other",
        "grant_type=refresh_token&refresh_token=bhc_typo",
        "grant_type=refresh_token&username=KEY&refresh_token=other",
    ] {
        assert_eq!(form(fields, None), expected, "{fields}");
    }
}
