//! A layer's bytes: read, checked and decompressed on a thread of their own.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::compress::decompress;
use crate::digest::{Digest, Hashed};
use crate::error::ImageError;
use crate::model::Descriptor;
use crate::store::check;

/// Bytes that are handed over at once.
const CHUNK: usize = 256 << 10;
/// Chunks that may wait.
const WAITING: usize = 8;

/// What the reading thread hands over.
type Chunk = io::Result<Vec<u8>>;

/// Has `apply` read the layer, uncompressed, of at most `limit` bytes; then checks that it was the whole and right one. Returns
/// how many bytes it had.
pub(super) fn read(
    file: File,
    layer: &Descriptor,
    diff_id: Digest,
    limit: u64,
    apply: impl FnOnce(&mut dyn Read) -> Result<(), ImageError>,
) -> Result<u64, ImageError> {
    let name = format!("layer {}", layer.digest);
    let (sender, receiver) = sync_channel(WAITING);
    thread::scope(|scope| {
        let reader = scope.spawn(move || send(file, &sender));
        let mut input = Hashed::new(Input {
            receiver,
            chunk: Vec::new(),
            at: 0,
            left: limit,
            exceeded: false,
        });
        let applied = apply(&mut input);
        // What follows the archive's end counts for the digests too.
        let rest = applied.and_then(|()| {
            io::copy(&mut input, &mut io::sink()).map_err(|e| ImageError::archive(name.clone())(e.into()))
        });
        let (input, found, length) = input.finish();
        if input.exceeded {
            return Err(ImageError::Limit {
                layer: name,
                limit,
                unit: "bytes",
            });
        }
        // The reader ends once nobody takes what it has.
        drop(input);
        let compressed = reader.join();
        rest?;
        match compressed {
            Ok(Some((digest, length))) => check(layer, digest, length)?,
            // An error was handed over, and so returned above.
            Ok(None) | Err(_) => return Err(ImageError::archive(name)(io::Error::from(io::ErrorKind::Other).into())),
        }
        if found != diff_id {
            return Err(ImageError::Digest {
                expected: format!("{name}, uncompressed {diff_id}"),
                found: found.to_string(),
            });
        }
        Ok(length)
    })
}

/// Sends everything; returns the digest and length of the compressed bytes.
fn send(file: File, sender: &SyncSender<Chunk>) -> Option<(Digest, u64)> {
    let mut hashed = Hashed::new(file);
    let sent = send_decompressed(&mut hashed, sender);
    match sent {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => {
            let _ = sender.send(Err(error));
            return None;
        }
    }
    io::copy(&mut hashed, &mut io::sink()).ok()?;
    let (_, digest, length) = hashed.finish();
    Some((digest, length))
}

/// Whether all was taken.
fn send_decompressed(hashed: &mut Hashed<File>, sender: &SyncSender<Chunk>) -> io::Result<bool> {
    let mut input = decompress(hashed)?;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        (&mut input).take(CHUNK as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(true);
        }
        if sender.send(Ok(chunk)).is_err() {
            return Ok(false);
        }
    }
}

/// The chunks as one stream, up to a limit.
struct Input {
    receiver: Receiver<Chunk>,
    chunk: Vec<u8>,
    at: usize,
    left: u64,
    exceeded: bool,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            match self.receiver.recv() {
                Ok(chunk) => (self.chunk, self.at) = (chunk?, 0),
                Err(_) => return Ok(0),
            }
        }
        let mut rest = self.chunk.get(self.at..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.at += read;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => {
                self.exceeded = true;
                return Err(io::Error::other("the layer is longer than it may be"));
            }
        }
        Ok(read)
    }
}
