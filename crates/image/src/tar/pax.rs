//! Pax records: what does not fit into a header.

/// Calls `take` with every record, in order.
///
/// A record is its own length in decimal, a space, a key, `=`, a value and a line feed.
pub(super) fn records(mut text: &[u8], mut take: impl FnMut(&[u8], &[u8]) -> Result<(), String>) -> Result<(), String> {
    while !text.is_empty() {
        let (record, rest) = split(text).ok_or("a pax record is malformed")?;
        let equals = record.iter().position(|b| *b == b'=');
        let (key, value) = equals
            .and_then(|at| Some((record.get(..at)?, record.get(at + 1..)?)))
            .ok_or("a pax record has no key")?;
        if key.is_empty() || key.contains(&0) {
            return Err("the key of a pax record is malformed".to_owned());
        }
        take(key, value)?;
        text = rest;
    }
    Ok(())
}

/// The first record without its length and line feed, and what follows it.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    // More than ten digits would be longer than any record that is read.
    let space = text.iter().take(11).position(|b| *b == b' ')?;
    let length = usize::try_from(decimal(text.get(..space)?)?).ok()?;
    let record = text.get(space + 1..length)?;
    let (line_feed, record) = record.split_last()?;
    (*line_feed == b'\n').then_some((record, text.get(length..)?))
}

/// A decimal number without a sign.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|d| *d < 10)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Seconds and nanoseconds of a time such as `-1.5`; digits after the ninth of the fraction are cut off.
pub(super) fn time(text: &[u8]) -> Option<(i64, u32)> {
    let (negative, text) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    let point = text.iter().position(|b| *b == b'.');
    let (whole, fraction) = match point {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?),
        None => (text, &[][..]),
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = i64::try_from(decimal(whole)?).ok()?;
    let digits = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(9);
    let nanoseconds = digits.fold(0_u32, |n, digit| n * 10 + u32::from(digit - b'0'));
    Some(match (negative, nanoseconds) {
        (false, _) => (seconds, nanoseconds),
        (true, 0) => (-seconds, 0),
        (true, _) => (-seconds - 1, 1_000_000_000 - nanoseconds),
    })
}

/// One record, its length included.
pub(super) fn record(key: &[u8], value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest;
    // The length counts its own digits; a second round suffices, as more digits add at most one digit.
    for _ in 0..2 {
        length = rest + length.to_string().len();
    }
    let mut record = format!("{length} ").into_bytes();
    record.extend_from_slice(key);
    record.push(b'=');
    record.extend_from_slice(value);
    record.push(b'\n');
    record
}
