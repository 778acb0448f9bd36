//! Folders and files that only their owner may read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Makes a folder with mode 0700, and its parents; one that exists stays as it is.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a new file with mode 0600.
pub fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a small private file whole or not at all.
pub fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    if beside.exists() {
        std::fs::remove_file(&beside)?;
    }
    let mut file = private_file(&beside)?;
    io::Write::write_all(&mut file, text)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

/// Whether somebody besides the owner can get at it.
pub fn open_to_others(path: &Path) -> io::Result<bool> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}
