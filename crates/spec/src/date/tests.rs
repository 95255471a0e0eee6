use super::*;

#[test]
fn days_that_are_none_are_refused() {
    for text in [
        "",
        "2027",
        "2027-3-31",
        "2027-02-29",
        "2100-02-29",
        "2027-00-01",
        "2027-13-01",
        "2027-01-32",
        "2027-01-01-",
        "+027-01-01",
        "2027-01-01T00:00:00Z",
        "31.03.2027",
    ] {
        assert_eq!(Date::parse(text), None, "{text}");
    }
    for text in ["1970-01-01", "2028-02-29", "2000-02-29", "2027-12-31"] {
        assert_eq!(Date::parse(text).map(|d| d.to_string()).as_deref(), Some(text));
    }
    assert!(Date::parse("2027-03-31") < Date::parse("2027-04-01"));
}

#[test]
fn days_are_counted_as_calendars_do() {
    for (count, text) in [
        (0, "1970-01-01"),
        (31, "1970-02-01"),
        (11_016, "2000-02-29"),
        (11_017, "2000-03-01"),
        (20_453, "2025-12-31"),
        (20_454, "2026-01-01"),
    ] {
        assert_eq!(Date::after_epoch(count).to_string(), text);
    }
}
