//! Ports and probes, as the options of `run` write them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use stackwright::Diagnostic;
use stackwright::quantity::Dimension;
use stackwright::spec::launch::{Probe, ProbeAction, Probes, Publish};
use stackwright_locale::{Locale, say};

use super::run::{quantity, whole};
use crate::arguments;

/// What a probe has where nothing is said, as in Kubernetes; times in milliseconds.
const EVERY_MS: u64 = 10_000;
const TIMEOUT_MS: u64 = 1_000;
const FAILURES: u32 = 3;

/// The ports that are published: `[[ADDRESS:]HOST_PORT:]PORT`.
pub fn published(texts: &[String], locale: &Locale) -> Result<Vec<Publish>, Diagnostic> {
    let one = |text: &String| {
        publish(text).ok_or_else(|| {
            Diagnostic::new("run::argument", say!(locale, "run-no-port", text = text.as_str()))
                .with_help(say!(locale, "run-no-port-help"))
        })
    };
    texts.iter().map(one).collect()
}

fn publish(text: &str) -> Option<Publish> {
    let text = text.strip_suffix("/tcp").unwrap_or(text);
    let (rest, port) = match text.rsplit_once(':') {
        Some((rest, port)) => (Some(rest), port),
        None => (None, text),
    };
    let port: u16 = number(port).filter(|port| *port > 0)?;
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let host = match rest {
        None => SocketAddr::new(loopback, port),
        Some(rest) => match rest.rsplit_once(':') {
            None => SocketAddr::new(loopback, number(rest)?),
            Some((address, host_port)) => {
                let bracketed = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                let address: IpAddr = match bracketed {
                    Some(six) => IpAddr::V6(six.parse().ok()?),
                    None => IpAddr::V4(address.parse().ok()?),
                };
                SocketAddr::new(address, number(host_port)?)
            }
        },
    };
    Some(Publish { host, port })
}

/// A number in plain digits: parsing alone would take a sign.
fn number(text: &str) -> Option<u16> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// The probes of a run.
pub fn probes(arguments: &arguments::Run, locale: &Locale) -> Result<Probes, Diagnostic> {
    let read = |option: &str, text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| probe(option, text, locale)).transpose()
    };
    Ok(Probes {
        startup: read("--startup", &arguments.startup)?,
        readiness: read("--readiness", &arguments.readiness)?,
        liveness: read("--liveness", &arguments.liveness)?,
    })
}

/// Settings, each with a comma after it, and what is tried.
fn probe(option: &str, text: &str, locale: &Locale) -> Result<Probe, Diagnostic> {
    let wrong = || {
        Diagnostic::new(
            "run::argument",
            say!(locale, "run-no-probe", option = option, text = text),
        )
        .with_help(say!(locale, "run-no-probe-help"))
    };
    let mut probe = Probe {
        action: ProbeAction::Exec(Vec::new()),
        after_ms: 0,
        every_ms: EVERY_MS,
        timeout_ms: TIMEOUT_MS,
        failures: FAILURES,
    };
    let mut rest = text;
    loop {
        if let Some(action) = action(rest) {
            probe.action = action.ok_or_else(wrong)?;
            return Ok(probe);
        }
        let (setting, after) = rest.split_once(',').ok_or_else(wrong)?;
        let (name, value) = setting.split_once('=').ok_or_else(wrong)?;
        let time = || quantity(option, value, Dimension::Time);
        match name {
            "every" => probe.every_ms = whole(time()?),
            "timeout" => probe.timeout_ms = whole(time()?),
            // The cast saturates, and a quantity is neither negative nor NaN.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            "after" => probe.after_ms = time()?.ceil() as u64,
            "failures" => probe.failures = value.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        }
        rest = after;
    }
}

/// What is tried, if this says so; `Some(None)` if it does so wrongly.
fn action(text: &str) -> Option<Option<ProbeAction>> {
    let port = |text: &str| number(text).filter(|port| *port > 0);
    if let Some(text) = text.strip_prefix("tcp:") {
        return Some(port(text).map(ProbeAction::Tcp));
    }
    if let Some(text) = text.strip_prefix("http:") {
        let (number, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let path = if path.is_empty() { "/" } else { path };
        let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
        let action = port(number).filter(|_| plain).map(|port| ProbeAction::Http {
            port,
            path: path.to_owned(),
        });
        return Some(action);
    }
    let words: Vec<String> = text
        .strip_prefix("exec:")?
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    Some((!words.is_empty()).then_some(ProbeAction::Exec(words)))
}

#[cfg(test)]
#[path = "probes_tests.rs"]
mod tests;
