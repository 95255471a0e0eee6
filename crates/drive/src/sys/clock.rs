//! The clock that start times are taken with.

/// Nanoseconds of `CLOCK_MONOTONIC`. Every process of a host reads the same clock, so a start time taken in one
/// process can be subtracted from one taken in another.
pub(crate) fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid place for one timespec, and the call writes nothing else.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// Nanoseconds of the unit that the kernel tells processor times in.
pub(crate) fn tick_ns() -> u64 {
    // SAFETY: sysconf takes a plain number and only reads.
    let hertz = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).unwrap_or(100);
    1_000_000_000 / hertz.max(1)
}

/// Nanoseconds as milliseconds.
pub(crate) fn milliseconds(ns: u64) -> f64 {
    // A run of months still fits a float's 53 bits exactly.
    #[allow(clippy::cast_precision_loss)]
    let ns = ns as f64;
    ns / 1e6
}
