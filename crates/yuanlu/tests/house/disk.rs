//! A small disk of its own for a database server of this machine, which can really be full.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// A new one, which belongs to the user of the server at a port; `None` where this machine does not let us mount one, or
    /// the server is on another.
    pub fn new(folder: PathBuf, port: u16) -> Option<Self> {
        let owner = owner_of_server(port)?;
        fs::create_dir_all(&folder).unwrap();
        let options = format!("size=16m,mode=700,uid={owner}");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&folder).output().ok()?;
        mounted.status.success().then_some(Self { folder })
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Not another page goes onto it.
    pub fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        for piece in [1 << 20, 1 << 12] {
            while file.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// There is room again.
    pub fn clear(&self) {
        fs::remove_file(self.filler()).unwrap();
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
    }
}

/// Whom the server's process belongs to.
fn owner_of_server(port: u16) -> Option<u32> {
    let processes = fs::read_dir("/proc").ok()?.flatten().filter(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words[0].ends_with(b"postgres")
            && words.windows(2).any(|two| two == [b"-p".as_slice(), port.to_string().as_bytes()])
    });
    processes.filter_map(|process| process.metadata().ok()).map(|found| found.uid()).next()
}
