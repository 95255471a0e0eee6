//! Handing descriptors to another process over a control channel.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::{check, process};

/// Most descriptors at once.
const MOST: usize = 16;
/// Room for one control message with so many, aligned as the kernel reads and writes it.
type Space = [u64; 16];

/// Hands descriptors on, each to have its number there.
pub(crate) fn send(channel: BorrowedFd<'_>, descriptors: &[(BorrowedFd<'_>, RawFd)]) -> io::Result<()> {
    let too_many = || io::Error::from(io::ErrorKind::InvalidInput);
    let mut numbers: Vec<u8> = descriptors
        .iter()
        .map(|(_, number)| u8::try_from(*number).map_err(|_| too_many()))
        .collect::<io::Result<_>>()?;
    let raw: Vec<RawFd> = descriptors.iter().map(|(fd, _)| fd.as_raw_fd()).collect();
    if raw.is_empty() || raw.len() > MOST {
        return Err(too_many());
    }
    let length = libc::c_uint::try_from(size_of_val(raw.as_slice())).map_err(|_| too_many())?;
    let mut space: Space = [0; 16];
    with_header(&mut numbers, &mut space, |header| {
        // SAFETY: CMSG_SPACE and CMSG_LEN only compute.
        let (whole, own) = unsafe { (libc::CMSG_SPACE(length), libc::CMSG_LEN(length)) };
        header.msg_controllen = usize::try_from(whole).map_err(|_| too_many())?;
        // SAFETY: the header names `space`, which is longer than one control message of MOST descriptors.
        let first = unsafe { libc::CMSG_FIRSTHDR(std::ptr::from_ref(header)) };
        if first.is_null() {
            return Err(too_many());
        }
        // SAFETY: as above; the data begins after the message's head and has room for the descriptors.
        unsafe {
            (*first).cmsg_level = libc::SOL_SOCKET;
            (*first).cmsg_type = libc::SCM_RIGHTS;
            (*first).cmsg_len = usize::try_from(own).unwrap_or(0);
            libc::CMSG_DATA(first)
                .cast::<RawFd>()
                .copy_from_nonoverlapping(raw.as_ptr(), raw.len());
        }
        // SAFETY: the header's pointers are to live buffers of the lengths that it names.
        let sent = unsafe { libc::sendmsg(channel.as_raw_fd(), std::ptr::from_ref(header), libc::MSG_NOSIGNAL) };
        super::check_long(libc::c_long::try_from(sent).unwrap_or(-1)).map(drop)
    })
}

/// Waits for what [`send`] hands on: descriptors and the numbers that they are to have; none once the other side is gone.
pub(crate) fn receive(channel: BorrowedFd<'_>) -> io::Result<Vec<(OwnedFd, RawFd)>> {
    let mut numbers = vec![0_u8; MOST];
    let mut space: Space = [0; 16];
    let mut received = Vec::new();
    let length = with_header(&mut numbers, &mut space, |header| {
        let length = loop {
            // SAFETY: the header's pointers are to live buffers of the lengths that it names.
            let length =
                unsafe { libc::recvmsg(channel.as_raw_fd(), std::ptr::from_mut(header), libc::MSG_CMSG_CLOEXEC) };
            match usize::try_from(length) {
                Ok(length) => break length,
                Err(_) => match io::Error::last_os_error() {
                    error if error.kind() == io::ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
            }
        };
        // SAFETY: the header was filled in by the kernel and its control buffer is alive.
        let first = unsafe { libc::CMSG_FIRSTHDR(std::ptr::from_ref(header)) };
        if first.is_null() {
            return Ok(0);
        }
        // SAFETY: the pointer is to a control message in `space`.
        let (level, kind, whole) = unsafe { ((*first).cmsg_level, (*first).cmsg_type, (*first).cmsg_len) };
        if (level, kind) != (libc::SOL_SOCKET, libc::SCM_RIGHTS) {
            return Err(io::Error::other("a message of another kind"));
        }
        // SAFETY: CMSG_LEN only computes.
        let head = usize::try_from(unsafe { libc::CMSG_LEN(0) }).unwrap_or(0);
        for index in 0..whole.saturating_sub(head) / size_of::<RawFd>() {
            // SAFETY: the message holds so many descriptors, which were just made for us and nobody else owns.
            received.push(unsafe {
                let fd = libc::CMSG_DATA(first).cast::<RawFd>().add(index).read_unaligned();
                OwnedFd::from_raw_fd(fd)
            });
        }
        Ok(length)
    })?;
    if length != received.len() {
        return Err(io::Error::other("descriptors without their numbers"));
    }
    Ok(received.into_iter().zip(numbers.into_iter().map(RawFd::from)).collect())
}

/// Has something done with the head of a message of these bytes and this room.
fn with_header<T>(
    bytes: &mut [u8],
    space: &mut Space,
    act: impl FnOnce(&mut libc::msghdr) -> io::Result<T>,
) -> io::Result<T> {
    let mut piece = libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: all-zero bytes are a valid msghdr: no name, no data, no control.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = &raw mut piece;
    header.msg_iovlen = 1;
    header.msg_control = space.as_mut_ptr().cast();
    header.msg_controllen = size_of_val(space);
    act(&mut header)
}

/// Gives descriptors the numbers that they are to have, and closes all others, whoever thinks to own them.
pub(crate) fn place(descriptors: Vec<(OwnedFd, RawFd)>) -> io::Result<()> {
    let borrowed: Vec<(BorrowedFd<'_>, RawFd)> = descriptors
        .iter()
        .map(|(fd, number)| (std::os::fd::AsFd::as_fd(fd), *number))
        .collect();
    let copies = process::above(&borrowed)?;
    let placed = process::take_places(&copies);
    // All of them are closed; their numbers may be those of others now.
    std::mem::forget(copies);
    std::mem::forget(descriptors);
    placed
}

/// Overwrites this process's environment and forgets it: it is somebody else's.
pub(crate) fn forget_environment() -> io::Result<()> {
    unsafe extern "C" {
        static environ: *mut *mut libc::c_char;
    }
    // SAFETY: this process has one thread; the C library keeps `environ` as a null-terminated vector of strings that may be
    // written to, and nobody holds on to them.
    unsafe {
        let mut at = environ;
        while !at.is_null() && !(*at).is_null() {
            let length = libc::strlen(*at);
            (*at).write_bytes(0, length);
            at = at.add(1);
        }
        check(libc::clearenv()).map(drop)
    }
}
