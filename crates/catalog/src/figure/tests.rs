use super::*;

fn typical(v: f64) -> Figure {
    Figure {
        typical: Some(v),
        ..Figure::default()
    }
}

#[test]
fn typical_values_add() {
    assert_eq!(typical(20.0).plus(&typical(0.5)).to_string(), "20.5");
    assert_eq!(typical(200.0).plus(&typical(0.3)).to_string(), "200.3");
}

#[test]
fn a_strict_bound_stays_strict() {
    let below = Figure {
        below: Some(10.0),
        ..Figure::default()
    };
    assert_eq!(below.plus(&Figure::ZERO).to_string(), "< 10");
    assert_eq!(below.plus(&typical(2.0)).to_string(), "< 12");
    assert_eq!(below.upper(), Some((10.0, true)));
}

#[test]
fn intervals_add_by_their_bounds() {
    let kata = Figure {
        low: Some(845.0),
        typical: Some(900.0),
        high: Some(980.0),
        below: None,
    };
    let mesh = Figure {
        typical: Some(0.63),
        high: Some(0.88),
        ..Figure::default()
    };
    let sum = kata.plus(&mesh);
    assert_eq!(sum.low, Some(845.63));
    assert_eq!(sum.high, Some(980.88));
    assert_eq!(kata.plus(&Figure::ZERO).to_string(), "900 (845–980)");
}

#[test]
fn a_missing_typical_value_stays_missing() {
    let upper = Figure {
        high: Some(125.0),
        ..Figure::default()
    };
    assert_eq!(upper.plus(&typical(1.0)).typical, None);
    assert_eq!(upper.to_string(), "≤ 125");
}
