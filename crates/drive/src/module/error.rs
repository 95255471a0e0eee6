//! What can be wrong with a module.

use crate::module::one_line;

/// Why some bytes cannot be run as a module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleError {
    /// The bytes are something else.
    #[error("{}", if *.empty { "the file is empty, expected a WebAssembly module" } else { "not a WebAssembly module: it does not start with \\0asm" })]
    NotWasm {
        /// There are no bytes at all.
        empty: bool,
        /// They look like the text format.
        text: bool,
    },
    /// The bytes end in the middle of the module.
    #[error("the module is cut off: it ends at byte {length}, inside a section")]
    Truncated {
        /// How many bytes there are.
        length: usize,
    },
    /// A component imports something that WASI preview 2 does not have.
    #[error("the component imports what cannot be given: {message}")]
    ComponentImport {
        /// The engine's message, which names it.
        message: String,
    },
    /// A component that does not export `wasi:cli/run`.
    #[error("the component is not a command: it does not export `wasi:cli/run`")]
    ComponentNotACommand,
    /// The engine does not accept the module.
    #[error("the module is not valid: {message}")]
    Invalid {
        /// The engine's message.
        message: String,
    },
    /// It imports something that WASI preview 1 does not have.
    #[error("the module imports the {kind} `{name}` from `{module}`, which cannot be given")]
    MissingImport {
        /// Module part of the import's name.
        module: String,
        /// Name within it.
        name: String,
        /// What it is: `function`, `memory`, ….
        kind: &'static str,
    },
    /// It imports a function of WASI preview 1 with another type.
    #[error("the module imports `{module}.{name}` as {wanted}, but it is {offered}")]
    ImportType {
        /// Module part of the import's name.
        module: String,
        /// Name within it.
        name: String,
        /// The type that the module expects.
        wanted: String,
        /// The type that WASI preview 1 gives it.
        offered: String,
    },
    /// It has no `_start`.
    #[error("the module is not a command: it exports no function `_start`")]
    NotACommand {
        /// It exports `_initialize`, so it is a reactor (a library).
        reactor: bool,
    },
    /// Its `_start` takes or returns something.
    #[error("the module's `_start` is {found}, expected () -> ()")]
    StartType {
        /// The type it has.
        found: String,
    },
    /// It uses WASI but exports no memory named `memory`.
    #[error("the module imports WASI functions but exports no memory named `memory`")]
    NoMemory,
    /// The engine could not be set up, or could not compile the module.
    #[error("the engine could not prepare the module: {message}")]
    Engine {
        /// The engine's message.
        message: String,
    },
}

impl ModuleError {
    pub(crate) fn engine(error: wasmtime::Error) -> Self {
        Self::Engine {
            message: one_line(&error),
        }
    }

    pub(super) fn parse(error: wasmparser::Error) -> Self {
        Self::Invalid {
            message: error.to_string(),
        }
    }

    /// Stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotWasm { .. } => "drive::module-not-wasm",
            Self::Truncated { .. } => "drive::module-truncated",
            Self::ComponentImport { .. } => "drive::component-import",
            Self::ComponentNotACommand => "drive::component-not-a-command",
            Self::Invalid { .. } => "drive::module-invalid",
            Self::MissingImport { .. } => "drive::module-missing-import",
            Self::ImportType { .. } => "drive::module-import-type",
            Self::NotACommand { .. } => "drive::module-not-a-command",
            Self::StartType { .. } => "drive::module-start-type",
            Self::NoMemory => "drive::module-no-memory",
            Self::Engine { .. } => "drive::module-engine",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotWasm { text: true, .. } => {
                "this looks like the text format: translate it first, for example with `wasm-tools parse`"
            }
            Self::NotWasm { .. } => "build the workload for wasm32-wasip1 and give the resulting .wasm file",
            Self::Truncated { .. } => "copy or build the file again; compare its digest with the one it should have",
            Self::ComponentImport { .. } => {
                "commands are given the interfaces of `wasi:cli` 0.2; others, such as `wasi:http`, have to be built into it"
            }
            Self::ComponentNotACommand => "build it as a program, with a main function, for wasm32-wasip2",
            Self::Invalid { .. } => "rebuild it without experimental features, or check it with `wasm-tools validate`",
            Self::MissingImport { module, .. } => return Some(missing_import_help(module)),
            Self::ImportType { .. } => "rebuild it against the WASI preview 1 headers of its toolchain",
            Self::NotACommand { reactor: true } => {
                "it exports `_initialize`, so it was built as a library (reactor); build it as a program"
            }
            Self::NotACommand { reactor: false } => "build it as a program, with a main function, for wasm32-wasip1",
            Self::StartType { .. } => "`_start` takes nothing and returns nothing; end with proc_exit to give a code",
            Self::NoMemory => "export the module's memory under the name `memory`",
            Self::Engine { .. } => return None,
        };
        Some(help.to_owned())
    }

    /// Exit code of the command line for this error.
    pub fn exit_code(&self) -> u8 {
        2
    }
}

fn missing_import_help(module: &str) -> String {
    match module {
        "wasi_unstable" => "this is the older preview 0 of WASI; rebuild for wasm32-wasip1".to_owned(),
        "wasi_snapshot_preview1" => "WASI preview 1 has no such function; check the toolchain's version".to_owned(),
        "env" => "an import from `env` is usually a function that was declared but never linked: link its library, \
                  or remove the call"
            .to_owned(),
        _ => "only the functions of `wasi_snapshot_preview1` are given to a workload".to_owned(),
    }
}
