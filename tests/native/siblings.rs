//! Siblings: their names, the query for them, and its answer.

use bhcr::balena::architecture::Architecture;
use bhcr::balena::location::Location;
use bhcr::balena::reference::{MAX_WITH_SIBLINGS, Slug};
use bhcr::balena::resolved::{Resolved, Selected};
use bhcr::secret::Secret;
use bhcr::upstream::api::Caller;
use bhcr::upstream::api::releases::siblings::{read_siblings, siblings_call};
use serde_json::json;

use crate::support::{REGISTRY_HOST, config, location, one, reference, reply};

const ENDS: [&str; 7] = ["amd64", "aarch64", "armv7hf", "rpi", "armv5e", "i386", "i386-nlp"];

fn slugs() -> Vec<Slug> {
    ["org/app-amd64", "org/app-rpi"].map(|it| Slug::parse(it).expect("a slug")).to_vec()
}

#[test]
fn an_application_has_a_sibling_for_each_architecture_and_each_of_them_is_a_slug() {
    let siblings = Slug::parse("o-r_g/a_pp").expect("a slug").siblings();
    let names: Vec<_> = siblings.iter().map(|(_, slug)| slug.as_str().to_owned()).collect();
    assert_eq!(names, ENDS.map(|end| format!("o-r_g/a_pp-{end}")));
    for ((architecture, slug), end) in siblings.iter().zip(ENDS) {
        assert_eq!(architecture.as_str(), end);
        assert_eq!(Slug::parse(slug.as_str()).as_ref(), Ok(slug));
    }
}

#[test]
fn a_slug_that_is_too_long_for_a_query_has_no_siblings() {
    for (length, siblings) in [(MAX_WITH_SIBLINGS, 7), (MAX_WITH_SIBLINGS + 1, 0)] {
        let slug = format!("org/{}", "a".repeat(length - 4));
        assert_eq!(Slug::parse(&slug).expect("a slug").siblings().len(), siblings, "{length}");
    }
}

#[test]
fn only_the_architectures_of_arm_with_32_bits_have_a_variant() {
    let variants = Architecture::ALL.map(Architecture::arm_variant);
    assert_eq!(variants, [None, None, Some("v7"), Some("v6"), Some("v5"), None, None]);
}

#[test]
fn one_query_asks_each_sibling_with_a_limit_of_its_own() {
    let of = |name: &str| {
        let (slugs, selector) = (slugs(), reference(name).release.selector);
        let slugs: Vec<_> = slugs.iter().collect();
        let credential = Secret::new("the-key");
        let call = siblings_call(&config(&[]), &slugs, &selector, Some(&credential));
        assert_eq!(call.bearer.as_ref().map(Secret::expose), Some("the-key"));
        call.url.split_once("/v7/application?").expect("a query").1.replace("%20", " ")
    };
    let expected = |top: &str, which: &str, order: &str| {
        format!(
            "$select=slug&$expand=owns__release($top={top};$expand=release_image($select=id;\
             $expand=image($select=id,is_stored_at__image_location,status;\
             $expand=is_a_build_of__service($select=service_name)));\
             $filter=status eq 'success' and {which};$orderby={order})\
             &$filter=slug eq 'org/app-amd64' or slug eq 'org/app-rpi'"
        )
    };
    let highest = "semver_major desc,semver_minor desc,semver_patch desc,revision desc,id asc";
    let target = "should_be_running_on__application/any(t:t/slug eq 'org/app-amd64' \
        or t/slug eq 'org/app-rpi')";
    let line = "semver_major eq 2 and semver_prerelease eq '' and status eq 'success' \
        and is_final eq true and is_invalidated eq false";
    let exact = "((semver eq '2.3.8-rev1' and is_final eq true) or (raw_version eq '2.3.8-rev1' \
        and is_final eq false) or (raw_version eq '2.3.8%2Brev1' and is_final eq true))";
    let fields = "$select=id,commit,semver,raw_version,is_final";
    let table = [
        ("org/app", "1;$select=id", target, "revision desc,id asc"),
        ("org/app/2", "1;$select=id", line, highest),
        ("org/app/2.3.8-rev1", &format!("2;{fields}"), exact, "revision desc,id asc"),
        ("org/app/abcdef0", &format!("5;{fields}"), "startswith(commit,'abcdef0')", highest),
    ];
    for (name, top, which, order) in table {
        assert_eq!(of(name), expected(top, which, order), "{name}");
    }
}

#[test]
fn the_answer_says_what_each_sibling_has_in_whatever_order_it_comes() {
    let release = |hash: &str| {
        let at = format!("registry2.balena-cloud.com/v2/{hash}");
        let image = json!({ "is_stored_at__image_location": at, "status": "success",
            "is_a_build_of__service": [{ "service_name": "main" }] });
        json!({ "release_image": [{ "image": [image] }] })
    };
    let rpi = json!({ "slug": "org/app-rpi", "owns__release": [release("abc")] });
    let amd64 = json!({ "slug": "org/app-amd64", "owns__release": [] });
    let other = json!({ "slug": "org/other", "owns__release": [release("def")] });
    let (slugs, selector) = (slugs(), reference("org/app").release.selector);
    let slugs: Vec<_> = slugs.iter().collect();
    for rows in [vec![&rpi, &amd64, &other], vec![&other, &rpi], vec![&amd64, &rpi]] {
        let answer = reply(200, &json!({ "d": rows }).to_string());
        let read = read_siblings(&config(&[]), &slugs, &selector, &answer, Caller::Anonymous);
        let read = read.expect("the answer is good");
        assert_eq!(read[0], Selected::Nothing(Vec::new()));
        assert_eq!(one(&read[1]).and_then(Resolved::first), Some(&location("abc")));
    }
    for bad in ["", "[]", r#"{"d":[{"slug":"org/app-rpi"}]}"#, r#"{"d":[{"owns__release":[]}]}"#] {
        let answer = reply(200, bad);
        let read = read_siblings(&config(&[]), &slugs, &selector, &answer, Caller::Anonymous);
        assert!(read.is_err(), "{bad}");
    }
}

#[test]
fn several_locations_have_one_of_their_own_which_depends_on_all_of_them_and_their_order() {
    let (a, b) = (location("aaaa"), location("bbbb"));
    let of = |all: &[&Location]| Location::of_several(all.iter().copied());
    let all = [of(&[&a]), of(&[&b]), of(&[&a, &b]), of(&[&b, &a]), of(&[&location("aaaabbbb")])];
    for (at, one) in all.iter().enumerate() {
        assert!(one.is_of_several() && !a.is_of_several());
        assert_eq!(Location::try_from(one.as_str().to_owned()).as_ref(), Ok(one));
        // No release is stored there, whatever the API says.
        let hosts = [REGISTRY_HOST.to_owned()];
        assert!(Location::parse(&format!("{REGISTRY_HOST}/{one}"), &hosts).is_err());
        assert!(all.iter().skip(at + 1).all(|other| other != one));
    }
}
