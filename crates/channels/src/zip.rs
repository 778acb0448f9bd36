//! As much of ZIP as bills need: the files inside, one after the other as they lie in the archive, stored or deflated,
//! checked by length and CRC. Nothing is held in memory but what is being unpacked.

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufRead, Read};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Length and CRC follow the content instead of standing before it.
const FOLLOWS: u16 = 1 << 3;
/// How much of the end follows its mark, at least.
const END_BYTES: usize = 18;
/// A bill that is larger unpacked is none.
const MOST_BYTES: u64 = 4 << 30;

/// Goes through an archive and hands the first file that is wanted, by its name in whatever encoding, to `read`. `None`
/// when there is no such file. What `read` has seen counts only if the archive is whole and every checksum right.
pub(crate) fn read_file<T>(
    archive: &mut dyn BufRead,
    mut wanted: impl FnMut(&[u8]) -> bool,
    read: impl FnOnce(&[u8], &mut dyn Read) -> T,
) -> io::Result<Option<T>> {
    let mut read = Some(read);
    let mut found = None;
    loop {
        match array(archive)? {
            LOCAL => {}
            CENTRAL => break,
            END => {
                let _rest: [u8; END_BYTES] = array(archive)?;
                return Ok(found);
            }
            _ => return Err(broken()),
        }
        let head = Head::read(archive)?;
        let reader = if wanted(&head.name) { read.take() } else { None };
        let (crc, length) = {
            let inner: Box<dyn Read + '_> = match head.method {
                0 if head.flags & FOLLOWS == 0 => Box::new((&mut *archive).take(u64::from(head.packed))),
                8 => Box::new(DeflateDecoder::new(&mut *archive)),
                _ => return Err(broken()),
            };
            let mut content = Counted { inner, crc: Crc::new(), length: 0 };
            if let Some(reader) = reader {
                found = Some(reader(&head.name, &mut content));
            }
            io::copy(&mut content, &mut io::sink())?;
            (content.crc.sum(), content.length)
        };
        if (crc, length) != head.expected(archive)? {
            return Err(broken());
        }
    }
    ends_whole(archive)?;
    Ok(found)
}

fn broken() -> io::Error {
    io::Error::other("cut off or changed")
}

fn array<const N: usize>(archive: &mut dyn BufRead) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    archive.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u32_of(archive: &mut dyn BufRead) -> io::Result<u32> {
    array(archive).map(u32::from_le_bytes)
}

fn u16_of(archive: &mut dyn BufRead) -> io::Result<u16> {
    array(archive).map(u16::from_le_bytes)
}

/// What stands before a file.
struct Head {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u32,
    length: u32,
    name: Vec<u8>,
}

impl Head {
    fn read(archive: &mut dyn BufRead) -> io::Result<Self> {
        let _needs: u16 = u16_of(archive)?;
        let (flags, method) = (u16_of(archive)?, u16_of(archive)?);
        let _changed: u32 = u32_of(archive)?;
        let (crc, packed, length) = (u32_of(archive)?, u32_of(archive)?, u32_of(archive)?);
        let (name, extra) = (u16_of(archive)?, u16_of(archive)?);
        let mut bytes = vec![0; usize::from(name)];
        archive.read_exact(&mut bytes)?;
        let mut skipped = vec![0; usize::from(extra)];
        archive.read_exact(&mut skipped)?;
        Ok(Self { flags, method, crc, packed, length, name: bytes })
    }

    /// CRC and length of the content, which has just been read.
    fn expected(&self, archive: &mut dyn BufRead) -> io::Result<(u32, u64)> {
        if self.flags & FOLLOWS == 0 {
            return Ok((self.crc, u64::from(self.length)));
        }
        let first: [u8; 4] = array(archive)?;
        let crc = if first == DESCRIPTOR { u32_of(archive)? } else { u32::from_le_bytes(first) };
        let _packed: u32 = u32_of(archive)?;
        Ok((crc, u64::from(u32_of(archive)?)))
    }
}

/// What is being unpacked.
struct Counted<'a> {
    inner: Box<dyn Read + 'a>,
    crc: Crc,
    length: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(&buffer[..read]);
        self.length += read as u64;
        if self.length > MOST_BYTES { Err(broken()) } else { Ok(read) }
    }
}

/// The directory is followed by its end: an archive that was cut off has none, or a part of it.
fn ends_whole(archive: &mut dyn BufRead) -> io::Result<()> {
    let mut last = [0; 4];
    let mut since_end: Option<usize> = None;
    loop {
        let bytes = archive.fill_buf()?;
        if bytes.is_empty() {
            return if since_end.is_some_and(|since| since >= END_BYTES) { Ok(()) } else { Err(broken()) };
        }
        for byte in bytes {
            last.rotate_left(1);
            last[3] = *byte;
            since_end = if last == END { Some(0) } else { since_end.map(|since| since + 1) };
        }
        let read = bytes.len();
        archive.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// An archive of these files; sizes stand before or after their content.
    fn archive(files: &[(&str, &[u8])], deflate: bool, follows: bool) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, content) in files {
            let mut crc = Crc::new();
            crc.update(content);
            let packed = match deflate {
                true => {
                    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                    encoder.write_all(content).unwrap();
                    encoder.finish().unwrap()
                }
                false => content.to_vec(),
            };
            let sizes = [crc.sum(), u32::try_from(packed.len()).unwrap(), u32::try_from(content.len()).unwrap()];
            out.extend(LOCAL);
            for half in [20u16, if follows { FOLLOWS } else { 0 }, if deflate { 8 } else { 0 }, 0, 0] {
                out.extend(half.to_le_bytes());
            }
            sizes.iter().for_each(|size| out.extend((if follows { 0 } else { *size }).to_le_bytes()));
            out.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
            out.extend(2u16.to_le_bytes());
            out.extend(name.as_bytes());
            out.extend(b"xx");
            out.extend(packed);
            if follows {
                out.extend(DESCRIPTOR);
                sizes.iter().for_each(|size| out.extend(size.to_le_bytes()));
            }
        }
        out.extend(CENTRAL);
        out.extend([7; 42]);
        out.extend(END);
        out.extend([0; 18]);
        out
    }

    fn read(bytes: &[u8], name: &str) -> io::Result<Option<Vec<u8>>> {
        let mut buffered = io::BufReader::with_capacity(7, bytes);
        let all = |_: &[u8], content: &mut dyn Read| {
            let mut all = Vec::new();
            content.read_to_end(&mut all).map(|_| all).unwrap_or_default()
        };
        read_file(&mut buffered, |found| found == name.as_bytes(), all)
    }

    #[test]
    fn files_are_found_wherever_they_lie_and_every_change_is_seen() {
        let (first, second) = (vec![b'a'; 70_000], b"line\n".repeat(300));
        for (deflate, follows) in [(false, false), (true, false), (true, true)] {
            let whole = archive(&[("sum.csv", &first), ("list.csv", &second)], deflate, follows);
            assert_eq!(read(&whole, "sum.csv").unwrap().unwrap(), first);
            assert_eq!(read(&whole, "list.csv").unwrap().unwrap(), second);
            assert_eq!(read(&whole, "else.csv").unwrap(), None);
            for cut in (0..whole.len()).step_by(97).chain([whole.len() - 1]) {
                assert!(read(&whole[..cut], "list.csv").is_err(), "cut at {cut}");
            }
            let content = whole.len() - 18 - 4 - 46 - if follows { 16 } else { 0 } - 2;
            let mut changed = whole.clone();
            changed[content] ^= 1;
            assert!(read(&changed, "sum.csv").is_err() || deflate, "another file's change counts too");
            assert!(read(&changed, "list.csv").map_or(true, |found| found.unwrap() == second));
        }
    }
}
