//! The embedded engine, set up once for every process that uses it: what one compiles the other must be able to load.

use wasmtime::{Config, Engine, Linker, ResourceLimiter};
use wasmtime_wasi::p1::{self, WasiP1Ctx};

/// Version of the engine, for reports.
pub(crate) const VERSION: &str = "wasmtime 48";

/// What a running module's host functions use.
pub(crate) struct GuestState {
    /// WASI: arguments, environment, granted directories, standard streams, clocks, random numbers.
    pub(crate) wasi: WasiP1Ctx,
    /// Bounds on the module's memories and tables.
    pub(crate) limiter: Limiter,
}

/// An engine with the settings that every part of a run shares.
pub(crate) fn engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    // One instance, one call: nothing runs concurrently within a store.
    config.concurrency_support(false);
    Engine::new(&config)
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

/// The engine's own bound on what a module may use, which holds whether or not the host has control groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limiter {
    memory_bytes: u64,
    refused: u64,
}

impl Limiter {
    /// At most this many bytes of linear memory.
    pub(crate) fn new(memory_bytes: u64) -> Self {
        Self {
            memory_bytes,
            refused: 0,
        }
    }

    /// How often the module asked for more and was refused.
    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        // What exceeds the module's own maximum is not refused by us.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let allowed = u64::try_from(desired).is_ok_and(|desired| desired <= self.memory_bytes);
        if !allowed {
            self.refused = self.refused.saturating_add(1);
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        // Allowed above, but the kernel keeps the limit for the whole process.
        self.refused = self.refused.saturating_add(1);
        Ok(())
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        // An element costs about a pointer.
        let bytes = u64::try_from(desired).unwrap_or(u64::MAX).saturating_mul(8);
        Ok(bytes <= self.memory_bytes)
    }
}

#[cfg(test)]
mod tests;
