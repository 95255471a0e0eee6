//! Files that users name.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a file: programs are long, and one with holes could be longer than all memory.
const MOST: u64 = 256 << 20;

/// All of a file.
///
/// # Errors
///
/// It cannot be read, or is longer than 256 MiB.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let too_long = || io::Error::other(format!("it is longer than {MOST} bytes"));
    let file = File::open(path)?;
    if file.metadata()?.len() > MOST {
        return Err(too_long());
    }
    let mut bytes = Vec::new();
    // A pipe does not tell its length.
    match file.take(MOST + 1).read_to_end(&mut bytes)? {
        length if u64::try_from(length).is_ok_and(|length| length <= MOST) => Ok(bytes),
        _ => Err(too_long()),
    }
}
