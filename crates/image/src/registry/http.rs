//! Requests to one registry.

use std::fs::{self, File};
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{Request, Response};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, SendBody};

use super::access::{Access, Challenge};
use super::reference::{Reference, data};
use super::{Login, Settings};
use crate::digest::Digest;
use crate::error::ImageError;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(15);
/// Redirects that are followed: registries send blobs from elsewhere.
const REDIRECTS: u32 = 5;
/// What is shown of a registry's own message.
const SHOWN: u64 = 4 << 10;

/// What is sent with a request.
pub(super) enum Body<'a> {
    None,
    Bytes(&'a [u8]),
    File(&'a mut File, u64),
}

/// What a registry answered.
pub(super) struct Answer(Response<ureq::Body>);

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    pub(super) fn body(self) -> impl Read {
        // Whoever reads has a limit of its own.
        self.0.into_body().into_with_config().limit(u64::MAX).reader()
    }
}

/// Speaks to a registry about one repository.
pub(super) struct Client {
    agent: Agent,
    reference: Reference,
    base: String,
    /// What the registry is asked to allow.
    actions: &'static str,
    access: Option<Access>,
    login: Option<Login>,
}

impl Client {
    pub(super) fn new(reference: &Reference, settings: &Settings, push: bool) -> Result<Self, ImageError> {
        let plain = settings.plain_http || reference.is_here();
        let scheme = if plain { "http" } else { "https" };
        let mut config = Agent::config_builder()
            .https_only(!plain)
            .http_status_as_error(false)
            .max_redirects(REDIRECTS)
            .user_agent(concat!("stackwright/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(settings.timeout))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(settings.silence))
            .timeout_per_write(Some(settings.silence));
        if !plain {
            config = config.tls_config(tls(reference)?);
        }
        // What is on this machine is not reached through another.
        if reference.is_here() {
            config = config.proxy(None);
        }
        Ok(Self {
            agent: config.build().into(),
            reference: reference.clone(),
            base: format!("{scheme}://{}", reference.host()),
            actions: if push { "pull,push" } else { "pull" },
            access: None,
            login: settings.credentials.find(reference.credentials_key())?,
        })
    }

    pub(super) fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The address of something of the repository.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("{}/v2/{}/{rest}", self.base, self.reference.repository)
    }

    pub(super) fn failed(&self, what: impl Into<String>) -> ImageError {
        ImageError::Registry {
            registry: self.reference.registry.clone(),
            what: what.into(),
        }
    }

    /// Where a blob is to be sent, of what the registry said.
    pub(super) fn upload_place(&self, location: &str, digest: &Digest) -> Result<String, ImageError> {
        let place = match location {
            "" => return Err(self.failed("it does not say where a blob is to be sent")),
            path if path.starts_with('/') => format!("{}{path}", self.base),
            // Elsewhere would be given what is meant for the registry.
            url if url.starts_with(&format!("{}/", self.base)) => url.to_owned(),
            _ => return Err(self.failed("it wants blobs to be sent to another host")),
        };
        let joint = if place.contains('?') { '&' } else { '?' };
        Ok(format!("{place}{joint}digest={digest}"))
    }

    /// Whether there is something at the address.
    pub(super) fn is_there(&mut self, url: &str) -> Result<bool, ImageError> {
        match self.exchange("HEAD", url, &[], Body::None)? {
            answer if answer.0.status().is_success() => Ok(true),
            answer if answer.0.status() == 404 => Ok(false),
            answer => Err(self.refused("HEAD", answer)),
        }
    }

    /// Sends a request; an answer other than a success is an error.
    pub(super) fn send(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Body<'_>,
    ) -> Result<Answer, ImageError> {
        match self.exchange(method, url, headers, body)? {
            answer if answer.0.status().is_success() => Ok(answer),
            answer => Err(self.refused(method, answer)),
        }
    }

    fn refused(&self, method: &str, answer: Answer) -> ImageError {
        let status = answer.0.status();
        if matches!(status.as_u16(), 401 | 403) {
            return ImageError::Access {
                registry: self.reference.registry.clone(),
                what: self.reference.repository.clone(),
            };
        }
        if status == 404 && method == "GET" {
            return ImageError::Missing {
                name: self.reference.to_string(),
                available: Vec::new(),
            };
        }
        let mut said = Vec::new();
        let _ = answer.body().take(SHOWN).read_to_end(&mut said);
        let said: String = String::from_utf8_lossy(&said)
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        self.failed(format!("{method} was answered with {status}: {said}"))
    }

    /// Sends a request, and once more with access if the registry asks for that.
    fn exchange(
        &mut self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        mut body: Body<'_>,
    ) -> Result<Answer, ImageError> {
        let answer = self.once(method, url, headers, &mut body)?;
        if answer.0.status() != 401 {
            return Ok(answer);
        }
        let challenge = answer.header("www-authenticate").and_then(Challenge::parse);
        let Some(challenge) = challenge else {
            return Ok(answer);
        };
        drop(answer);
        self.access = Some(self.answer_challenge(&challenge)?);
        if let Body::File(file, _) = &mut body {
            use std::io::Seek as _;
            file.rewind().map_err(ImageError::file("read", "a blob"))?;
        }
        self.once(method, url, headers, &mut body)
    }

    fn answer_challenge(&self, challenge: &Challenge) -> Result<Access, ImageError> {
        let Challenge::Bearer { realm, service } = challenge else {
            return match &self.login {
                Some(Login::Basic(user, password)) => Ok(Access::basic(user, password)),
                _ => Err(ImageError::Access {
                    registry: self.reference.registry.clone(),
                    what: self.reference.repository.clone(),
                }),
            };
        };
        if !(realm.starts_with("https://") || (self.base.starts_with("http://") && realm.starts_with("http://"))) {
            return Err(self.failed("it wants credentials to be sent in the clear"));
        }
        let scope = format!("repository:{}:{}", self.reference.repository, self.actions);
        let request = Access::request_token(realm, service, &scope, self.login.as_ref());
        let (url, headers, form) = request;
        let method = if form.is_some() { "POST" } else { "GET" };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut body = match &form {
            Some(form) => Body::Bytes(form.as_bytes()),
            None => Body::None,
        };
        let answer = self.raw(method, &url, &headers, &mut body)?;
        if !answer.0.status().is_success() {
            return Err(ImageError::Access {
                registry: self.reference.registry.clone(),
                what: self.reference.repository.clone(),
            });
        }
        let mut text = Vec::new();
        let read = answer.body().take(1 << 20).read_to_end(&mut text);
        read.map_err(|e| self.failed(format!("the issuer of tokens: {e}")))?;
        Access::token(&text).ok_or_else(|| self.failed("the issuer of tokens gave none"))
    }

    fn once(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &mut Body<'_>,
    ) -> Result<Answer, ImageError> {
        let mut headers = headers.to_vec();
        if let Some(access) = &self.access {
            headers.push(("Authorization", access.header()));
        }
        self.raw(method, url, &headers, body)
    }

    fn raw(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &mut Body<'_>,
    ) -> Result<Answer, ImageError> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Body::File(_, size) = body {
            request = request.header("Content-Length", *size);
        }
        let failed = |e: ureq::Error| self.failed(format!("{method}: {e}"));
        let malformed = |e: ureq::http::Error| self.failed(format!("{method}: {e}"));
        let response = match body {
            Body::None => self.agent.run(request.body(()).map_err(malformed)?),
            Body::Bytes(bytes) => self.agent.run(request.body(&**bytes).map_err(malformed)?),
            Body::File(file, _) => self
                .agent
                .run(request.body(SendBody::from_reader(*file)).map_err(malformed)?),
        };
        response.map(Answer).map_err(failed)
    }
}

/// TLS with the certificates that this host trusts.
fn tls(reference: &Reference) -> Result<TlsConfig, ImageError> {
    let named = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
    let known = data().certificates.iter().map(std::path::PathBuf::from);
    let found = named.into_iter().chain(known).find_map(|path| fs::read(path).ok());
    let found = found.ok_or_else(|| ImageError::Registry {
        registry: reference.registry.clone(),
        what: "this host has no certificates to know registries by: install ca-certificates, or name a file in SSL_CERT_FILE".to_owned(),
    })?;
    let certificates = parse_pem(&found).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::from(certificates.collect::<Vec<_>>()))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}
