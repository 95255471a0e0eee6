//! One page from the network, when somebody asks for it.

use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error};

/// What a fetch may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// For everything: finding the host, connecting, asking, and reading the answer.
    pub time: Duration,
    /// For the answer.
    pub bytes: u64,
}

impl Default for FetchLimits {
    /// 10 seconds and 4 MiB.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            bytes: 4 << 20,
        }
    }
}

/// An answer, whatever its status is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The status of HTTP, after redirections.
    pub status: u16,
    /// What was sent.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address is none of HTTP or HTTPS.
    #[error("`{0}` is no address of HTTP or HTTPS")]
    Address(String),
    /// The time limit came first.
    #[error("no answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The answer is too long.
    #[error("the answer has more than {0} bytes")]
    TooLong(u64),
    /// The network or the other side failed.
    #[error("{0}")]
    Failed(String),
}

/// Fetches a page over HTTP or HTTPS, through the proxies that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`,
/// `ALL_PROXY`, `NO_PROXY`), with the certificates that the system trusts. At most five redirections are followed.
///
/// # Errors
///
/// If there is no answer within the limits. An answer that reports an error of its own is an answer.
pub fn fetch(address: &str, limits: FetchLimits) -> Result<Fetched, FetchError> {
    let agent = agent(address, limits, 5)?;
    answered(agent.get(address).call(), address, limits)
}

/// Sends bytes as [`fetch`] fetches, with these headers. No redirection is followed, as it could lead what is sent elsewhere.
///
/// # Errors
///
/// As [`fetch`].
pub fn send(
    address: &str,
    media_type: &str,
    headers: &[(String, String)],
    body: &[u8],
    limits: FetchLimits,
) -> Result<Fetched, FetchError> {
    let agent = agent(address, limits, 0)?;
    let request = agent.post(address).header("Content-Type", media_type);
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    answered(request.send(body), address, limits)
}

fn agent(address: &str, limits: FetchLimits, redirects: u32) -> Result<Agent, FetchError> {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Err(FetchError::Address(address.to_owned()));
    }
    // It fails if the program has installed another one, which is then used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // What cannot be read of them is not trusted; if that leaves too few, the connection fails and says so.
    let trusted = rustls_native_certs::load_native_certs().certs;
    let trusted = trusted.iter().map(|c| Certificate::from_der(c).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(trusted)))
        .build();
    let config = Agent::config_builder()
        .timeout_global(Some(limits.time))
        .max_redirects(redirects)
        .http_status_as_error(false)
        .user_agent(concat!("stackwright/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls);
    Ok(Agent::new_with_config(config.build()))
}

fn answered(
    answer: Result<ureq::http::Response<ureq::Body>, Error>,
    address: &str,
    limits: FetchLimits,
) -> Result<Fetched, FetchError> {
    let mut answer = answer.map_err(|error| failed(error, address, limits))?;
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(limits.bytes).read_to_vec();
    let body = body.map_err(|error| failed(error, address, limits))?;
    Ok(Fetched { status, body })
}

fn failed(error: Error, address: &str, limits: FetchLimits) -> FetchError {
    match error {
        Error::Timeout(_) => FetchError::TimedOut(limits.time),
        Error::BodyExceedsLimit(_) => FetchError::TooLong(limits.bytes),
        Error::BadUri(_) | Error::Http(_) => FetchError::Address(address.to_owned()),
        error => FetchError::Failed(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
