//! The expiry of signed URLs, as their query says it.

use bhcr::upstream::signed_url::expiry;

const URL: &str = "https://bucket.s3.amazonaws.com/a%2Fb";
// 2026-11-21 09:14:27.
const SIGNED: u64 = 1_795_252_467;

fn told(query: &str) -> Option<u64> {
    expiry(&format!("{URL}?{query}"))
}

#[test]
fn the_query_of_a_signed_url_says_when_it_expires() {
    let table = [
        ("X-Amz-Date=20261121T091427Z&X-Amz-Expires=1200", SIGNED + 1200),
        ("X-Amz-Expires=1200&X-Amz-Date=20261121T091427Z", SIGNED + 1200),
        ("X-Amz-Date=20261121T091427Z&X-Amz-Expires=0", SIGNED),
        ("X-Amz-Date=20261121T091427Z&X-Amz-Expires=604800", SIGNED + 604_800),
        ("X-Amz-Date=20261121T091427Z&X-Amz-Expires=0060", SIGNED + 60),
        ("x-amz-date=20261121T091427Z&x-amz-expires=60", SIGNED + 60),
        ("X-Amz-Date=20261121T091427%5A&X-Amz-Expires=%36%30", SIGNED + 60),
        (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261121%2Fus-east-1%2Fs3\
             %2Faws4_request&X-Amz-Date=20261121T091427Z&X-Amz-Expires=1200\
             &X-Amz-SignedHeaders=host&X-Amz-Signature=0a1b",
            SIGNED + 1200,
        ),
        ("X-Amz-Date=20240229T000000Z&X-Amz-Expires=1", 1_709_164_801),
        ("X-Amz-Date=19700101T000000Z&X-Amz-Expires=60", 60),
        // A date in the future, or a very long life.
        ("X-Amz-Date=20991231T235959Z&X-Amz-Expires=60", 4_102_444_859),
        ("Expires=1795252467&Signature=a~b_&Key-Pair-Id=K", SIGNED),
        ("AWSAccessKeyId=A&Signature=a%2Bb%3D&Expires=1795252467", SIGNED),
        ("expires=1795252467&signature=a", SIGNED),
        ("Expires=18446744073709551615&Signature=a", u64::MAX),
        // S3's own date wins over other parameters.
        ("X-Amz-Date=20261121T091427Z&X-Amz-Expires=60&Expires=1&Signature=a", SIGNED + 60),
    ];
    for (query, expires) in table {
        assert_eq!(told(query), Some(expires), "{query}");
    }
}

#[test]
fn a_url_that_does_not_say_for_certain_when_it_expires_has_no_expiry() {
    let table = [
        ("nothing", ""),
        ("other parameters", "a=b&Policy=c&Key-Pair-Id=d&Signature=e"),
        ("a date alone", "X-Amz-Date=20261121T091427Z"),
        ("seconds alone", "X-Amz-Expires=60"),
        ("seconds alone beside another scheme", "X-Amz-Expires=60&Expires=1795252467&Signature=a"),
        ("a date alone beside another", "X-Amz-Date=20261121T091427Z&Expires=1&Signature=a"),
        ("no signature", "Expires=1795252467"),
        ("no time", "Signature=a"),
        ("an empty date", "X-Amz-Date=&X-Amz-Expires=60"),
        ("empty seconds", "X-Amz-Date=20261121T091427Z&X-Amz-Expires="),
        ("an empty time", "Expires=&Signature=a"),
        ("a minus", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=-60"),
        ("a plus", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=%2B60"),
        ("a space", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=+60"),
        ("a fraction", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=60.0"),
        ("hexadecimal", "Expires=0x6b&Signature=a"),
        ("other digits", "Expires=\u{661}\u{662}&Signature=a"),
        ("an overflow", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=18446744073709551615"),
        ("more than a number", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=18446744073709551616"),
        ("more than a time", "Expires=99999999999999999999&Signature=a"),
        ("a month too many", "X-Amz-Date=20261321T091427Z&X-Amz-Expires=60"),
        ("no such day", "X-Amz-Date=20260230T091427Z&X-Amz-Expires=60"),
        ("no leap year", "X-Amz-Date=20270229T091427Z&X-Amz-Expires=60"),
        ("an hour too many", "X-Amz-Date=20261121T251427Z&X-Amz-Expires=60"),
        ("before 1970", "X-Amz-Date=19691231T235959Z&X-Amz-Expires=60"),
        ("a sign in the date", "X-Amz-Date=%2B0261121T09142Z&X-Amz-Expires=60"),
        ("another form of date", "X-Amz-Date=2026-11-21T09:14:27Z&X-Amz-Expires=60"),
        ("another zone", "X-Amz-Date=20261121T091427%2B&X-Amz-Expires=60"),
        ("a short date", "X-Amz-Date=20261121&X-Amz-Expires=60"),
        ("a long date", "X-Amz-Date=20261121T091427ZZ&X-Amz-Expires=60"),
        ("a date in lower case", "X-Amz-Date=20261121t091427z&X-Amz-Expires=60"),
        ("letters of two bytes", "X-Amz-Date=2026%C3%A9121T09142Z&X-Amz-Expires=60"),
        ("two dates", "X-Amz-Date=20261121T091427Z&X-Amz-Date=20261121T091427Z&X-Amz-Expires=60"),
        ("two times", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=60&X-Amz-Expires=600"),
        ("two in two cases", "X-Amz-Date=20261121T091427Z&X-Amz-Expires=600&x-amz-expires=60"),
        (
            "all twice",
            "X-Amz-Date=1&X-Amz-Date=1&X-Amz-Expires=1&X-Amz-Expires=1&Expires=9&Signature=a",
        ),
        ("two ends", "Expires=1795252467&Expires=1795252468&Signature=a"),
        ("two signatures", "Expires=1795252467&Signature=a&Signature=a"),
    ];
    for (what, query) in table {
        assert_eq!(told(query), None, "{what}: {query}");
    }
    for url in ["", "storage", "//storage?Expires=9&Signature=a", "https://?Expires=9&Signature=a"]
    {
        assert_eq!(expiry(url), None, "{url}");
    }
    let in_fragment = format!("{URL}#X-Amz-Date=20261121T091427Z&X-Amz-Expires=60");
    assert_eq!(expiry(&in_fragment), None);
}

#[test]
fn a_url_that_a_temporary_credential_signed_may_end_before_it_says() {
    let token = ["X-Amz-Security-Token=t", "x-amz-security-token=t", "X-Amz-Security-Token="];
    for token in token {
        for query in [
            format!("X-Amz-Date=20261121T091427Z&X-Amz-Expires=60&{token}"),
            format!("{token}&X-Amz-Date=20261121T091427Z&X-Amz-Expires=60&{token}"),
            format!("Expires=1795252467&Signature=a&{token}"),
        ] {
            assert_eq!(told(&query), None, "{query}");
        }
    }
}
