//! Whether something answers at a port of a workload.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::protocol::Network;
use crate::sys::process::{effective_ids, join_namespaces};

/// Loopback, as a workload may listen at.
const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
/// Most bytes of an answer's first line, and of the rest of it.
const LINE: u64 = 1024;
const REST_BYTES: usize = 64 << 10;
/// How long the rest of an answer is waited for.
const REST: Duration = Duration::from_millis(100);

/// Goes into a network namespace.
pub(super) fn go_into(network: &Network) -> io::Result<()> {
    // Root may go into it as it is; others have to be the root of its users first.
    let users = if effective_ids().0 == 0 { 0 } else { libc::CLONE_NEWUSER };
    join_namespaces(network.pid, users | libc::CLONE_NEWNET)?;
    let link = fs::read_link("/proc/self/ns/net")?;
    if link.to_str() == Some(&format!("net:[{}]", network.number)) {
        Ok(())
    } else {
        Err(io::Error::other("the workload has ended"))
    }
}

/// A connection to a port on loopback.
pub(super) fn connect(port: u16, patience: Duration) -> io::Result<TcpStream> {
    let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in LOOPBACK {
        match TcpStream::connect_timeout(&SocketAddr::new(address, port), patience) {
            Ok(stream) => return Ok(stream),
            // What comes of the first address is what people expect to hear of.
            Err(refused) if address.is_ipv4() => error = refused,
            Err(_) => {}
        }
    }
    Err(error)
}

/// Connects to the port, and asks it for a path if there is one. As for Kubernetes, an answer is good with a status from
/// 200 to 399.
pub(super) fn reach(
    network: Option<&Network>,
    port: u16,
    path: Option<&str>,
    patience: Duration,
) -> Result<String, String> {
    let until = Instant::now() + patience;
    let text = |error: io::Error| format!("port {port}: {error}");
    if let Some(network) = network {
        go_into(network).map_err(text)?;
    }
    let mut stream = connect(port, patience).map_err(text)?;
    let Some(path) = path else {
        return Ok(format!("port {port} takes connections"));
    };
    let left = || {
        until
            .saturating_duration_since(Instant::now())
            .max(Duration::from_millis(1))
    };
    stream.set_write_timeout(Some(left())).map_err(text)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: stackwright-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).map_err(text)?;
    let mut line = Vec::new();
    while !line.contains(&b'\n') && (line.len() as u64) < LINE {
        stream.set_read_timeout(Some(left())).map_err(text)?;
        let mut piece = [0_u8; 256];
        match stream.read(&mut piece).map_err(text)? {
            0 => break,
            length => line.extend_from_slice(piece.get(..length).unwrap_or_default()),
        }
    }
    drain(&mut stream, left());
    let line = String::from_utf8_lossy(&line);
    match status(&line) {
        Some(status @ 200..=399) => Ok(format!("port {port} answered {path} with status {status}")),
        Some(status) => Err(format!("port {port} answered {path} with status {status}")),
        None => Err(format!("port {port} did not answer {path} by HTTP")),
    }
}

/// Takes the rest of an answer, for a moment: closed before, many servers complain that nobody listens to them.
fn drain(stream: &mut TcpStream, most: Duration) {
    let until = Instant::now() + most.min(REST);
    let mut left = REST_BYTES;
    let mut piece = [0_u8; 4096];
    while left > 0 {
        let time = until.saturating_duration_since(Instant::now());
        if time.is_zero() || stream.set_read_timeout(Some(time)).is_err() {
            return;
        }
        match stream.read(&mut piece) {
            Ok(length @ 1..) => left = left.saturating_sub(length),
            _ => return,
        }
    }
}

/// The status of an answer's first line.
fn status(line: &str) -> Option<u16> {
    let mut words = line.lines().next()?.split(' ');
    let version = words.next()?;
    let status = words.next()?;
    (version.starts_with("HTTP/1.") && status.len() == 3).then(|| status.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::status;

    #[test]
    fn statuses() {
        for (line, expected) in [
            ("HTTP/1.1 200 OK\r\nx: y\r\n", Some(200)),
            ("HTTP/1.0 404\r\n", Some(404)),
            ("HTTP/1.1 503 Service Unavailable", Some(503)),
            ("HTTP/1.1 2000 no", None),
            ("HTTP/1.1", None),
            ("SSH-2.0-x 200", None),
            ("", None),
        ] {
            assert_eq!(status(line), expected, "{line}");
        }
    }
}
