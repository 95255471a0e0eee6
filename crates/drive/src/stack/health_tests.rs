use stackwright_spec::launch::{Probe, ProbeAction, Probes};

use super::{Health, News, look};
use crate::sys::channel::{Control, control};

fn probe(port: u16, failures: u32) -> Probe {
    Probe {
        action: ProbeAction::Tcp(port),
        after_ms: 0,
        every_ms: 1,
        timeout_ms: 1,
        failures,
    }
}

/// What is heard when probes, which are told apart by their ports, give these results in turn; in the end the supervisor is gone.
fn heard(probes: &Probes, mut results: impl FnMut(u16) -> Option<bool> + Send) -> Vec<News> {
    let (heard, says) = control().unwrap();
    let says = Control::from_fd(says);
    let mut health = Some(Health { heard });
    let mut news = Vec::new();
    std::thread::scope(|scope| {
        let (tell, told) = std::sync::mpsc::channel();
        scope.spawn(move || {
            let mut attempt = |probe: &Probe| {
                let ProbeAction::Tcp(port) = probe.action else {
                    unreachable!()
                };
                match results(port) {
                    Some(true) => Ok(()),
                    Some(false) => Err("no".to_owned()),
                    None => {
                        // Nothing more is expected: whoever listens goes away.
                        let _ = tell.send(());
                        std::thread::sleep(std::time::Duration::from_millis(5));
                        Ok(())
                    }
                }
            };
            look(&says, probes, &mut attempt);
            let _ = tell.send(());
        });
        told.recv().unwrap();
        let health = health.take().unwrap();
        loop {
            let [waits] = crate::sys::channel::wait_ready([Some(health.interest())], 0).unwrap();
            match waits.then(|| health.news()) {
                Some(News::None) | None => break,
                Some(other) => news.push(other),
            }
        }
    });
    news
}

fn sequence(results: &'static [(u16, bool)]) -> impl FnMut(u16) -> Option<bool> + Send {
    let mut left = results.iter();
    move |port| {
        let (expected, result) = left.next()?;
        assert_eq!(port, *expected, "{left:?}");
        Some(*result)
    }
}

#[test]
fn startup_comes_first_and_may_fail_so_often() {
    let probes = Probes {
        startup: Some(probe(1, 3)),
        ..Probes::default()
    };
    assert_eq!(
        heard(&probes, sequence(&[(1, false), (1, false), (1, true)])),
        [News::Ready(true)]
    );
    let failed = News::Failed("startup failed 3 times: no".to_owned());
    assert_eq!(
        heard(&probes, sequence(&[(1, false), (1, false), (1, false)])),
        [failed]
    );
}

#[test]
fn readiness_comes_and_goes() {
    let probes = Probes {
        readiness: Some(probe(2, 2)),
        ..Probes::default()
    };
    let results = &[
        (2, false),
        (2, true),
        (2, true),
        (2, false),
        (2, true),
        (2, false),
        (2, false),
        (2, false),
        (2, true),
    ];
    assert_eq!(
        heard(&probes, sequence(results)),
        [News::Ready(true), News::Ready(false), News::Ready(true)]
    );
}

#[test]
fn liveness_ends_it_only_by_failures_in_a_row() {
    let probes = Probes {
        liveness: Some(probe(3, 2)),
        ..Probes::default()
    };
    let failed = News::Failed("liveness failed 2 times: no".to_owned());
    assert_eq!(
        heard(&probes, sequence(&[(3, false), (3, true), (3, false), (3, false)])),
        [failed]
    );
}
