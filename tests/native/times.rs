use bhcr::time::{parse, text};

const AT_NOON: u64 = 1_801_396_800;

#[test]
fn a_time_is_written_as_it_is_read() {
    let rows = [
        (0, "1970-01-01T00:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (AT_NOON, "2027-01-31T12:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ];
    for (seconds, written) in rows {
        assert_eq!(text(seconds), written);
        assert_eq!(parse(written), Some(seconds), "{written}");
    }
}

#[test]
fn a_time_after_the_year_9999_is_written_as_its_end() {
    assert_eq!(text(253_402_300_800), "9999-12-31T23:59:59Z");
    assert_eq!(text(u64::MAX), "9999-12-31T23:59:59Z");
}

#[test]
fn fractions_of_a_second_are_left_out() {
    for fraction in ["0", "5", "999", "123456789"] {
        let text = format!("2027-01-31T12:00:00.{fraction}Z");
        assert_eq!(parse(&text), Some(AT_NOON), "{text}");
    }
}

#[test]
fn utc_may_be_an_offset_of_zero() {
    assert_eq!(parse("2027-01-31T12:00:00+00:00"), Some(AT_NOON));
    assert_eq!(parse("2027-01-31T12:00:00.5+00:00"), Some(AT_NOON));
}

#[test]
fn any_other_text_is_no_time() {
    let texts = [
        "",
        "Z",
        "1801396800",
        "2027-01-31",
        "2027-01-31T12:00:00",
        "2027-01-31T12:00:00+01:00",
        "2027-01-31T12:00:00-00:00",
        "2027-01-31T12:00:00Z+00:00",
        "2027-01-31T12:00:60Z",
        "2027-01-31 12:00:00Z",
        "2027-01-31t12:00:00Z",
        "2027-01-31T12:00:00z",
        "2027-01-31T12:00:00ZZ",
        "2027-01-31T12:00:00.Z",
        "2027-01-31T12:00:00.5",
        "2027-01-31T12:00:00.5.5Z",
        "2027-01-31T12:00:00.-5Z",
        "2027-01-31T12:00Z",
        "2027-02-29T12:00:00Z",
        "2027-13-01T12:00:00Z",
        "2027-00-31T12:00:00Z",
        "2027-01-00T12:00:00Z",
        "2027-01-31T24:00:00Z",
        "2027-01-31T12:60:00Z",
        "1969-12-31T23:59:59Z",
        "2027-01-3١T12:00:00Z",
        "+027-01-31T12:00:00Z",
        " 2027-01-31T12:00:00Z",
    ];
    for text in texts {
        assert_eq!(parse(text), None, "{text}");
    }
}
