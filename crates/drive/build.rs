//! Compiles the filters of system calls, which would take as long at each start as all else that a sandbox needs.

#[path = "src/filter/compile.rs"]
mod compile;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use compile::{Granted, commands, wasm_runner};

fn main() -> Result<(), Box<dyn Error>> {
    for path in ["build.rs", "src/filter/compile.rs", "data/seccomp"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let machine = env::var("CARGO_CFG_TARGET_ARCH")?;
    let mut text = "type Instruction = (u16, u8, u8, u32);\n".to_owned();
    for (name, workload) in [("COMMANDS", true), ("COMMANDS_AROUND", false)] {
        let programs = commands(workload, &machine).map(|programs| {
            let each: String = programs.iter().map(|program| format!("&{program:?}, ")).collect();
            format!("&[{each}]")
        });
        text += &constant(name, "&[&[Instruction]]", programs);
    }
    for (name, any, writable, serving) in [
        ("WASM_NOTHING", false, false, false),
        ("WASM_READABLE", true, false, false),
        ("WASM_WRITABLE", true, true, false),
        ("WASM_SERVING", false, false, true),
    ] {
        let filter = wasm_runner(Granted { any, writable, serving }, &machine);
        let filter = filter.map(|(program, system_calls)| format!("(&{program:?}, {system_calls})"));
        text += &constant(name, "(&[Instruction], usize)", filter);
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("filters.rs"), text)?;
    Ok(())
}

/// A constant of what was compiled, or of why there is none.
fn constant(name: &str, kind: &str, compiled: Result<String, String>) -> String {
    let value = match compiled {
        Ok(value) => format!("Ok({value})"),
        Err(why) => format!("Err({why:?})"),
    };
    format!("pub(super) const {name}: Result<{kind}, &str> = {value};\n")
}
