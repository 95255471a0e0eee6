//! The doctor on this host.

use crate::harness::Outcome;
use crate::world::World;

const ORDER: [&str; 35] = [
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
    "sev-snp",
    "tdx",
    "bpf",
    "btf",
    "apparmor",
    "selinux",
    "cgroup-hierarchy",
    "kubernetes-context",
    "runc",
    "crun",
    "youki",
    "runsc",
    "kata-runtime",
    "wasmedge",
    "firecracker",
    "qemu-system-x86_64",
    "podman",
    "bwrap",
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
    // A machine that can be made but runs ring 0 instruction by instruction does not count, and says how fast it is.
    let kvm = facts.capability("kvm").unwrap();
    assert!(
        kvm.detail.contains("/dev/kvm") || kvm.detail.contains("a second at ring 0"),
        "{kvm:?}"
    );
    // Programs that can start containers elsewhere in these tests were really started.
    for runtime in facts
        .capabilities
        .iter()
        .filter(|c| c.ok && ["runc", "crun", "bwrap"].contains(&c.name.as_str()))
    {
        assert!(runtime.detail.contains("it started something"), "{runtime:?}");
    }
    Ok(())
}
