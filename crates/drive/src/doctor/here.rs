//! Trials that change nothing of this process, so that they need none of their own.

use std::fs::{self, File};

use wasmtime::{Instance, Module, Store};

use super::Tried;
use crate::cache::Cache;
use crate::engine::{self, Use, engine};
use crate::module::one_line;

/// `(module (func (export "f") (result i32) i32.const 42))`
const MODULE: &[u8] = &[
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7f, 0x03, 0x02, 0x01, 0x00,
    0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00, 0x0a, 0x06, 0x01, 0x04, 0x00, 0x41, 0x2a, 0x0b,
];

/// Compiles and runs a module that gives 42.
pub(super) fn wasm_engine() -> Tried {
    let run = || {
        let engine = engine(Use::Once)?;
        let module = Module::new(&engine, MODULE)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        instance
            .get_typed_func::<(), i32>(&mut store, "f")?
            .call(&mut store, ())
    };
    match run() {
        Ok(42) => Ok(format!("{} compiled and ran a module", engine::VERSION)),
        Ok(other) => Err(format!("a module that gives 42 gave {other}")),
        Err(error) => Err(one_line(&error)),
    }
}

/// Writes and removes a file where compiled modules are kept.
pub(super) fn wasm_cache(cache: &Cache) -> Tried {
    let directory = cache.usable_directory()?;
    let file = directory.join(format!(".doctor-{}", std::process::id()));
    let tried = File::create(&file).and_then(|_| fs::remove_file(&file));
    match tried {
        Ok(()) => Ok(format!("{} can be written, and only by us", directory.display())),
        Err(error) => Err(format!("{}: {error}", directory.display())),
    }
}
