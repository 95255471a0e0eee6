use stackwright::Language;
use stackwright::spec::launch::ProbeAction;
use stackwright_locale::Locale;

use super::{probe, publish};

#[test]
fn ports() {
    for (text, expected) in [
        ("80", Some(("127.0.0.1:80", 80))),
        ("8080:80", Some(("127.0.0.1:8080", 80))),
        ("0:80", Some(("127.0.0.1:0", 80))),
        ("0.0.0.0:8080:80/tcp", Some(("0.0.0.0:8080", 80))),
        ("[::1]:8080:80", Some(("[::1]:8080", 80))),
        ("", None),
        ("0", None),
        ("+80", None),
        ("8080:0", None),
        ("65536:80", None),
        (":80", None),
        ("::1:8080:80", None),
        ("host:8080:80", None),
        ("8080:80/udp", None),
    ] {
        let found = publish(text).map(|publish| (publish.host.to_string(), publish.port));
        assert_eq!(found, expected.map(|(host, port)| (host.to_owned(), port)), "{text}");
    }
}

#[test]
fn what_is_tried() {
    let read = |text: &str| {
        probe("--liveness", text, Locale::of(Language::En))
            .map(|probe| probe.action)
            .ok()
    };
    let http = |port, path: &str| {
        Some(ProbeAction::Http {
            port,
            path: path.to_owned(),
        })
    };
    assert_eq!(read("tcp:80"), Some(ProbeAction::Tcp(80)));
    assert_eq!(read("http:80"), http(80, "/"));
    assert_eq!(read("http:80/a?b=c,d"), http(80, "/a?b=c,d"));
    let words = |words: &[&str]| Some(ProbeAction::Exec(words.iter().map(|w| (*w).to_owned()).collect()));
    assert_eq!(read("exec:test -f /srv/a,b=c"), words(&["test", "-f", "/srv/a,b=c"]));
    for wrong in [
        "",
        "tcp:",
        "tcp:0",
        "tcp:80/x",
        "http:/x",
        "http:80/a b",
        "exec:",
        "exec: ",
        "udp:1",
        "every=1s",
        "every=1s,",
        "every=1,tcp:1",
        "failures=0,tcp:1",
        "failures=-1,tcp:1",
        "often=1s,tcp:1",
        "every,tcp:1",
    ] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

#[test]
fn settings() {
    let read = |text: &str| probe("--liveness", text, Locale::of(Language::En)).unwrap();
    let standard = read("tcp:1");
    assert_eq!(
        (
            standard.after_ms,
            standard.every_ms,
            standard.timeout_ms,
            standard.failures
        ),
        (0, 10_000, 1_000, 3)
    );
    let all = read("every=250ms,timeout=2s,failures=30,after=0s,tcp:1");
    assert_eq!(
        (all.after_ms, all.every_ms, all.timeout_ms, all.failures),
        (0, 250, 2_000, 30)
    );
    assert_eq!(read("after=1.5s,tcp:1").after_ms, 1_500);
}
