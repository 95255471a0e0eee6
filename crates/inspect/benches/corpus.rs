//! How fast documents are read and resolved: a folder of manifests, held in memory, on one core and on two.
//!
//! The folder is `STACKWRIGHT_SHARED/corpus/manifests`, or the argument.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench is run by hand"
)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs, thread};

use stackwright_inspect::{Inspector, Knowledge, Options};

/// Files that a thread takes at once, as the library does.
const CHUNK: usize = 32;

fn files(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

fn run(files: &[(String, Vec<u8>)], knowledge: &Knowledge, threads: usize) -> (u64, usize, u64) {
    let mut first = Inspector::new(knowledge);
    let next = AtomicUsize::new(0);
    let mut parts = thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let chunk = next.fetch_add(1, Ordering::Relaxed);
                let group = files.iter().skip(chunk * CHUNK).take(CHUNK);
                if group.len() == 0 {
                    return done;
                }
                let mut inspector = first.fork();
                for (name, bytes) in group {
                    inspector.read(name, bytes);
                }
                done.push((chunk, inspector));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|w| w.join().unwrap()).collect::<Vec<_>>()
    });
    parts.sort_by_key(|(chunk, _)| *chunk);
    for (_, part) in parts {
        first.append(part);
    }
    let mut inspection = first.inspection(Options::default());
    let workloads = inspection.workloads().map(|w| w.evidence.len()).sum();
    (inspection.counts().documents, workloads, inspection.counts().errors)
}

fn main() {
    let folder = env::args().nth(1).filter(|a| !a.starts_with("--")).map(PathBuf::from);
    let shared = env::var_os("STACKWRIGHT_SHARED").map(|s| Path::new(&s).join("corpus/manifests"));
    let Some(folder) = folder.or(shared).filter(|f| f.is_dir()) else {
        eprintln!("skipped: no folder of manifests");
        return;
    };
    let mut all = Vec::new();
    files(&folder, &mut all);
    let bytes: usize = all.iter().map(|f| f.1.len()).sum();
    let knowledge = Knowledge::builtin().unwrap();
    for threads in [1, 2] {
        let mut times = Vec::new();
        let mut result = (0, 0, 0);
        for _ in 0..7 {
            let start = Instant::now();
            result = run(&all, &knowledge, threads);
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        println!(
            "{threads} threads: {} documents, {} pieces of evidence, {} errors in {:.0} ms (best {:.0}): {:.0} documents/s, {:.0} MB/s",
            result.0,
            result.1,
            result.2,
            median * 1e3,
            times[0] * 1e3,
            result.0 as f64 / median,
            bytes as f64 / median / 1e6
        );
    }
}
