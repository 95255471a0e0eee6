//! The sandbox around the workload: Landlock, then no capabilities, then the system-call filter.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use crate::protocol::{
    Evidence, FilterEvidence, GrantInstructions, LandlockEvidence, LayerFailure, SandboxInstructions, Step, Trial,
};
use crate::sys::{privilege, trial};

/// The newest interface that these rules were written for; an older kernel enforces what it knows of it.
pub(super) const ABI_USED: ABI = ABI::V7;

/// Enters the sandbox as far as the host can give it. What could not be had is returned; `evidence` says what was
/// seen to be refused.
pub(super) fn enter(
    sandbox: &SandboxInstructions,
    grants: &[GrantInstructions],
    in_container: bool,
    evidence: &mut Evidence,
) -> Vec<LayerFailure> {
    let mut failures = Vec::new();
    let mut failed = |capability: &str, detail: String| {
        failures.push(LayerFailure {
            step: Step::Sandbox,
            capability: capability.to_owned(),
            detail,
        });
    };
    // The controls: the same acts, before.
    let open_before = open_root();
    let socket_before = trial::socket();
    match restrict(grants, in_container) {
        Ok(status) => {
            let open_root = Trial {
                before: open_before,
                after: open_root(),
            };
            match landlock_evidence(&status, open_root) {
                Ok(seen) => evidence.landlock = Some(seen),
                Err(why) => failed("landlock", why),
            }
        }
        Err(error) => failed("landlock", error.to_string()),
    }
    // In a container they are gone already, and with them the right to empty the bounding set once more.
    let _ = privilege::empty_bounding_set();
    if let Err(error) = privilege::clear_capabilities() {
        failed("no-new-privileges", format!("cannot drop the capabilities: {error}"));
    }
    match seccompiler::apply_filter(&sandbox.filter.instructions()) {
        Ok(()) => {
            let socket = Trial {
                before: socket_before,
                after: trial::socket(),
            };
            evidence.filter = Some(FilterEvidence { socket });
        }
        Err(error) => failed("seccomp", error.to_string()),
    }
    failures
}

/// Tries Landlock alone, with nothing granted.
pub(super) fn probe_landlock() -> Result<String, String> {
    let before = open_root();
    let status = restrict(&[], false).map_err(|error| error.to_string())?;
    let seen = landlock_evidence(
        &status,
        Trial {
            before,
            after: open_root(),
        },
    )?;
    match seen.open_root {
        Trial {
            before: 0,
            after: libc::EACCES,
        } => Ok(format!(
            "ABI {}; a rule refused a directory that could be opened before",
            seen.abi
        )),
        Trial { before, after } => Err(format!(
            "a directory gave error {before} before the rules and {after} after"
        )),
    }
}

fn landlock_evidence(status: &RestrictionStatus, open_root: Trial) -> Result<LandlockEvidence, String> {
    let abi = match status.landlock {
        LandlockStatus::NotEnabled => return Err("Landlock is not enabled in this kernel".to_owned()),
        LandlockStatus::NotImplemented => return Err("Landlock is not built into this kernel".to_owned()),
        LandlockStatus::Available { effective_abi, .. } => effective_abi.to_string(),
    };
    let fully = status.ruleset == RulesetStatus::FullyEnforced;
    Ok(LandlockEvidence { abi, fully, open_root })
}

/// Denies every access by path that is not granted, TCP, and reaching processes outside by signal or abstract socket.
fn restrict(grants: &[GrantInstructions], in_container: bool) -> Result<RestrictionStatus, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI_USED))?
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    for grant in grants {
        let path = if in_container {
            Path::new(&grant.guest)
        } else {
            &grant.host
        };
        // A directory that cannot be opened is one that the workload cannot use either.
        if let Ok(directory) = PathFd::new(path) {
            ruleset = ruleset.add_rule(PathBeneath::new(directory, allowed(grant.writable)))?;
        }
    }
    ruleset.restrict_self()
}

/// What may be done below a granted directory: never executing, and no devices, sockets or pipes.
fn allowed(writable: bool) -> BitFlags<AccessFs> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    if !writable {
        return read;
    }
    read | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::MakeSym
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer
}

/// Tries to open the root directory for listing: 0, or the error number. It is a directory wherever this runs, so
/// only a rule can refuse it.
pub(super) fn open_root() -> i32 {
    match OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY).open("/") {
        Ok(_) => 0,
        Err(error) => error.raw_os_error().unwrap_or(-1),
    }
}

#[cfg(test)]
#[path = "sandbox_tests.rs"]
mod tests;
