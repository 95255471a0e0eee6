//! How registries let somebody in: by password, or by a token from an issuer that they name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::credentials::{Login, Secret};

/// What a registry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A user name and password.
    Basic,
    /// A token of the issuer.
    Bearer { realm: String, service: String },
}

impl Challenge {
    /// Reads the value of `WWW-Authenticate`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service) = (None, String::new());
        let mut rest = rest.trim();
        while let Some((key, after)) = rest.split_once('=') {
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_once(',').unwrap_or((after, "")),
            };
            match key.trim() {
                "realm" => realm = Some(value.to_owned()),
                "service" => value.clone_into(&mut service),
                _ => {}
            }
            rest = after.trim_start_matches([',', ' ']);
        }
        Some(Self::Bearer { realm: realm?, service })
    }
}

/// What lets us in.
pub(super) struct Access(Secret);

/// A request for a token: address, headers, and a form to be sent, if any.
type TokenRequest = (String, Vec<(&'static str, String)>, Option<String>);

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl Access {
    /// By a password.
    pub(super) fn basic(user: &str, password: &Secret) -> Self {
        Self(Secret(basic(user, password)))
    }

    /// The value of `Authorization`.
    pub(super) fn header(&self) -> &str {
        &self.0.0
    }

    /// What to ask the issuer.
    pub(super) fn request_token(realm: &str, service: &str, scope: &str, login: Option<&Login>) -> TokenRequest {
        let (service, scope) = (encoded(service), encoded(scope));
        match login {
            Some(Login::Refresh(token)) => {
                let token = encoded(&token.0);
                let form = format!(
                    "grant_type=refresh_token&client_id=stackwright&service={service}&scope={scope}&refresh_token={token}"
                );
                let content = ("Content-Type", "application/x-www-form-urlencoded".to_owned());
                (realm.to_owned(), vec![content], Some(form))
            }
            login => {
                let joint = if realm.contains('?') { '&' } else { '?' };
                let url = format!("{realm}{joint}service={service}&scope={scope}");
                let headers = match login {
                    Some(Login::Basic(user, password)) => vec![("Authorization", basic(user, password))],
                    _ => Vec::new(),
                };
                (url, headers, None)
            }
        }
    }

    /// By what the issuer gave.
    pub(super) fn token(answer: &[u8]) -> Option<Self> {
        let Token { token, access_token } = serde_json::from_slice(answer).ok()?;
        let token = if token.is_empty() { access_token } else { token };
        (!token.is_empty()).then(|| Self(Secret(format!("Bearer {token}"))))
    }
}

fn basic(user: &str, password: &Secret) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.0)))
}

/// As it stands in a query.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
