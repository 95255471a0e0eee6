//! The sandbox around a command, or around everything that builds a container for it.

use landlock::{
    Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, NetPort, PathBeneath, PathFd,
    RestrictionStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::sandbox::{ABI_USED, open_root};
use crate::protocol::{Confine, ConfineEvidence, FileRule, Trial};
use crate::sys::{privilege, trial};

/// Enters the sandbox. What could not be had is among the evidence.
pub(super) fn enter(confine: &Confine) -> ConfineEvidence {
    let mut evidence = ConfineEvidence::default();
    let mut missing = Vec::new();
    let (root_before, call_before) = (open_root(), trial::foreign_descriptor());
    if let Err(error) = privilege::no_new_privileges() {
        missing.push(format!("no-new-privileges: {error}"));
    }
    match restrict(confine).map_err(|error| error.to_string()) {
        Ok(status) => match landlock(&status) {
            Ok(seen) => {
                evidence.landlock = Some(seen);
                evidence.open_root = confine.files.is_some().then(|| Trial {
                    before: root_before,
                    after: open_root(),
                });
            }
            Err(why) => missing.push(why),
        },
        Err(error) => missing.push(format!("landlock: {error}")),
    }
    if confine.files.is_some() {
        // In a container they are gone already. A runtime inside still needs its own.
        let _ = privilege::empty_bounding_set();
        if let Err(error) = privilege::clear_capabilities() {
            missing.push(format!("cannot drop the capabilities: {error}"));
        }
    }
    for filter in &confine.filters {
        match seccompiler::apply_filter(&filter.instructions()) {
            Ok(()) => evidence.filters += 1,
            Err(error) => missing.push(format!("seccomp: {error}")),
        }
    }
    evidence.call = Some(Trial {
        before: call_before,
        after: trial::foreign_descriptor(),
    });
    evidence.missing = missing;
    evidence
}

fn landlock(status: &RestrictionStatus) -> Result<(String, bool), String> {
    match status.landlock {
        LandlockStatus::NotEnabled => Err("landlock: not enabled in this kernel".to_owned()),
        LandlockStatus::NotImplemented => Err("landlock: not built into this kernel".to_owned()),
        LandlockStatus::Available { effective_abi, .. } => Ok((
            effective_abi.to_string(),
            status.ruleset == RulesetStatus::FullyEnforced,
        )),
    }
}

/// Denies TCP but for the ports that are named, reaching outside by signal or abstract socket, and where there are rules for
/// files all others.
fn restrict(confine: &Confine) -> Result<RestrictionStatus, RulesetError> {
    let files = confine.files.as_deref();
    let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::BestEffort);
    if files.is_some() {
        ruleset = ruleset.handle_access(AccessFs::from_all(ABI_USED))?;
    }
    let mut ruleset = ruleset
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .scope(Scope::AbstractUnixSocket | Scope::Signal)?
        .create()?;
    for rule in files.unwrap_or_default() {
        // What cannot be opened cannot be used either.
        if let Ok(path) = PathFd::new(&rule.path) {
            let directory = rule.path.is_dir();
            ruleset = ruleset.add_rule(PathBeneath::new(path, allowed(rule, directory)))?;
        }
    }
    for (ports, access) in [
        (&confine.bind, AccessNet::BindTcp),
        (&confine.connect, AccessNet::ConnectTcp),
    ] {
        for port in ports {
            ruleset = ruleset.add_rule(NetPort::new(*port, access))?;
        }
    }
    ruleset.restrict_self()
}

fn allowed(rule: &FileRule, directory: bool) -> BitFlags<AccessFs> {
    let mut allowed = BitFlags::from(AccessFs::ReadFile);
    if rule.executable {
        allowed |= AccessFs::Execute;
    }
    if rule.writable {
        allowed |= AccessFs::WriteFile | AccessFs::Truncate;
    }
    if directory {
        allowed |= AccessFs::ReadDir;
        if rule.writable {
            allowed |= AccessFs::MakeReg
                | AccessFs::MakeDir
                | AccessFs::MakeSym
                | AccessFs::MakeFifo
                | AccessFs::MakeSock
                | AccessFs::RemoveFile
                | AccessFs::RemoveDir
                | AccessFs::Refer;
        }
    }
    allowed
}
