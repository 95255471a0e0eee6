//! Reads a module's outline: its imports, exports and memory, and nothing of its code.

use std::fmt;

use wasmparser::{Chunk, Encoding, ExternalKind, Parser, Payload, TypeRef};

use super::error::ModuleError;

/// What of a module matters before it runs.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<Export>,
    pub(super) memory_minimum: u64,
    pub(super) has_start_function: bool,
    pub(super) is_component: bool,
    types: Vec<Option<Function>>,
    /// Type of each function, imported ones first.
    functions: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct Import {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) kind: ImportKind,
}

#[derive(Debug)]
pub(super) enum ImportKind {
    /// `None` if the type is not a plain function type.
    Function(Option<Function>),
    Other(&'static str),
}

impl Import {
    /// Its name in one word.
    pub(super) fn path(&self) -> String {
        match self.module.as_str() {
            "" => self.name.clone(),
            module => format!("{module}.{}", self.name),
        }
    }
}

impl ImportKind {
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Function(_) => "function",
            Self::Other(noun) => noun,
        }
    }
}

#[derive(Debug)]
pub(super) struct Export {
    pub(super) name: String,
    pub(super) is_memory: bool,
    /// Its type, if it is a function.
    pub(super) function: Option<Function>,
}

/// A function's type, its value types as the text format writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) parameters: Vec<String>,
    pub(super) results: Vec<String>,
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}) -> ({})", self.parameters.join(", "), self.results.join(", "))
    }
}

impl Outline {
    pub(super) fn export(&self, name: &str) -> Option<&Export> {
        self.exports.iter().find(|export| export.name == name)
    }

    fn function_type(&self, index: u32) -> Option<Function> {
        self.types.get(usize::try_from(index).ok()?)?.clone()
    }
}

/// Reads the outline of a core module or of a component, which their first bytes tell apart.
pub(crate) fn outline(bytes: &[u8]) -> Result<Outline, ModuleError> {
    check_header(bytes)?;
    if Parser::is_component(bytes) {
        return component(bytes);
    }
    let mut outline = Outline::default();
    let mut parser = Parser::new(0);
    let mut rest = bytes;
    loop {
        // Told that more could come, the parser can tell a file that was cut off from one that is wrong.
        match parser.parse(rest, false).map_err(ModuleError::parse)? {
            Chunk::NeedMoreData(_) if rest.is_empty() => return Ok(outline),
            Chunk::NeedMoreData(_) => return Err(ModuleError::Truncated { length: bytes.len() }),
            Chunk::Parsed { consumed, payload } => {
                if matches!(payload, Payload::End(_)) {
                    return Ok(outline);
                }
                outline.take(payload).map_err(ModuleError::parse)?;
                rest = rest.get(consumed..).unwrap_or_default();
            }
        }
    }
}

fn check_header(bytes: &[u8]) -> Result<(), ModuleError> {
    const MAGIC: &[u8] = b"\0asm";
    let start = bytes.get(..MAGIC.len()).unwrap_or(bytes);
    if bytes.is_empty() || !MAGIC.starts_with(start) {
        let text = bytes.trim_ascii_start();
        let is_text = text.starts_with(b"(module") || text.starts_with(b"(;") || text.starts_with(b";;");
        return Err(ModuleError::NotWasm {
            empty: bytes.is_empty(),
            text: is_text,
        });
    }
    if bytes.len() < 8 {
        return Err(ModuleError::Truncated { length: bytes.len() });
    }
    Ok(())
}

/// Reads the outline of a component: its own imports and exports, and the memories of the modules in it.
fn component(bytes: &[u8]) -> Result<Outline, ModuleError> {
    let mut outline = Outline {
        is_component: true,
        ..Outline::default()
    };
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(ModuleError::parse)? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 1 => {
                for import in imports {
                    let name = import.map_err(ModuleError::parse)?.name.name.to_owned();
                    outline.imports.push(Import {
                        module: String::new(),
                        name,
                        kind: ImportKind::Other("interface"),
                    });
                }
            }
            Payload::ComponentExportSection(exports) if depth == 1 => {
                for export in exports {
                    outline.exports.push(Export {
                        name: export.map_err(ModuleError::parse)?.name.name.to_owned(),
                        is_memory: false,
                        function: None,
                    });
                }
            }
            payload @ Payload::MemorySection(_) => outline.take(payload).map_err(ModuleError::parse)?,
            _ => {}
        }
    }
    Ok(outline)
}

impl Outline {
    fn take(&mut self, payload: Payload<'_>) -> wasmparser::Result<()> {
        match payload {
            Payload::Version {
                encoding: Encoding::Module,
                ..
            } => {}
            Payload::TypeSection(types) => {
                // Types beyond plain functions keep their place; nothing here can be given such an import.
                for group in types {
                    for ty in group?.into_types() {
                        self.types.push(match ty.composite_type.inner {
                            wasmparser::CompositeInnerType::Func(ty) => Some(Function {
                                parameters: ty.params().iter().map(ToString::to_string).collect(),
                                results: ty.results().iter().map(ToString::to_string).collect(),
                            }),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    let kind = self.import_kind(import.ty);
                    let (module, name) = (import.module.to_owned(), import.name.to_owned());
                    self.imports.push(Import { module, name, kind });
                }
            }
            Payload::FunctionSection(functions) => {
                for ty in functions {
                    self.functions.push(ty?);
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories {
                    let memory = memory?;
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(16).min(16);
                    self.memory_minimum = self.memory_minimum.saturating_add(memory.initial.saturating_mul(page));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    let function = match export.kind {
                        ExternalKind::Func => self.exported_function(export.index),
                        _ => None,
                    };
                    let is_memory = export.kind == ExternalKind::Memory;
                    self.exports.push(Export {
                        name: export.name.to_owned(),
                        is_memory,
                        function,
                    });
                }
            }
            Payload::StartSection { .. } => self.has_start_function = true,
            _ => {}
        }
        Ok(())
    }

    fn import_kind(&mut self, ty: TypeRef) -> ImportKind {
        match ty {
            TypeRef::Func(index) | TypeRef::FuncExact(index) => {
                self.functions.push(index);
                ImportKind::Function(self.function_type(index))
            }
            TypeRef::Table(_) => ImportKind::Other("table"),
            TypeRef::Memory(_) => ImportKind::Other("memory"),
            TypeRef::Global(_) => ImportKind::Other("global"),
            TypeRef::Tag(_) => ImportKind::Other("tag"),
        }
    }

    fn exported_function(&self, index: u32) -> Option<Function> {
        self.function_type(*self.functions.get(usize::try_from(index).ok()?)?)
    }
}
