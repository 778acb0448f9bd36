//! Processes of the lab: started in a folder of their own, by which they and whatever they start are found again.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Who servers run as that refuse to run as root.
#[derive(Clone, Copy, Debug)]
pub struct User {
    /// Number of the user.
    pub uid: u32,
    /// Number of the group.
    pub gid: u32,
}

/// Makes a folder that belongs to whoever works in it.
///
/// # Errors
/// When it cannot be made or given away.
pub fn make_folder(folder: &Path, user: Option<User>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    match user {
        Some(User { uid, gid }) => std::os::unix::fs::chown(folder, Some(uid), Some(gid)),
        None => Ok(()),
    }
}

/// Starts a program in a folder; what it says goes to `NAME.log` there.
///
/// # Errors
/// When it cannot be started.
pub fn start(command: &mut Command, folder: &Path, name: &str, user: Option<User>) -> io::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join(format!("{name}.log")))?;
    command.current_dir(folder).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    // A group of its own: an interrupt from the terminal is for the lab, which ends the others in order.
    command.process_group(0);
    if let Some(User { uid, gid }) = user {
        command.uid(uid).gid(gid).env("HOME", folder);
    }
    command.spawn()
}

/// Every process that works in a folder or below.
pub fn within(folder: &Path) -> Vec<u32> {
    let ids = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| link(*id, "cwd").is_some_and(|cwd| cwd.starts_with(folder))).collect()
}

/// Whether one of a folder's processes has a socket.
pub fn holds_socket(folder: &Path, inode: &str) -> bool {
    let wanted = format!("socket:[{inode}]");
    within(folder).into_iter().any(|id| {
        let held = std::fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
        held.into_iter().any(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == wanted.as_str()))
    })
}

fn link(id: u32, name: &str) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{id}/{name}")).ok()
}

/// Sends a signal to all of them at once; those that are gone already do not matter.
///
/// # Errors
/// When no signal can be sent at all.
pub fn signal(name: &str, ids: &[u32]) -> io::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = ids.iter().map(ToString::to_string);
    Command::new("kill").arg(format!("-{name}")).args(ids).stderr(Stdio::null()).status().map(drop)
}
