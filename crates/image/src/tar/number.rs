//! Numbers in headers.

/// Reads a number: octal digits with spaces or zero bytes around, or, if the first bit is set, two's complement of the rest.
pub(super) fn read(field: &[u8]) -> Option<i64> {
    match field.first() {
        Some(first) if first & 0x80 != 0 => base_256(field),
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<i64> {
    let blank = |b: &u8| *b == b' ' || *b == 0;
    let start = field.iter().position(|b| !blank(b)).unwrap_or(field.len());
    let digits = field.get(start..)?;
    let length = digits.iter().position(blank).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at_checked(length)?;
    if !rest.iter().all(blank) {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|d| *d < 8)?;
        number.checked_mul(8)?.checked_add(i64::from(digit))
    })
}

fn base_256(field: &[u8]) -> Option<i64> {
    let (first, rest) = field.split_first()?;
    let negative = first & 0x40 != 0;
    // The first bit only marks the form; the second is the sign.
    let first = if negative { first | 0x80 } else { first & 0x7f };
    let start = if negative { -1_i64 } else { 0 };
    std::iter::once(&first).chain(rest).try_fold(start, |number, byte| {
        number.checked_mul(256)?.checked_add(i64::from(*byte))
    })
}

/// Writes a number as octal digits that fill the field but for a zero byte at its end; `None` if it does not fit.
pub(super) fn write(field: &mut [u8], number: u64) -> Option<()> {
    let digits = field.len().checked_sub(1)?;
    let text = format!("{number:0digits$o}");
    if text.len() > digits {
        return None;
    }
    field.get_mut(..digits)?.copy_from_slice(text.as_bytes());
    *field.last_mut()? = 0;
    Some(())
}
