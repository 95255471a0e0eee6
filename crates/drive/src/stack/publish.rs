//! Ports of a command that are reached from outside of its stack.

use std::path::Path;

use stackwright_spec::launch::{CommandLaunch, ProbeAction, Publish};

use super::Chosen;
use super::data::Need;
use crate::aside::Aside;
use crate::error::DriveError;
use crate::filter;
use crate::protocol::{Confine, Forward, Instructions, Network};
use crate::supervise::Seen;

/// How long the process that carries connections has to begin, in milliseconds.
const PATIENCE_MS: i32 = 10_000;

/// Whether what the launch says of ports and probes can be done for what is run.
pub(super) fn check(launch: &CommandLaunch, stack: &[Chosen], is_module: bool) -> Result<(), DriveError> {
    let has_ports = |action: &ProbeAction| !matches!(action, ProbeAction::Exec(_));
    let ports = !launch.publish.is_empty() || launch.probes.each().any(|probe| has_ports(&probe.action));
    let refused = |what: &str, help: &str| {
        Err(DriveError::Unsupported {
            what: what.to_owned(),
            help: help.to_owned(),
        })
    };
    if is_module && (ports || launch.probes.start_commands()) {
        return refused(
            "a module has no ports, and nothing to start beside it",
            "leave out the ports and probes, or run a command",
        );
    }
    if ports && stack.iter().any(|(_, need, _)| *need == Need::UserKernel) {
        return refused(
            "the kernel in user space keeps its network to itself, so no port in it can be reached",
            "leave out the ports, use probes that start a command, or choose a stack with C in its place",
        );
    }
    Ok(())
}

/// The network of the command, where it is not ours.
pub(super) fn network(seen: &Seen) -> Option<Network> {
    let network = seen.namespaces.iter().find(|namespace| namespace.kind == "net")?;
    let number = network.theirs.filter(|_| network.is_own())?;
    Some(Network { pid: seen.pid, number })
}

/// Has connections carried to the command, and says where they are taken.
pub(super) fn forward(
    program: &Path,
    publish: &[Publish],
    network: Option<Network>,
) -> Result<(Option<Aside>, Vec<String>), DriveError> {
    let failed = |what: String| DriveError::Publish { what };
    // In our own network the command listens there itself.
    let carried = |publish: &&Publish| network.is_some() || publish.host.port() != publish.port;
    let (carried, own): (Vec<&Publish>, Vec<&Publish>) = publish.iter().partition(carried);
    let mut places: Vec<String> = own.iter().map(|publish| publish.host.to_string()).collect();
    if carried.is_empty() {
        return Ok((None, places));
    }
    let confine = Confine {
        filters: filter::commands(true).map_err(failed)?,
        files: Some(Vec::new()),
        bind: Vec::new(),
        connect: carried.iter().map(|publish| publish.port).collect(),
    };
    let forward = Forward {
        network,
        ports: carried.iter().map(|publish| (publish.host, publish.port)).collect(),
        confine,
    };
    let mut aside = Aside::start(program, &Instructions::Forward(Box::new(forward)))
        .map_err(DriveError::host("start what carries connections"))?;
    let said = aside.answer(PATIENCE_MS).map_err(failed)?;
    let ports = carried.iter().map(|publish| publish.port);
    places.extend(
        said.split(' ')
            .zip(ports)
            .map(|(place, port)| format!("{place}->{port}")),
    );
    Ok((Some(aside), places))
}
