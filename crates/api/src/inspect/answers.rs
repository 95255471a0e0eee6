//! Working out answers on several threads.

use std::thread;

use stackwright_inspect::{Inspector, Options, WorkloadReport};

/// Workloads that one thread takes at once.
const PART: usize = 256;

/// Works out what is known of every workload on so many threads: `make` is called there, `take` here with what it made, in
/// the order of the documents. Only a part of the answers is held at a time.
pub fn answers<T: Send>(
    inspector: &Inspector<'_>,
    options: Options,
    threads: usize,
    make: impl Fn(WorkloadReport) -> T + Sync,
    mut take: impl FnMut(T),
) {
    let threads = threads.max(1);
    let mut inspections: Vec<_> = (0..threads).map(|_| inspector.inspection(options)).collect();
    let make = &make;
    let count = inspector.workloads();
    for start in (0..count).step_by(PART * threads) {
        let made: Vec<T> = thread::scope(|scope| {
            let parts = (start..count).step_by(PART).zip(&mut inspections);
            let workers: Vec<_> = parts
                .map(|(from, inspection)| {
                    scope.spawn(move || inspection.part(from..from + PART).map(make).collect::<Vec<_>>())
                })
                .collect();
            // A worker that panicked has nothing to give; no input makes one panic.
            workers.into_iter().filter_map(|w| w.join().ok()).flatten().collect()
        });
        made.into_iter().for_each(&mut take);
    }
}
