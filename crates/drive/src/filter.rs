//! The workload's system-call filter, compiled from data when this program was built.

#[cfg(test)]
mod compile;

use seccompiler::{BpfProgram, sock_filter};
use serde::{Deserialize, Serialize};

/// What [`compile`] made for this machine: an error where there is nothing for it.
mod built {
    include!(concat!(env!("OUT_DIR"), "/filters.rs"));
}

/// What a run grants, as far as the filter depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    /// At least one directory.
    pub(crate) any: bool,
    /// At least one directory for writing.
    pub(crate) writable: bool,
    /// Answers to requests, which excludes directories.
    pub(crate) serving: bool,
}

/// The filter in its compiled form, and how many system calls it lets through.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// The program, an instruction each.
    pub(crate) program: Program,
    /// Distinct system calls that it allows, some only with certain arguments.
    pub(crate) system_calls: usize,
}

/// A filter program in a form that can be handed to another process: 16 bits of code, 8 and 8 of jumps, 32 of operand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Program(Vec<(u16, u8, u8, u32)>);

impl Program {
    /// Number of instructions.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The program as the kernel takes it.
    pub(crate) fn instructions(&self) -> BpfProgram {
        self.0
            .iter()
            .map(|&(code, jt, jf, k)| sock_filter { code, jt, jf, k })
            .collect()
    }
}

/// The filter of a WebAssembly workload for this machine.
pub(crate) fn wasm_runner(granted: Granted) -> Result<Filter, String> {
    let (program, system_calls) = match (granted.any, granted.writable, granted.serving) {
        (_, _, true) => built::WASM_SERVING,
        (false, _, _) => built::WASM_NOTHING,
        (true, false, _) => built::WASM_READABLE,
        (true, true, _) => built::WASM_WRITABLE,
    }?;
    Ok(Filter {
        program: Program(program.to_vec()),
        system_calls,
    })
}

/// The filters of commands for this machine: what a workload must not do, or less where a container is built inside. All
/// of them hold at once: one for each error that refused calls give, and one for calls that are not known.
pub(crate) fn commands(workload: bool) -> Result<Vec<Program>, String> {
    let programs = match workload {
        true => built::COMMANDS,
        false => built::COMMANDS_AROUND,
    }?;
    Ok(programs.iter().map(|program| Program(program.to_vec())).collect())
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
