//! Interruption of a supervisor by SIGINT and SIGTERM.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};

use super::check;

const WATCHED: [libc::c_int; 2] = [libc::SIGINT, libc::SIGTERM];

/// What the handler writes to; -1 while nobody watches.
static WAKE: AtomicI32 = AtomicI32::new(-1);
/// The signal that came, 0 if none did.
static CAME: AtomicI32 = AtomicI32::new(0);

/// Handlers belong to the process, runs to threads: the first watcher installs them, the last one puts back what
/// was there.
static STATE: Mutex<State> = Mutex::new(State {
    watchers: 0,
    wake: None,
    before: Vec::new(),
});

struct State {
    watchers: usize,
    wake: Option<OwnedFd>,
    before: Vec<(libc::c_int, libc::sigaction)>,
}

extern "C" fn note(signal: libc::c_int) {
    CAME.store(signal, Ordering::SeqCst);
    let one: u64 = 1;
    let wake = WAKE.load(Ordering::SeqCst);
    if wake >= 0 {
        // SAFETY: write is async-signal-safe and the buffer is eight bytes, as an eventfd wants. `errno` may change:
        // the interrupted call reports its own interruption anyway.
        unsafe { libc::write(wake, (&raw const one).cast(), size_of::<u64>()) };
    }
}

/// While this lives, SIGINT and SIGTERM do not end the process but can be waited for.
#[derive(Debug)]
pub(crate) struct Watch {
    wake: RawFd,
}

impl Watch {
    /// Starts watching. A signal that is ignored stays ignored.
    pub(crate) fn start() -> io::Result<Self> {
        let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
        if state.watchers == 0 {
            // SAFETY: eventfd takes plain numbers.
            let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
            // SAFETY: the descriptor was just made and nobody else owns it.
            state.wake = Some(unsafe { OwnedFd::from_raw_fd(fd) });
            CAME.store(0, Ordering::SeqCst);
            WAKE.store(fd, Ordering::SeqCst);
            for signal in WATCHED {
                if let Some(before) = install(signal)? {
                    state.before.push((signal, before));
                }
            }
        }
        state.watchers += 1;
        let wake = state.wake.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        Ok(Self { wake })
    }

    /// Becomes readable when a signal came, and stays so.
    pub(crate) fn raw(&self) -> RawFd {
        self.wake
    }

    /// The signal that came.
    pub(crate) fn came(&self) -> Option<i32> {
        match CAME.load(Ordering::SeqCst) {
            0 => None,
            signal => Some(signal),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
        state.watchers -= 1;
        if state.watchers == 0 {
            for (signal, before) in state.before.drain(..) {
                // SAFETY: `before` is what sigaction gave us for this very signal.
                unsafe { libc::sigaction(signal, &raw const before, std::ptr::null_mut()) };
            }
            WAKE.store(-1, Ordering::SeqCst);
            state.wake = None;
        }
    }
}

/// Has the handler called whenever this process has used so much processor time; it may only do what is
/// async-signal-safe.
pub(crate) fn every(time: std::time::Duration, handler: extern "C" fn(libc::c_int)) -> io::Result<()> {
    // SAFETY: all-zero bytes are a valid sigaction: no flags, an empty mask, the default handler.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // Calls go on, and compiled code's stack is not used.
    action.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
    // SAFETY: the caller promises a handler that is async-signal-safe; the action outlives the call.
    check(unsafe { libc::sigaction(libc::SIGPROF, &raw const action, std::ptr::null_mut()) })?;
    let interval = libc::timeval {
        tv_sec: libc::time_t::try_from(time.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_usec: libc::suseconds_t::from(time.subsec_micros()),
    };
    let timer = libc::itimerval {
        it_interval: interval,
        it_value: interval,
    };
    // SAFETY: the timer outlives the call; the old one is not asked for.
    check(unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()) }).map(drop)
}

/// Puts the default in the place of every handler, as executing a program does, and lets every signal through.
pub(crate) fn forget_handlers() {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: all-zero bytes are a valid sigaction: no flags, an empty mask, the default handler.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: `action` is a valid place for one. Signals that belong to the C library are refused, without harm.
        let known = check(unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut action) }).is_ok();
        if known && ![libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction) {
            // SAFETY: as above.
            let default: libc::sigaction = unsafe { std::mem::zeroed() };
            // SAFETY: `default` is initialised and outlives the call.
            unsafe { libc::sigaction(signal, &raw const default, std::ptr::null_mut()) };
        }
    }
    let mut none = std::mem::MaybeUninit::uninit();
    // SAFETY: the set is initialised by sigemptyset before it is read.
    unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut());
    }
}

/// Installs the handler and returns what was there; `None` if the signal is ignored and left so.
fn install(signal: libc::c_int) -> io::Result<Option<libc::sigaction>> {
    // SAFETY: all-zero bytes are a valid sigaction: no flags, an empty mask, the default handler.
    let mut before: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: with a null new action the call only fills `before`.
    check(unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut before) })?;
    if before.sa_sigaction == libc::SIG_IGN {
        return Ok(None);
    }
    // SAFETY: as above.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = note as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: the handler only does what is async-signal-safe.
    check(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) })?;
    Ok(Some(before))
}
