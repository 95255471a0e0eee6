//! As much of eBPF as it takes to run a program in the kernel.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::check_long;

const PROG_LOAD: libc::c_long = 5;
const PROG_TEST_RUN: libc::c_long = 10;
const SOCKET_FILTER: u32 = 1;
/// `r0 = 42; exit`
const PROGRAM: [u64; 2] = [0x0000_002a_0000_00b7, 0x95];
/// What it gives.
pub(crate) const ANSWER: u32 = 42;

/// The fields of `bpf_attr` that loading takes.
#[repr(C)]
#[derive(Default)]
struct Load {
    kind: u32,
    count: u32,
    instructions: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
    kernel_version: u32,
    flags: u32,
}

/// The fields of `bpf_attr` that a trial run takes.
#[repr(C)]
#[derive(Default)]
struct TestRun {
    program: u32,
    answer: u32,
    size_in: u32,
    size_out: u32,
    data_in: u64,
    data_out: u64,
    repeat: u32,
    duration: u32,
}

/// Loads a program, has the kernel check and compile it, and runs it over a packet of zeros: what it gave.
pub(crate) fn run_a_program() -> io::Result<u32> {
    let license = c"GPL";
    let load = Load {
        kind: SOCKET_FILTER,
        count: 2,
        instructions: PROGRAM.as_ptr() as u64,
        license: license.as_ptr() as u64,
        ..Load::default()
    };
    // SAFETY: the attributes have the kernel's layout and outlive the call with all that they point to.
    let program = check_long(unsafe { libc::syscall(libc::SYS_bpf, PROG_LOAD, &raw const load, size_of::<Load>()) })?;
    // SAFETY: the descriptor was just made and nobody else owns it.
    let program = unsafe { OwnedFd::from_raw_fd(i32::try_from(program).unwrap_or(-1)) };
    let packet = [0_u8; 64];
    let mut run = TestRun {
        program: u32::try_from(program.as_raw_fd()).unwrap_or(0),
        size_in: 64,
        data_in: packet.as_ptr() as u64,
        repeat: 1,
        ..TestRun::default()
    };
    // SAFETY: as above; the kernel writes the answer into the attributes.
    check_long(unsafe { libc::syscall(libc::SYS_bpf, PROG_TEST_RUN, &raw mut run, size_of::<TestRun>()) })?;
    Ok(run.answer)
}
