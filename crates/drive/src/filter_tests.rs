use super::*;

const NOTHING: Granted = Granted {
    any: false,
    writable: false,
};
const READ: Granted = Granted {
    any: true,
    writable: false,
};
const WRITE: Granted = Granted {
    any: true,
    writable: true,
};

#[test]
fn every_variant_compiles_for_every_machine() {
    for arch in [TargetArch::x86_64, TargetArch::aarch64] {
        let counts = [NOTHING, READ, WRITE].map(|granted| compile(granted, arch).unwrap().system_calls);
        assert!(
            counts.is_sorted() && counts[0] < counts[1] && counts[1] < counts[2],
            "{counts:?}"
        );
    }
}

#[test]
fn nothing_dangerous_is_listed() {
    let data: Value = serde_json::from_str(WASM_RUNNER).unwrap();
    let groups = data["groups"].as_array().unwrap();
    for group in groups {
        assert!(!group["why"].as_str().unwrap().is_empty());
        for rule in group["rules"].as_array().unwrap() {
            let name = rule["syscall"].as_str().unwrap();
            let refused = [
                "execve",
                "execveat",
                "clone",
                "clone3",
                "fork",
                "vfork",
                "socket",
                "connect",
                "bind",
                "ptrace",
                "mount",
                "unshare",
                "setns",
                "bpf",
                "io_uring_setup",
                "ioctl",
                "prctl",
                "kill",
                "tgkill",
                "memfd_create",
                "process_vm_readv",
                "userfaultfd",
                "keyctl",
                "perf_event_open",
                "chmod",
                "fchmodat",
                "fchownat",
            ];
            assert!(!refused.contains(&name), "{name}");
            if ["mmap", "mprotect"].contains(&name) {
                assert_eq!(
                    rule["args"][0]["op"]["masked_eq"], 4,
                    "{name} must not make memory executable"
                );
            }
        }
    }
}

#[test]
fn a_program_survives_its_way_to_the_runner() {
    let filter = wasm_runner(WRITE).unwrap();
    let text = serde_json::to_string(&filter.program).unwrap();
    let back: Program = serde_json::from_str(&text).unwrap();
    assert_eq!(back, filter.program);
    assert_eq!(back.instructions().len(), back.len());
}
