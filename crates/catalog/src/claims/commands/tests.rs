//! Words of command lines.

use super::{Manual, Refused};

fn manual() -> Manual<'static> {
    Manual {
        options: vec!["--security-opt", "-e", "--env"],
        switches: vec!["--rm", "-i", "-t"],
        operands: vec!["IMAGE", "[COMMAND]", "[ARG...]"],
    }
}

fn read(line: &str) -> Result<Vec<String>, Refused> {
    manual().read(&line.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn options_are_those_of_the_manual() {
    assert_eq!(read("--rm -it -e A=1 --security-opt seccomp=x app").unwrap().len(), 4);
    assert_eq!(
        read("--security-opt=seccomp=x app"),
        Ok(vec!["--security-opt".to_owned()])
    );
    assert_eq!(read("--seccomp=x app"), Err(Refused::Option("--seccomp".to_owned())));
    assert_eq!(read("-ix app"), Err(Refused::Option("-x".to_owned())));
    assert_eq!(read("app -e"), Ok(Vec::new()), "what follows the program is its own");
    assert_eq!(read("-e"), Err(Refused::NoValue("-e".to_owned())));
    assert_eq!(read("-eA=1 app"), Ok(vec!["-e".to_owned()]));
}

#[test]
fn operands_are_counted() {
    assert_eq!(read("--rm"), Err(Refused::TooFew("IMAGE".to_owned())));
    assert!(read("app command one two three").is_ok());
    let none = Manual {
        operands: Vec::new(),
        ..manual()
    };
    assert_eq!(none.read(&["-e", "-", "x"]), Err(Refused::TooMany("x".to_owned())));
    assert!(none.read(&["-e", "-"]).is_ok(), "a lone dash is a value");
}
