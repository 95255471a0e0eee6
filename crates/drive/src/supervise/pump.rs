//! Carries a workload's output on, a piece at a time, without ever waiting for its reader.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::io::Output;
use crate::sys::channel::Interest;
use crate::sys::process::standard;

/// As much as a pipe takes at once when it reports that it can be written.
const PIECE: usize = 4096;

/// One output stream of a workload.
#[derive(Debug)]
pub(crate) struct Pump {
    /// `None` once the workload has closed it or nobody reads on.
    from: Option<File>,
    to: Sink,
    /// Read, but not yet written.
    pending: Vec<u8>,
    /// Where everything is kept as well.
    log: Option<File>,
}

#[derive(Debug)]
enum Sink {
    Stream(File),
    Report(Vec<u8>),
    Nowhere,
}

impl Pump {
    /// Carries what comes from `from` to our own stream of that number, or keeps it for the report.
    pub(crate) fn new(from: OwnedFd, output: Output, stream: i32) -> io::Result<Self> {
        let to = match output {
            Output::Pass => Sink::Stream(File::from(standard(stream)?.as_fd().try_clone_to_owned()?)),
            Output::Capture => Sink::Report(Vec::new()),
            Output::Discard => Sink::Nowhere,
        };
        Ok(Self {
            from: Some(File::from(from)),
            to,
            pending: Vec::new(),
            log: None,
        })
    }

    /// Keeps everything at the end of this file as well.
    pub(crate) fn also_to(&mut self, path: &Path) -> io::Result<()> {
        let log = File::options().append(true).create(true).mode(0o600).open(path)?;
        self.log = Some(log);
        Ok(())
    }

    /// Whether something was read that nobody took yet.
    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// What has to happen before [`Pump::step`] can do something; `None` when there is no more to do.
    pub(crate) fn interest(&self) -> Option<Interest> {
        match &self.to {
            Sink::Stream(to) if !self.pending.is_empty() => Some(Interest::Write(to.as_raw_fd())),
            _ => self.from.as_ref().map(|from| Interest::Read(from.as_raw_fd())),
        }
    }

    /// Does the one thing that [`Pump::interest`] said can be done, and returns how many bytes came from the
    /// workload. Of those, at most `allowed` are passed on.
    pub(crate) fn step(&mut self, allowed: u64) -> usize {
        if !self.pending.is_empty() {
            self.write_on();
            return 0;
        }
        let Some(from) = &mut self.from else { return 0 };
        let mut buffer = [0_u8; PIECE];
        match from.read(&mut buffer) {
            Ok(length @ 1..) => {
                let kept = length.min(usize::try_from(allowed).unwrap_or(usize::MAX));
                let piece = buffer.get(..kept).unwrap_or_default();
                if let Some(log) = &mut self.log {
                    // A full disk is no reason to end the run.
                    let _ = log.write_all(piece);
                }
                match &mut self.to {
                    Sink::Stream(_) => self.pending.extend_from_slice(piece),
                    Sink::Report(report) => report.extend_from_slice(piece),
                    Sink::Nowhere => {}
                }
                length
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            _ => {
                self.from = None;
                0
            }
        }
    }

    fn write_on(&mut self) {
        let Sink::Stream(to) = &mut self.to else { return };
        match to.write(&self.pending) {
            Ok(length) => {
                self.pending.drain(..length);
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => {}
            // Our reader is gone: the workload learns it at its next write, as it would without us.
            Err(_) => {
                self.pending.clear();
                self.from = None;
            }
        }
    }

    /// What was kept for the report.
    pub(crate) fn into_report(self) -> Option<String> {
        match self.to {
            Sink::Report(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Sink::Stream(_) | Sink::Nowhere => None,
        }
    }
}
