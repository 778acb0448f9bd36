//! The archive of a package, in its plainest form: every file whole and uncompressed, one after the other, no dates, no
//! extras. Any program opens it, and there is exactly one way to write it, so that no byte can change unseen.

use std::io::{self, Write};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// The 1st of January 1980, when the days of this format begin.
const NO_DATE: u16 = 0x0021;
const UTF8_NAMES: u16 = 0x0800;
const VERSION: u16 = 20;
const LOCAL_BYTES: usize = 30;

struct Entry {
    name: String,
    crc: u32,
    size: u32,
    offset: u32,
}

/// Writes an archive, one file at a time.
pub struct Writer<W> {
    out: W,
    offset: u32,
    entries: Vec<Entry>,
}

impl<W: Write> Writer<W> {
    /// An empty archive.
    pub fn new(out: W) -> Self {
        Self { out, offset: 0, entries: Vec::new() }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// When writing fails, or the archive would grow beyond 4 GB or 65,535 files.
    pub fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        let too_large = || io::Error::other("the archive would be too large");
        let size = u32::try_from(content.len()).map_err(|_| too_large())?;
        let entry = Entry { name: name.to_owned(), crc: crc32(content), size, offset: self.offset };
        let head = local(&entry)?;
        let grown = u64::from(self.offset) + head.len() as u64 + u64::from(size);
        if self.entries.len() >= usize::from(u16::MAX) || grown > u64::from(u32::MAX / 2) {
            return Err(too_large());
        }
        self.out.write_all(&head)?;
        self.out.write_all(content)?;
        self.offset = u32::try_from(grown).map_err(|_| too_large())?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the directory and gives the writer back.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> io::Result<W> {
        let tail = tail(&self.entries, self.offset)?;
        self.out.write_all(&tail)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn local(entry: &Entry) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(LOCAL_BYTES + entry.name.len());
    out.extend(LOCAL.to_le_bytes());
    out.extend(VERSION.to_le_bytes());
    shared(entry, &mut out)?;
    out.extend(entry.name.as_bytes());
    Ok(out)
}

/// From the flags to the length of extras: alike in both headers.
fn shared(entry: &Entry, out: &mut Vec<u8>) -> io::Result<()> {
    let name = u16::try_from(entry.name.len()).map_err(|_| io::Error::other("the name of a file is too long"))?;
    for value in [UTF8_NAMES, 0, 0, NO_DATE] {
        out.extend(value.to_le_bytes());
    }
    for value in [entry.crc, entry.size, entry.size] {
        out.extend(value.to_le_bytes());
    }
    out.extend(name.to_le_bytes());
    out.extend(0u16.to_le_bytes());
    Ok(())
}

fn tail(entries: &[Entry], offset: u32) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    for entry in entries {
        out.extend(CENTRAL.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        shared(entry, &mut out)?;
        // No comment, first disk, no attributes.
        out.extend([0; 10]);
        out.extend(entry.offset.to_le_bytes());
        out.extend(entry.name.as_bytes());
    }
    let too_large = |_| io::Error::other("the archive would be too large");
    let size = u32::try_from(out.len()).map_err(too_large)?;
    let count = u16::try_from(entries.len()).map_err(too_large)?;
    out.extend(END.to_le_bytes());
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out.extend([0; 2]);
    Ok(out)
}

/// A file in an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its content.
    pub content: &'a [u8],
}

/// An archive that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive<'a> {
    /// Its files, in their order.
    pub files: Vec<File<'a>>,
    /// Where the bytes are not those that the writer would have written: the name of the file whose header it is, or
    /// `directory`. Its files can still be read.
    pub bent: Vec<String>,
}

/// Reads an archive as written here; `None` when the bytes are none at all.
pub fn read(bytes: &[u8]) -> Option<Archive<'_>> {
    let mut archive = Archive::default();
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + LOCAL_BYTES) {
        if number(header, 0, 4)? != LOCAL {
            break;
        }
        let (size, named) = (number(header, 18, 4)? as usize, number(header, 26, 2)? as usize);
        let start = at + LOCAL_BYTES;
        let (Some(name), Some(content)) =
            (bytes.get(start..start + named), bytes.get(start + named..(start + named).checked_add(size)?))
        else {
            break;
        };
        let name = std::str::from_utf8(name).ok()?;
        let entry = Entry {
            name: name.to_owned(),
            crc: crc32(content),
            size: number(header, 18, 4)?,
            offset: u32::try_from(at).ok()?,
        };
        if local(&entry).ok().as_deref() != bytes.get(at..start + named) {
            archive.bent.push(name.to_owned());
        }
        archive.files.push(File { name, content });
        entries.push(entry);
        at = start + named + size;
    }
    if entries.is_empty() {
        return None;
    }
    let end = u32::try_from(at).ok().and_then(|offset| tail(&entries, offset).ok());
    if end.as_deref() != bytes.get(at..) {
        archive.bent.push("directory".to_owned());
    }
    Some(archive)
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + width)?;
    Some(bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// CRC-32 as in the format: guards against accidents only.
pub fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0u32; 256];
        let mut i = 0;
        while i < 256 {
            let (mut value, mut bit) = (i as u32, 0);
            while bit < 8 {
                value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, byte| TABLE[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn what_is_written_is_read_and_other_programs_open_it() {
        let mut writer = Writer::new(Vec::new());
        writer.add("目录.txt", "内容".as_bytes()).unwrap();
        writer.add("evidence/a.png", &[0, 1, 2]).unwrap();
        let bytes = writer.finish().unwrap();
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let archive = read(&bytes).unwrap();
        assert_eq!(archive.bent, Vec::<String>::new());
        assert_eq!(archive.files[0], File { name: "目录.txt", content: "内容".as_bytes() });
        assert_eq!(archive.files[1], File { name: "evidence/a.png", content: &[0, 1, 2] });
        let path = std::env::temp_dir().join(format!("yuanlu-zip-{}.zip", std::process::id()));
        std::fs::write(&path, &bytes).unwrap();
        let script =
            "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(z.namelist())";
        let output = Command::new("python3").args(["-c", script]).arg(&path).output().unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("目录.txt"));
    }

    #[test]
    fn nothing_that_is_no_archive_is_read() {
        for bytes in [&b""[..], b"PK", b"%PDF-1.7", &[0; 64]] {
            assert_eq!(read(bytes), None);
        }
    }
}
