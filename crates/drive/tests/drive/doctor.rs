//! The doctor on this host.

use crate::harness::Outcome;
use crate::world::World;

const ORDER: [&str; 25] = [
    "user-namespace",
    "pid-namespace",
    "mount-namespace",
    "network-namespace",
    "ipc-namespace",
    "uts-namespace",
    "pivot-root",
    "cgroup-memory",
    "cgroup-pids",
    "cgroup-cpu",
    "seccomp",
    "landlock",
    "no-new-privileges",
    "wasm-engine",
    "wasm-cache",
    "overlayfs",
    "kvm",
    "runc",
    "crun",
    "runsc",
    "kata-runtime",
    "wasmedge",
    "firecracker",
    "qemu-system-x86_64",
    "podman",
];

pub fn what_it_says(world: &World) -> Outcome {
    let facts = world.driver().doctor();
    let names: Vec<&str> = facts
        .capabilities
        .iter()
        .map(|capability| capability.name.as_str())
        .collect();
    assert_eq!(names, ORDER);
    assert!(!facts.kernel.is_empty() && !facts.architecture.is_empty());
    for capability in &facts.capabilities {
        assert!(!capability.detail.is_empty(), "{capability:?}");
        assert_eq!(capability.ok, capability.remedy.is_none(), "{capability:?}");
    }
    // The tests beside this one run in all of these.
    for name in [
        "user-namespace",
        "pid-namespace",
        "pivot-root",
        "seccomp",
        "landlock",
        "wasm-engine",
        "wasm-cache",
    ] {
        assert_eq!(facts.has(name), Some(true), "{:?}", facts.capability(name));
    }
    assert_eq!(facts.has("kvm"), Some(false), "no guest was booted");
    Ok(())
}
