//! Byte ranges, as a table and against the specification's own pattern.

use bhcr::oci::range::{is_valid, received};
use proptest::prelude::*;
use regex::Regex;

// RFC 9110, 14.1.1, for the unit `bytes`; a list as it is read, 5.6.1.
const ELEMENT: &str = r"[ \t]*((?P<first>[0-9]+)-(?P<last>[0-9]*)|-[0-9]+)?[ \t]*";

#[test]
fn a_range_that_is_none_is_told_from_one_that_is() {
    let good = [
        "bytes=0-0",
        "bytes=5-",
        "bytes=-5",
        "bytes=2-5",
        "bytes=0-4,6-",
        "bytes=0-4, -1",
        "bytes=,0-4 ,",
        "bytes=007-8",
        "bytes=9-10",
        "bytes=99999999999999999999999-",
        "bytes=99999999999999999999998-99999999999999999999999",
    ];
    for text in good {
        assert!(is_valid(text), "{text}");
    }
    let bad = [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=5-2",
        "bytes=10-9",
        "bytes=0-1,5-2",
        "bytes=99999999999999999999999-99999999999999999999998",
        "bytes=-",
        "bytes=5",
        "bytes=a-b",
        "bytes=+1-2",
        "bytes=1--2",
        "bytes=1 - 2",
        "bytes 0-1",
        "bytes =0-1",
        "lines=0-1",
    ];
    for text in bad {
        assert!(!is_valid(text), "{text}");
    }
}

fn expected(text: &str) -> bool {
    let element = Regex::new(&format!("^{ELEMENT}$")).expect("the pattern is one");
    let Some(list) = text.strip_prefix("bytes=") else { return false };
    let is_empty = |part: &str| part.trim_matches([' ', '\t']).is_empty();
    !list.split(',').all(is_empty)
        && list.split(',').all(|part| {
            element.captures(part).is_some_and(|found| {
                let number = |name| found.name(name)?.as_str().parse::<u128>().ok();
                number("first").zip(number("last")).is_none_or(|(first, last)| first <= last)
            })
        })
}

proptest! {
    #[test]
    fn ranges_follow_the_specification(text in "bytes=[0-9,\\- \t]{0,12}|[bytes=0-9-]{0,9}") {
        prop_assert_eq!(is_valid(&text), expected(&text));
    }
}

#[test]
fn what_an_upload_has_is_told_by_its_first_and_last_byte() {
    for (bytes, told) in [(0, "0-0"), (1, "0-0"), (2, "0-1"), (1024, "0-1023")] {
        assert_eq!(received(bytes), told, "{bytes} bytes");
    }
}
