//! The README's examples: each `console` block is run and must print what it shows.

use std::fs;
use std::process::Command;

use crate::root;

#[test]
fn every_console_example_prints_what_the_readme_shows() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let mut examples = 0;
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for example in block.split("$ stackwright ").skip(1) {
            let (line, shown) = example.split_once('\n').unwrap();
            let arguments: Vec<_> = line.split('\'').enumerate().flat_map(words).collect();
            let output = Command::new(env!("CARGO_BIN_EXE_stackwright"))
                .args(&arguments)
                .env("NO_COLOR", "1")
                .current_dir(root())
                .output()
                .unwrap();
            let printed = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
            assert_eq!(printed, shown, "$ stackwright {line}");
            examples += 1;
        }
    }
    assert!(examples >= 5);
}

/// Splits at spaces outside quotes: every second part was quoted.
fn words((index, part): (usize, &str)) -> Vec<String> {
    if index % 2 == 1 {
        vec![part.to_owned()]
    } else {
        part.split_whitespace().map(str::to_owned).collect()
    }
}

#[test]
fn the_main_job_of_the_readme_names_what_exists() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let job = text
        .lines()
        .find(|l| l.starts_with("cargo build --release -p stackwright-cli && "))
        .unwrap();
    let requirement = "examples/edge-function/requirements.yaml";
    assert!(job.contains(requirement) && root().join(requirement).is_file());
}
