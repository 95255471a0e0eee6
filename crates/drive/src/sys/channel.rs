//! Pipes, the control channel and waiting on several of them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use super::check;

/// Longest message of the control channel, in bytes. A longer one is an error at its sender.
pub(crate) const MESSAGE_MAX: usize = 64 << 10;

/// A pipe: the end to read from and the end to write to. Both close on exec.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends: [RawFd; 2] = [-1; 2];
    // SAFETY: the array holds two descriptors, as pipe2 wants.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    let [read, write] = ends;
    // SAFETY: both descriptors were just made and nobody else owns them.
    Ok(unsafe { (OwnedFd::from_raw_fd(read), OwnedFd::from_raw_fd(write)) })
}

/// The two ends of a control channel: it keeps message borders and is read and written with plain `read` and
/// `write`, which is all that the workload's filter allows.
pub(crate) fn control() -> io::Result<(Control, OwnedFd)> {
    let mut ends: [RawFd; 2] = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the array holds two descriptors, as socketpair wants.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) })?;
    let [ours, theirs] = ends;
    // SAFETY: both descriptors were just made and nobody else owns them.
    Ok(unsafe { (Control(File::from_raw_fd(ours)), OwnedFd::from_raw_fd(theirs)) })
}

/// One end of the control channel.
#[derive(Debug)]
pub(crate) struct Control(File);

impl AsFd for Control {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Control {
    /// Takes over the descriptor as this end.
    pub(crate) fn from_fd(fd: OwnedFd) -> Self {
        Self(File::from(fd))
    }

    /// Sends one message.
    pub(crate) fn send(&self, message: &[u8]) -> io::Result<()> {
        if message.is_empty() || message.len() > MESSAGE_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "control message too long"));
        }
        (&self.0).write_all(message)
    }

    /// Waits for one message; `None` once the other side is gone.
    pub(crate) fn receive(&self) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = vec![0; MESSAGE_MAX];
        loop {
            match (&self.0).read(&mut buffer) {
                Ok(0) => return Ok(None),
                Ok(length) => {
                    buffer.truncate(length);
                    return Ok(Some(buffer));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The other side died with messages of ours unread: it is gone all the same.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Has the kernel tell who sends each message.
    pub(crate) fn learn_senders(&self) -> io::Result<()> {
        let one: libc::c_int = 1;
        let length = libc::socklen_t::try_from(size_of::<libc::c_int>()).unwrap_or(4);
        // SAFETY: the option takes an integer of that length, which outlives the call.
        check(unsafe {
            libc::setsockopt(
                self.raw(),
                libc::SOL_SOCKET,
                libc::SO_PASSCRED,
                (&raw const one).cast(),
                length,
            )
        })
        .map(drop)
    }

    /// Waits for one message, as [`Control::receive`] does, and says which process sent it: by its id here, as the
    /// kernel knows it. It needs [`Control::learn_senders`].
    pub(crate) fn receive_from(&self) -> io::Result<Option<(Vec<u8>, i32)>> {
        let mut buffer = vec![0_u8; MESSAGE_MAX];
        // Room for one control message with credentials, aligned as the kernel writes it.
        let mut space = [0_u64; 16];
        let mut piece = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.len(),
        };
        // SAFETY: all-zero bytes are a valid msghdr: no name, no data, no control.
        let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
        header.msg_iov = &raw mut piece;
        header.msg_iovlen = 1;
        header.msg_control = space.as_mut_ptr().cast();
        header.msg_controllen = size_of_val(&space);
        // SAFETY: the header's pointers are to live buffers of the lengths that it names.
        let length = match unsafe { libc::recvmsg(self.raw(), &raw mut header, libc::MSG_CMSG_CLOEXEC) } {
            -1 => {
                let error = io::Error::last_os_error();
                return match error.kind() {
                    io::ErrorKind::ConnectionReset => Ok(None),
                    _ => Err(error),
                };
            }
            0 => return Ok(None),
            length => usize::try_from(length).unwrap_or(0),
        };
        buffer.truncate(length);
        // SAFETY: the header was filled in by the kernel and its control buffer is alive.
        let first = unsafe { libc::CMSG_FIRSTHDR(&raw const header) };
        if first.is_null() {
            return Err(io::Error::other("a message without its sender"));
        }
        // SAFETY: the pointer is to a control message in `space`.
        let kind = unsafe { ((*first).cmsg_level, (*first).cmsg_type) };
        if kind != (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) {
            return Err(io::Error::other("a message without its sender"));
        }
        // SAFETY: a message of this kind holds a ucred, possibly unaligned.
        let sender = unsafe { libc::CMSG_DATA(first).cast::<libc::ucred>().read_unaligned() };
        Ok(Some((buffer, sender.pid)))
    }

    /// Waits for the other side to let this one go on; `false` once it is gone.
    pub(crate) fn wait_for_go(&self) -> bool {
        let mut byte = [0_u8; 1];
        loop {
            match (&self.0).read(&mut byte) {
                Ok(length) => return length == 1,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    /// The raw descriptor, for `poll`.
    pub(crate) fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// A copy of the descriptor whose number is at least `lowest`, closed on exec.
pub(crate) fn duplicate_above(fd: BorrowedFd<'_>, lowest: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: the descriptor is borrowed, hence open; F_DUPFD_CLOEXEC takes one integer.
    let copy = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, lowest) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(copy) })
}

/// Whether the descriptor can be read without waiting, or is at its end.
pub(crate) fn can_be_read(fd: RawFd) -> io::Result<bool> {
    let mut polled = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // The form of the call that every machine has, so that filters are the same.
    // SAFETY: one entry and the time live through the call; no mask of signals is set.
    match check(unsafe { libc::ppoll(&raw mut polled, 1, &raw const now, std::ptr::null()) }) {
        Ok(_) => Ok(polled.revents != 0),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
        Err(error) => Err(error),
    }
}

/// A descriptor to be waited for, and what for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Interest {
    /// Until it can be read or is at its end.
    Read(RawFd),
    /// Until it can be written or nobody reads it any more.
    Write(RawFd),
}

/// Waits until one of the descriptors is ready, at most `timeout_ms`; `None` entries are skipped. An interruption by
/// a signal counts as "none yet".
pub(crate) fn wait_ready<const N: usize>(interests: [Option<Interest>; N], timeout_ms: i32) -> io::Result<[bool; N]> {
    let mut polled = interests.map(|interest| {
        let (fd, events) = match interest {
            Some(Interest::Read(fd)) => (fd, libc::POLLIN),
            Some(Interest::Write(fd)) => (fd, libc::POLLOUT),
            // A negative descriptor makes poll skip the entry.
            None => (-1, 0),
        };
        libc::pollfd { fd, events, revents: 0 }
    });
    let count = libc::nfds_t::try_from(N).unwrap_or(0);
    // SAFETY: the array has `count` entries and lives through the call.
    match check(unsafe { libc::poll(polled.as_mut_ptr(), count, timeout_ms) }) {
        Ok(_) => Ok(polled.map(|entry| entry.revents != 0)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok([false; N]),
        Err(error) => Err(error),
    }
}
