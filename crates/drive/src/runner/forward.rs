//! Carrying connections from ports here to those of a workload, which is in a network of its own.

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::{confine, reach};
use crate::protocol::{Forward, Report, encode};
use crate::sys::channel::Control;
use crate::sys::privilege::{self, Resource};

/// Most connections at once, over all ports; each takes two descriptors and two threads.
const AT_ONCE: usize = 512;
/// How long the workload has to take a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a thread that only copies needs.
const THREAD_BYTES: usize = 64 << 10;
/// How long to wait when no more connections can be had.
const PAUSE: Duration = Duration::from_millis(50);

/// Listens, says where, and carries connections until this process is ended.
pub(super) fn run(forward: &Forward, control: &Control) -> io::Result<()> {
    let (ok, detail, listeners) = match begin(forward) {
        Ok(listeners) => {
            let places: Vec<String> = listeners.iter().map(|(_, place, _)| place.to_string()).collect();
            (true, places.join(" "), listeners)
        }
        Err(detail) => (false, detail, Vec::new()),
    };
    control.send(&encode(&Report::Probed { ok, detail })?)?;
    let carried = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = listeners
        .into_iter()
        .map(|(listener, _, port)| {
            let carried = Arc::clone(&carried);
            thread::Builder::new()
                .stack_size(THREAD_BYTES)
                .spawn(move || serve(&listener, port, &carried))
        })
        .collect::<io::Result<_>>()?;
    for thread in threads {
        let _ = thread.join();
    }
    Ok(())
}

type Listener = (TcpListener, SocketAddr, u16);

/// Sockets belong to the network that they were made in, so this listens here before it goes to the workload's.
fn begin(forward: &Forward) -> Result<Vec<Listener>, String> {
    let mut listeners = Vec::with_capacity(forward.ports.len());
    for (address, port) in &forward.ports {
        let listener = TcpListener::bind(address).map_err(|error| format!("cannot listen at {address}: {error}"))?;
        let place = listener.local_addr().map_err(|error| error.to_string())?;
        listeners.push((listener, place, *port));
    }
    if let Some(network) = &forward.network {
        reach::go_into(network).map_err(|error| format!("cannot go into the workload's network: {error}"))?;
    }
    let files = u64::try_from(AT_ONCE * 3).unwrap_or(u64::MAX);
    privilege::limit(Resource::OpenFiles, files).map_err(|error| error.to_string())?;
    let missing = confine::enter(&forward.confine).missing;
    match missing.as_slice() {
        [] => Ok(listeners),
        missing => Err(missing.join("; ")),
    }
}

fn serve(listener: &TcpListener, port: u16, carried: &Arc<AtomicUsize>) {
    loop {
        match listener.accept() {
            // One too many is closed.
            Ok((outside, _)) if carried.load(Ordering::Relaxed) < AT_ONCE => {
                carried.fetch_add(1, Ordering::Relaxed);
                let done = Arc::clone(carried);
                let thread = thread::Builder::new().stack_size(THREAD_BYTES).spawn(move || {
                    let _ = carry(&outside, port);
                    done.fetch_sub(1, Ordering::Relaxed);
                });
                if thread.is_err() {
                    carried.fetch_sub(1, Ordering::Relaxed);
                }
            }
            Ok(_) => {}
            Err(_) => thread::sleep(PAUSE),
        }
    }
}

/// Both directions of a connection, each until its end.
fn carry(outside: &TcpStream, port: u16) -> io::Result<()> {
    let inside = reach::connect(port, PATIENCE)?;
    for stream in [outside, &inside] {
        stream.set_nodelay(true)?;
    }
    let one_way = |mut from: &TcpStream, mut to: &TcpStream| {
        let copied = io::copy(&mut from, &mut to).and_then(|_| to.flush());
        // The other direction may go on, unless this one broke.
        let _ = to.shutdown(Shutdown::Write);
        if copied.is_err() {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        }
    };
    thread::scope(|scope| {
        thread::Builder::new()
            .stack_size(THREAD_BYTES)
            .spawn_scoped(scope, || one_way(&inside, outside))?;
        one_way(outside, &inside);
        Ok(())
    })
}
