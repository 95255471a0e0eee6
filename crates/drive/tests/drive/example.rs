//! The example workload.

use std::fs;
use std::path::PathBuf;

use stackwright_drive::Io;

use crate::harness::Outcome;
use crate::world::{World, launch};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/edge-function")
        .join(name)
}

/// Writes the module anew: `cargo test -p stackwright-drive --test drive -- --part update-example`.
pub fn update() {
    fs::write(path("function.wasm"), wat::parse_file(path("function.wat")).unwrap()).unwrap();
}

pub fn the_module_is_the_text(_: &World) -> Outcome {
    let module = fs::read(path("function.wasm")).unwrap();
    assert!(
        module == wat::parse_file(path("function.wat")).unwrap(),
        "function.wasm is not function.wat compiled; `--part update-example` writes it anew"
    );
    Ok(())
}

/// What the function answers to this input and these arguments.
fn answer(world: &World, input: &str, args: &[&str]) -> String {
    let mut launch = launch("ICSW", &path("function.wasm"));
    launch.args = args.iter().map(|arg| (*arg).to_owned()).collect();
    let report = world.driver().run(&launch, Io::captured_with_input(input)).unwrap();
    assert!(report.ok, "{report:#?}");
    report.stdout.unwrap()
}

fn response(status: &str, method: &str, path: &str) -> String {
    let key = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    let hash = format!("{method} {path}").bytes().fold(0xcbf2_9ce4_8422_2325, key);
    let body = format!("method {method}\npath {path}\nbucket {} of 64\n", hash % 64);
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncache-key: {hash:016x}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

pub fn requests(world: &World) -> Outcome {
    let bad = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 12\r\n\r\nbad request\n";
    assert_eq!(answer(world, "", &[]), response("200 OK", "GET", "/"));
    assert_eq!(
        answer(world, "", &["GET", "/items/42"]),
        response("200 OK", "GET", "/items/42")
    );
    assert_eq!(
        answer(world, "", &["DELETE", "/items/42"]),
        response("405 Method Not Allowed", "DELETE", "/items/42")
    );
    let request = "GET /search?q=%E4%BA%94 HTTP/1.1\r\nhost: example.org\r\n\r\n";
    assert_eq!(
        answer(world, request, &["ignored"]),
        response("200 OK", "GET", "/search?q=%E4%BA%94")
    );
    let (headers, _) = response("200 OK", "GET", "/a")
        .split_once("\r\n\r\n")
        .map(|(a, b)| (a.to_owned(), b.len()))
        .unwrap();
    assert_eq!(answer(world, "HEAD /a HTTP/1.1\r\n\r\n", &[]), headers + "\r\n\r\n");
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(8000));
    assert_eq!(answer(world, &long, &[]), response("200 OK", "GET", &long[4..8005]));
    for input in [
        "\n",
        "GET",
        "GET ",
        "GET  /two-spaces",
        "get-nothing",
        "GET relative HTTP/1.1",
    ] {
        assert_eq!(answer(world, input, &[]), bad, "{input:?}");
    }
    let too_long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(60_000));
    assert_eq!(answer(world, &too_long, &[]), bad);
    Ok(())
}
