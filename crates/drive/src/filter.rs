//! The workload's system-call filter, from data.

use seccompiler::{BpfProgram, TargetArch, compile_from_json, sock_filter};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const WASM_RUNNER: &str = include_str!("../data/seccomp/wasm-runner.json");

/// What a run grants, as far as the filter depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    /// At least one directory.
    pub(crate) any: bool,
    /// At least one directory for writing.
    pub(crate) writable: bool,
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

#[derive(Deserialize)]
struct Data {
    otherwise: Value,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    when: When,
    rules: Vec<Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum When {
    Always,
    Grants,
    WritableGrants,
}

/// Compiles the filter of a WebAssembly workload for this machine.
pub(crate) fn wasm_runner(granted: Granted) -> Result<Filter, String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|_| format!("there is no filter for {} yet", std::env::consts::ARCH))?;
    compile(granted, arch)
}

fn compile(granted: Granted, arch: TargetArch) -> Result<Filter, String> {
    let data: Data = serde_json::from_str(WASM_RUNNER).map_err(|error| error.to_string())?;
    let rules: Vec<Value> = data
        .groups
        .into_iter()
        .filter(|group| match group.when {
            When::Always => true,
            When::Grants => granted.any,
            When::WritableGrants => granted.writable,
        })
        .flat_map(|group| group.rules)
        .collect();
    let mut names: Vec<&str> = rules.iter().filter_map(|rule| rule.get("syscall")?.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let system_calls = names.len();
    let filter = json!({
        "workload": { "mismatch_action": data.otherwise, "match_action": "allow", "filter": rules },
    });
    let compiled = compile_from_json(filter.to_string().as_bytes(), arch).map_err(|error| error.to_string())?;
    let program = compiled.get("workload").ok_or("the filter is empty")?;
    let program = Program(program.iter().map(|i| (i.code, i.jt, i.jf, i.k)).collect());
    Ok(Filter { program, system_calls })
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
