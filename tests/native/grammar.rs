//! Compares every parser with the pattern in its specification. The parsers are written by hand,
//! and `regex` runs the pattern. The inputs are close to the grammar: valid texts, valid texts with
//! a few changed characters, and random texts of the grammar's own characters.

use bhcr::balena::location::Location;
use bhcr::balena::reference::ReleaseReference;
use bhcr::oci::digest::Digest;
use bhcr::oci::name::{MAX_NAME, Name};
use bhcr::oci::path::Path;
use bhcr::oci::reference::Reference;
use bhcr::oci::scope::Scope;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::string::string_regex;
use regex::Regex;

// OCI distribution specification 1.1, "Pulling manifests".
const NAME: &str = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*";
const TAG: &str = r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}";
// OCI image specification 1.1, "Digests", and there "Registered algorithms".
const ANY_DIGEST: &str = r"[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+";
const DIGEST: &str = r"(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})";
// distribution, "Token Scope Documentation". Clients also ask for `*`, which it does not have.
const SCOPE_TYPE: &str = r"[a-z0-9]+(\([a-z0-9]+\))?";
const ACTIONS: &str = r"([a-z]*|\*)(,([a-z]*|\*))*";
const RESOURCE_HOST: &str = r"([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(\.([a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(:[0-9]+)?";
// The existing service's slug, and the rest of a release reference.
const SLUG: &str = r"[a-z0-9_-]+/[a-z0-9_-]+";
const RELEASE: &str = r"(latest|current|default|pinned|[0-9a-f]{7,40}|v?[0-9]+\.[0-9]+\.[0-9]+(-[a-z0-9-]+(\.[a-z0-9-]+)*)?|v?(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8}))?)";

// The same patterns with few repetitions, from which the inputs are generated.
const SHORT_NAME: &str = r"[a-z0-9]{1,3}((\.|_|__|-{1,3})[a-z0-9]{1,2}){0,2}(/[a-z0-9]{1,3}((\.|_|__|-{1,3})[a-z0-9]{1,2}){0,1}){0,3}";
const SHORT_HOST: &str = r"[a-zA-Z0-9]{1,2}(-[a-zA-Z0-9])?(\.[a-zA-Z0-9]{1,2}){0,2}(:[0-9]{1,4})?";
const SHORT_RELEASE: &str = r"(latest|current|default|pinned|[0-9a-f]{6,9}|[0-9a-f]{39,40}|v?[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}(-[a-z0-9]{1,3}(\.[a-z0-9]{1,3}){0,2})?|v?[0-9]{1,2}(\.[0-9]{1,2})?)";

fn whole(pattern: &str) -> Regex {
    Regex::new(&format!("^(?:{pattern})$")).expect("the pattern is one")
}

fn near(valid: &str, alphabet: &'static str) -> impl Strategy<Value = String> + use<> {
    let valid = string_regex(valid).expect("the pattern can be generated").boxed();
    let one_of = proptest::sample::select(alphabet.chars().collect::<Vec<_>>());
    let edit = (any::<Index>(), 0..3_u8, one_of.clone());
    let edited = (valid.clone(), prop::collection::vec(edit, 1..4)).prop_map(|(text, edits)| {
        let mut text: Vec<char> = text.chars().collect();
        for (index, kind, with) in edits {
            let at = index.index(text.len() + 1);
            match kind {
                0 => text.insert(at, with),
                1 if at < text.len() => drop(text.remove(at)),
                _ if at < text.len() => text[at] = with,
                _ => text.push(with),
            }
        }
        text.into_iter().collect()
    });
    let noise = prop::collection::vec(one_of, 0..24).prop_map(String::from_iter);
    prop_oneof![2 => valid, 4 => edited, 1 => noise]
}

fn agree(
    cases: u32,
    texts: impl Strategy<Value = String>,
    oracle: impl Fn(&str) -> bool,
    parser: impl Fn(&str) -> bool,
) {
    let config = ProptestConfig { cases, failure_persistence: None, ..Default::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let (yes, no) = (std::cell::Cell::new(0_u32), std::cell::Cell::new(0_u32));
    let outcome = runner.run(&texts, |text| {
        let expected = oracle(&text);
        let side = if expected { &yes } else { &no };
        side.set(side.get() + 1);
        prop_assert_eq!(parser(&text), expected, "{:?}", text);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    // Inputs that are all valid, or all invalid, would prove nothing.
    assert!(yes.get() > cases / 20 && no.get() > cases / 20, "{yes:?} valid, {no:?} not");
}

fn is_of_a_repository(scope: &str) -> bool {
    scope.split([':', '(']).next() == Some("repository")
}

#[test]
fn names_are_those_of_the_distribution_specification() {
    let oracle = whole(NAME);
    let texts = prop_oneof![4 => near(SHORT_NAME, "ab09._-/A%+"), 1 => "[a-z]{252,258}(/[a-z])?"];
    agree(6000, texts, |t| t.len() <= MAX_NAME && oracle.is_match(t), |t| Name::parse(t).is_ok());
}

#[test]
fn digests_are_those_of_the_image_specification_under_a_registered_algorithm() {
    let (registered, any_digest) = (whole(DIGEST), whole(ANY_DIGEST));
    let texts = prop_oneof![
        near(DIGEST, "sha256:f0gF-"),
        near(r"(sha256|sha512|md5|[a-z0-9]{1,3}\+b):[a-f0-9]{62,66}", "sha256:f0gF=_")
    ];
    let oracle = |t: &str| registered.is_match(t) && any_digest.is_match(t);
    agree(4000, texts, oracle, |t| Digest::parse(t).is_ok());
}

#[test]
fn references_are_tags_or_digests() {
    let oracle = whole(&format!("{TAG}|{DIGEST}"));
    let texts = prop_oneof![
        near(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,8}", "aZ0._-:/+"),
        near(r"[a-z][a-z.-]{125,128}", "a.-"),
        near(DIGEST, "sha256:f0gF-")
    ];
    agree(4000, texts, |t| oracle.is_match(t), |t| Reference::parse(t).is_ok());
}

#[test]
fn scopes_of_repositories_are_those_of_the_token_specification() {
    let pattern = format!(r"repository(\([a-z0-9]+\))?:(?P<name>{NAME}):{ACTIONS}");
    let oracle = whole(&pattern);
    let accepts = |t: &str| oracle.captures(t).is_some_and(|found| found["name"].len() <= MAX_NAME);
    let valid = format!(r"repository(\([a-z0-9]{{1,3}}\))?:{SHORT_NAME}:(pull|push|\*|pull,push|)");
    let kept = |t: &String| is_of_a_repository(t);
    let texts = near(&valid, "ab0._-/:,*() A").prop_filter("of a repository", kept);
    agree(4000, texts, accepts, |t| Scope::parse(t).is_ok());
}

#[test]
fn scopes_of_other_types_are_those_of_the_token_specification() {
    let oracle = whole(&format!("{SCOPE_TYPE}:({RESOURCE_HOST}/)?{NAME}:{ACTIONS}"));
    let name = format!("({SHORT_HOST}/)?{SHORT_NAME}");
    let valid = format!(r"(registry|plugin(\([a-z0-9]{{1,3}}\))?):{name}:(pull|\*|pull,push|)");
    let kept = |t: &String| !is_of_a_repository(t);
    let texts = near(&valid, "ab0._-/:,*() A").prop_filter("of another type", kept);
    agree(4000, texts, |t| oracle.is_match(t), |t| Scope::parse(t).is_ok());
}

#[test]
fn release_references_are_slug_release_and_service_within_a_name() {
    let oracle = whole(&format!("{SLUG}(/{RELEASE}(/[^/]+)?)?"));
    let name = whole(NAME);
    let valid = format!(
        "[a-z0-9]{{1,3}}([_-][a-z0-9])?/[a-z0-9]{{1,4}}(/{SHORT_RELEASE}(/[a-z0-9]{{1,3}})?)?"
    );
    let texts = near(&valid, "azv09._-/").prop_filter("a name", move |t| name.is_match(t));
    agree(
        5000,
        texts,
        |t| oracle.is_match(t),
        |t| Name::parse(t).is_ok_and(|name| ReleaseReference::parse(&name).is_ok()),
    );
}

#[test]
fn locations_are_v2_and_a_hash_on_the_registry() {
    let hosts = ["registry2.example.com".to_owned()];
    let oracle = whole(r"registry2\.example\.com/v2/[a-z0-9]{1,128}");
    let texts = near(r"registry2\.example\.com/v2/[a-z0-9]{1,40}", "a0/.:v2@%-A");
    agree(4000, texts, |t| oracle.is_match(t), |t| Location::parse(t, &hosts).is_ok());
}

#[test]
fn paths_are_the_endpoints_of_the_distribution_specification() {
    let tail = format!(
        r"(manifests/({TAG}|{DIGEST})|(blobs|referrers)/{DIGEST}|blobs/uploads(/[^/]*)?|tags/list)"
    );
    let oracle = whole(&format!("/v2/?|/v2/_catalog|/v2/(?P<name>{NAME})/{tail}"));
    let words = "(manifests|blobs|uploads|tags|list|referrers|a1|v2)";
    let short = format!(
        "/v2/{words}(/{words}){{0,3}}/(manifests/[a-z]+|manifests/{DIGEST}|blobs/{DIGEST}|blobs/uploads/[a-z]*|tags/list|referrers/{DIGEST})"
    );
    let texts = near(&short, "ab0/.%\\:_-A");
    agree(5000, texts, |t| oracle.is_match(t), |t| matches!(Path::parse(t), Some(Ok(_))));
}
