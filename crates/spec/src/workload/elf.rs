//! Programs in the ELF format: the header and the program headers, and nothing else of the file.
//!
//! Numbers and offsets are those of the System V ABI, chapter 4 (ELF header) and 5 (program header).

use std::collections::BTreeMap;

use stackwright_catalog::model::WorkloadKind;
use stackwright_text::Diagnostic;

use super::Workload;
use super::read::{Order, number};

const MAGIC: &[u8] = b"\x7fELF";
/// Program headers that are looked at. Linkers write about a dozen.
const MAX_HEADERS: u64 = 4096;
/// The longest interpreter's path that is read, that of Linux.
const MAX_PATH: u64 = 4096;

const ET_EXEC: u64 = 2;
const ET_DYN: u64 = 3;
const PT_DYNAMIC: u64 = 2;
const PT_INTERP: u64 = 3;
/// The flag of the dynamic section for position-independent programs, which tells them from shared libraries.
const DT_FLAGS_1: u64 = 0x6fff_fffb;
const DF_1_PIE: u64 = 0x0800_0000;

/// What an ELF file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// Machine architecture in the OCI spelling, or `machine 99` for one without.
    pub architecture: String,
    /// The program that loads it, such as `/lib64/ld-linux-x86-64.so.2`; `None` for a static program.
    pub interpreter: Option<String>,
    /// Whether it can be loaded anywhere.
    pub position_independent: bool,
}

/// Reads a program as a workload.
///
/// # Errors
///
/// As [`parse`].
pub fn read(name: &str, bytes: &[u8]) -> Result<Workload, Diagnostic> {
    let elf = parse(bytes).map_err(|why| {
        let diagnostic = Diagnostic::new("workload::elf", format!("{name} is no program for Linux: {why}"));
        if bytes.starts_with(b"\0asm") {
            diagnostic.with_help("it is a WebAssembly module: write `wasm` instead of `binary`")
        } else if bytes.starts_with(b"#!") {
            diagnostic.with_help("it is a script: put it in an image with what runs it, and write `image`")
        } else {
            diagnostic.with_help("`binary` is a file in the ELF format")
        }
    })?;
    let linked = match &elf.interpreter {
        Some(interpreter) => format!("dynamically linked, loaded by {interpreter}"),
        None => "statically linked".to_owned(),
    };
    let placed = if elf.position_independent {
        "position-independent"
    } else {
        "at a fixed address"
    };
    Ok(Workload {
        kind: Some(WorkloadKind::LinuxBinary),
        architecture: Some(elf.architecture),
        details: vec![linked, placed.to_owned()],
        facts: BTreeMap::new(),
        ..Workload::default()
    })
}

/// Reads the headers of a file.
///
/// # Errors
///
/// In words: it is not ELF, is cut off, is not executable, or its headers are impossible.
pub fn parse(bytes: &[u8]) -> Result<Elf, String> {
    if !bytes.starts_with(MAGIC) {
        return Err(if bytes.is_empty() {
            "the file is empty".to_owned()
        } else {
            "it does not begin with the ELF magic".to_owned()
        });
    }
    let wide = match bytes.get(4) {
        Some(1) => false,
        Some(2) => true,
        Some(class) => return Err(format!("its class is {class}, neither 32 nor 64 bits")),
        None => return Err(cut_off()),
    };
    let order = match bytes.get(5) {
        Some(1) => Order::Little,
        Some(2) => Order::Big,
        Some(order) => return Err(format!("its byte order is {order}, neither little nor big")),
        None => return Err(cut_off()),
    };
    let at = |offset, size| number(bytes, offset, size, order).ok_or_else(cut_off);
    let kind = at(16, 2)?;
    let machine = at(18, 2)?;
    let (table, size, count) = if wide {
        (at(32, 8)?, at(54, 2)?, at(56, 2)?)
    } else {
        (at(28, 4)?, at(42, 2)?, at(44, 2)?)
    };
    if count > MAX_HEADERS {
        return Err(format!("it has {count} program headers, more than {MAX_HEADERS}"));
    }
    let smallest = if wide { 56 } else { 32 };
    if count > 0 && size < smallest {
        return Err(format!("its program headers have {size} bytes, fewer than {smallest}"));
    }
    let mut interpreter = None;
    let mut is_pie = false;
    for index in 0..count {
        let header = table.checked_add(index * size).ok_or_else(cut_off)?;
        let field = |narrow: u64, broad: u64| {
            let (offset, size) = if wide { (broad, 8) } else { (narrow, 4) };
            at(header.checked_add(offset).ok_or_else(cut_off)?, size)
        };
        match at(header, 4)? {
            PT_INTERP => interpreter = Some(path(bytes, field(4, 8)?, field(16, 32)?)?),
            PT_DYNAMIC => is_pie = is_pie || has_pie_flag(bytes, field(4, 8)?, field(16, 32)?, wide, order),
            _ => {}
        }
    }
    let position_independent = match kind {
        ET_EXEC => false,
        ET_DYN if interpreter.is_some() || is_pie => true,
        ET_DYN => return Err("it is a shared library".to_owned()),
        1 => return Err("it is an object file that was not linked".to_owned()),
        4 => return Err("it is a core dump".to_owned()),
        other => return Err(format!("its type is {other}, which is not executable")),
    };
    Ok(Elf {
        architecture: architecture(machine, wide, order),
        interpreter,
        position_independent,
    })
}

fn cut_off() -> String {
    "it is cut off within its headers".to_owned()
}

fn path(bytes: &[u8], offset: u64, length: u64) -> Result<String, String> {
    if length > MAX_PATH {
        return Err(format!(
            "its interpreter's path has {length} bytes, more than {MAX_PATH}"
        ));
    }
    let start = usize::try_from(offset).map_err(|_| cut_off())?;
    let length = usize::try_from(length).map_err(|_| cut_off())?;
    let end = start.checked_add(length).ok_or_else(cut_off)?;
    let text = bytes.get(start..end).ok_or_else(cut_off)?;
    let text = text.split(|b| *b == 0).next().unwrap_or_default();
    let text = std::str::from_utf8(text).map_err(|_| "its interpreter's path is not UTF-8".to_owned())?;
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("its interpreter's path is empty or has control characters".to_owned());
    }
    Ok(text.to_owned())
}

/// Whether the dynamic section calls the file a position-independent program. A section beyond the end says nothing.
fn has_pie_flag(bytes: &[u8], offset: u64, length: u64, wide: bool, order: Order) -> bool {
    let word: u64 = if wide { 8 } else { 4 };
    let size = if wide { 8 } else { 4 };
    let entries = (length / (2 * word)).min(MAX_HEADERS);
    (0..entries).any(|index| {
        let Some(entry) = offset.checked_add(index * 2 * word) else {
            return false;
        };
        let value = || number(bytes, entry.checked_add(word)?, size, order);
        number(bytes, entry, size, order) == Some(DT_FLAGS_1) && value().is_some_and(|v| v & DF_1_PIE != 0)
    })
}

/// The OCI spelling of a machine number; the spellings are Go's, as the OCI image specification says.
fn architecture(machine: u64, wide: bool, order: Order) -> String {
    let little = order == Order::Little;
    let name = match (machine, wide, little) {
        (3, ..) => "386",
        (8, false, false) => "mips",
        (8, false, true) => "mipsle",
        (8, true, false) => "mips64",
        (8, true, true) => "mips64le",
        (21, _, false) => "ppc64",
        (21, _, true) => "ppc64le",
        (22, true, _) => "s390x",
        (40, ..) => "arm",
        (62, ..) => "amd64",
        (183, ..) => "arm64",
        (243, true, _) => "riscv64",
        (258, true, _) => "loong64",
        _ => return format!("machine {machine}"),
    };
    name.to_owned()
}
