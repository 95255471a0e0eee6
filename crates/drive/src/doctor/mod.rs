//! What a host can do, found out by doing it.
//!
//! A capability counts only when a small but real use of it worked. Whatever changes a process is tried in a process
//! of its own, and other programs are started beside each other, each within a time limit.

mod data;
mod external;
mod here;
mod left;
mod system;
mod trial;

use std::fs;
use std::path::Path;

use stackwright_spec::host::{Capability, HostFacts};

use crate::aside::Aside;
use crate::cache::Cache;
use crate::cgroup::Group;
use crate::protocol::{Encryption, Instructions, NamespaceKind, Probe};

pub(crate) use data::{installation, remedy};
pub(crate) use left::remove_left;

/// How long one trial may take, in milliseconds.
const PATIENCE_MS: i32 = 500;
/// Bound of the group whose memory limit is tried.
const TRIAL_MEMORY: u64 = 16 << 20;

/// What a trial gave: what was seen, or why it failed.
type Tried = Result<String, String>;

/// Tries everything, in a fixed order.
pub(crate) fn doctor(program: &Path, cache: &Cache) -> HostFacts {
    // The slowest part is other programs' start; they do it while everything else is tried.
    let (mut capabilities, runtimes) = std::thread::scope(|scope| {
        let runtimes = scope.spawn(external::all);
        let machines = scope.spawn(|| machines(program));
        let mut capabilities = own(program, cache);
        capabilities.extend(machines.join().unwrap_or_default());
        capabilities.extend(system::all());
        (capabilities, runtimes.join().unwrap_or_default())
    });
    capabilities.extend(runtimes);
    HostFacts {
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
            .unwrap_or_default()
            .trim()
            .to_owned(),
        architecture: architecture().to_owned(),
        capabilities,
    }
}

fn own(program: &Path, cache: &Cache) -> Vec<Capability> {
    let probe = |probe| in_runner(program, &probe);
    let namespace = |kind| probe(Probe::Namespace(kind));
    let tried = [
        ("user-namespace", namespace(NamespaceKind::User)),
        ("pid-namespace", namespace(NamespaceKind::Pid)),
        ("mount-namespace", namespace(NamespaceKind::Mount)),
        ("network-namespace", namespace(NamespaceKind::Network)),
        ("ipc-namespace", namespace(NamespaceKind::Ipc)),
        ("uts-namespace", namespace(NamespaceKind::Uts)),
        ("pivot-root", probe(Probe::PivotRoot)),
        ("cgroup-memory", memory_limit(program)),
        ("cgroup-pids", process_limit(program)),
        ("cgroup-cpu", cpu_limit(program)),
        ("seccomp", probe(Probe::Seccomp)),
        ("landlock", probe(Probe::Landlock)),
        ("no-new-privileges", probe(Probe::NoNewPrivileges)),
        ("wasm-engine", here::wasm_engine()),
        ("wasm-cache", here::wasm_cache(cache)),
        ("overlayfs", probe(Probe::Overlay)),
    ];
    tried.into_iter().map(|(name, tried)| capability(name, tried)).collect()
}

/// What runs beside or inside the kernel.
fn machines(program: &Path) -> Vec<Capability> {
    [
        ("kvm", Probe::RingZero),
        ("sev-snp", Probe::Encrypted(Encryption::SevSnp)),
        ("tdx", Probe::Encrypted(Encryption::Tdx)),
        ("bpf", Probe::Bpf),
    ]
    .into_iter()
    .map(|(name, probe)| capability(name, in_runner(program, &probe)))
    .collect()
}

fn capability(name: &str, tried: Tried) -> Capability {
    let (ok, detail) = match tried {
        Ok(detail) => (true, detail),
        Err(detail) => (false, detail),
    };
    let remedy = if ok { None } else { remedy(name) };
    Capability {
        name: name.to_owned(),
        ok,
        detail,
        remedy,
    }
}

fn memory_limit(program: &Path) -> Tried {
    let group = Group::with("memory")?;
    let (bytes, _) = group.limit_memory(TRIAL_MEMORY)?;
    in_runner(
        program,
        &Probe::MemoryLimit {
            join: group.join_file(),
            bytes,
        },
    )
}

fn process_limit(program: &Path) -> Tried {
    let group = Group::with("pids")?;
    group.limit_processes(1)?;
    in_runner(
        program,
        &Probe::ProcessLimit {
            join: group.join_file(),
        },
    )
}

fn cpu_limit(program: &Path) -> Tried {
    let group = Group::with("cpu")?;
    let seen = group.limit_cpu(50)?;
    in_runner(
        program,
        &Probe::Join {
            join: group.join_file(),
        },
    )
    .map(|joined| format!("{joined}; {seen}"))
}

/// Has a runner try something.
fn in_runner(program: &Path, probe: &Probe) -> Tried {
    Aside::start(program, &Instructions::Probe(probe.clone()))
        .map_err(|error| format!("the trial could not be started: {error}"))?
        .answer(PATIENCE_MS)
}

/// The machine in the OCI spelling.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}
