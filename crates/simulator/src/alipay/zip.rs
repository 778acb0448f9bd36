//! A ZIP archive of deflated files.

use flate2::{Compression, Crc, write::DeflateEncoder};
use std::io::Write;

/// Packs files; names are written as they are.
pub(crate) fn packed(files: &[(Vec<u8>, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let mut archive = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in files {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content)?;
        let deflated = encoder.finish()?;
        let mut crc = Crc::new();
        crc.update(content);
        // Version 2.0, no flags, deflate, no time.
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend(word(deflated.len()));
        common.extend(word(content.len()));
        common.extend(&word(name.len())[..2]);
        common.extend([0, 0]);
        let offset = archive.len();
        archive.extend(b"PK\x03\x04");
        archive.extend(&common);
        archive.extend(name);
        archive.extend(&deflated);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(word(offset));
        directory.extend(name);
    }
    let begin = archive.len();
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(&word(files.len())[..2]);
    archive.extend(&word(files.len())[..2]);
    archive.extend(word(directory.len()));
    archive.extend(word(begin));
    archive.extend([0, 0]);
    Ok(archive)
}

fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}
