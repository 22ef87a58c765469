//! Sealed tokens: their content, their size, and when they do not open.

use bhcr::memory::Memory;
use bhcr::secret::Secret;
use bhcr::session::{
    Absence, Absent, Asker, Grant, MAX_TOKEN, Meaning, Outage, Pull, Right, Session, Standing,
    TokenTooLong,
};

use crate::support::{OTHER_SECRET, SECRET, keys, location, name};

const NOW: u64 = 1_800_000_000;
const UPSTREAM: &str = "eyJhbGciOiJFUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl";

fn grant(name: &str, hash: &str) -> Grant {
    let right = Right::Release { location: location(hash), tag_until: NOW + 60 };
    Grant { name: self::name(name), right }
}

fn absent(name: &str, why: Absence) -> Absent {
    Absent { name: self::name(name), why, until: NOW + 30 }
}

fn missing(name: &str) -> Absent {
    absent(name, Absence::NotFound)
}

fn pick_service(name: &str, services: &[&str]) -> Absent {
    let services = services.iter().map(|service| (*service).to_owned()).collect();
    absent(name, Absence::PickService(services))
}

fn session() -> Session {
    let grants = vec![grant("org/app", "aaaa"), grant("org/app/2.3.8", "bbbb")];
    let busy = Absence::Unavailable(Outage::Busy { retry_after: Some(7) });
    let missed = vec![
        missing("org/none"),
        pick_service("org/duo", &["api", "web"]),
        absent("org/busy", busy),
    ];
    Session::with_grants(NOW + 100, &Secret::new(UPSTREAM), grants, missed)
}

#[test]
fn a_session_comes_back_as_it_was_sealed() {
    let keys = keys(&[]);
    let sealed = session().seal(&keys).expect("it fits");
    let opened = Session::open(sealed.expose(), &keys, NOW).expect("it is good");
    assert_eq!(opened, session());
    assert_eq!(opened.expires(), NOW + 100);

    let none = Session::without_grants(NOW + 60, vec![missing("org/none")]);
    let sealed = none.clone().seal(&keys).expect("it fits");
    assert_eq!(Session::open(sealed.expose(), &keys, NOW), Some(none));
}

#[test]
fn a_name_is_granted_missing_or_was_never_asked_for() {
    let session = session();
    let (a, b) = (location("aaaa"), location("bbbb"));
    let (none, duo) = (missing("org/none"), pick_service("org/duo", &["api", "web"]));
    let pull = |location| {
        let (meaning, tag_until) = (Meaning::Release(location), NOW + 60);
        Standing::Pull(Pull { meaning, tag_until, token: UPSTREAM, has_credential: false })
    };
    let table = [
        ("org/app", pull(&a)),
        ("org/app/2.3.8", pull(&b)),
        ("org/none", Standing::Absent(&none)),
        ("org/duo", Standing::Absent(&duo)),
        ("org/app/latest", Standing::NotAsked),
        ("org/ap", Standing::NotAsked),
        ("v2/aaaa", Standing::NotAsked),
    ];
    for (name, expected) in table {
        assert_eq!(session.standing(&self::name(name)), expected, "{name}");
    }
}

#[test]
fn an_expired_token_does_not_open() {
    let keys = keys(&[]);
    let sealed = session().seal(&keys).expect("it fits");
    for (now, good) in [(0, true), (NOW + 99, true), (NOW + 100, false), (u64::MAX, false)] {
        assert_eq!(Session::open(sealed.expose(), &keys, now).is_some(), good, "at {now}");
    }
}

#[test]
fn a_foreign_or_damaged_token_does_not_open() {
    let ours = keys(&[]);
    let sealed = session().seal(&ours).expect("it fits");
    for settings in [
        ("TOKEN_SECRET", OTHER_SECRET),
        ("REGISTRY2_HOST", "registry2.example.com"),
        ("API_HOST", "api.example.com"),
    ] {
        assert_eq!(Session::open(sealed.expose(), &keys(&[settings]), NOW), None, "{settings:?}");
    }
    let rotated = keys(&[("TOKEN_SECRET", OTHER_SECRET), ("TOKEN_SECRET_PREVIOUS", SECRET)]);
    assert_eq!(Session::open(sealed.expose(), &rotated, NOW), Some(session()));

    for at in 0..sealed.expose().len() {
        let mut damaged = sealed.expose().as_bytes().to_vec();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(damaged).expect("ASCII");
        assert_eq!(Session::open(&damaged, &ours, NOW), None, "character {at}");
    }
    for text in ["", "A", UPSTREAM, "not base64!", &ours.seal_token(b"no session")] {
        assert_eq!(Session::open(text, &ours, NOW), None, "{text}");
    }
}

#[test]
fn eight_names_of_the_longest_kind_fit_beside_an_upstream_token() {
    let keys = keys(&[]);
    let names: Vec<_> = (0..8).map(|n| format!("org/{n}{}", "a".repeat(250))).collect();
    assert!(names.iter().all(|name| name.len() == 255));
    let grants: Vec<_> = names.iter().map(|name| grant(name, &"f".repeat(32))).collect();
    let upstream = Secret::new("t".repeat(1600));
    let session = Session::with_grants(NOW + 100, &upstream, grants, Vec::new());
    let sealed = session.clone().seal(&keys).expect("it fits");
    assert!(sealed.expose().len() < MAX_TOKEN, "{} bytes", sealed.expose().len());
    assert_eq!(Session::open(sealed.expose(), &keys, NOW), Some(session));
}

#[test]
fn a_credential_fits_beside_eight_names_and_is_left_out_if_it_does_not() {
    let keys = keys(&[]);
    let grants: Vec<_> = (0..8)
        .map(|n| grant(&format!("{}/{n}{}", "o".repeat(20), "a".repeat(30)), &"f".repeat(32)))
        .collect();
    let upstream = Secret::new("t".repeat(2000));
    let session = Session::with_grants(NOW + 100, &upstream, grants, vec![missing("org/none")]);
    for (length, fits) in [(32, true), (1000, true), (5000, false)] {
        let credential = Secret::new("c".repeat(length));
        let sealed = session
            .clone()
            .asked_by(Asker::Holder(credential.clone()))
            .seal(&keys)
            .expect("the rest fits");
        assert!(sealed.expose().len() <= MAX_TOKEN, "{length}: {}", sealed.expose().len());
        let opened = Session::open(sealed.expose(), &keys, NOW).expect("it is good");
        let asker = if fits { Asker::Holder(credential) } else { Asker::Untold };
        assert_eq!(opened.asker(), &asker, "{length}");
        let name = name(&format!("{}/7{}", "o".repeat(20), "a".repeat(30)));
        assert!(
            matches!(opened.standing(&name), Standing::Pull(Pull { has_credential: true, .. })),
            "{length}"
        );
    }
    let sealed = session.seal(&keys).expect("it fits");
    let opened = Session::open(sealed.expose(), &keys, NOW).expect("it is good");
    assert_eq!(opened.asker(), &Asker::Anybody);
}

#[test]
fn a_credential_in_a_session_is_not_printed() {
    let session = session().asked_by(Asker::Holder(Secret::new("hunter2")));
    for told in [format!("{session:?}"), format!("{:?}", session.asker())] {
        assert!(!told.contains("hunter2"), "{told}");
    }
}

#[test]
fn lists_of_services_are_left_out_before_a_name_is() {
    let keys = keys(&[]);
    let services: Vec<_> = (0..400).map(|n| format!("service-number-{n}")).collect();
    let services: Vec<_> = services.iter().map(String::as_str).collect();
    let grants = vec![grant("org/app", "aaaa")];
    let of = |services: &[&str]| {
        let missed = vec![pick_service("org/duo", services), missing("org/none")];
        Session::with_grants(NOW + 100, &Secret::new(UPSTREAM), grants.clone(), missed)
    };
    let sealed = of(&services).seal(&keys).expect("it fits without the services");
    assert!(sealed.expose().len() <= MAX_TOKEN);
    assert_eq!(Session::open(sealed.expose(), &keys, NOW), Some(of(&[])));

    let sealed = of(&services[..20]).seal(&keys).expect("it fits with them");
    assert_eq!(Session::open(sealed.expose(), &keys, NOW), Some(of(&services[..20])));
}

#[test]
fn a_session_that_does_not_fit_is_refused() {
    let keys = keys(&[]);
    let upstream = Secret::new("t".repeat(MAX_TOKEN));
    let session = Session::with_grants(NOW + 100, &upstream, Vec::new(), Vec::new());
    assert_eq!(session.seal(&keys), Err(TokenTooLong { limit: MAX_TOKEN }));
}

#[test]
fn no_token_is_printed() {
    let told = format!("{:?}", session());
    assert!(told.contains("org/app") && !told.contains(UPSTREAM), "{told}");
    for part in UPSTREAM.split('.') {
        assert!(!told.contains(part), "{told}");
    }
}

#[test]
fn a_recalled_token_has_the_same_session_and_expiry() {
    let (keys, memory) = (keys(&[]), Memory::default());
    let sealed = session().seal(&keys).expect("it fits");
    let token = sealed.expose();
    for now in [NOW, NOW + 99, NOW + 100, NOW + 50, u64::MAX, 0] {
        let recalled = Session::recall(token, &memory, &keys, now);
        assert_eq!(recalled.as_deref(), Session::open(token, &keys, now).as_ref(), "at {now}");
    }
    // A recalled token is not opened again: keys that cannot open it make no difference.
    let others = crate::support::keys(&[("TOKEN_SECRET", OTHER_SECRET)]);
    assert!(Session::recall(token, &memory, &others, NOW).is_some());
    assert_eq!(Session::recall(token, &Memory::default(), &others, NOW), None);
}

#[test]
fn a_remembered_token_does_not_make_another_one_valid() {
    let (keys, memory) = (keys(&[]), Memory::default());
    let sealed = session().seal(&keys).expect("it fits");
    let token = sealed.expose();
    assert!(Session::recall(token, &memory, &keys, NOW).is_some());
    for at in 0..token.len() {
        let mut damaged = token.as_bytes().to_vec();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(damaged).expect("ASCII");
        for _ in 0..2 {
            assert_eq!(Session::recall(&damaged, &memory, &keys, NOW), None, "character {at}");
        }
    }
    for text in ["", &token[..token.len() - 1], &format!("{token}A"), &format!("{token}=")] {
        assert_eq!(Session::recall(text, &memory, &keys, NOW), None, "{text}");
    }
    // Memory may have a value of another type under such a key.
    memory.remember("refused/v2/abc", std::sync::Arc::new(7_u64), 8);
    assert_eq!(Session::recall("refused/v2/abc", &memory, &keys, NOW), None);
}

#[test]
fn a_secret_is_the_same_text_and_no_other() {
    for length in [0, 1, 7, 8, 9, 16, 23] {
        let text = "s".repeat(length);
        let secret = Secret::new(&*text);
        assert!(secret.is(&text), "{length} bytes");
        for at in 0..length {
            let other = format!("{}x{}", &text[..at], &text[at + 1..]);
            assert!(!secret.is(&other), "byte {at} of {length}");
        }
        assert!(!secret.is(&format!("{text}s")), "one more than {length}");
        assert!(length == 0 || !secret.is(&text[1..]), "one less than {length}");
    }
}

#[test]
fn a_token_that_has_expired_is_not_remembered() {
    let (ours, memory) = (keys(&[]), Memory::default());
    let sealed = session().seal(&ours).expect("it fits");
    assert_eq!(Session::recall(sealed.expose(), &memory, &ours, NOW + 100), None);
    let others = crate::support::keys(&[("TOKEN_SECRET", OTHER_SECRET)]);
    assert_eq!(Session::recall(sealed.expose(), &memory, &others, NOW), None);
}
