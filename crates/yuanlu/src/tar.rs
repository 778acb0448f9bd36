//! The backup file: a plain tar (ustar) that any `tar` can open. Its first member, `manifest.json`, names every other
//! member with its size and SHA-256; nothing is believed before it agrees.

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

const BLOCK: usize = 512;
/// The member that describes the others.
pub const MANIFEST: &str = "manifest.json";
/// No manifest of ours is larger; a larger one is not ours.
const MOST_MANIFEST: u64 = 256 * 1024 * 1024;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Path inside the archive and below the data folder, with `/`.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// What an archive says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Number of this form.
    pub format: u32,
    /// Version of the program that wrote it.
    pub program: String,
    /// `live` or `demo`.
    pub born: String,
    /// When the copy was made (RFC 3339).
    pub made_at: String,
    /// Whether the master key is inside.
    pub master_key: bool,
    /// Every other member, in order.
    pub members: Vec<Member>,
}

/// Size and SHA-256 of a file, under a name.
pub fn describe(name: &str, path: &Path) -> io::Result<Member> {
    let mut hasher = Context::new(&SHA256);
    let size = copy(&mut File::open(path)?, u64::MAX, |bytes| {
        hasher.update(bytes);
        Ok(())
    })?;
    Ok(Member { name: name.to_owned(), size, sha256: hex(hasher.finish().as_ref()) })
}

/// Writes manifest and members; `files` are the members' files in the manifest's order.
pub fn write(out: &mut impl Write, manifest: &Manifest, files: &[PathBuf]) -> io::Result<()> {
    let text = serde_json::to_vec_pretty(manifest)?;
    put(out, MANIFEST, text.len() as u64, &mut text.as_slice())?;
    for (member, path) in manifest.members.iter().zip(files) {
        put(out, &member.name, member.size, &mut File::open(path)?)?;
    }
    out.write_all(&[0; 2 * BLOCK])
}

fn put(out: &mut impl Write, name: &str, size: u64, content: &mut impl Read) -> io::Result<()> {
    out.write_all(&header(name, size)?)?;
    let written = copy(content, size, |bytes| out.write_all(bytes))?;
    if written != size {
        return Err(io::Error::other(format!("{name} changed while it was copied")));
    }
    out.write_all(&[0; BLOCK][..padding(size)])
}

fn padding(size: u64) -> usize {
    // A remainder of a division by 512 fits anywhere.
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

fn header(name: &str, size: u64) -> io::Result<[u8; BLOCK]> {
    let mut block = [0u8; BLOCK];
    if name.len() > 100 {
        return Err(io::Error::other(format!("name too long for the archive: {name}")));
    }
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000600\0");
    block[108..116].copy_from_slice(b"0000000\0");
    block[116..124].copy_from_slice(b"0000000\0");
    if size < 1 << 33 {
        block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    } else {
        // Beyond 8 GiB: binary, as GNU tar writes and every tar reads.
        block[124] = 0x80;
        block[128..136].copy_from_slice(&size.to_be_bytes());
    }
    block[136..148].copy_from_slice(b"00000000000\0");
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum = checksum(&block);
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(block)
}

/// The sum of the header's bytes, its own field read as spaces.
fn checksum(block: &[u8; BLOCK]) -> u32 {
    block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) }).sum()
}

/// Reads the manifest, then hands every member, checked, to `target`, which answers where to write it.
pub fn read(input: &mut impl Read, target: impl Fn(&Manifest) -> io::Result<PathBuf>) -> io::Result<Manifest> {
    let (name, size) = next(input)?;
    if name != MANIFEST || size > MOST_MANIFEST {
        return Err(io::Error::other("not a backup of this program: it does not begin with a manifest"));
    }
    let mut text = Vec::new();
    copy(input, size, |bytes| {
        text.extend_from_slice(bytes);
        Ok(())
    })?;
    skip(input, padding(size))?;
    let manifest: Manifest = serde_json::from_slice(&text)?;
    if manifest.format != 1 {
        return Err(io::Error::other(format!("backup of form {}: use a newer program", manifest.format)));
    }
    let folder = target(&manifest)?;
    for member in &manifest.members {
        let (name, size) = next(input)?;
        if (&name, size) != (&member.name, member.size) {
            return Err(io::Error::other(format!("damaged backup: `{name}` where `{}` should be", member.name)));
        }
        take(input, member, &folder.join(safe(&name)?))?;
    }
    Ok(manifest)
}

fn take(input: &mut impl Read, member: &Member, path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        crate::files::private_folder(parent)?;
    }
    let mut file = crate::files::private_file(path)?;
    let mut hasher = Context::new(&SHA256);
    let read = copy(input, member.size, |bytes| {
        hasher.update(bytes);
        file.write_all(bytes)
    })?;
    skip(input, padding(member.size))?;
    if read != member.size || hex(hasher.finish().as_ref()) != member.sha256 {
        return Err(io::Error::other(format!("damaged backup: `{}` is not what was put in", member.name)));
    }
    file.sync_all()
}

/// A path that stays below the folder.
fn safe(name: &str) -> io::Result<PathBuf> {
    let path = PathBuf::from(name);
    if path.components().all(|part| matches!(part, Component::Normal(_))) && !name.is_empty() {
        Ok(path)
    } else {
        Err(io::Error::other(format!("backup with a dangerous path: `{name}`")))
    }
}

fn next(input: &mut impl Read) -> io::Result<(String, u64)> {
    let mut block = [0u8; BLOCK];
    input.read_exact(&mut block)?;
    let field =
        |from: usize, to: usize| String::from_utf8_lossy(&block[from..to]).trim_end_matches(['\0', ' ']).to_owned();
    if u32::from_str_radix(&field(148, 156), 8).ok() != Some(checksum(&block)) {
        return Err(io::Error::other("damaged backup: a header's checksum is wrong"));
    }
    let size = if block[124] & 0x80 == 0 {
        u64::from_str_radix(&field(124, 136), 8).map_err(io::Error::other)?
    } else {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&block[128..136]);
        u64::from_be_bytes(bytes)
    };
    Ok((field(0, 100), size))
}

fn skip(input: &mut impl Read, bytes: usize) -> io::Result<()> {
    input.read_exact(&mut [0; BLOCK][..bytes])
}

fn copy(from: &mut impl Read, most: u64, mut to: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<u64> {
    let mut buffer = vec![0u8; 64 * 1024];
    let mut from = from.take(most);
    let mut total = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(total);
        }
        to(&buffer[..read])?;
        total += read as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    yuanlu_blobs::to_hex(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(folder: &Path) -> Vec<u8> {
        let files = [folder.join("a"), folder.join("b")];
        std::fs::write(&files[0], vec![7u8; 1500]).unwrap();
        std::fs::write(&files[1], b"").unwrap();
        let members = vec![describe("a", &files[0]).unwrap(), describe("blobs/ab/b", &files[1]).unwrap()];
        let manifest = Manifest {
            format: 1,
            program: "0".into(),
            born: "live".into(),
            made_at: "2026-11-22T10:00:00+08:00".into(),
            master_key: false,
            members,
        };
        let mut out = Vec::new();
        write(&mut out, &manifest, &files).unwrap();
        out
    }

    fn fresh(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("yuanlu-archive-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn comes_back_as_it_was() {
        let folder = fresh("whole");
        let bytes = archive(&folder);
        let target = folder.join("target");
        let manifest = read(&mut bytes.as_slice(), |_| Ok(target.clone())).unwrap();
        assert_eq!(manifest.members.len(), 2);
        assert_eq!(std::fs::read(target.join("a")).unwrap(), vec![7u8; 1500]);
        assert_eq!(std::fs::read(target.join("blobs/ab/b")).unwrap(), b"");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let folder = fresh("damaged");
        let bytes = archive(&folder);
        let content = bytes.windows(8).position(|w| w == [7; 8]).unwrap();
        let mut changed = bytes.clone();
        changed[content + 700] ^= 1;
        assert!(read(&mut changed.as_slice(), |_| Ok(folder.join("t1"))).is_err());
        assert!(read(&mut &bytes[..content + 700], |_| Ok(folder.join("t2"))).is_err());
        assert!(safe("../etc/passwd").is_err() && safe("/etc/passwd").is_err() && safe("").is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
