//! The cache of compiled modules.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use stackwright_drive::{Host, Io};
use stackwright_spec::report::Severity;

use crate::harness::Outcome;
use crate::modules::HELLO;
use crate::world::{World, launch};

/// Runs a module with this cache and returns what was said of its compiled code.
fn run(world: &World, directory: &Path) -> (Severity, String) {
    let driver = Host::new().with_cache_directory(directory);
    let report = driver.run(&launch("W", &world.module(HELLO)), Io::captured()).unwrap();
    assert!(report.ok, "{report:#?}");
    let finding = report
        .findings
        .into_iter()
        .find(|finding| finding.r#where == "compiled code")
        .unwrap();
    (finding.severity, finding.what)
}

/// A cache with the module in it, and the one entry.
fn filled(world: &World, name: &str) -> (PathBuf, PathBuf) {
    let directory = world.directory("caches").join(name);
    assert!(run(world, &directory).1.contains("kept in the cache"));
    let entries: Vec<_> = fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [entry] = entries.as_slice() else {
        panic!("{entries:?}")
    };
    (directory, entry.clone())
}

pub fn the_second_run_compiles_nothing(world: &World) -> Outcome {
    let (directory, entry) = filled(world, "hit");
    assert_eq!(
        run(world, &directory),
        (Severity::Info, "taken from the cache".to_owned())
    );
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&directory), mode(&entry)), (0o700, 0o600));
    Ok(())
}

pub fn a_damaged_entry_is_compiled_again(world: &World) -> Outcome {
    let (directory, entry) = filled(world, "damaged");
    let good = fs::read(&entry).unwrap();
    let mut flipped = good.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    for bad in [&flipped[..], &good[..good.len() / 2], b"", b"something else"] {
        fs::write(&entry, bad).unwrap();
        let (severity, what) = run(world, &directory);
        assert!(severity == Severity::Warning && what.contains("not trusted"), "{what}");
        assert_eq!(fs::read(&entry).unwrap(), good);
        assert_eq!(run(world, &directory).1, "taken from the cache");
    }
    // Right bytes that others could have written are no better.
    fs::set_permissions(&entry, Permissions::from_mode(0o666)).unwrap();
    assert!(run(world, &directory).1.contains("can be written by others"));
    assert_eq!(run(world, &directory).1, "taken from the cache");
    Ok(())
}

pub fn a_directory_of_others_is_not_used(world: &World) -> Outcome {
    let (directory, _) = filled(world, "open");
    fs::set_permissions(&directory, Permissions::from_mode(0o777)).unwrap();
    let (severity, what) = run(world, &directory);
    assert!(
        severity == Severity::Info && what.contains("not kept") && what.contains("written by others"),
        "{what}"
    );
    let file = world.file("no-directory", b"");
    assert!(run(world, &file).1.contains("not kept"));
    Ok(())
}
