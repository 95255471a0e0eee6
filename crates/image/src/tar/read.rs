//! Reading archives, entry by entry.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::{BLOCK, Entry, Kind, Piece, TarError, number, pax, sparse};

/// Bytes that the records before one entry may have, and so also a path or a link.
const RECORDS_MAX: u64 = 1 << 20;

/// What keys of records begin with that stand for extended attributes.
const XATTR: &[u8] = b"SCHILY.xattr.";

/// Reads an archive. After [`Reader::next`] has given an entry, the reader itself gives the content that the archive holds of
/// it: of a sparse file its pieces, one after the other.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    /// Bytes read.
    offset: u64,
    /// Bytes of content that were not read yet.
    content: u64,
    /// Bytes up to the next block after them.
    padding: u64,
    ended: bool,
}

/// What records say of the entry after them.
#[derive(Default)]
struct Records {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    mtime: Option<(i64, u32)>,
    xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    sparse: Sparse,
}

/// What records say of holes.
#[derive(Default)]
struct Sparse {
    major: Option<u64>,
    minor: Option<u64>,
    name: Option<Vec<u8>>,
    real_size: Option<u64>,
    /// Pieces of version 0.
    pieces: Option<Vec<Piece>>,
    /// Offset of version 0.0 whose length comes next.
    offset: Option<u64>,
}

impl<R: Read> Reader<R> {
    /// A reader of the archive.
    pub fn new(input: R) -> Self {
        Self {
            input,
            offset: 0,
            content: 0,
            padding: 0,
            ended: false,
        }
    }

    /// The input, where it was read up to.
    pub fn into_inner(self) -> R {
        self.input
    }

    /// The next entry; `None` at the end of the archive. What is left of the content of the entry before is passed over.
    ///
    /// # Errors
    ///
    /// What is malformed or not understood. Nothing more can be read then.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, TarError> {
        if self.ended {
            return Ok(None);
        }
        // Whatever goes wrong, there is no way to find the next header again.
        self.ended = true;
        let mut records = Records::default();
        loop {
            self.skip_content()?;
            let at = self.offset;
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let wrong = |what: String| TarError::Malformed { offset: at, what };
            match type_of(&header) {
                b'x' => {
                    let text = self.records(&header, at)?;
                    pax::records(&text, |key, value| records.take(key, value)).map_err(wrong)?;
                }
                // What applies to all entries: runtimes of containers pass over it.
                b'g' => drop(self.records(&header, at)?),
                b'L' => records.path = Some(until_zero(&self.records(&header, at)?).to_vec()),
                b'K' => records.link = Some(until_zero(&self.records(&header, at)?).to_vec()),
                _ => {
                    let entry = self.entry(&header, records).map_err(wrong)?;
                    self.ended = false;
                    return Ok(Some(entry));
                }
            }
        }
    }

    fn skip_content(&mut self) -> Result<(), TarError> {
        let left = self.content + self.padding;
        let skipped = io::copy(&mut (&mut self.input).take(left), &mut io::sink())?;
        self.offset += skipped;
        let missing = left - skipped;
        // Archives may end without the padding of the last content.
        if missing > self.padding {
            return Err(self.ends_early());
        }
        (self.content, self.padding) = (0, 0);
        Ok(())
    }

    fn ends_early(&self) -> TarError {
        TarError::Malformed {
            offset: self.offset,
            what: "the archive ends early".to_owned(),
        }
    }

    /// A header whose checksum is right; `None` at the end: two blocks of zeros, or no more bytes.
    fn header(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let Some(header) = self.block()? else {
            return Ok(None);
        };
        if header.iter().all(|b| *b == 0) {
            return match self.block()? {
                Some(second) if second.iter().any(|b| *b != 0) => Err(TarError::Malformed {
                    offset: self.offset - BLOCK as u64,
                    what: "a header follows a single block of zeros".to_owned(),
                }),
                _ => Ok(None),
            };
        }
        if !checksum_is_right(&header) {
            return Err(TarError::Malformed {
                offset: self.offset - BLOCK as u64,
                what: "this is no header of a tar archive".to_owned(),
            });
        }
        Ok(Some(header))
    }

    /// The next block; `None` if there are no more bytes.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(self.ends_early()),
                Ok(read) => {
                    filled += read;
                    self.offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(block))
    }

    /// The content of an entry that speaks of the one after it.
    fn records(&mut self, header: &[u8; BLOCK], at: u64) -> Result<Vec<u8>, TarError> {
        let wrong = |what: &str| TarError::Malformed {
            offset: at,
            what: what.to_owned(),
        };
        let size = unsigned(header, 124, 136).ok_or_else(|| wrong("the length of records is malformed"))?;
        if size > RECORDS_MAX {
            return Err(wrong("the records before an entry are too long"));
        }
        self.set_content(size);
        let mut text = Vec::new();
        self.read_to_end(&mut text)?;
        if self.content > 0 {
            return Err(self.ends_early());
        }
        Ok(text)
    }

    fn set_content(&mut self, size: u64) {
        self.content = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    }

    fn entry(&mut self, header: &[u8; BLOCK], records: Records) -> Result<Entry, String> {
        let magic = part(header, 257, 265);
        let posix = magic.starts_with(b"ustar\0");
        let mut path = until_zero(part(header, 0, 100)).to_vec();
        if posix {
            let prefix = until_zero(part(header, 345, 500));
            if !prefix.is_empty() {
                path = [prefix, b"/", &path].concat();
            }
        }
        let flag = type_of(header);
        let path = records.sparse.name.clone().or(records.path).unwrap_or(path);
        let link = records
            .link
            .unwrap_or_else(|| until_zero(part(header, 157, 257)).to_vec());
        let kind = match flag {
            // The oldest form has no type for directories.
            b'0' | 0 | b'7' | b'S' if path.ends_with(b"/") => Kind::Directory,
            b'0' | 0 | b'7' | b'S' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::Symlink,
            b'3' => Kind::CharacterDevice,
            b'4' => Kind::BlockDevice,
            b'5' => Kind::Directory,
            b'6' => Kind::Fifo,
            other => return Err(format!("an entry of unknown type {:?}", char::from(other))),
        };
        if path.contains(&0) || link.contains(&0) {
            return Err("a zero byte in a path".to_owned());
        }
        let field = |from, to, what: &str| unsigned(header, from, to).ok_or_else(|| format!("the {what} is malformed"));
        let mode = field(100, 108, "mode")? & 0o7777;
        let size = match records.size {
            Some(size) => size,
            None => field(124, 136, "length")?,
        };
        let mtime = number::read(part(header, 136, 148)).ok_or("the time is malformed")?;
        let (mtime, nanoseconds) = records.mtime.unwrap_or((mtime, 0));
        let ids = (field(108, 116, "user")?, field(116, 124, "group")?);
        let device = (field(329, 337, "device")?, field(337, 345, "device")?);
        let number = |n: u64| u32::try_from(n).map_err(|_| "a device's number is too great".to_owned());
        let mut entry = Entry {
            path,
            kind,
            link,
            mode: u32::try_from(mode).unwrap_or_default(),
            uid: records.uid.unwrap_or(ids.0),
            gid: records.gid.unwrap_or(ids.1),
            mtime,
            nanoseconds,
            size: 0,
            xattrs: records.xattrs,
            device: (number(device.0)?, number(device.1)?),
            pieces: None,
        };
        // Only files have content, whatever the length says.
        self.set_content(if kind == Kind::File { size } else { 0 });
        if kind == Kind::File {
            entry.size = size;
            self.holes(header, flag, records.sparse, &mut entry)?;
        }
        Ok(entry)
    }

    /// Reads the map of a sparse file.
    fn holes(&mut self, header: &[u8; BLOCK], flag: u8, sparse: Sparse, entry: &mut Entry) -> Result<(), String> {
        let pieces = if flag == b'S' {
            let (pieces, size, read) = sparse::old_gnu(header, &mut self.input)?;
            self.offset += read;
            entry.size = size;
            pieces
        } else {
            let (pieces, read) = match (sparse.major, sparse.minor) {
                (Some(1), Some(0)) => sparse::lines(&mut self.input, self.content)?,
                (None | Some(0), None | Some(0 | 1)) => match sparse.pieces {
                    Some(pieces) if sparse.offset.is_none() => (pieces, 0),
                    Some(_) => return Err("a sparse map has an offset without a length".to_owned()),
                    None => return Ok(()),
                },
                _ => return Err("a sparse file of an unknown version".to_owned()),
            };
            entry.size = sparse.real_size.ok_or("a sparse file does not say how long it is")?;
            self.offset += read;
            self.content -= read;
            pieces
        };
        entry.pieces = Some(sparse::check(pieces, entry.size, self.content)?);
        Ok(())
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.content).unwrap_or(usize::MAX).min(buffer.len());
        let read = match buffer.get_mut(..most) {
            Some(buffer) if !buffer.is_empty() => self.input.read(buffer)?,
            _ => return Ok(0),
        };
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends early"));
        }
        self.offset += read as u64;
        self.content -= read as u64;
        Ok(read)
    }
}

impl Records {
    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        let malformed = || format!("the value of {} is malformed", String::from_utf8_lossy(key));
        let number = || pax::decimal(value).ok_or_else(malformed);
        // An empty value takes back what was said before.
        let said = !value.is_empty();
        let bytes = || said.then(|| value.to_vec());
        match key {
            b"path" => self.path = bytes(),
            b"linkpath" => self.link = bytes(),
            b"size" => self.size = said.then(number).transpose()?,
            b"uid" => self.uid = said.then(number).transpose()?,
            b"gid" => self.gid = said.then(number).transpose()?,
            b"mtime" => {
                self.mtime = said.then(|| pax::time(value).ok_or_else(malformed)).transpose()?;
            }
            b"GNU.sparse.major" => self.sparse.major = Some(number()?),
            b"GNU.sparse.minor" => self.sparse.minor = Some(number()?),
            b"GNU.sparse.name" => self.sparse.name = bytes(),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => self.sparse.real_size = Some(number()?),
            b"GNU.sparse.map" => self.sparse.pieces = Some(sparse::commas(value)?),
            b"GNU.sparse.offset" => {
                if self.sparse.offset.replace(number()?).is_some() {
                    return Err("a sparse map has an offset without a length".to_owned());
                }
                self.sparse.pieces.get_or_insert_default();
            }
            b"GNU.sparse.numbytes" => {
                let offset = self
                    .sparse
                    .offset
                    .take()
                    .ok_or("a sparse map has a length without an offset")?;
                let length = number()?;
                self.sparse
                    .pieces
                    .get_or_insert_default()
                    .push(Piece { offset, length });
            }
            key => {
                if let Some(name) = key.strip_prefix(XATTR) {
                    self.xattrs.insert(name.to_vec(), value.to_vec());
                }
            }
        }
        Ok(())
    }
}

fn part(header: &[u8; BLOCK], from: usize, to: usize) -> &[u8] {
    header.get(from..to).unwrap_or_default()
}

fn type_of(header: &[u8; BLOCK]) -> u8 {
    header.get(156).copied().unwrap_or_default()
}

fn unsigned(header: &[u8; BLOCK], from: usize, to: usize) -> Option<u64> {
    number::read(part(header, from, to)).and_then(|n| u64::try_from(n).ok())
}

fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or_default()
}

/// The checksum is the sum of all bytes, its own taken as spaces; old programs added signed bytes.
fn checksum_is_right(header: &[u8; BLOCK]) -> bool {
    let Some(stated) = number::read(part(header, 148, 156)) else {
        return false;
    };
    let byte = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { b' ' } else { *byte };
    let bytes = || header.iter().enumerate().map(byte);
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|b| i64::from(b.cast_signed())).sum();
    stated == unsigned || stated == signed
}
