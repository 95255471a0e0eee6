//! Whether some bytes are a module that can be run here, found out without running or compiling them.

mod error;
mod read;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};
use wasmtime::{Engine, Extern, ExternType, Module, Store};
use wasmtime_wasi::WasiCtxBuilder;

pub use error::ModuleError;
use read::{Function, Import, ImportKind};
pub(crate) use read::{Outline, outline};

use crate::engine::{GuestState, Limiter, Use, engine, linker};
use crate::linked::compile_component;

/// What is known of a module before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFacts {
    /// Digest of the module's bytes: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// What it wants from outside, in its own order, as `module.name`.
    pub imports: Vec<String>,
    /// Names of what it offers, in its own order.
    pub exports: Vec<String>,
    /// Bytes of linear memory that it starts with; of a component, that its modules start with.
    pub memory_minimum: u64,
    /// Whether some of its code runs before `_start`, as its start function.
    pub has_start_function: bool,
    /// Whether it is a component, with WASI preview 2, rather than a core module.
    pub is_component: bool,
}

/// Checks that the bytes are a valid core module of the WASI preview 1 command form, or a valid component that exports
/// `wasi:cli/run`, and that everything it imports can be given. For a component that takes compiling it.
///
/// # Errors
///
/// A [`ModuleError`] that says what is wrong, and with which import or export.
pub fn check_module(bytes: &[u8]) -> Result<ModuleFacts, ModuleError> {
    let outline = outline(bytes)?;
    let engine = engine(Use::Once).map_err(ModuleError::engine)?;
    if outline.is_component {
        compile_component(&engine, bytes)?;
    } else {
        check(&engine, bytes, &outline)?;
    }
    Ok(outline.facts(bytes))
}

/// Compiles a module or component with this outline, if it can be run. So what is compiled and kept was checked before.
pub(crate) fn compile(engine: &Engine, bytes: &[u8], outline: &Outline) -> Result<Vec<u8>, ModuleError> {
    if outline.is_component {
        return compile_component(engine, bytes);
    }
    check(engine, bytes, outline)?;
    engine.precompile_module(bytes).map_err(ModuleError::engine)
}

/// Whether a core module with this outline can be run.
fn check(engine: &Engine, bytes: &[u8], outline: &Outline) -> Result<(), ModuleError> {
    // Exactly the rules and the proposals that compilation is going to apply.
    Module::validate(engine, bytes).map_err(|error| ModuleError::Invalid {
        message: one_line(&error),
    })?;
    check_imports(engine, outline)?;
    check_command(outline)
}

impl Outline {
    /// What is known of the module with these bytes.
    pub(crate) fn facts(&self, bytes: &[u8]) -> ModuleFacts {
        ModuleFacts {
            digest: digest(bytes),
            imports: self.imports.iter().map(Import::path).collect(),
            exports: self.exports.iter().map(|e| e.name.clone()).collect(),
            memory_minimum: self.memory_minimum,
            // Making an instance of a component can run code of its modules.
            has_start_function: self.has_start_function || self.is_component,
            is_component: self.is_component,
        }
    }
}

/// Digest of a workload in the OCI spelling.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// An engine's error with its causes, on one line.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}

fn check_imports(engine: &Engine, outline: &Outline) -> Result<(), ModuleError> {
    let linker = linker(engine).map_err(ModuleError::engine)?;
    let state = GuestState {
        wasi: WasiCtxBuilder::new().build_p1(),
        limiter: Limiter::new(0),
    };
    let mut store = Store::new(engine, state);
    for import in &outline.imports {
        let offered = linker.get(&mut store, &import.module, &import.name).ok();
        let missing = || ModuleError::MissingImport {
            module: import.module.clone(),
            name: import.name.clone(),
            kind: import.kind.noun(),
        };
        let (Some(Extern::Func(function)), ImportKind::Function(wanted)) = (offered, &import.kind) else {
            return Err(missing());
        };
        let offered = signature(&ExternType::Func(function.ty(&store)));
        if offered.as_ref() != wanted.as_ref() {
            return Err(ModuleError::ImportType {
                module: import.module.clone(),
                name: import.name.clone(),
                wanted: display(wanted.as_ref()),
                offered: display(offered.as_ref()),
            });
        }
    }
    Ok(())
}

fn check_command(outline: &Outline) -> Result<(), ModuleError> {
    let Some(start) = outline.export("_start") else {
        return Err(ModuleError::NotACommand {
            reactor: outline.export("_initialize").is_some(),
        });
    };
    if start.function.as_ref() != Some(&Function::default()) {
        return Err(ModuleError::StartType {
            found: display(start.function.as_ref()),
        });
    }
    // Every WASI function looks for the caller's memory, even those that do not use it.
    let exports_memory = outline.export("memory").is_some_and(|export| export.is_memory);
    if !outline.imports.is_empty() && !exports_memory {
        return Err(ModuleError::NoMemory);
    }
    Ok(())
}

/// The engine's function type in the form that the reader uses.
fn signature(ty: &ExternType) -> Option<Function> {
    let ExternType::Func(ty) = ty else { return None };
    Some(Function {
        parameters: ty.params().map(|p| p.to_string()).collect(),
        results: ty.results().map(|r| r.to_string()).collect(),
    })
}

fn display(function: Option<&Function>) -> String {
    function.map_or_else(|| "no function".to_owned(), Function::to_string)
}
