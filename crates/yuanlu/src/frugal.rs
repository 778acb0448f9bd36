//! What the allocators of a server are told, so that it is content with little memory. They ask the environment when a
//! program begins, so it begins once more where they were told nothing.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// Memory is taken as it is needed, not 1 GB of it ahead; the allocator of C, which the database uses, keeps two stores, not
/// one for every thread. An operator's own settings stay.
const SETTINGS: [(&str, &str); 2] = [("MIMALLOC_ARENA_EAGER_COMMIT", "0"), ("MALLOC_ARENA_MAX", "2")];

/// Becomes the same program with these settings. Where that fails, it goes on without them.
pub fn begin_again() {
    let missing: Vec<_> = SETTINGS.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    let mut given = std::env::args_os();
    let name = given.next().unwrap_or_else(|| "yuanlu".into());
    if let Ok(program) = std::env::current_exe() {
        // It only comes back with an error.
        let _error = Command::new(program).arg0(name).args(given).envs(missing).exec();
    }
}
