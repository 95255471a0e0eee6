//! Terminals: a pair for a command, and the one that this process has itself.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::check;

/// A new terminal: our end, and the end of the command. Its size is that of `like`, if that is a terminal.
pub(crate) fn pair(like: BorrowedFd<'_>) -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: posix_openpt takes plain numbers.
    let ours = check(unsafe { libc::posix_openpt(flags) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    let ours = unsafe { OwnedFd::from_raw_fd(ours) };
    // SAFETY: both calls take a descriptor that is open.
    unsafe {
        check(libc::grantpt(ours.as_raw_fd()))?;
        check(libc::unlockpt(ours.as_raw_fd()))?;
    }
    let mut name: [libc::c_char; 128] = [0; 128];
    // SAFETY: the buffer has the length that is named.
    let result = unsafe { libc::ptsname_r(ours.as_raw_fd(), name.as_mut_ptr(), name.len()) };
    if result != 0 {
        return Err(io::Error::from_raw_os_error(result));
    }
    // SAFETY: the call has written a terminated text into the buffer.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) };
    // SAFETY: the name outlives the call.
    let theirs = check(unsafe { libc::open(name.as_ptr(), flags) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    let theirs = unsafe { OwnedFd::from_raw_fd(theirs) };
    // SAFETY: all-zero bytes are a valid winsize.
    let mut size: libc::winsize = unsafe { std::mem::zeroed() };
    // SAFETY: the request fills in a winsize, which outlives the call.
    if unsafe { libc::ioctl(like.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) } == 0 {
        // SAFETY: the request reads a winsize.
        check(unsafe { libc::ioctl(ours.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) })?;
    }
    Ok((ours, theirs))
}

/// Makes the terminal on standard input the one that controls this process and its children.
pub(crate) fn take_control() -> io::Result<()> {
    // SAFETY: the request takes a plain number.
    check(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) }).map(drop)
}

/// Our own terminal, which passes every key on while this lives.
#[derive(Debug)]
pub(crate) struct Raw {
    fd: OwnedFd,
    before: libc::termios,
}

impl Raw {
    /// `None` if the descriptor is no terminal.
    pub(crate) fn new(fd: BorrowedFd<'_>) -> io::Result<Option<Self>> {
        // SAFETY: all-zero bytes are a valid termios.
        let mut before: libc::termios = unsafe { std::mem::zeroed() };
        // SAFETY: the call fills in a termios, which outlives it.
        if unsafe { libc::tcgetattr(fd.as_raw_fd(), &raw mut before) } != 0 {
            return Ok(None);
        }
        let mut raw = before;
        // SAFETY: the pointers are to live termios, the first to be changed and the second to be read.
        unsafe {
            libc::cfmakeraw(&raw mut raw);
            check(libc::tcsetattr(fd.as_raw_fd(), libc::TCSANOW, &raw const raw))?;
        }
        let fd = fd.try_clone_to_owned()?;
        Ok(Some(Self { fd, before }))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: `before` is what tcgetattr gave us for this very terminal.
        unsafe { libc::tcsetattr(self.fd.as_raw_fd(), libc::TCSANOW, &raw const self.before) };
    }
}
