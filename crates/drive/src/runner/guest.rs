//! The module in the engine: loaded before the lock-down, run after it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use tokio::runtime::Runtime;
use wasmtime::{Engine, Store};
use wasmtime_wasi::cli::{InputFile, OutputFile};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

use super::serve::{Instances, Server};
use crate::engine::{GuestState, Limiter, Use, count_slices, engine_that_runs};
use crate::linked::Linked;
use crate::module::one_line;
use crate::protocol::{Failure, GrantFailure, GuestEnd, GuestInstructions, LayerFailure, Served, Step};
use crate::sys::clock::monotonic_ns;
use crate::sys::privilege;
use crate::sys::process::{self, c_string};

/// Longest trap message that is reported, in bytes.
const MESSAGE_MAX: usize = 8 << 10;

/// A module that is loaded, linked and ready.
pub(super) struct Guest {
    runtime: Runtime,
    store: Store<GuestState>,
    linked: Rc<Linked>,
    has_start_function: bool,
    /// What answers, if there is an instance for each request.
    server: Option<Server>,
}

/// Loads compiled code and prepares everything that needs files, executable memory or other system calls that the
/// workload's filter is going to refuse.
pub(super) fn load(guest: &GuestInstructions, code: File, in_container: bool) -> Result<Guest, Failure> {
    let message = |error: wasmtime::Error| engine_failure(one_line(&error));
    let used = guest.serving.map_or(Use::Once, |serving| Use::Serve {
        at_once: serving.at_once,
        memory_bytes: guest.memory_bytes,
        is_component: guest.is_component,
    });
    let engine = engine_that_runs(used).map_err(message)?;
    // SAFETY: the code comes from the supervisor in a sealed memory file. It compiled the code itself, or took it
    // from a cache that only its user can write, after checking its sum; so it is what this engine produced.
    let linked = unsafe { Linked::load(&engine, code, guest.is_component) }.map_err(message)?;
    let linked = Rc::new(linked);
    let state = context(guest, in_container, standard_streams()?)?;
    let mut store = Store::new(&engine, state);
    store.limiter(|state| &mut state.limiter);
    // Timers only: no threads, and no input or output through the runtime.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| engine_failure(error.to_string()))?;
    // The alternate signal stack of this thread, which traps are caught on.
    Engine::tls_eager_initialize();
    let server = match guest.serving {
        Some(serving) => {
            count_slices(&engine).map_err(|error| engine_failure(error.to_string()))?;
            let instances = Instances {
                engine,
                linked: Rc::clone(&linked),
                guest: guest.clone(),
                serving,
            };
            Some(Server::new(instances, [standard(0)?, standard(1)?, standard(2)?]))
        }
        None => None,
    };
    Ok(Guest {
        runtime,
        store,
        linked,
        has_start_function: guest.has_start_function,
        server,
    })
}

fn engine_failure(detail: String) -> Failure {
    LayerFailure {
        step: Step::Wasm,
        capability: "wasm-engine".to_owned(),
        detail,
    }
    .into()
}

fn standard_streams() -> Result<WasiCtxBuilder, Failure> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.stdin(InputFile::new(standard(0)?));
    wasi.stdout(OutputFile::new(standard(1)?));
    wasi.stderr(OutputFile::new(standard(2)?));
    Ok(wasi)
}

fn standard(number: i32) -> Result<File, Failure> {
    let copy = process::standard(number).and_then(|fd| fd.as_fd().try_clone_to_owned());
    copy.map(File::from)
        .map_err(|error| engine_failure(format!("standard stream {number}: {error}")))
}

/// What a module is given, beside standard streams.
pub(super) fn context(
    guest: &GuestInstructions,
    in_container: bool,
    mut wasi: WasiCtxBuilder,
) -> Result<GuestState, Failure> {
    // Reading and writing files blocks this thread, the only one there is. One of many instances must not sleep so, past its
    // time and that of all others; it has no files.
    wasi.allow_blocking_current_thread(guest.serving.is_none());
    wasi.arg(&guest.name).args(&guest.args).envs(&guest.env);
    for grant in &guest.grants {
        let here = if in_container {
            Path::new(&grant.guest)
        } else {
            &grant.host
        };
        let refused = |detail| GrantFailure {
            guest: grant.guest.clone(),
            detail,
        };
        c_string(here.as_os_str().as_bytes())
            .and_then(|path| privilege::may_use(&path, grant.writable))
            .map_err(|error| refused(format!("the workload's user may not use it: {error}")))?;
        let permissions = if grant.writable {
            FsPerms::ReadWrite
        } else {
            FsPerms::ReadOnly
        };
        wasi.preopened_dir(here, &grant.guest, permissions)
            .map_err(|error| refused(one_line(&error)))?;
    }
    Ok(GuestState {
        wasi: wasi.build_p1(),
        limiter: Limiter::new(guest.memory_bytes),
    })
}

impl Guest {
    /// How many imports the module was linked to.
    pub(super) fn linked_imports(&self) -> usize {
        self.linked.imports()
    }

    /// How often the module was refused more memory.
    pub(super) fn refused_growth(&self) -> u64 {
        self.store.data().limiter.refused()
    }

    /// Answers requests by instances of their own, if that is what it is for.
    pub(super) fn serve(&mut self) -> Option<io::Result<Served>> {
        let server = self.server.take()?;
        Some(self.runtime.block_on(server.answer_all()))
    }

    /// Runs the module. `started` is called with the time just before its first instruction; the time just after its
    /// last one is returned with how it ended.
    pub(super) fn call(&mut self, started: impl FnOnce(u64)) -> (u64, GuestEnd) {
        let Self {
            runtime,
            store,
            linked,
            has_start_function,
            server: _,
        } = self;
        let result: wasmtime::Result<()> = runtime.block_on(async {
            let mut started = Some(started);
            let mut note = || {
                if let Some(started) = started.take() {
                    started(monotonic_ns());
                }
            };
            if *has_start_function {
                note();
            }
            linked.run(store, note).await
        });
        let at_ns = monotonic_ns();
        let how = match result {
            Ok(()) => GuestEnd::Exited { code: 0 },
            Err(error) => match error.downcast_ref::<I32Exit>() {
                Some(I32Exit(code)) => GuestEnd::Exited { code: *code },
                None => GuestEnd::Trapped {
                    message: shortened(&format!("{error:?}")),
                },
            },
        };
        (at_ns, how)
    }
}

/// The message, cut at a character border if it is very long.
pub(super) fn shortened(message: &str) -> String {
    let end = message.floor_char_boundary(MESSAGE_MAX);
    message.get(..end).unwrap_or(message).trim_end().to_owned()
}
