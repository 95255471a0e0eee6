//! How layers are compressed.

use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::bufread::MultiGzDecoder;
use flate2::{Compression as Level, GzBuilder, write::GzEncoder};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// Gzip, which everything reads.
    #[default]
    Gzip,
    /// Zstandard, which newer programs read.
    Zstd,
}

impl Compression {
    /// By its name: `none`, `gzip` or `zstd`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// The way in which these bytes, the first of a layer, are compressed.
    fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or one to be skipped.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// The bytes of a layer, decompressed. How they are compressed is seen from themselves: media types are often wrong.
///
/// # Errors
///
/// What the input gives.
pub fn decompress<'a>(input: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    Ok(match Compression::of(input.fill_buf()?) {
        Compression::None => Box::new(input),
        Compression::Gzip => Box::new(MultiGzDecoder::new(input)),
        Compression::Zstd => Box::new(Frames(State::Between(input))),
    })
}

/// Frames of Zstandard, one after the other.
struct Frames<R: Read>(State<R>);

enum State<R: Read> {
    Between(R),
    Within(Box<StreamingDecoder<Replayed<R>, FrameDecoder>>),
    Ended,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.0, State::Ended) {
                State::Ended => return Ok(0),
                State::Between(input) => self.0 = begin(input)?,
                State::Within(mut frame) => match frame.read(buffer)? {
                    0 => self.0 = State::Between(frame.into_inner().input),
                    read => {
                        self.0 = State::Within(frame);
                        return Ok(read);
                    }
                },
            }
        }
    }
}

/// Begins the next frame, after those to be skipped.
fn begin<R: BufRead>(mut input: R) -> io::Result<State<R>> {
    loop {
        if input.fill_buf()?.is_empty() {
            return Ok(State::Ended);
        }
        let mut magic = [0; 4];
        input.read_exact(&mut magic)?;
        if !matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18]) {
            let replayed = Replayed { magic, at: 0, input };
            let decoder = StreamingDecoder::new(replayed);
            let decoder = decoder.map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e.to_string()))?;
            return Ok(State::Within(Box::new(decoder)));
        }
        let mut length = [0; 4];
        input.read_exact(&mut length)?;
        let length = u64::from(u32::from_le_bytes(length));
        if io::copy(&mut (&mut input).take(length), &mut io::sink())? != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// An input whose first bytes were read to look at them.
struct Replayed<R> {
    magic: [u8; 4],
    at: usize,
    input: R,
}

impl<R: Read> Read for Replayed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut left = self.magic.get(self.at..).unwrap_or_default();
        if left.is_empty() {
            return self.input.read(buffer);
        }
        let read = left.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// Compresses what is written. The same bytes give the same bytes.
pub(crate) enum Compressor<W: Write> {
    None(W),
    Gzip(GzEncoder<W>),
    /// The encoder reads whole inputs, so they are held.
    Zstd(Vec<u8>, W),
}

impl<W: Write> Compressor<W> {
    pub(crate) fn new(compression: Compression, output: W) -> Self {
        match compression {
            Compression::None => Self::None(output),
            // No name, no time; the system is said to be unknown.
            Compression::Gzip => Self::Gzip(
                GzBuilder::new()
                    .mtime(0)
                    .operating_system(255)
                    .write(output, Level::new(6)),
            ),
            Compression::Zstd => Self::Zstd(Vec::new(), output),
        }
    }

    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::None(output) => Ok(output),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(bytes, mut output) => {
                output.write_all(&compress_to_vec(bytes.as_slice(), CompressionLevel::Fastest))?;
                Ok(output)
            }
        }
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(output) => output.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(held, _) => held.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::None(output) => output.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(..) => Ok(()),
        }
    }
}
