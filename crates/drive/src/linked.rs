//! A module or component, linked to what it is offered and nothing else.

use std::fs::File;
use std::io::Read;

use wasmtime::component::{self, Component};
use wasmtime::{Engine, InstancePre, Module, Store};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::{I32Exit, p2};

use crate::engine::{GuestState, linker};
use crate::module::{ModuleError, one_line};

/// What instances are made from.
pub(crate) enum Linked {
    /// A core module, with WASI preview 1.
    Module(InstancePre<GuestState>),
    /// A component, with WASI preview 2.
    Component(CommandPre<GuestState>),
}

impl Linked {
    /// Loads compiled code and links it.
    ///
    /// # Safety
    ///
    /// The code must be what this engine has compiled.
    pub(crate) unsafe fn load(engine: &Engine, mut code: File, is_component: bool) -> wasmtime::Result<Self> {
        if is_component {
            let mut bytes = Vec::new();
            code.read_to_end(&mut bytes)?;
            // SAFETY: the caller's promise.
            let component = unsafe { Component::deserialize(engine, bytes) }?;
            component.initialize_copy_on_write_image()?;
            return Ok(Self::Component(command(engine, &component)?));
        }
        // SAFETY: the caller's promise.
        let module = unsafe { Module::deserialize_open_file(engine, code) }?;
        module.initialize_copy_on_write_image()?;
        Ok(Self::Module(linker(engine)?.instantiate_pre(&module)?))
    }

    /// How many functions, or interfaces, it was linked to.
    pub(crate) fn imports(&self) -> usize {
        match self {
            Self::Module(module) => module.module().imports().len(),
            Self::Component(command) => {
                let component = command.instance_pre().component();
                component.component_type().imports(command.engine()).len()
            }
        }
    }

    /// Makes an instance and runs it. `begins` is called just before its `_start`, or what a component has for that.
    pub(crate) async fn run(&self, store: &mut Store<GuestState>, begins: impl FnOnce()) -> wasmtime::Result<()> {
        match self {
            Self::Module(module) => {
                let instance = module.instantiate_async(&mut *store).await?;
                let start = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
                begins();
                start.call_async(&mut *store, ()).await
            }
            Self::Component(command) => {
                let command = command.instantiate_async(&mut *store).await?;
                begins();
                match command.wasi_cli_run().call_run(&mut *store).await? {
                    Ok(()) => Ok(()),
                    // It says only that it failed.
                    Err(()) => Err(I32Exit(1).into()),
                }
            }
        }
    }
}

/// Compiles a component, and checks that all it imports can be given and that it is a command.
pub(crate) fn compile_component(engine: &Engine, bytes: &[u8]) -> Result<Vec<u8>, ModuleError> {
    let code = engine
        .precompile_component(bytes)
        .map_err(|error| ModuleError::Invalid {
            message: one_line(&error),
        })?;
    // SAFETY: it was compiled just now, by this engine.
    let component = unsafe { Component::deserialize(engine, &code) }.map_err(ModuleError::engine)?;
    let linker = component_linker(engine).map_err(ModuleError::engine)?;
    let linked = linker
        .instantiate_pre(&component)
        .map_err(|error| ModuleError::ComponentImport {
            message: one_line(&error),
        })?;
    CommandPre::new(linked).map_err(|_| ModuleError::ComponentNotACommand)?;
    Ok(code)
}

fn command(engine: &Engine, component: &Component) -> wasmtime::Result<CommandPre<GuestState>> {
    CommandPre::new(component_linker(engine)?.instantiate_pre(component)?)
}

/// A linker that offers WASI preview 2 and nothing else. Of the network it offers the interfaces, but no address is let
/// through.
fn component_linker(engine: &Engine) -> wasmtime::Result<component::Linker<GuestState>> {
    let mut linker = component::Linker::new(engine);
    p2::add_to_linker_async(&mut linker)?;
    Ok(linker)
}
