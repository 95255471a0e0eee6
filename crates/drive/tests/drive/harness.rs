//! A small test harness: it runs tests one after the other, because each of them looks at the whole process.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::world::{World, children, descriptors, groups};

/// A test: its name, and what it does. It returns why it was skipped, if it was.
pub type Test = (&'static str, fn(&World) -> Outcome);

/// `Ok`, or why the test cannot be done on this host.
pub type Outcome = Result<(), &'static str>;

/// A test by its path.
macro_rules! test {
    ($module:ident::$name:ident) => {
        (
            concat!(stringify!($module), "::", stringify!($name)),
            crate::$module::$name,
        )
    };
}
pub(crate) use test;

/// Runs the tests whose names contain one of the arguments, or all; understands as much of the usual options as test
/// runners use.
pub fn main(arguments: &[String], tests: &[Test]) {
    let has = |option: &str| arguments.iter().any(|argument| argument == option);
    // `--format terse` asks for the form that the list has anyway.
    let value = |index: usize| index > 0 && arguments.get(index - 1).is_some_and(|before| before == "--format");
    let names = arguments.iter().enumerate().filter(|(index, _)| !value(*index));
    let wanted: Vec<&String> = names
        .map(|(_, name)| name)
        .filter(|name| !name.starts_with('-'))
        .collect();
    let chosen = |name: &str| {
        wanted.is_empty()
            || wanted.iter().any(|w| {
                if has("--exact") {
                    name == w.as_str()
                } else {
                    name.contains(w.as_str())
                }
            })
    };
    let tests = tests.iter().filter(|(name, _)| chosen(name) && !has("--ignored"));
    if has("--list") {
        tests.for_each(|(name, _)| println!("{name}: test"));
        return;
    }
    let world = World::new();
    let mut failed = Vec::new();
    for (name, test) in tests {
        let before = descriptors();
        let result = catch_unwind(AssertUnwindSafe(|| {
            let outcome = test(&world);
            assert_eq!(
                children(std::process::id()),
                Vec::<u32>::new(),
                "child processes were left"
            );
            assert_eq!(
                groups(std::process::id()),
                Vec::<std::path::PathBuf>::new(),
                "control groups were left"
            );
            assert_eq!(descriptors(), before, "descriptors were left");
            outcome
        }));
        match result {
            Ok(Ok(())) => println!("test {name} ... ok"),
            Ok(Err(why)) => {
                println!("test {name} ... SKIPPED: {why}");
                if !may_skip(name) {
                    println!("test {name} ... FAILED: it is not among those that may be skipped here");
                    failed.push(*name);
                }
            }
            Err(_) => {
                println!("test {name} ... FAILED");
                failed.push(*name);
            }
        }
    }
    drop(world);
    if !failed.is_empty() {
        println!("failed: {}", failed.join(", "));
        std::process::exit(101);
    }
}

/// Whether a test may be skipped: any, unless the environment lists those that may.
fn may_skip(name: &str) -> bool {
    let listed = std::env::var("STACKWRIGHT_MAY_SKIP");
    listed.map_or(true, |listed| listed.split_whitespace().any(|listed| listed == name))
}
