//! The exact text of OData queries. The API refuses most percent-encoding, so every byte matters.

use bhcr::secret::Secret;
use bhcr::services::Call;
use bhcr::upstream::api::releases::releases_call;
use bhcr::upstream::api::token_call;
use http::Method;

use crate::support::{config, location, reference};

const COMMIT: &str = "0123456789abcdef0123456789abcdef";

fn query(name: &str) -> String {
    query_for(&[name])
}

fn query_for(names: &[&str]) -> String {
    let releases: Vec<_> = names.iter().map(|name| reference(name).release).collect();
    let releases: Vec<_> = releases.iter().collect();
    let url = releases_call(&config(&[]), &releases, None).url;
    let start = "https://api.balena-cloud.com/v7/release?";
    url.strip_prefix(start).unwrap_or_else(|| panic!("{url} begins with {start}")).to_owned()
}

// The query for `reference`, where `which` is the filter of the release.
fn expected(which: &str) -> String {
    expected_of("$top=1&$select=id", which, "revision desc,id asc")
}

fn expected_of(fields: &str, which: &str, order: &str) -> String {
    let query = format!(
        "{fields}\
         &$expand=release_image($select=id;$expand=image($select=id,is_stored_at__image_location,\
         status;$expand=is_a_build_of__service($select=service_name)))\
         &$filter=status eq 'success' and belongs_to__application/any(a:a/slug eq 'org/app') \
         and {which}&$orderby={order}"
    );
    query.replace(' ', "%20")
}

#[test]
fn a_release_is_asked_for_by_what_selects_it() {
    let version = |v: &str| {
        format!(
            "((semver eq '{v}' and is_final eq true) or (raw_version eq '{v}' and is_final eq false))"
        )
    };
    let target = "should_be_running_on__application/any(t:t/slug eq 'org/app')";
    let table = [
        ("org/app".to_owned(), target.to_owned()),
        ("org/app/latest".to_owned(), target.to_owned()),
        ("org/app/pinned/web".to_owned(), target.to_owned()),
        (format!("org/app/{COMMIT}"), format!("commit eq '{COMMIT}'")),
        ("org/app/2.3.8".to_owned(), version("2.3.8")),
        ("org/app/2.3.8/web".to_owned(), version("2.3.8")),
        ("org/app/2.4.0-pre.1.1763000000000".to_owned(), version("2.4.0-pre.1.1763000000000")),
    ];
    for (name, which) in table {
        assert_eq!(query(&name), expected(&which), "{name}");
    }
}

#[test]
fn a_revision_a_line_and_a_short_commit_are_asked_for_with_a_limit() {
    const HIGHEST: &str =
        "semver_major desc,semver_minor desc,semver_patch desc,revision desc,id asc";
    const FIELDS: &str = "&$select=id,commit,semver,raw_version,is_final";
    let line = |which: &str| {
        format!(
            "{which} and semver_prerelease eq '' and status eq 'success' and is_final eq true \
             and is_invalidated eq false"
        )
    };
    let revision = |name: &str, raw: &str| {
        format!(
            "((semver eq '{name}' and is_final eq true) or (raw_version eq '{name}' and is_final \
             eq false) or (raw_version eq '{raw}' and is_final eq true))"
        )
    };
    let table = [
        (
            "2.3.8-rev1",
            expected_of(
                &format!("$top=2{FIELDS}"),
                &revision("2.3.8-rev1", "2.3.8%2Brev1"),
                "revision desc,id asc",
            ),
        ),
        (
            "2.3.8-rev0",
            expected_of(
                &format!("$top=2{FIELDS}"),
                &revision("2.3.8-rev0", "2.3.8"),
                "revision desc,id asc",
            ),
        ),
        ("2", expected_of("$top=1&$select=id", &line("semver_major eq 2"), HIGHEST)),
        (
            "v2.3",
            expected_of(
                "$top=1&$select=id",
                &line("semver_major eq 2 and semver_minor eq 3"),
                HIGHEST,
            ),
        ),
        (
            "abcdef0",
            expected_of(&format!("$top=5{FIELDS}"), "startswith(commit,'abcdef0')", HIGHEST),
        ),
        (
            "1234567",
            expected_of(
                &format!("$top=5{FIELDS}"),
                &format!("(startswith(commit,'1234567') or ({}))", line("semver_major eq 1234567")),
                HIGHEST,
            ),
        ),
    ];
    for (name, expected) in table {
        assert_eq!(query(&format!("org/app/{name}")), expected, "{name}");
    }
}

#[test]
fn one_query_for_several_releases_also_asks_for_the_fields_that_tell_them_apart() {
    let expected = "$select=id,commit,semver,raw_version,is_final\
        &$expand=belongs_to__application($select=slug),\
        should_be_running_on__application($select=slug),\
        release_image($select=id;$expand=image($select=id,is_stored_at__image_location,\
        status;$expand=is_a_build_of__service($select=service_name)))\
        &$filter=status eq 'success' and (\
        (belongs_to__application/any(a:a/slug eq 'org/app') and \
        should_be_running_on__application/any(t:t/slug eq 'org/app')) or \
        (belongs_to__application/any(a:a/slug eq 'or/ap') and \
        commit eq '0123456789abcdef0123456789abcdef'))&$orderby=revision desc,id asc";
    let query = query_for(&["org/app", &format!("or/ap/{COMMIT}")]);
    assert_eq!(query, expected.replace(' ', "%20"));
}

#[test]
fn only_spaces_are_encoded_and_no_value_can_end_the_filter() {
    let names = ["org/app", "o-r_g/a_p-p/2.4.0-1763000000000/web.1", "org/app/pinned"];
    let broad = [["org/app/2.3"], ["org/app/1234567"], ["org/app/abcdef0"]];
    let broad = broad.iter().map(|name| &name[..]);
    for names in [&names[..1], &names[1..2], &names[2..], &names[..]].into_iter().chain(broad) {
        let query = query_for(names);
        let encoded: Vec<_> = query.match_indices('%').map(|(at, _)| &query[at..at + 3]).collect();
        assert!(!encoded.is_empty() && encoded.iter().all(|code| *code == "%20"), "{query}");
        assert!(query.bytes().all(|b| b.is_ascii_graphic() && !b"+#\"\\".contains(&b)), "{query}");
    }
}

fn sent(call: &Call) -> (Method, Option<&str>, Vec<(&str, &str)>) {
    let headers = call.headers.iter().map(|(name, value)| (*name, &**value)).collect();
    (call.method.clone(), call.bearer.as_ref().map(Secret::expose), headers)
}

#[test]
fn a_credential_goes_as_bearer_to_both_endpoints_and_never_into_the_url() {
    let config = config(&[("UPSTREAM_DEADLINE_MS", "1234")]);
    let at = location("abc");
    for credential in [None, Some(Secret::new("the-key"))] {
        let calls = [
            releases_call(&config, &[&reference("org/app").release], credential.as_ref()),
            token_call(&config, &[&at], credential.as_ref()),
        ];
        for call in calls {
            let bearer = credential.as_ref().map(Secret::expose);
            let accept = vec![("accept", "application/json")];
            assert_eq!(sent(&call), (Method::GET, bearer, accept));
            assert!(!call.url.contains("the-key"), "{}", call.url);
            assert_eq!(call.deadline.as_millis(), 1234);
            assert!(!format!("{call:?}").contains("the-key"));
        }
    }
}

#[test]
fn one_token_is_asked_for_all_locations_to_pull_alone() {
    let (a, b) = (location("aaa"), location("bbb"));
    let start = "https://api.example/auth/v1/token?service=r.example";
    let table: [(&[_], _); 3] = [
        (&[], String::new()),
        (&[&a], "&scope=repository:v2/aaa:pull".to_owned()),
        (&[&a, &b], "&scope=repository:v2/aaa:pull&scope=repository:v2/bbb:pull".to_owned()),
    ];
    let config =
        config(&[("API_HOST", "api.example"), ("REGISTRY2_HOST", "r.example,old.example")]);
    for (locations, scopes) in table {
        assert_eq!(token_call(&config, locations, None).url, format!("{start}{scopes}"));
    }
}
