use super::*;

fn holds(bound: &Bound, figure: &Figure) -> bool {
    Gauge::of(figure).holds(bound)
}

fn fails(bound: &Bound, figure: &Figure) -> bool {
    Gauge::of(figure).fails(bound)
}

fn bound(text: &str) -> Bound {
    Bound::quantity(text, "ms").unwrap()
}

fn figure(low: Option<f64>, typical: Option<f64>, high: Option<f64>, below: Option<f64>) -> Figure {
    Figure {
        low,
        typical,
        high,
        below,
    }
}

#[test]
fn a_strict_bound_is_met_by_a_figure_that_stays_below_it() {
    let below = figure(None, None, None, Some(10.0));
    assert!(holds(&bound("< 10ms"), &below));
    assert!(holds(&bound("<= 10ms"), &below));
    assert!(!holds(&bound("< 9ms"), &below));
    let at_most = figure(None, None, Some(10.0), None);
    assert!(!holds(&bound("< 10ms"), &at_most));
    assert!(holds(&bound("<= 10ms"), &at_most));
}

#[test]
fn an_interval_holds_only_as_a_whole_and_fails_only_as_a_whole() {
    let kata = figure(Some(845.0), Some(900.0), Some(980.0), None);
    assert!(fails(&bound("< 10ms"), &kata) && !holds(&bound("< 10ms"), &kata));
    assert!(!fails(&bound("< 900ms"), &kata) && !holds(&bound("< 900ms"), &kata));
    assert!(holds(&bound("< 1s"), &kata));
    assert!(holds(&bound("> 800ms"), &kata));
    assert!(fails(&bound("> 1s"), &kata));
}

#[test]
fn a_wider_scope_bounds_only_from_above() {
    let wider = Fit::Wider.read(&figure(Some(845.0), Some(900.0), Some(980.0), None));
    assert!(holds(&bound("< 1s"), &wider));
    assert!(!fails(&bound("< 10ms"), &wider));
    assert_eq!(Fit::of(Scope::Process, Scope::Cri), None);
    assert_eq!(Fit::of(Scope::Cri, Scope::Process), Some(Fit::Wider));
    assert!(Fit::Exact > Fit::Wider && Fit::Wider > Fit::Unstated);
}
