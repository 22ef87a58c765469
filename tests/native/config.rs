//! Settings: each one without a value, with a valid one, and with an invalid one.

use std::time::Duration;

use bhcr::config::Tags;
use bhcr::config::numbers::{Lifetimes, Number, Numbers};

use crate::support::{OTHER_SECRET, SECRET, config, read};

// The names of the settings that have a problem.
fn problems(settings: &[(&str, &str)]) -> Vec<&'static str> {
    let read = read(&[&[("TOKEN_SECRET", SECRET)], settings].concat());
    read.err().unwrap_or_default().into_iter().map(|problem| problem.setting).collect()
}

#[test]
fn with_only_a_secret_upstream_is_balena_cloud() {
    let config = config(&[]);
    assert_eq!(config.api.as_str(), "https://api.balena-cloud.com");
    assert_eq!(config.registry.as_str(), "https://registry2.balena-cloud.com");
    assert_eq!(config.registry_hosts, ["registry2.balena-cloud.com"]);
    assert_eq!(config.public_origin, None);
    assert_eq!(config.previous_secret, None);
    assert_eq!(config.numbers.lifetimes, Lifetimes::default());
    assert_eq!(config.numbers.deadline, Duration::from_secs(10));
}

#[test]
fn the_settings_choose_the_upstream() {
    let api = "https://api.balena-cloud.com";
    let registry = "https://registry2.balena-cloud.com";
    let registry_host = "registry2.balena-cloud.com";
    type Row<'a> = (&'a [(&'a str, &'a str)], [&'a str; 2], &'a [&'a str]);
    let table: [Row<'_>; 10] = [
        (&[("API_HOST", "a.example")], ["https://a.example", registry], &[registry_host]),
        (&[("REGISTRY2_HOST", "r.example")], [api, "https://r.example"], &["r.example"]),
        (
            &[("REGISTRY2_HOST", "r.example, old.example ,older.example")],
            [api, "https://r.example"],
            &["r.example", "old.example", "older.example"],
        ),
        (
            &[("DNS_TLD", "bal.example")],
            ["https://api.bal.example", "https://registry2.bal.example"],
            &["registry2.bal.example"],
        ),
        (
            &[("DNS_TLD", "bal.example"), ("API_HOST", "a.example"), ("REGISTRY2_HOST", "r.x")],
            ["https://a.example", "https://r.x"],
            &["r.x"],
        ),
        (
            &[("API_URL", "http://localhost:8080")],
            ["http://localhost:8080", registry],
            &[registry_host],
        ),
        (
            &[("REGISTRY_URL", "http://127.0.0.1:5000/")],
            [api, "http://127.0.0.1:5000"],
            &["127.0.0.1:5000"],
        ),
        (
            &[
                ("REGISTRY_URL", "http://localhost:5000"),
                ("REGISTRY2_HOST", "r.example,old.example"),
            ],
            [api, "http://localhost:5000"],
            &["r.example", "old.example"],
        ),
        (
            &[("REGISTRY_URL", "https://r.example:443")],
            [api, "https://r.example:443"],
            &["r.example"],
        ),
        (
            &[("API_HOST", " "), ("DNS_TLD", ""), ("REGISTRY_URL", "")],
            [api, registry],
            &[registry_host],
        ),
    ];
    for (settings, [api, registry], hosts) in table {
        let config = config(settings);
        assert_eq!(config.api.as_str(), api, "{settings:?}");
        assert_eq!(config.registry.as_str(), registry, "{settings:?}");
        assert_eq!(config.registry_hosts, hosts, "{settings:?}");
    }
}

#[test]
fn the_other_settings_have_the_given_values() {
    let config = config(&[
        ("PUBLIC_ORIGIN", "https://BHCR.example:8443"),
        ("TOKEN_SECRET_PREVIOUS", OTHER_SECRET),
        ("TARGET_SECONDS", "1"),
        ("VERSION_SECONDS", " 86400 "),
        ("FIXED_SECONDS", "2592000"),
        ("MISS_SECONDS", "2"),
        ("STALE_SECONDS", "3"),
        ("TAG_SECONDS", "0"),
        ("TOKEN_SECONDS", "3600"),
        ("CREDENTIAL_SECONDS", "4"),
        ("UPSTREAM_DEADLINE_MS", "100"),
    ]);
    let origin = config.public_origin.expect("it was set");
    assert_eq!(origin.as_str(), "https://bhcr.example:8443");
    assert_eq!(config.secret.expose(), SECRET);
    assert_eq!(config.previous_secret.expect("it was set").expose(), OTHER_SECRET);
    assert_eq!(
        config.numbers.lifetimes,
        Lifetimes {
            target: 1,
            version: 86_400,
            fixed: 2_592_000,
            miss: 2,
            tag: 0,
            token: 3600,
            own_token: 4,
            stale: 3,
        }
    );
    assert_eq!(config.numbers.deadline, Duration::from_millis(100));
}

#[test]
fn tags_select_unless_the_setting_says_that_they_are_ignored() {
    for (value, tags) in [("", Tags::Select), ("select", Tags::Select), (" ignore ", Tags::Ignore)]
    {
        assert_eq!(config(&[("TAGS", value)]).tags, tags, "{value:?}");
    }
}

#[test]
fn the_problem_of_a_setting_that_makes_no_sense_has_its_name() {
    let hosts = ["DNS_TLD", "API_HOST", "REGISTRY2_HOST"];
    let bad_hosts = [
        "https://a.example",
        "a.example/",
        "a.example/x",
        "Upper.Example",
        "a b",
        "ünï.example",
        "u@a",
        "'",
    ];
    let origins = ["REGISTRY_URL", "API_URL", "PUBLIC_ORIGIN"];
    let bad_origins = [
        "a.example",
        "ftp://a.example",
        "https://",
        "https://a/v2",
        "https://u@a",
        "https://a?b",
        "//a",
    ];
    let rows = |names: &[&'static str], values: &[&'static str]| {
        let pair = |name: &&'static str| values.iter().map(|v| (*name, *v)).collect::<Vec<_>>();
        names.iter().flat_map(pair).collect::<Vec<_>>()
    };
    let table = [
        rows(&hosts, &bad_hosts),
        rows(&["REGISTRY2_HOST"], &["a,,b", "a,", ",", "a;b"]),
        rows(&["DNS_TLD", "API_HOST"], &["a,b"]),
        // An address is a host, but `api.` cannot stand before it.
        rows(&["DNS_TLD"], &["[::1]", "[0]"]),
        rows(&origins, &bad_origins),
        rows(&["TOKEN_SECRET", "TOKEN_SECRET_PREVIOUS"], &["short", &SECRET[..31]]),
        rows(&["TOKEN_SECRET"], &["", "   "]),
        rows(&["TAGS"], &["Select", "selects", "no", "select,ignore"]),
    ];
    for (name, value) in table.concat() {
        assert_eq!(problems(&[(name, value)]), [name], "{name}={value:?}");
    }
}

#[test]
fn a_number_has_a_default_and_is_accepted_within_its_range_only() {
    let mut numbers = Vec::new();
    Numbers::read(|number| {
        numbers.push(number);
        number.default
    });
    assert!(!numbers.is_empty());
    for Number { name, default, least, most } in numbers {
        assert!((least..=most).contains(&default), "{name}");
        for good in [least, most] {
            assert!(problems(&[(name, &good.to_string())]).is_empty(), "{name}={good}");
        }
        let below = least.checked_sub(1).map_or("-1".to_owned(), |below| below.to_string());
        let above = (most + 1).to_string();
        for bad in [&*below, &above, "1.5", "60s", "soon", "999999999999999999999999"] {
            assert_eq!(problems(&[(name, bad)]), [name], "{name}={bad}");
        }
    }
}

#[test]
fn an_invalid_port_makes_no_sense() {
    for value in ["https://a.example:808O", "https://a.example:99999", "https://a:b:c"] {
        assert_eq!(problems(&[("API_URL", value)]), ["API_URL"], "{value}");
    }
    for value in ["a.example:99999", "a:b"] {
        assert_eq!(problems(&[("REGISTRY2_HOST", value)]), ["REGISTRY2_HOST"], "{value}");
    }
}

#[test]
fn every_problem_is_reported_and_not_only_the_first() {
    let settings = [
        ("TOKEN_SECRET", ""),
        ("TOKEN_SECRET_PREVIOUS", "short"),
        ("DNS_TLD", "/"),
        ("API_URL", "api"),
        ("REGISTRY_URL", "registry"),
        ("PUBLIC_ORIGIN", "here"),
        ("FIXED_SECONDS", "long"),
    ];
    let mut told = problems(&settings);
    told.sort_unstable();
    let mut expected = settings.map(|(name, _)| name);
    expected.sort_unstable();
    assert_eq!(told, expected);
}

#[test]
fn no_secret_is_told_of() {
    let told = format!("{:?}", config(&[("TOKEN_SECRET_PREVIOUS", OTHER_SECRET)]));
    assert!(!told.contains(SECRET) && !told.contains(OTHER_SECRET), "{told}");
    let short = [("TOKEN_SECRET", "hunter2-short"), ("TOKEN_SECRET_PREVIOUS", "hunter2-old")];
    let told = format!("{:?}", read(&short));
    assert!(told.contains("TOKEN_SECRET_PREVIOUS") && !told.contains("hunter2"), "{told}");
}

#[test]
fn a_password_in_a_url_is_not_repeated_in_the_problem() {
    for setting in ["API_URL", "REGISTRY_URL", "PUBLIC_ORIGIN"] {
        let problems =
            read(&[("TOKEN_SECRET", SECRET), (setting, "https://ana:hunter2@a.example")]);
        let told = format!("{:?}", problems.expect_err("user information is refused"));
        assert!(!told.contains("hunter2"), "{told}");
    }
}
