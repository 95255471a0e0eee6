//! How the command is linked.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Most of the time from starting the program to its `main` goes into a hundred thousand relative addresses. Written in
    // runs instead of one by one they are a hundredth as long, and read in half the time; loaders know that form since
    // version 2.36 of the C library.
    let host_is_target = env::var("HOST").is_ok_and(|host| env::var("TARGET").is_ok_and(|target| target == host));
    let known = host_is_target && c_library().is_some_and(|version| version >= (2, 36));
    if known {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Version of the GNU C library here; `None` where there is another.
fn c_library() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
