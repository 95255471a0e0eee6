use serde_json::Value;

use super::compile::WASM_RUNNER;
use super::*;

const NOTHING: Granted = Granted {
    any: false,
    writable: false,
    serving: false,
};
const READ: Granted = Granted {
    any: true,
    writable: false,
    serving: false,
};
const WRITE: Granted = Granted {
    any: true,
    writable: true,
    serving: false,
};

const SERVING: Granted = Granted {
    any: false,
    writable: false,
    serving: true,
};

/// What the data says.
fn same(granted: Granted, machine: &str) -> (Vec<compile::Instruction>, usize) {
    let Granted { any, writable, serving } = granted;
    compile::wasm_runner(compile::Granted { any, writable, serving }, machine).unwrap()
}

#[test]
fn every_variant_compiles_for_every_machine() {
    for machine in ["x86_64", "aarch64"] {
        let counts = [NOTHING, SERVING, READ, WRITE].map(|granted| same(granted, machine).1);
        assert!(
            counts.is_sorted() && counts.windows(2).all(|pair| pair[0] < pair[1]),
            "{counts:?}"
        );
    }
}

#[test]
fn what_was_built_is_what_the_data_says() {
    let machine = std::env::consts::ARCH;
    for workload in [true, false] {
        let expected = compile::commands(workload, machine).unwrap();
        let programs = commands(workload).unwrap();
        assert_eq!(
            programs,
            expected.into_iter().map(Program).collect::<Vec<_>>(),
            "{workload}"
        );
    }
    for granted in [NOTHING, READ, WRITE, SERVING] {
        let (program, system_calls) = same(granted, machine);
        let built = wasm_runner(granted).unwrap();
        assert_eq!((built.program, built.system_calls), (Program(program), system_calls));
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
