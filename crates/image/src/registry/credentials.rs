//! Credentials, from the files and helpers that other programs keep them in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::error::ImageError;

/// How long a helper may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often, and how far apart, a helper that has answered is asked whether it has ended.
const ENDING: u32 = 200;
const STEP: Duration = Duration::from_millis(5);
/// The greatest answer of a helper, and the greatest file, that is read.
const MOST: u64 = 1 << 20;
/// The user name that means that the secret is a token to get tokens with.
const TOKEN_USER: &str = "<token>";

/// Something that must not be seen.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// Who is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// A user with a password.
    Basic(String, Secret),
    /// A token that others are got with.
    Refresh(Secret),
}

/// The files in which credentials are looked for, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    files: Vec<PathBuf>,
    helpers: Option<OsString>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct File {
    auths: BTreeMap<String, Auth>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Credentials {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Of these files.
    pub fn of_files(files: Vec<PathBuf>) -> Self {
        Self { files, helpers: None }
    }

    /// The same with helpers looked for in these folders, separated as in `PATH`, instead of those of `PATH`.
    #[must_use]
    pub fn with_helpers_in(self, folders: impl Into<OsString>) -> Self {
        Self {
            helpers: Some(folders.into()),
            ..self
        }
    }

    /// Where the programs that log in keep them for this user.
    pub fn of_user() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let home = variable("HOME");
        let docker = variable("DOCKER_CONFIG").or_else(|| Some(home.as_ref()?.join(".docker")));
        let config = variable("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
        let files = [
            variable("REGISTRY_AUTH_FILE"),
            docker.map(|folder| folder.join("config.json")),
            variable("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
            config.map(|folder| folder.join("containers/auth.json")),
        ];
        Self::of_files(files.into_iter().flatten().collect())
    }

    /// The login for a registry, by its key; `None` if no file has one.
    pub(super) fn find(&self, key: &str) -> Result<Option<Login>, ImageError> {
        for path in &self.files {
            let Some(file) = read(path, key)? else { continue };
            if let Some(helper) = file.cred_helpers.get(key) {
                return self.ask(helper, key).map(Some);
            }
            if let Some(login) = file.auths.get(key).map(|auth| login(auth, key)).transpose()?.flatten() {
                return Ok(Some(login));
            }
            // A store for everything may well have nothing for this registry.
            if !file.creds_store.is_empty()
                && let Ok(login) = self.ask(&file.creds_store, key)
            {
                return Ok(Some(login));
            }
        }
        Ok(None)
    }
}

fn wrong(registry: &str, why: impl Into<String>) -> ImageError {
    ImageError::Credentials {
        registry: registry.to_owned(),
        why: why.into(),
    }
}

fn read(path: &Path, key: &str) -> Result<Option<File>, ImageError> {
    let Ok(file) = fs::File::open(path) else {
        return Ok(None);
    };
    let mut text = Vec::new();
    let read = file.take(MOST).read_to_end(&mut text);
    read.map_err(|e| wrong(key, format!("{}: {e}", path.display())))?;
    // The parser's message could quote what it found.
    let parsed = serde_json::from_slice(&text);
    parsed
        .map(Some)
        .map_err(|e| wrong(key, format!("{}, line {}, is malformed", path.display(), e.line())))
}

fn login(auth: &Auth, key: &str) -> Result<Option<Login>, ImageError> {
    if !auth.identitytoken.is_empty() {
        return Ok(Some(Login::Refresh(Secret(auth.identitytoken.clone()))));
    }
    if !auth.username.is_empty() {
        return Ok(Some(Login::Basic(auth.username.clone(), Secret(auth.password.clone()))));
    }
    if auth.auth.is_empty() {
        return Ok(None);
    }
    let decoded = STANDARD
        .decode(auth.auth.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.as_deref().and_then(|text| text.split_once(':')) {
        Some((user, password)) => Ok(Some(Login::Basic(
            user.to_owned(),
            // Some programs fill the end with zeros.
            Secret(password.trim_end_matches('\0').to_owned()),
        ))),
        None => Err(wrong(key, "the entry in `auths` is malformed")),
    }
}

impl Credentials {
    /// Asks a helper: the registry goes to its standard input, and what it knows comes from its standard output.
    fn ask(&self, helper: &str, key: &str) -> Result<Login, ImageError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if helper.is_empty() || !helper.chars().all(plain) {
            return Err(wrong(key, "the helper's name is malformed"));
        }
        let program = format!("docker-credential-{helper}");
        let failed = |why: String| wrong(key, format!("{program}: {why}"));
        let mut command = Command::new(&program);
        if let Some(folders) = &self.helpers {
            command.env("PATH", folders);
        }
        let child = command
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.map_err(|e| failed(e.to_string()))?;
        if let Some(mut input) = child.stdin.take() {
            // A helper that does not want to know will say so by its end.
            let _ = input.write_all(key.as_bytes());
        }
        let output = child.stdout.take();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = Vec::new();
            let read = output.map(|output| output.take(MOST).read_to_end(&mut text));
            let _ = sender.send(read.is_some_and(|r| r.is_ok()).then_some(text));
        });
        let text = receiver.recv_timeout(PATIENCE);
        // What has said all that it has to say ends soon; what does not is ended.
        for _ in 0..ENDING {
            if text.is_err() || child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            std::thread::sleep(STEP);
        }
        let _ = child.kill();
        let status = child.wait().map_err(|e| failed(e.to_string()))?;
        let text = text.map_err(|_| failed(format!("no answer within {} s", PATIENCE.as_secs())))?;
        if !status.success() {
            return Err(failed(format!("it ended with {status}")));
        }
        let answer: Option<Answer> = text.and_then(|text| serde_json::from_slice(&text).ok());
        let answer = answer.ok_or_else(|| failed("its answer is malformed".to_owned()))?;
        Ok(match answer.username.as_str() {
            TOKEN_USER => Login::Refresh(Secret(answer.secret)),
            _ => Login::Basic(answer.username, Secret(answer.secret)),
        })
    }
}

#[cfg(test)]
mod tests;
