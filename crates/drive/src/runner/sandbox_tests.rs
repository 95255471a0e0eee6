//! Acts that the sandbox refuses, each tried natively in a process without it and in one with it.

use super::*;
use crate::filter::{self, Granted};

/// Does something in a child and returns its exit code. The C library's fork keeps its allocator usable in the child.
fn in_child(act: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child only runs `act` and ends at once.
    match unsafe { libc::fork() } {
        -1 => panic!("cannot fork"),
        0 => crate::sys::process::exit_now(act()),
        pid => match crate::sys::process::wait(pid).unwrap() {
            crate::sys::process::Ended::Exited(code) => code,
            crate::sys::process::Ended::Signalled(signal) => panic!("the child was ended by signal {signal}"),
        },
    }
}

/// 0, or the error number.
fn errno(result: libc::c_long) -> i32 {
    if result >= 0 {
        0
    } else {
        std::io::Error::last_os_error().raw_os_error().unwrap()
    }
}

fn call(number: libc::c_long, arguments: [libc::c_long; 6]) -> i32 {
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the acts below pass numbers and static strings only, in a process that ends right after.
    errno(unsafe { libc::syscall(number, a, b, c, d, e, f) })
}

fn map(protection: libc::c_int) -> i32 {
    let flags = libc::c_long::from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    call(libc::SYS_mmap, [0, 4096, protection.into(), flags, -1, 0])
}

fn clone() -> i32 {
    match crate::sys::process::clone_into(0) {
        Ok(crate::sys::process::Side::Child) => crate::sys::process::exit_now(0),
        Ok(crate::sys::process::Side::Parent(_)) => 0,
        Err(error) => error.raw_os_error().unwrap(),
    }
}

fn bind() -> i32 {
    std::net::TcpListener::bind("127.0.0.1:0").map_or_else(|error| error.raw_os_error().unwrap(), |_| 0)
}

fn enter_all() {
    let filter = filter::wasm_runner(Granted {
        any: false,
        writable: false,
        serving: false,
    })
    .unwrap();
    let mut evidence = Evidence::default();
    let sandbox = SandboxInstructions { filter: filter.program };
    let failures = enter(&sandbox, &[], false, &mut evidence);
    assert!(failures.is_empty() && evidence.filter.is_some() && evidence.landlock.is_some());
}

#[test]
fn what_the_sandbox_refuses_works_without_it() {
    let etc = c"/etc".as_ptr() as libc::c_long;
    let cwd = libc::c_long::from(libc::AT_FDCWD);
    let name = c"x".as_ptr() as libc::c_long;
    let acts: [(&str, &dyn Fn() -> i32); 16] = [
        ("openat", &|| call(libc::SYS_openat, [cwd, etc, 0, 0, 0, 0])),
        ("socket", &trial::socket),
        ("bind", &bind),
        ("ptrace", &|| call(libc::SYS_ptrace, [0, 0, 0, 0, 0, 0])),
        ("unshare", &|| {
            call(libc::SYS_unshare, [libc::CLONE_NEWUSER.into(), 0, 0, 0, 0, 0])
        }),
        ("clone", &clone),
        ("execve", &|| match std::process::Command::new("true").status() {
            Ok(_) => 0,
            Err(error) => error.raw_os_error().unwrap(),
        }),
        ("executable mmap", &|| map(libc::PROT_READ | libc::PROT_EXEC)),
        ("prctl", &|| {
            call(libc::SYS_prctl, [libc::PR_GET_DUMPABLE.into(), 0, 0, 0, 0, 0])
        }),
        ("kill", &|| {
            call(libc::SYS_kill, [std::process::id().into(), 0, 0, 0, 0, 0])
        }),
        ("memfd_create", &|| call(libc::SYS_memfd_create, [name, 0, 0, 0, 0, 0])),
        ("epoll_create1", &|| call(libc::SYS_epoll_create1, [0; 6])),
        ("dup", &|| call(libc::SYS_dup, [0; 6])),
        ("setsid", &|| call(libc::SYS_setsid, [0; 6])),
        ("umask", &|| call(libc::SYS_umask, [0o77, 0, 0, 0, 0, 0])),
        ("getcwd", &|| {
            let mut buffer = [0_u8; 4096];
            call(
                libc::SYS_getcwd,
                [buffer.as_mut_ptr() as libc::c_long, 4096, 0, 0, 0, 0],
            )
        }),
    ];
    for (name, act) in acts {
        assert_eq!(in_child(act), 0, "{name} without the sandbox");
        let inside = in_child(|| {
            enter_all();
            act()
        });
        assert_eq!(inside, libc::EPERM, "{name} in the sandbox");
    }
    // Memory that is not executable, and ending, stay possible.
    let inside = in_child(|| {
        enter_all();
        map(libc::PROT_READ | libc::PROT_WRITE)
    });
    assert_eq!(inside, 0);
}

#[test]
fn landlock_alone_refuses_files_ports_and_processes() {
    // SAFETY: the call only reads, and cannot fail.
    let signal_parent = || call(libc::SYS_kill, [unsafe { libc::getppid() }.into(), 0, 0, 0, 0, 0]);
    let read = || std::fs::read_dir("/etc").map_or_else(|error| error.raw_os_error().unwrap(), |_| 0);
    let write = || {
        let path = std::env::temp_dir().join(format!("stackwright-{}", std::process::id()));
        let made = std::fs::write(&path, "").map_or_else(|error| error.raw_os_error().unwrap(), |()| 0);
        let _ = std::fs::remove_file(path);
        made
    };
    let abi = in_child(|| match restrict(&[], false).unwrap().landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi.to_string().parse().unwrap(),
        _ => 0,
    });
    let acts: [(&str, i32, i32, &dyn Fn() -> i32); 4] = [
        ("reading a directory", 1, libc::EACCES, &read),
        ("writing a file", 1, libc::EACCES, &write),
        ("listening", 4, libc::EACCES, &bind),
        ("a signal to the parent", 6, libc::EPERM, &signal_parent),
    ];
    for (name, since, error, act) in acts {
        assert_eq!(in_child(act), 0, "{name} without rules");
        if abi < since {
            eprintln!("SKIPPED: {name} needs ABI {since}, this kernel has {abi}");
            continue;
        }
        let inside = in_child(|| {
            restrict(&[], false).unwrap();
            act()
        });
        assert_eq!(inside, error, "{name} with rules");
    }
}
