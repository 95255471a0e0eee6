use super::*;

fn figure(low: Option<f64>, typical: Option<f64>, high: Option<f64>, below: Option<f64>) -> Figure {
    Figure {
        low,
        typical,
        high,
        below,
    }
}

fn bound(text: &str) -> Bound {
    Bound::quantity(text, "ms").unwrap()
}

#[test]
fn sums_are_exact_and_unknown_parts_count_first() {
    let of = |v| Amount::of(&figure(None, Some(v), None, None));
    assert_eq!(of(0.1).plus(of(0.2)), of(0.3));
    let unknown = Amount::UNKNOWN;
    assert!(of(1e9) < unknown && unknown.plus(of(2.0)) < unknown.plus(of(3.0)));
    assert!(unknown.plus(of(9.0)) < unknown.plus(unknown));
    assert_eq!(Amount::of(&figure(Some(5.0), None, None, None)), unknown);
    assert_eq!(Amount::of(&figure(None, Some(f64::MAX), None, None)), unknown);
    assert_eq!(Amount::of(&figure(None, None, None, Some(10.0))), of(10.0));
}

#[test]
fn what_bounds_a_sum_from_below_is_the_sum_of_what_is_known() {
    let at_least = Gauge::of(&figure(Some(100.0), None, None, None));
    let below = Gauge::of(&figure(None, None, None, Some(10.0)));
    let sum = at_least.plus(&below);
    assert!(sum.fails(&bound("< 50ms")) && !sum.holds(&bound("< 500ms")) && sum.holds(&bound(">= 100ms")));
}

#[test]
fn the_least_of_two_is_bounded_by_either() {
    let a = Gauge::of(&figure(Some(3.0), None, Some(8.0), None));
    let b = Gauge::of(&figure(None, None, None, Some(8.0)));
    let least = Gauge::NONE.least(&a).least(&b);
    assert!(least.holds(&bound("< 8ms")) && !least.holds(&bound(">= 3ms")));
    assert!(!Gauge::NONE.least(&Gauge::UNKNOWN).holds(&bound("< 8ms")));
}

#[test]
fn bounds_beyond_every_number_bound_nothing() {
    let value = Gauge::of(&figure(None, Some(5.0), None, None));
    let huge = format!("< {}ms", "9".repeat(300));
    assert!(value.holds(&bound(&huge)));
    assert!(!Gauge::UNKNOWN.holds(&bound(&huge)), "unknown is never a pass");
}

#[test]
fn no_value_is_as_good_as_no_other() {
    for comparator in [Comparator::AtLeast, Comparator::AtMost, Comparator::Equal] {
        assert!(!Gauge::NONE.is_as_good(&Gauge::UNKNOWN, comparator));
        assert!(Gauge::NONE.is_as_good(&Gauge::NONE, comparator));
    }
}
