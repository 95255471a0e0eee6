//! WebAssembly: whether a file is a module or a component, and what it imports. Code is neither read nor checked; who runs
//! a module checks all of it.

use std::collections::BTreeMap;

use stackwright_catalog::model::WorkloadKind;
use stackwright_text::Diagnostic;

use super::Workload;
use super::read::{leb128, name};

const MAGIC: &[u8] = b"\0asm";
const IMPORTS: u8 = 2;

/// What a WebAssembly file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wasm {
    /// Whether it is a component rather than a core module.
    pub is_component: bool,
    /// Version of the system interface that it imports: 1 or 2; `None` if it imports none.
    pub wasi: Option<u8>,
    /// Namespaces that a core module imports from, each once, sorted. Empty for components.
    pub imports: Vec<String>,
}

/// Reads a module or component as a workload.
///
/// # Errors
///
/// As [`parse`].
pub fn read(path: &str, bytes: &[u8]) -> Result<Workload, Diagnostic> {
    let wasm = parse(bytes).map_err(|why| {
        let diagnostic = Diagnostic::new("workload::wasm", format!("{path} is no WebAssembly file: {why}"));
        if bytes.trim_ascii_start().starts_with(b"(module") {
            diagnostic.with_help("it is in the text format: compile it, for example with `wasm-tools parse`")
        } else if bytes.starts_with(b"\x7fELF") {
            diagnostic.with_help("it is a program for Linux: write `binary` instead of `wasm`")
        } else {
            diagnostic.with_help("`wasm` is a file in the binary format")
        }
    })?;
    let form = if wasm.is_component {
        "a component"
    } else {
        "a core module"
    };
    let interface = match wasm.wasi {
        Some(version) => format!("imports WASI preview {version}"),
        None => "imports no WASI".to_owned(),
    };
    let mut details = vec![form.to_owned(), interface];
    if !wasm.imports.is_empty() {
        details.push(format!("imports from {}", wasm.imports.join(", ")));
    }
    Ok(Workload {
        kind: Some(WorkloadKind::WasmModule),
        details,
        facts: BTreeMap::new(),
        ..Workload::default()
    })
}

/// Reads the header and the imports of a file.
///
/// # Errors
///
/// In words: it is not WebAssembly, of a version that nobody knows, cut off, or its imports cannot be read.
pub fn parse(bytes: &[u8]) -> Result<Wasm, String> {
    if !bytes.starts_with(MAGIC) {
        return Err(if bytes.is_empty() {
            "the file is empty".to_owned()
        } else {
            "it does not begin with the WebAssembly magic".to_owned()
        });
    }
    // Version and layer: 1 and 0 for modules; 13 and 1 for components, as the component model's binary format says.
    let is_component = match bytes.get(4..8) {
        Some([1, 0, 0, 0]) => false,
        Some([_, _, 1, 0]) => true,
        Some(version) => return Err(format!("its version is {version:?}, which is not known")),
        None => return Err("it is cut off within its header".to_owned()),
    };
    let rest = bytes.get(8..).unwrap_or_default();
    if is_component {
        // Names of interfaces stand in the clear in a component's sections.
        let wasi = contains(rest, b"wasi:").then_some(2);
        return Ok(Wasm {
            is_component,
            wasi,
            imports: Vec::new(),
        });
    }
    let mut imports = sections(rest)?;
    imports.sort();
    imports.dedup();
    let preview1 = imports
        .iter()
        .any(|i| i == "wasi_snapshot_preview1" || i == "wasi_unstable");
    let preview2 = imports.iter().any(|i| i.starts_with("wasi:"));
    Ok(Wasm {
        is_component,
        wasi: if preview1 { Some(1) } else { preview2.then_some(2) },
        imports,
    })
}

fn contains(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.windows(pattern.len()).any(|window| window == pattern)
}

/// The namespaces of the import section, in its order.
fn sections(mut rest: &[u8]) -> Result<Vec<String>, String> {
    let cut_off = || "it is cut off within a section".to_owned();
    while let Some((id, after)) = rest.split_first() {
        let (size, after) = leb128(after).ok_or_else(cut_off)?;
        let size = usize::try_from(size).map_err(|_| cut_off())?;
        let (section, after) = after.split_at_checked(size).ok_or_else(cut_off)?;
        if *id == IMPORTS {
            return imports(section).ok_or_else(|| "its imports cannot be read".to_owned());
        }
        rest = after;
    }
    Ok(Vec::new())
}

fn imports(section: &[u8]) -> Option<Vec<String>> {
    let (count, mut rest) = leb128(section)?;
    let mut modules: Vec<String> = Vec::new();
    for _ in 0..count {
        let (module, after) = name(rest)?;
        let (_, after) = name(after)?;
        rest = description(after)?;
        if modules.last().is_none_or(|last| last != module) {
            modules.push(module.to_owned());
        }
    }
    Some(modules)
}

/// Skips what an import is: a function, table, memory, global or tag.
fn description(bytes: &[u8]) -> Option<&[u8]> {
    let (kind, rest) = bytes.split_first()?;
    match kind {
        0 => leb128(rest).map(|(_, rest)| rest),
        1 => limits(value_type(rest)?),
        2 => limits(rest),
        3 => value_type(rest)?.get(1..),
        4 => leb128(rest.get(1..)?).map(|(_, rest)| rest),
        _ => None,
    }
}

/// Skips a value type; two of them have the type that they refer to after them.
fn value_type(bytes: &[u8]) -> Option<&[u8]> {
    let (kind, rest) = bytes.split_first()?;
    match kind {
        0x63 | 0x64 => leb128(rest).map(|(_, rest)| rest),
        _ => Some(rest),
    }
}

fn limits(bytes: &[u8]) -> Option<&[u8]> {
    let (flags, rest) = bytes.split_first()?;
    let (_, rest) = wide(rest)?;
    if flags & 1 == 1 {
        wide(rest).map(|(_, rest)| rest)
    } else {
        Some(rest)
    }
}

/// Skips a number of at most 64 bits.
fn wide(bytes: &[u8]) -> Option<((), &[u8])> {
    let end = bytes.iter().take(10).position(|b| b & 0x80 == 0)?;
    Some(((), bytes.get(end + 1..)?))
}
