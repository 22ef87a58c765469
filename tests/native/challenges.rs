//! Challenges: writing our own, and reading a registry's.

use bhcr::oci::challenge::{Challenge, TokenError};
use bhcr::oci::scope;

#[test]
fn our_challenges_name_the_realm_the_service_the_scope_and_the_error() {
    let bare =
        Challenge { origin: "https://bhcr.io", service: "bhcr.io", scope: None, error: None };
    let with = |scope: Option<&str>, error| {
        Challenge { scope: scope.map(scope::pull), error, ..bare.clone() }.to_string()
    };
    let start = r#"Bearer realm="https://bhcr.io/auth/v1/token",service="bhcr.io""#;
    let table = [
        (with(None, None), String::new()),
        (with(Some("org/app"), None), r#",scope="repository:org/app:pull""#.to_owned()),
        (with(None, Some(TokenError::Invalid)), r#",error="invalid_token""#.to_owned()),
        (
            with(Some("org/app/1.0.0"), Some(TokenError::InsufficientScope)),
            r#",scope="repository:org/app/1.0.0:pull",error="insufficient_scope""#.to_owned(),
        ),
    ];
    for (written, rest) in table {
        assert_eq!(written, format!("{start}{rest}"));
    }
}

#[test]
fn the_error_of_a_registrys_challenge_is_found_among_its_parameters() {
    let (invalid, scope) = (Some(TokenError::Invalid), Some(TokenError::InsufficientScope));
    let table = [
        // As distribution 2.8 writes them.
        (
            r#"Bearer realm="https://api/auth/v1/token",service="registry2",error="invalid_token""#,
            invalid,
        ),
        (
            r#"Bearer realm="https://api/auth/v1/token",service="registry2",scope="repository:v2/abc:pull,push",error="insufficient_scope""#,
            scope,
        ),
        (r#"Bearer error="insufficient_scope",realm="r",service="s""#, scope),
        (r#"Bearer error=insufficient_scope,realm="r""#, scope),
        (r#"bearer ERROR="invalid_token""#, invalid),
        (r#"Bearer realm="r" , error="invalid_token""#, invalid),
        // No error parameter, or the word at another place.
        (r#"Bearer realm="r",service="s""#, None),
        (r#"Bearer realm="r",error="other""#, None),
        (r#"Bearer realm="error=invalid_token",service="s""#, None),
        (r#"Bearer realm="a,error=invalid_token,b",service="s""#, None),
        (r#"Bearer xerror="invalid_token""#, None),
        (r#"Basic error="invalid_token""#, None),
        (r#"Bearer error="invalid_token"#, None),
        ("Bearer", None),
        ("Bearer ", None),
        ("error=\"invalid_token\"", None),
        ("", None),
    ];
    for (challenge, expected) in table {
        assert_eq!(TokenError::read(challenge), expected, "{challenge}");
    }
}

#[test]
fn what_we_write_we_read() {
    for error in [TokenError::Invalid, TokenError::InsufficientScope] {
        let scope = Some(scope::pull("org/app"));
        let challenge = Challenge {
            origin: "http://localhost:8787",
            service: "localhost:8787",
            scope,
            error: Some(error),
        };
        assert_eq!(TokenError::read(&challenge.to_string()), Some(error));
    }
}
