//! Starting, ending and awaiting processes.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use super::channel::duplicate_above;
use super::{check, check_long};

/// A process of ours that was not waited for yet.
pub(crate) type Pid = libc::pid_t;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
}

/// Starts `program` with an empty environment, no signal blocked and the given descriptors under the given
/// numbers (and no others that close on exec). The C library starts it without copying our address space, however
/// large compilation has made it.
pub(crate) fn spawn(program: &CStr, arguments: &[&CStr], descriptors: &[(BorrowedFd<'_>, RawFd)]) -> io::Result<Pid> {
    let copies = above(descriptors)?;
    let mut argv: Vec<*mut libc::c_char> = arguments.iter().map(|a| a.as_ptr().cast_mut()).collect();
    argv.push(ptr::null_mut());
    let environment: [*mut libc::c_char; 1] = [ptr::null_mut()];
    let mut actions = FileActions::new()?;
    for (copy, target) in &copies {
        actions.place(copy.as_raw_fd(), *target)?;
    }
    let attributes = Attributes::new()?;
    let mut pid: Pid = -1;
    // SAFETY: the program, the null-terminated vectors, the actions and the attributes all outlive the call, and
    // posix_spawn does not write through the argument pointers.
    let result = unsafe {
        libc::posix_spawn(
            &raw mut pid,
            program.as_ptr(),
            &raw const actions.0,
            &raw const attributes.0,
            argv.as_ptr(),
            environment.as_ptr(),
        )
    };
    spawn_result(result).map(|()| pid)
}

/// A copy of each descriptor above every number that one is to have, so that placing one cannot overwrite another.
pub(super) fn above(descriptors: &[(BorrowedFd<'_>, RawFd)]) -> io::Result<Vec<(OwnedFd, RawFd)>> {
    let lowest = descriptors.iter().map(|(_, target)| target + 1).max().unwrap_or(0);
    let copy = |(fd, target): &(BorrowedFd<'_>, RawFd)| Ok((duplicate_above(*fd, lowest)?, *target));
    descriptors.iter().map(copy).collect()
}

/// Gives each copy the number that it is to have, and closes everything else, the copies themselves included.
pub(super) fn take_places(copies: &[(OwnedFd, RawFd)]) -> io::Result<()> {
    for (copy, target) in copies {
        // SAFETY: dup2 takes plain numbers. What had the number is an owner's who does not come to it here.
        check(unsafe { libc::dup2(copy.as_raw_fd(), *target) })?;
    }
    let most = copies.iter().map(|(_, target)| *target).max().unwrap_or(-1);
    for number in (0..most).filter(|number| copies.iter().all(|(_, target)| target != number)) {
        // SAFETY: as above. One that is not open is no error for us.
        unsafe { libc::close(number) };
    }
    close_from(most + 1)
}

/// Whether this process can be copied at little cost and go on in the copy: it has one thread, and little memory.
pub(crate) fn is_small() -> bool {
    /// More pages than a command line that only starts something has.
    const MOST_PAGES: u64 = 8192;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may contain anything, the state is the third field; see proc(5).
    let after = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let field = |number: usize| after.split_whitespace().nth(number - 3)?.parse::<u64>().ok();
    field(20) == Some(1) && field(24).is_some_and(|pages| pages <= MOST_PAGES)
}

/// Starts a copy of this process, which [`is_small`], without handlers for signals and with the given descriptors under
/// the given numbers, and no others. It does what `inside` does, and ends. Starting the program again takes ten times as long, as it is
/// linked and moved to its place anew.
pub(crate) fn copy(descriptors: &[(BorrowedFd<'_>, RawFd)], inside: impl FnOnce() -> libc::c_int) -> io::Result<Pid> {
    let copies = above(descriptors)?;
    match clone_into(0)? {
        Side::Parent(pid) => Ok(pid),
        Side::Child => {
            // A panic must not get to the callers, whose cleaning up is not for the copy to do.
            let code = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                super::signal::forget_handlers();
                if take_places(&copies).is_err() {
                    return 2;
                }
                inside()
            }));
            exit_now(code.unwrap_or(2))
        }
    }
}

/// The posix_spawn family returns its error instead of setting `errno`.
fn spawn_result(result: libc::c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(result))
    }
}

struct FileActions(libc::posix_spawn_file_actions_t);

impl FileActions {
    fn new() -> io::Result<Self> {
        let mut actions = std::mem::MaybeUninit::uninit();
        // SAFETY: the call initialises the value whenever it returns 0.
        spawn_result(unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) })?;
        // SAFETY: it returned 0, see above.
        Ok(Self(unsafe { actions.assume_init() }))
    }

    fn place(&mut self, from: RawFd, to: RawFd) -> io::Result<()> {
        // SAFETY: the actions are initialised and the descriptors are plain numbers.
        spawn_result(unsafe { libc::posix_spawn_file_actions_adddup2(&raw mut self.0, from, to) })
    }
}

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, destroyed once.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    /// No signal blocked. Handlers do not survive the execution, so there is nothing to be put back.
    fn new() -> io::Result<Self> {
        let mut attributes = std::mem::MaybeUninit::uninit();
        // SAFETY: the call initialises the value whenever it returns 0.
        spawn_result(unsafe { libc::posix_spawnattr_init(attributes.as_mut_ptr()) })?;
        // SAFETY: it returned 0, see above.
        let mut attributes = Self(unsafe { attributes.assume_init() });
        let flags = libc::c_short::try_from(libc::POSIX_SPAWN_SETSIGMASK).unwrap_or(0);
        let mut none = std::mem::MaybeUninit::uninit();
        // SAFETY: the set is initialised by sigemptyset before it is read, and the attributes are initialised.
        unsafe {
            libc::sigemptyset(none.as_mut_ptr());
            spawn_result(libc::posix_spawnattr_setsigmask(&raw mut attributes.0, none.as_ptr()))?;
            spawn_result(libc::posix_spawnattr_setflags(&raw mut attributes.0, flags))?;
        }
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, destroyed once.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

/// Which side of [`clone_into`] this is.
pub(crate) enum Side {
    /// The caller; the new process has this id.
    Parent(Pid),
    /// The new process.
    Child,
}

/// Forks into new namespaces (`CLONE_NEW…`), or plainly with 0. `CLONE_PARENT` makes the new process a sibling.
///
/// The caller must be single-threaded, as the runner is: nothing of another thread's state is repaired in the child.
pub(crate) fn clone_into(flags: libc::c_int) -> io::Result<Side> {
    let flags = libc::c_long::from(flags | libc::SIGCHLD);
    // SAFETY: without CLONE_VM and with a null stack this is fork(2): the child runs on its own copy of the stack.
    // The remaining pointers are null and their flags are not set.
    let pid = check_long(unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) })?;
    Ok(match pid {
        0 => Side::Child,
        pid => Side::Parent(Pid::try_from(pid).unwrap_or(-1)),
    })
}

/// Kills the process at once. It must be a child of ours that was not waited for, so that the id is still its own.
pub(crate) fn kill(pid: Pid) {
    if pid > 0 {
        // SAFETY: kill takes plain numbers. A process that has already ended is no error for us.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

/// Kills every process of the group that the child with this id leads.
pub(crate) fn kill_group(leader: u32) {
    if let Ok(leader @ 2..) = Pid::try_from(leader) {
        // SAFETY: kill takes plain numbers. A group that has no more processes is no error for us.
        unsafe { libc::kill(-leader, libc::SIGKILL) };
    }
}

/// Sends a signal to a process; one that has ended is no error for us.
pub(crate) fn signal(pid: Pid, number: i32) {
    if pid > 0 {
        // SAFETY: kill takes plain numbers.
        unsafe { libc::kill(pid, number) };
    }
}

/// A descriptor that becomes readable when the process, a child of ours that was not waited for, has ended.
pub(crate) fn end_of(pid: Pid) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open takes plain numbers.
    let fd = check_long(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    let fd = RawFd::try_from(fd).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Becomes another program, with these arguments and this environment. It returns only if that fails.
pub(crate) fn become_program(program: &CStr, arguments: &[CString], environment: &[CString]) -> io::Error {
    let pointers = |list: &[CString]| -> Vec<*const libc::c_char> {
        list.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect()
    };
    let (argv, environ) = (pointers(arguments), pointers(environment));
    // The standard library has it ignored, which programs would inherit; they expect to be ended by it.
    // SAFETY: the default needs no handler, and this process is about to be replaced.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    // SAFETY: the program and the null-terminated vectors outlive the call.
    unsafe { libc::execve(program.as_ptr(), argv.as_ptr(), environ.as_ptr()) };
    io::Error::last_os_error()
}

/// Whether this process may execute the file.
pub(crate) fn may_execute(program: &CStr) -> io::Result<()> {
    // SAFETY: the path outlives the call.
    check(unsafe { libc::faccessat(libc::AT_FDCWD, program.as_ptr(), libc::X_OK, libc::AT_EACCESS) }).map(drop)
}

/// Moves this process into new namespaces (`CLONE_NEW…`).
pub(crate) fn unshare(flags: libc::c_int) -> io::Result<()> {
    // SAFETY: unshare takes a plain number.
    check(unsafe { libc::unshare(flags) }).map(drop)
}

/// Moves this process into namespaces (`CLONE_NEW…`) of another; into its process namespace only the children to come.
pub(crate) fn join_namespaces(pid: Pid, flags: libc::c_int) -> io::Result<()> {
    let other = end_of(pid)?;
    // SAFETY: the descriptor is open; setns takes plain numbers.
    check(unsafe { libc::setns(other.as_raw_fd(), flags) }).map(drop)
}

/// Whether a descriptor is handed to the programs that this process becomes.
pub(crate) fn keep_across_exec(fd: RawFd, keep: bool) -> io::Result<()> {
    let flags = if keep { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: F_SETFD takes plain numbers, and fails on a descriptor that is not open.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, flags) }).map(drop)
}

/// Places a descriptor under this number, for the programs that this process becomes.
pub(crate) fn place_at(fd: OwnedFd, number: RawFd) -> io::Result<()> {
    // It may have the number already.
    let copy = duplicate_above(fd.as_fd(), number + 1)?;
    drop(fd);
    // SAFETY: dup2 takes plain numbers; what had the number is given up by the caller.
    check(unsafe { libc::dup2(copy.as_raw_fd(), number) }).map(drop)
}

/// Waits for our child to end and frees its id.
pub(crate) fn wait(pid: Pid) -> io::Result<Ended> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is a valid place for one integer.
        match check(unsafe { libc::waitpid(pid, &raw mut status, 0) }) {
            Ok(_) if libc::WIFSIGNALED(status) => {
                return Ok(Ended::Signalled(libc::WTERMSIG(status)));
            }
            Ok(_) => return Ok(Ended::Exited(libc::WEXITSTATUS(status))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Ends this process without running destructors or exit handlers: in the workload process they would only need
/// system calls that its filter refuses.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: _exit takes a plain number and does not return.
    unsafe { libc::_exit(code) }
}

/// Closes every descriptor from `first` on.
pub(crate) fn close_from(first: RawFd) -> io::Result<()> {
    /// More than a process of ours has open.
    const MOST: RawFd = 1024;
    // SAFETY: nothing in the process uses a descriptor of that range any more: callers pass the first one that they
    // do not own.
    match check_long(unsafe { libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) }) {
        // Kernels in user space may not know the call, or not all of it.
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EINVAL)) => {
            for fd in first..MOST {
                // SAFETY: as above. One that is not open is no error for us.
                unsafe { libc::close(fd) };
            }
            Ok(())
        }
        closed => closed.map(drop),
    }
}

/// Takes over a descriptor that this process was started with. It must be called once per number.
pub(crate) fn inherited(fd: RawFd) -> io::Result<OwnedFd> {
    is_open(fd)?;
    // SAFETY: the descriptor is open, and the caller takes over each inherited one once.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A standard stream of this process.
pub(crate) fn standard(fd: RawFd) -> io::Result<BorrowedFd<'static>> {
    is_open(fd)?;
    // SAFETY: the descriptor is open, and nothing in this crate closes a standard stream.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

fn is_open(fd: RawFd) -> io::Result<()> {
    // SAFETY: F_GETFD only asks, and fails on a descriptor that is not open.
    check(unsafe { libc::fcntl(fd, libc::F_GETFD) }).map(drop)
}

/// Effective user and group of this process.
pub(crate) fn effective_ids() -> (u32, u32) {
    // SAFETY: both calls only read, and cannot fail.
    unsafe { (libc::geteuid(), libc::getegid()) }
}

/// A path or argument as a C string.
pub(crate) fn c_string(bytes: &[u8]) -> io::Result<CString> {
    CString::new(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "contains a NUL byte"))
}
