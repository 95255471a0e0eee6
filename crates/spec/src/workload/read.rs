//! Reading numbers from bytes that may end or lie anywhere.

/// The order of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// An unsigned number of `size` bytes, at most 8, at an offset; `None` beyond the end.
pub(super) fn number(bytes: &[u8], offset: u64, size: usize, order: Order) -> Option<u64> {
    let start = usize::try_from(offset).ok()?;
    let field = bytes.get(start..start.checked_add(size)?)?;
    let fold = |value: u64, byte: &u8| (value << 8) | u64::from(*byte);
    Some(match order {
        Order::Little => field.iter().rev().fold(0, fold),
        Order::Big => field.iter().fold(0, fold),
    })
}

/// A number in the LEB128 coding of at most 32 bits, and the bytes after it.
pub(super) fn leb128(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut value: u64 = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(value).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

/// A name with its length before it, and the bytes after it.
pub(super) fn name(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = leb128(bytes)?;
    let (name, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((std::str::from_utf8(name).ok()?, rest))
}
