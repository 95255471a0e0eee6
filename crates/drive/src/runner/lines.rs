//! Requests, a line each.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;

use crate::sys::channel::can_be_read;

/// Most bytes that are read at once.
const PIECE: usize = 64 << 10;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Without its end.
    Line(Vec<u8>),
    /// A line that was longer than allowed, and was thrown away.
    TooLong,
}

/// Lines of a file that may come slowly.
pub(super) struct Lines {
    file: File,
    most: usize,
    /// What was read and not given out, from `from` on; up to `looked` it holds no end of a line.
    held: Vec<u8>,
    from: usize,
    looked: usize,
    /// The line that is being read was too long, and its beginning is gone.
    too_long: bool,
    at_end: bool,
}

impl Lines {
    /// Lines of at most so many bytes.
    pub(super) fn new(file: File, most: usize) -> Self {
        Self {
            file,
            most,
            held: Vec::new(),
            from: 0,
            looked: 0,
            too_long: false,
            at_end: false,
        }
    }

    /// Whether nothing more comes.
    pub(super) fn at_end(&self) -> bool {
        self.at_end && self.from == self.held.len() && !self.too_long
    }

    /// The next one; `None` at the end, or if it is not there yet and is not to be waited for.
    pub(super) fn next(&mut self, wait: bool) -> io::Result<Option<Request>> {
        loop {
            let ahead = self.held.get(self.looked..).unwrap_or_default();
            if let Some(length) = ahead.iter().position(|byte| *byte == b'\n') {
                return Ok(Some(self.give(self.looked + length, 1)));
            }
            self.looked = self.held.len();
            if self.looked - self.from > self.most {
                (self.from, self.too_long) = (self.looked, true);
            }
            if self.at_end {
                let nothing = self.from == self.looked && !self.too_long;
                return Ok((!nothing).then(|| self.give(self.looked, 0)));
            }
            if !wait && !can_be_read(self.file.as_raw_fd())? {
                return Ok(None);
            }
            self.held.drain(..self.from);
            (self.from, self.looked) = (0, self.held.len());
            let length = self.held.len();
            self.held.resize(length + PIECE, 0);
            let read = read(&mut self.file, self.held.get_mut(length..).unwrap_or_default());
            self.held.truncate(length + read.as_ref().map_or(0, |read| *read));
            self.at_end = read? == 0;
        }
    }

    /// The request that ends here, before so many bytes that end it.
    fn give(&mut self, end: usize, ending: usize) -> Request {
        let line = self.held.get(self.from..end).unwrap_or_default().to_vec();
        self.from = end + ending;
        self.looked = self.from;
        if std::mem::take(&mut self.too_long) || line.len() > self.most {
            Request::TooLong
        } else {
            Request::Line(line)
        }
    }
}

fn read(file: &mut File, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
