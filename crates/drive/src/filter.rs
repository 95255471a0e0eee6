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

const COMMANDS: &str = include_str!("../data/seccomp/commands.json");

#[derive(Deserialize)]
struct Refusals {
    newest: u32,
    groups: Vec<RefusedGroup>,
}

#[derive(Deserialize)]
struct RefusedGroup {
    when: Extent,
    architecture: Option<String>,
    errno: u32,
    rules: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Extent {
    Always,
    Workload,
}

/// Compiles the filters of commands for this machine: what `workload` must not do, or less where a container is built
/// inside. All of them hold at once: one for each error that refused calls give, and one for calls that are not known.
pub(crate) fn commands(workload: bool) -> Result<Vec<Program>, String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|_| format!("there is no filter for {} yet", std::env::consts::ARCH))?;
    let data: Refusals = serde_json::from_str(COMMANDS).map_err(|error| error.to_string())?;
    let here = |group: &RefusedGroup| {
        (workload || group.when == Extent::Always)
            && group
                .architecture
                .as_deref()
                .is_none_or(|of| of == std::env::consts::ARCH)
    };
    let mut errors: std::collections::BTreeMap<u32, Vec<Value>> = std::collections::BTreeMap::new();
    for group in data.groups.into_iter().filter(here) {
        errors.entry(group.errno).or_default().extend(group.rules);
    }
    let mut programs = vec![known_calls(data.newest)];
    for (errno, rules) in errors {
        let filter = json!({
            "commands": { "mismatch_action": "allow", "match_action": { "errno": errno }, "filter": rules },
        });
        let compiled = compile_from_json(filter.to_string().as_bytes(), arch).map_err(|error| error.to_string())?;
        let program = compiled.get("commands").ok_or("the filter is empty")?;
        programs.push(Program(program.iter().map(|i| (i.code, i.jt, i.jf, i.k)).collect()));
    }
    Ok(programs)
}

/// Refuses with ENOSYS every call whose number is above the newest one known. Numbers of other calling conventions of
/// the same processor are far above.
fn known_calls(newest: u32) -> Program {
    // From linux/bpf_common.h and linux/seccomp.h.
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_GREATER: u16 = 0x25;
    const RETURN: u16 = 0x06;
    const ALLOW: u32 = 0x7fff_0000;
    const ERROR: u32 = 0x0005_0000;
    const ENOSYS: u32 = 38;
    Program(vec![
        (LOAD_WORD, 0, 0, 0),
        (JUMP_IF_GREATER, 1, 0, newest),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, ERROR | ENOSYS),
    ])
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
