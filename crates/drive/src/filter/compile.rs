//! Compiles the filters of system calls from data. The build does it, as a start has no time for it, and the tests.

use std::collections::BTreeMap;

use seccompiler::{TargetArch, compile_from_json};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const WASM_RUNNER: &str = include_str!("../../data/seccomp/wasm-runner.json");
const COMMANDS: &str = include_str!("../../data/seccomp/commands.json");

/// 16 bits of code, 8 and 8 of jumps, 32 of operand.
pub(super) type Instruction = (u16, u8, u8, u32);

/// What a run grants, as far as the filter depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Granted {
    /// At least one directory.
    pub(super) any: bool,
    /// At least one directory for writing.
    pub(super) writable: bool,
    /// Answers to requests, which excludes directories.
    pub(super) serving: bool,
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
    Serving,
}

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

/// Compiles the filters of commands for a machine: what `workload` must not do, or less where a container is built
/// inside. All of them hold at once: one for each error that refused calls give, and one for calls that are not known.
pub(super) fn commands(workload: bool, machine: &str) -> Result<Vec<Vec<Instruction>>, String> {
    let arch = arch(machine)?;
    let data: Refusals = serde_json::from_str(COMMANDS).map_err(|error| error.to_string())?;
    let here = |group: &RefusedGroup| {
        (workload || group.when == Extent::Always) && group.architecture.as_deref().is_none_or(|of| of == machine)
    };
    let mut errors: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
    for group in data.groups.into_iter().filter(here) {
        errors.entry(group.errno).or_default().extend(group.rules);
    }
    let mut programs = vec![known_calls(data.newest)];
    for (errno, rules) in errors {
        let filter = json!({
            "commands": { "mismatch_action": "allow", "match_action": { "errno": errno }, "filter": rules },
        });
        programs.push(program(&filter, arch)?);
    }
    Ok(programs)
}

/// Refuses with ENOSYS every call whose number is above the newest one known. Numbers of other calling conventions of
/// the same processor are far above.
fn known_calls(newest: u32) -> Vec<Instruction> {
    // From linux/bpf_common.h and linux/seccomp.h.
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_GREATER: u16 = 0x25;
    const RETURN: u16 = 0x06;
    const ALLOW: u32 = 0x7fff_0000;
    const ERROR: u32 = 0x0005_0000;
    const ENOSYS: u32 = 38;
    vec![
        (LOAD_WORD, 0, 0, 0),
        (JUMP_IF_GREATER, 1, 0, newest),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, ERROR | ENOSYS),
    ]
}

/// Compiles the filter of a WebAssembly workload for a machine; with it, how many system calls it lets through.
pub(super) fn wasm_runner(granted: Granted, machine: &str) -> Result<(Vec<Instruction>, usize), String> {
    let arch = arch(machine)?;
    let data: Data = serde_json::from_str(WASM_RUNNER).map_err(|error| error.to_string())?;
    let rules: Vec<Value> = data
        .groups
        .into_iter()
        .filter(|group| match group.when {
            When::Always => true,
            When::Grants => granted.any,
            When::WritableGrants => granted.writable,
            When::Serving => granted.serving,
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
    Ok((program(&filter, arch)?, system_calls))
}

fn arch(machine: &str) -> Result<TargetArch, String> {
    TargetArch::try_from(machine).map_err(|_| format!("there is no filter for {machine} yet"))
}

fn program(filter: &Value, arch: TargetArch) -> Result<Vec<Instruction>, String> {
    let compiled = compile_from_json(filter.to_string().as_bytes(), arch).map_err(|error| error.to_string())?;
    let program = compiled.values().next().ok_or("the filter is empty")?;
    Ok(program.iter().map(|i| (i.code, i.jt, i.jf, i.k)).collect())
}
