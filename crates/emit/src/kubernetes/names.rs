//! Names and ports that the platform refuses.

use stackwright_spec::workload::Port;

use crate::EmitError;

/// A label of the domain name system (RFC 1123), of at most 63 characters.
pub(crate) fn is_label(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !text.is_empty()
        && text.len() <= 63
        && text.starts_with(edge)
        && text.ends_with(edge)
        && text.chars().all(|c| edge(c) || c == '-')
}

/// The name of everything in the bundle: also one for a service, which begins with a letter (RFC 1035).
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), EmitError> {
    if is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Ok(());
    }
    Err(EmitError::Name {
        what,
        name: name.to_owned(),
        rule: "it has 1 to 63 lower-case letters, digits and inner hyphens, a letter first",
    })
}

/// Names of ports have at most 15 characters, a letter among them, and are used once; a port is served once.
pub(crate) fn check_ports(ports: &[Port]) -> Result<(), EmitError> {
    let clash = |name: String, rule| EmitError::Name {
        what: "port",
        name,
        rule,
    };
    for (index, port) in ports.iter().enumerate() {
        let earlier = ports.get(..index).unwrap_or_default();
        if let Some(name) = &port.name {
            let letters = name.bytes().any(|b| b.is_ascii_lowercase());
            if !is_label(name) || name.len() > 15 || !letters || name.contains("--") {
                let rule = "it has at most 15 lower-case letters, digits and inner single hyphens, and a letter";
                return Err(clash(name.clone(), rule));
            }
            if earlier.iter().any(|e| e.name.as_ref() == Some(name)) {
                return Err(clash(name.clone(), "two ports cannot have one name"));
            }
        }
        if earlier
            .iter()
            .any(|e| (e.service, e.protocol) == (port.service, port.protocol))
        {
            return Err(clash(port.to_string(), "two ports cannot be served at one"));
        }
    }
    Ok(())
}
