use super::*;

#[test]
fn references_are_read_and_written() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    for (text, again) in [
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("registry.example/a/b-c:1.0_x", "registry.example/a/b-c:1.0_x"),
        (
            &format!("registry.example/a@{digest}"),
            &format!("registry.example/a@{digest}"),
        ),
        ("[::1]:5000/a:b", "[::1]:5000/a:b"),
        ("docker.io/busybox", "docker.io/library/busybox:latest"),
    ] {
        assert_eq!(Reference::parse(text).unwrap().to_string(), again);
    }
    for text in [
        "a",
        "a/b",
        "localhost:5000/",
        "x.y/A",
        "x.y/a:",
        "x.y/a:-b",
        "x.y/a/../b",
        "x.y/a@sha256:1",
        "x y.z/a",
        ":5000/a",
        "x.y/a?b=c",
    ] {
        assert_eq!(Reference::parse(text).unwrap_err().code(), "image::reference", "{text}");
    }
}

#[test]
fn hosts_of_this_machine_are_known() {
    for (text, here) in [
        ("localhost:1/a", true),
        ("127.0.0.1:5000/a", true),
        ("[::1]:5000/a", true),
        ("127.0.0.1.example/a", false),
        ("10.0.0.1:80/a", false),
    ] {
        assert_eq!(Reference::parse(text).unwrap().is_here(), here, "{text}");
    }
}
