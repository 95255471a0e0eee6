#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: a panic here is a failed test"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{FetchError, FetchLimits, fetch};

/// A server on loopback that gives each answer to one connection, and then the first lines that it was asked.
fn server(answers: Vec<Vec<u8>>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let asked = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            asked.push(lines.next().unwrap().unwrap());
            while lines.next().is_some_and(|line| line.is_ok_and(|l| !l.is_empty())) {}
            let _ = stream.write_all(&answer);
        }
        asked
    });
    (address, asked)
}

fn ok(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes()
}

#[test]
fn an_answer_is_fetched_after_a_redirection() {
    let moved = b"HTTP/1.1 301 Moved\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    let (address, asked) = server(vec![moved, ok("text")]);
    let fetched = fetch(&format!("http://{address}/here"), FetchLimits::default()).unwrap();
    assert_eq!((fetched.status, fetched.body.as_slice()), (200, &b"text"[..]));
    assert_eq!(asked.join().unwrap(), ["GET /here HTTP/1.1", "GET /there HTTP/1.1"]);
}

#[test]
fn a_status_is_an_answer() {
    let (address, asked) = server(vec![
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    ]);
    let fetched = fetch(&format!("http://{address}/"), FetchLimits::default()).unwrap();
    assert_eq!(fetched.status, 404);
    asked.join().unwrap();
}

#[test]
fn limits_hold() {
    let (address, asked) = server(vec![ok("four")]);
    let limits = FetchLimits {
        bytes: 3,
        ..FetchLimits::default()
    };
    let error = fetch(&format!("http://{address}/"), limits).unwrap_err();
    assert!(matches!(error, FetchError::TooLong(3)), "{error}");
    asked.join().unwrap();
    // It listens, and nobody answers.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let limits = FetchLimits {
        time: Duration::from_millis(100),
        ..FetchLimits::default()
    };
    let error = fetch(&format!("http://{}/", listener.local_addr().unwrap()), limits).unwrap_err();
    assert!(matches!(error, FetchError::TimedOut(_)), "{error}");
}

#[test]
fn what_is_no_address_is_refused() {
    for address in [
        "",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://",
        "http://[/",
        "//x",
        "http://a b/",
    ] {
        let error = fetch(address, FetchLimits::default()).unwrap_err();
        assert!(matches!(error, FetchError::Address(_)), "{address}: {error:?}");
    }
}
