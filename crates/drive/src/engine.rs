//! The embedded engine, set up once for every process that uses it: what one compiles the other must be able to load.

use std::sync::OnceLock;
use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, Linker, PoolingAllocationConfig, ResourceLimiter};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::{WasiCtxView, WasiView};

use crate::sys::signal;

/// Version of the engine, for reports.
pub(crate) const VERSION: &str = "wasmtime 48";

/// What a running module's host functions use.
pub(crate) struct GuestState {
    /// WASI: arguments, environment, granted directories, standard streams, clocks, random numbers.
    pub(crate) wasi: WasiP1Ctx,
    /// Bounds on the module's memories and tables.
    pub(crate) limiter: Limiter,
}

/// What an engine is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// To compile or run a module that is run once.
    Once,
    /// To compile one that serves.
    ToServe,
    /// To serve: so many instances at once, each with at most so many bytes of linear memory.
    Serve {
        at_once: u32,
        memory_bytes: u64,
        is_component: bool,
    },
}

/// Bytes of stack of an instance that serves, above what the engine lets modules use.
const STACK_BYTES: usize = 1 << 20;
/// Most modules and memories of a component that serves.
const MODULES: (u32, u32) = (16, 2);
/// Most tables of such a module, and elements of each: more than compilers need for large programs.
const TABLES: u32 = 4;
const ELEMENTS: usize = 1 << 16;
/// Bytes of a slot's memory and of its tables that are cleared and kept instead of given back to the kernel.
const KEPT_BYTES: usize = 64 << 10;
/// Private memory of a slot beside its linear memory, for bounds by the kernel: stack, tables and the engine's own.
pub(crate) const SLOT_BYTES: u64 = 4 << 20;
/// Processor time after which an instance that serves gives way to the others.
const SLICE: Duration = Duration::from_millis(5);

impl WasiView for GuestState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.ctx()
    }
}

/// An engine that compiles, with the settings that every part of a run shares.
pub(crate) fn engine(used: Use) -> wasmtime::Result<Engine> {
    Engine::new(&config(used)?)
}

/// The same for the process that runs what was compiled: without a compiler, which would only take time and memory there.
pub(crate) fn engine_that_runs(used: Use) -> wasmtime::Result<Engine> {
    Engine::new(config(used)?.enable_compiler(false))
}

fn config(used: Use) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    // One instance, one call: nothing runs concurrently within a store.
    config.concurrency_support(false);
    config.epoch_interruption(used != Use::Once);
    if let Use::Serve {
        at_once,
        memory_bytes,
        is_component,
    } = used
    {
        // Components are made of modules, some of which only connect the others.
        let (modules, memories) = if is_component { MODULES } else { (1, 1) };
        config.async_stack_size(STACK_BYTES);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(at_once)
            .total_core_instances(at_once.saturating_mul(modules))
            .max_core_instances_per_component(modules)
            .total_memories(at_once.saturating_mul(memories))
            .max_memories_per_component(memories)
            .total_stacks(at_once)
            .total_tables(at_once.saturating_mul(TABLES))
            .max_tables_per_module(TABLES)
            .max_tables_per_component(TABLES)
            .table_elements(ELEMENTS)
            .max_memory_size(usize::try_from(memory_bytes.min(u64::from(u32::MAX) + 1))?)
            .linear_memory_keep_resident(KEPT_BYTES)
            .table_keep_resident(KEPT_BYTES);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    Ok(config)
}

static SERVING: OnceLock<Engine> = OnceLock::new();

extern "C" fn next_slice(_signal: libc::c_int) {
    // Adds to an atomic number, which a handler may.
    if let Some(engine) = SERVING.get() {
        engine.increment_epoch();
    }
}

/// From now on instances of this engine give way to each other.
pub(crate) fn count_slices(engine: &Engine) -> std::io::Result<()> {
    SERVING.get_or_init(|| engine.clone());
    signal::every(SLICE, next_slice)
}

/// A linker that offers WASI preview 1 and nothing else.
///
/// The asynchronous form, because the synchronous one would start a thread pool of its own, which the workload's
/// system-call filter rightly refuses.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<GuestState>> {
    let mut linker = Linker::new(engine);
    p1::add_to_linker_async(&mut linker, |state: &mut GuestState| &mut state.wasi)?;
    Ok(linker)
}

/// The engine's own bound on what a module may use, which holds whether or not the host has control groups. It counts all
/// memories and tables of an instance together: a component has several.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limiter {
    memory_bytes: u64,
    used: u64,
    /// What the last growth added, which counts only if it succeeds.
    added: u64,
    refused: u64,
}

impl Limiter {
    /// At most this many bytes.
    pub(crate) fn new(memory_bytes: u64) -> Self {
        Self {
            memory_bytes,
            used: 0,
            added: 0,
            refused: 0,
        }
    }

    /// How often the module asked for more and was refused.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    fn grow(&mut self, current: usize, desired: usize, each: u64) -> bool {
        let more = u64::try_from(desired.saturating_sub(current)).unwrap_or(u64::MAX);
        let more = more.saturating_mul(each);
        let allowed = self.used.checked_add(more).is_some_and(|all| all <= self.memory_bytes);
        if allowed {
            (self.used, self.added) = (self.used + more, more);
        }
        allowed
    }

    fn take_back(&mut self) {
        self.used = self.used.saturating_sub(std::mem::take(&mut self.added));
    }
}

/// Bytes of an element of a table: about a pointer.
const ELEMENT: u64 = 8;

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // What exceeds the module's own maximum is not refused by us.
        if maximum.is_some_and(|maximum| desired > maximum) {
            self.added = 0;
            return Ok(false);
        }
        let allowed = self.grow(current, desired, 1);
        if !allowed {
            self.refused = self.refused.saturating_add(1);
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        // Allowed above, but the kernel keeps the limit for the whole process.
        self.take_back();
        self.refused = self.refused.saturating_add(1);
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(self.grow(current, desired, ELEMENT))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.take_back();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
