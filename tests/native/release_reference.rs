//! Release references, as tables.

use bhcr::balena::reference::{ReleaseReference, Selector, Version, is_slug, selected_by_tag};
use bhcr::oci::name::Name;
use bhcr::oci::reference::Tag;

use crate::support::reference;

const COMMIT_32: &str = "0123456789abcdef0123456789abcdef";
const COMMIT_40: &str = "0123456789abcdef0123456789abcdef01234567";

fn selector(name: &str) -> String {
    match reference(name).release.selector {
        Selector::Target => "target".to_owned(),
        Selector::Commit(commit) => format!("commit {}", commit.as_str()),
        Selector::Version(version) => format!("version {}", version.as_str()),
        Selector::Line(line) => format!("line {} {:?}", line.major(), line.minor()),
        Selector::ShortCommit(short) => match short.line() {
            None => format!("short {}", short.as_str()),
            Some(line) => format!("short {} or line {}", short.as_str(), line.major()),
        },
    }
}

#[test]
fn the_third_part_selects_the_release() {
    let drafts = ["2.4.0-1763000000000", "2.4.0-pre.1.1763000000000"];
    let table = [
        ("", "target".to_owned()),
        ("/latest", "target".to_owned()),
        ("/current", "target".to_owned()),
        ("/default", "target".to_owned()),
        ("/pinned", "target".to_owned()),
        (&*format!("/{COMMIT_32}"), format!("commit {COMMIT_32}")),
        (&format!("/{COMMIT_40}"), format!("commit {COMMIT_40}")),
        ("/2.3.8", "version 2.3.8".to_owned()),
        ("/0.0.0", "version 0.0.0".to_owned()),
        ("/10.20.30", "version 10.20.30".to_owned()),
        ("/2.3.8-rev1", "version 2.3.8-rev1".to_owned()),
        ("/2.3.8-a-b.c-d.1", "version 2.3.8-a-b.c-d.1".to_owned()),
        (&format!("/{}", drafts[0]), format!("version {}", drafts[0])),
        (&format!("/{}", drafts[1]), format!("version {}", drafts[1])),
    ];
    for (end, expected) in table {
        let name = format!("org/app{end}");
        assert_eq!(selector(&name), expected, "{name}");
        assert_eq!(reference(&name).release.slug.as_str(), "org/app");
        assert_eq!(reference(&name).service, None);
    }
}

#[test]
fn the_third_part_can_be_shorter_than_a_version_or_a_commit() {
    let table = [
        ("2", "line 2 None"),
        ("v2", "line 2 None"),
        ("0", "line 0 None"),
        ("123456", "line 123456 None"),
        ("2.3", r#"line 2 Some("3")"#),
        ("v2.3", r#"line 2 Some("3")"#),
        ("0.0", r#"line 0 Some("0")"#),
        ("2147483647.2147483647", r#"line 2147483647 Some("2147483647")"#),
        ("v2.3.8", "version 2.3.8"),
        ("v2.3.8-rev1", "version 2.3.8-rev1"),
        ("abcdef0", "short abcdef0"),
        (&COMMIT_40[..7], "short 0123456"),
        ("1234567", "short 1234567 or line 1234567"),
        ("2147483647", "short 2147483647 or line 2147483647"),
        ("2147483648", "short 2147483648"),
        ("v1234567", "line 1234567 None"),
        (&COMMIT_32[1..], &format!("short {}", &COMMIT_32[1..])),
        (&format!("{COMMIT_32}0"), &format!("short {COMMIT_32}0")),
        (&COMMIT_40[1..], &format!("short {}", &COMMIT_40[1..])),
    ];
    for (text, expected) in table {
        for end in ["", "/main"] {
            assert_eq!(selector(&format!("org/app/{text}{end}")), expected, "{text}");
        }
    }
}

#[test]
fn a_version_that_ends_with_a_revision_can_mean_that_revision() {
    let table = [
        ("2.3.8-rev1", Some("2.3.8+rev1")),
        ("2.3.8-rev0", Some("2.3.8")),
        ("2.3.8-rev12", Some("2.3.8+rev12")),
        ("2.3.8-pre.1-rev2", Some("2.3.8-pre.1+rev2")),
        ("2.3.8-rev1-rev2", Some("2.3.8-rev1+rev2")),
        ("2.3.8", None),
        ("2.3.8-rev", None),
        ("2.3.8-reva", None),
        ("2.3.8-rev1.2", None),
        ("2.3.8-pre.rev1", None),
        ("2.3.8--rev1", None),
        ("2.3.8-rev1763000000000", Some("2.3.8+rev1763000000000")),
    ];
    for (text, raw) in table {
        let version = Version::parse(text).expect("every row is a version");
        assert_eq!(version.raw_of_revision().as_deref(), raw, "{text}");
    }
}

#[test]
fn a_final_release_is_named_by_its_version_and_by_its_revision() {
    let table = [
        ("2.3.8", Some(("2.3.8", None))),
        ("2.3.8+rev1", Some(("2.3.8", Some("2.3.8-rev1")))),
        ("2.3.8-pre.1+rev12", Some(("2.3.8-pre.1", Some("2.3.8-pre.1-rev12")))),
        ("2.3.8+rev", None),
        ("2.3.8+reva", None),
        ("2.3.8+build5", None),
        ("2.3.8+rev1.dev", None),
        ("2.3.8-RC1", None),
        ("2.3", None),
        ("", None),
        ("2.3.8'", None),
    ];
    for (raw, expected) in table {
        let names = Version::of_raw(raw);
        let names = names
            .as_ref()
            .map(|(version, exact)| (version.as_str(), exact.as_ref().map(Version::as_str)));
        assert_eq!(names, expected, "{raw}");
    }
}

#[test]
fn the_fourth_part_is_the_service() {
    for service in ["main", "web_1", "latest", "2.3.8", COMMIT_32] {
        let name = format!("org/app/2.3.8/{service}");
        assert_eq!(reference(&name).service.as_deref(), Some(service));
        assert_eq!(selector(&name), "version 2.3.8");
    }
}

#[test]
fn a_name_outside_the_grammar_is_refused() {
    let bad = [
        ("one part", "org".to_owned()),
        ("five parts", "org/app/2.3.8/main/more".to_owned()),
        ("a dot in the org", "o.rg/app".to_owned()),
        ("a dot in the app", "org/a.pp".to_owned()),
        ("a host in front", "bhcr.io/org/app".to_owned()),
        ("a word that is none", "org/app/newest".to_owned()),
        ("a location", format!("registry2.example.com/v2/{COMMIT_32}")),
        ("6 letters and digits", "org/app/abcde0".to_owned()),
        ("41 digits", format!("org/app/{COMMIT_40}0")),
        ("64 digits", format!("org/app/{COMMIT_32}{COMMIT_32}")),
        ("32 letters", format!("org/app/{}", "g".repeat(32))),
        ("a number of more than 32 bits", "org/app/v2147483648".to_owned()),
        ("a second number of more than 32 bits", "org/app/2.2147483648".to_owned()),
        ("a number with a zero in front", "org/app/02".to_owned()),
        ("a second number with a zero in front", "org/app/2.03".to_owned()),
        ("a dot behind a number", "org/app/2.a".to_owned()),
        ("two numbers and more", "org/app/2.3-pre".to_owned()),
        ("a second v", "org/app/vv2".to_owned()),
        ("a v before a commit", format!("org/app/v{COMMIT_32}")),
        ("a v before a short commit", "org/app/vabcdef1".to_owned()),
        ("four numbers", "org/app/2.3.8.1".to_owned()),
        ("a letter in a number", "org/app/2.3.8a".to_owned()),
        ("an underscore in what follows", "org/app/2.3.8-a_b".to_owned()),
        ("a bad release with a service", "org/app/newest/main".to_owned()),
    ];
    for (what, text) in bad {
        let name = Name::parse(&text).expect("every row is a name");
        assert!(ReleaseReference::parse(&name).is_err(), "{what}: {text}");
    }
}

#[test]
fn a_tag_with_the_form_of_a_release_selects_it_and_every_other_tag_means_the_target() {
    let draft = "2.4.0-1763000000000";
    let slug = crate::support::name("org/app");
    let short = &COMMIT_32[..7];
    for tag in
        ["2.3.8", "0.0.0", "2.3.8-rev1", draft, COMMIT_32, COMMIT_40, short, "2", "2.3", "v2.3.8"]
    {
        let expected = crate::support::name(&format!("org/app/{tag}"));
        assert_eq!(selected_by_tag(&slug, &self::tag(tag)), Ok(Some(expected)), "{tag}");
    }
    let words = ["latest", "current", "default", "pinned"];
    let others = ["mine", "v1-alpine", "2.3.8-RC1", "2.3.8_1", "_", "sha256-0"];
    for tag in words.iter().chain(&others) {
        assert_eq!(selected_by_tag(&slug, &self::tag(tag)), Ok(None), "{tag}");
    }
}

#[test]
fn a_tag_that_is_too_long_for_a_name_selects_nothing() {
    let slug = crate::support::name(&format!("org/{}", "a".repeat(200)));
    let fits = tag(&format!("1.0.0-{}", "a".repeat(44)));
    let selected = selected_by_tag(&slug, &fits).expect("it is a name");
    assert_eq!(selected.expect("it selects").as_str().len(), 255);
    for too_long in ["1.0.0-".to_owned() + &"a".repeat(45), "1.0.0-a-".to_owned()] {
        assert!(selected_by_tag(&slug, &tag(&too_long)).is_err(), "{too_long}");
    }
}

#[test]
fn only_a_name_of_two_parts_leaves_the_release_to_the_tag() {
    let table = [
        ("org/app", true),
        ("o_r-g/a-p_p", true),
        ("org", false),
        ("o.rg/app", false),
        ("org/app/latest", false),
        ("org/app/2.3.8", false),
        ("org/app/2.3.8/main", false),
    ];
    for (name, expected) in table {
        assert_eq!(is_slug(&crate::support::name(name)), expected, "{name}");
    }
}

fn tag(text: &str) -> Tag {
    Tag::parse(text).expect("every row is a tag")
}

#[test]
fn a_build_stamp_makes_a_version_a_draft() {
    let table = [
        ("2.4.0-1763000000000", true),
        ("2.4.0-pre.1.1763000000000", true),
        ("2.4.0-17630000000000", true),
        ("2.4.0", false),
        ("2.4.1763000000000", false),
        ("2.4.0-pre.1", false),
        ("2.4.0-176300000000", false),
        ("2.4.0-a1763000000000", false),
        ("2.4.0-1763000000000.pre", false),
    ];
    for (text, expected) in table {
        let name = format!("org/app/{text}");
        let Selector::Version(version) = reference(&name).release.selector else {
            panic!("{text} is a version")
        };
        assert_eq!(version.is_draft(), expected, "{text}");
    }
}

#[test]
fn a_release_is_written_the_same_however_its_target_was_asked_for() {
    for end in ["", "/latest", "/current", "/default", "/pinned", "/latest/main"] {
        assert_eq!(reference(&format!("org/app{end}")).release.to_string(), "org/app");
    }
    let table = [
        ("2.3.8/main", "2.3.8"),
        ("v2.3.8", "2.3.8"),
        ("2.3", "2.3"),
        ("v2.3", "2.3"),
        ("v1234567", "1234567"),
        ("1234567", "1234567~"),
        ("abcdef0", "abcdef0~"),
    ];
    for (end, expected) in table {
        let written = reference(&format!("org/app/{end}")).release.to_string();
        assert_eq!(written, format!("org/app/{expected}"));
    }
}
