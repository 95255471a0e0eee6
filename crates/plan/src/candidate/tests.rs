use super::*;

const fn of(known: u64) -> Amount {
    Amount { unknown: 0, known }
}

const BASE: Objectives = Objectives {
    cold_start: of(10),
    memory: of(50),
    request_latency: of(0),
    insecurity: 1,
    refinements: 0,
    operators: 4,
    kernels: 1,
};

#[test]
fn dominance_needs_something_better_and_nothing_worse() {
    let faster = Objectives {
        cold_start: of(5),
        ..BASE
    };
    let heavier = Objectives {
        cold_start: of(5),
        memory: of(60),
        ..BASE
    };
    assert!(faster.dominates(&BASE));
    assert!(!BASE.dominates(&faster));
    assert!(!heavier.dominates(&BASE) && !BASE.dominates(&heavier));
    assert!(!BASE.dominates(&BASE));
}

#[test]
fn fewer_operators_decide_between_equals() {
    let longer = Objectives { operators: 5, ..BASE };
    assert!(BASE.dominates(&longer));
    let longer_but_faster = Objectives {
        operators: 5,
        cold_start: of(1),
        ..BASE
    };
    assert!(!longer_but_faster.dominates(&BASE) && !BASE.dominates(&longer_but_faster));
}

#[test]
fn an_unknown_figure_is_no_advantage() {
    let unknown = Objectives {
        memory: Amount::UNKNOWN,
        ..BASE
    };
    assert!(BASE.dominates(&unknown));
    assert!(!unknown.dominates(&BASE));
}
