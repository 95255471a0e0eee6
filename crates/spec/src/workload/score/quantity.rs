//! Amounts of processor and memory as Score and Kubernetes write them.

/// Bytes of `125M`, `1Gi` or `1048576`. `None` for anything else, zero, or more than 64 bits hold.
pub fn memory_bytes(text: &str) -> Option<u64> {
    const SUFFIXES: [(&str, u64); 13] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("Ti", 1 << 40),
        ("Pi", 1 << 50),
        ("Ei", 1 << 60),
        ("k", 1_000),
        ("K", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
        ("T", 1_000_000_000_000),
        ("P", 1_000_000_000_000_000),
        ("E", 1_000_000_000_000_000_000),
    ];
    let (digits, factor) = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| text.strip_suffix(suffix).map(|digits| (digits, *factor)))
        .unwrap_or((text, 1));
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = is_number.then(|| digits.parse().ok())??;
    number.checked_mul(factor).filter(|bytes| *bytes > 0)
}

/// Thousandths of a processor of `2`, `0.5` or `125m`. `None` for anything else, zero, or more than 64 bits hold.
pub fn cpu_millis(text: &str) -> Option<u64> {
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    let millis = match text.strip_suffix('m') {
        Some(digits) if is_number(digits) => digits.parse().ok()?,
        Some(_) => return None,
        None => {
            let (whole, part) = text.split_once('.').unwrap_or((text, ""));
            if !is_number(whole) || !is_number(part) || (whole.is_empty() && part.is_empty()) || part.len() > 3 {
                return None;
            }
            let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
            let part: u64 = format!("{part:0<3}").parse().ok()?;
            whole.checked_mul(1000)?.checked_add(part)?
        }
    };
    (millis > 0).then_some(millis)
}
