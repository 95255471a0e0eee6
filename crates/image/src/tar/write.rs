//! Writing archives.

use std::io::{self, Read, Write};

use super::{BLOCK, Entry, Kind, TarError, number, pax};

/// Writes an archive. The same entries give the same bytes.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    offset: u64,
}

impl<W: Write> Writer<W> {
    /// A writer to the output.
    pub fn new(output: W) -> Self {
        Self { output, offset: 0 }
    }

    /// The output, as far as it is written.
    pub fn get_ref(&self) -> &W {
        &self.output
    }

    /// Writes an entry and, of a file, its content, which must be as long as the entry says. Holes are written as zeros.
    ///
    /// # Errors
    ///
    /// Content of another length, a path that a runtime could not read, or what the output gives.
    pub fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), TarError> {
        let wrong = |what: String| TarError::Malformed {
            offset: self.offset,
            what,
        };
        if entry.path.is_empty() || entry.path.contains(&0) || entry.link.contains(&0) {
            return Err(wrong("a path is empty or has a zero byte".to_owned()));
        }
        let mut path = entry.path.clone();
        if entry.kind == Kind::Directory && !path.ends_with(b"/") {
            path.push(b'/');
        }
        let size = if entry.kind == Kind::File { entry.size } else { 0 };
        let mut records = Vec::new();
        let mut header = Header::new(entry.kind);
        let mtime = u64::try_from(entry.mtime).map_err(|_| wrong("a time before 1970".to_owned()))?;
        header.text(&mut records, (0, 100), b"path", &path);
        header.text(&mut records, (157, 257), b"linkpath", &entry.link);
        header.number(&mut records, (108, 116), b"uid", entry.uid);
        header.number(&mut records, (116, 124), b"gid", entry.gid);
        header.number(&mut records, (124, 136), b"size", size);
        header.number(&mut records, (136, 148), b"mtime", mtime);
        for (name, value) in &entry.xattrs {
            records.extend(pax::record(&[b"SCHILY.xattr.", name.as_slice()].concat(), value));
        }
        header.set(100, 108, u64::from(entry.mode & 0o7777));
        header.set(329, 337, u64::from(entry.device.0));
        header.set(337, 345, u64::from(entry.device.1));
        if !records.is_empty() {
            let mut before = Header::new(Kind::File);
            before.kind(b'x');
            let name = path
                .rsplit(|b| *b == b'/')
                .find(|part| !part.is_empty())
                .unwrap_or(b"x");
            let name: Vec<u8> = b"PaxHeaders/".iter().chain(name).copied().take(99).collect();
            before.text(&mut Vec::new(), (0, 100), b"path", &name);
            before.set(100, 108, 0o644);
            before.set(124, 136, records.len() as u64);
            self.write(&before.finish())?;
            self.write(&records)?;
            self.pad(records.len() as u64)?;
        }
        self.write(&header.finish())?;
        if entry.kind == Kind::File {
            self.content(entry, content)?;
        }
        Ok(())
    }

    fn content(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), TarError> {
        let copied = io::copy(&mut content.take(entry.size), &mut self.output)?;
        self.offset += copied;
        let more = content.read(&mut [0])?;
        if copied != entry.size || more != 0 {
            let path = String::from_utf8_lossy(&entry.path);
            return Err(TarError::Malformed {
                offset: self.offset,
                what: format!("{path} is no longer {} bytes long", entry.size),
            });
        }
        self.pad(entry.size)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), TarError> {
        self.output.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    fn pad(&mut self, length: u64) -> Result<(), TarError> {
        let zeros = (BLOCK as u64 - length % BLOCK as u64) % BLOCK as u64;
        let zeros = usize::try_from(zeros).unwrap_or_default();
        self.write([0; BLOCK].get(..zeros).unwrap_or_default())
    }

    /// Writes the end of the archive and returns the output.
    ///
    /// # Errors
    ///
    /// What the output gives.
    pub fn finish(mut self) -> Result<W, TarError> {
        self.write(&[0; 2 * BLOCK])?;
        Ok(self.output)
    }
}

struct Header([u8; BLOCK]);

impl Header {
    fn new(kind: Kind) -> Self {
        let mut header = Self([0; BLOCK]);
        header.put(257, b"ustar\x0000");
        for (from, to) in [
            (100, 108),
            (108, 116),
            (116, 124),
            (124, 136),
            (136, 148),
            (329, 337),
            (337, 345),
        ] {
            header.set(from, to, 0);
        }
        header.kind(match kind {
            Kind::File => b'0',
            Kind::HardLink => b'1',
            Kind::Symlink => b'2',
            Kind::CharacterDevice => b'3',
            Kind::BlockDevice => b'4',
            Kind::Directory => b'5',
            Kind::Fifo => b'6',
        });
        header
    }

    fn kind(&mut self, flag: u8) {
        self.put(156, &[flag]);
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(field) = self.0.get_mut(at..at + bytes.len()) {
            field.copy_from_slice(bytes);
        }
    }

    /// Whether the number fits into the field.
    fn set(&mut self, from: usize, to: usize, value: u64) -> bool {
        self.0
            .get_mut(from..to)
            .and_then(|field| number::write(field, value))
            .is_some()
    }

    fn number(&mut self, records: &mut Vec<u8>, (from, to): (usize, usize), key: &[u8], value: u64) {
        if !self.set(from, to, value) {
            records.extend(pax::record(key, value.to_string().as_bytes()));
        }
    }

    /// Old programs take a path that has no record; so the beginning of a long one is there too.
    fn text(&mut self, records: &mut Vec<u8>, (from, to): (usize, usize), key: &[u8], value: &[u8]) {
        let fits = value.len() < to - from;
        self.put(from, value.get(..value.len().min(to - from - 1)).unwrap_or_default());
        // Records are UTF-8 and header fields ASCII by the standard; readers take any bytes in both.
        if !fits || !value.is_ascii() {
            records.extend(pax::record(key, value));
        }
    }

    fn finish(mut self) -> [u8; BLOCK] {
        self.put(148, b"        ");
        let sum: u64 = self.0.iter().map(|b| u64::from(*b)).sum();
        if let Some(field) = self.0.get_mut(148..155) {
            // Six digits, a zero byte, a space, as the standard has it; 512 bytes never sum to more.
            let _ = number::write(field, sum);
        }
        self.0
    }
}
