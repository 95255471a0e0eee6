//! Trials of what runs beside or inside the kernel: machines of KVM, and programs of eBPF.

use crate::protocol::Encryption;
use crate::sys::kvm::{self, Machine};
use crate::sys::{bpf, clock};

/// What was seen, or why it failed.
type Tried = Result<String, String>;

/// Rounds of the first trial: a host that emulates each instruction takes tens of milliseconds for them.
const FEW: u64 = 20_000;
/// Rounds of the second, with which the start of the loop no longer matters.
const MANY: u64 = 20_000_000;
/// Instructions of a round.
const PER_ROUND: f64 = 2.0;
/// Millions of instructions in a second from which a kernel can be started in a useful time. Processors run such a loop at
/// thousands; hosts that emulate ring 0 were seen at 0.7 to 2.1, and one that runs it natively is far above this even while
/// everything else on it is busy.
const NATIVE: f64 = 50.0;

/// Whether a kernel could run in a machine: its instructions run at ring 0, and at the processor's own speed. That a machine
/// can be made says neither.
pub(super) fn ring_zero() -> Tried {
    let version = kvm::try_to_create(Machine::Default).map_err(|e| format!("/dev/kvm: {e}"))?;
    let measure = |rounds| match kvm::loop_in_ring_0(rounds) {
        Ok(took) => Ok(rate(rounds, took)),
        Err(error) => Err(format!(
            "/dev/kvm opens (API version {version}) and a machine can be made, but instructions at ring 0 do not run: {error}"
        )),
    };
    let first = measure(FEW)?;
    if first < NATIVE {
        return Err(format!(
            "/dev/kvm opens (API version {version}) and instructions at ring 0 run, but only {first:.1} million a second: \
             they are emulated, and a kernel would not start in a useful time"
        ));
    }
    let second = measure(MANY)?;
    Ok(format!(
        "API version {version}; a machine ran {second:.0} million instructions a second at ring 0"
    ))
}

/// Millions of instructions in a second.
fn rate(rounds: u64, nanoseconds: u64) -> f64 {
    // Rounds are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    let instructions = rounds as f64 * PER_ROUND;
    instructions / 1e3 / clock::milliseconds(nanoseconds.max(1))
}

/// Whether a machine of this kind can be made; the kernel refuses where the processor or its firmware cannot.
pub(super) fn encrypted(encryption: Encryption) -> Tried {
    let machine = match encryption {
        Encryption::SevSnp => Machine::SevSnp,
        Encryption::Tdx => Machine::Tdx,
    };
    kvm::try_to_create(machine).map_err(|e| format!("/dev/kvm: {e}"))?;
    Ok("a machine of this kind was made".to_owned())
}

/// Whether the kernel takes a program and runs it.
pub(super) fn bpf() -> Tried {
    match bpf::run_a_program() {
        Ok(bpf::ANSWER) => Ok("the kernel checked a program, ran it, and gave its answer".to_owned()),
        Ok(other) => Err(format!("a program that gives {} gave {other}", bpf::ANSWER)),
        Err(error) => Err(format!("a program cannot be loaded: {error}")),
    }
}
