use std::io::Write;
use std::os::fd::OwnedFd;

use super::{Lines, Request};
use crate::sys::channel::pipe;

fn of(bytes: &[u8], most: usize) -> (Lines, std::fs::File) {
    let (read, write): (OwnedFd, OwnedFd) = pipe().unwrap();
    let mut write = std::fs::File::from(write);
    write.write_all(bytes).unwrap();
    (Lines::new(read.into(), most), write)
}

fn line(text: &str) -> Option<Request> {
    Some(Request::Line(text.into()))
}

#[test]
fn lines_come_as_they_are_there() {
    let (mut lines, mut write) = of(b"one\n\ntw", 10);
    assert_eq!(lines.next(true).unwrap(), line("one"));
    assert_eq!(lines.next(false).unwrap(), line(""));
    assert_eq!(lines.next(false).unwrap(), None);
    assert!(!lines.at_end());
    write.write_all(b"o\nthree").unwrap();
    assert_eq!(lines.next(false).unwrap(), line("two"));
    drop(write);
    assert_eq!(lines.next(true).unwrap(), line("three"));
    assert!(lines.at_end());
    assert_eq!(lines.next(true).unwrap(), None);
}

#[test]
fn a_line_that_is_too_long_is_thrown_away_and_said() {
    let long = [vec![b'x'; 40_000], b"\n1234\n12345\n".to_vec(), vec![b'y'; 9]].concat();
    let (mut lines, write) = of(&long, 4);
    drop(write);
    let found: Vec<_> = std::iter::from_fn(|| lines.next(true).unwrap()).collect();
    assert_eq!(
        found,
        [
            Request::TooLong,
            Request::Line(b"1234".to_vec()),
            Request::TooLong,
            Request::TooLong
        ]
    );
}
