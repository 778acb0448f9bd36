//! `yuanlu story` as a process: what it prints, and with what it ends.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("yuanlu-stories-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in files {
            std::fs::write(folder.join(file), text).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yuanlu"));
    let output =
        command.args(["story"]).args(args).current_dir(folder).env("TZ", "America/Los_Angeles").output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), text)
}

const GOOD: &str = "story \"good\"\nproduct card price 10.00\nbuyer buys card\nexpect unit 1 sealed\n";
const DIFFERS: &str = "product card price 10.00\nbuyer buys card\nexpect unit 1 revealed, refundable 10.00\n";
const UNREADABLE: &str = "product card\nbuyer bys card\n";

#[test]
fn a_folder_is_played_and_the_worst_story_decides_how_it_ends() {
    let folder =
        Folder::new("ends", &[("a.story", GOOD), ("b.story", DIFFERS), ("c.story", UNREADABLE), ("d.txt", "")]);
    let (code, text) = run(&folder.0, &["run", "a.story"]);
    let good = "a.story  good\n  ok          4  unit 1 sealed  (sealed)\n  ok        end  books balance, verify is clean  \
                (everything agrees)\nplayed: 1 as expected, 0 not; 0 cannot be read\n";
    assert_eq!((code, text.as_str()), (Some(0), good));

    let (code, text) = run(&folder.0, &["run", "--quiet", "a.story", "b.story"]);
    let differs = "b.story  \n  DIFFERS     3  unit 1 revealed  but really: sealed\nplayed: 1 as expected, 1 not; 0 cannot be \
                   read\n";
    assert_eq!((code, text.as_str()), (Some(1), differs));

    let (code, text) = run(&folder.0, &["run", "."]);
    assert_eq!(code, Some(2));
    assert!(text.contains("./c.story:1: `product` needs `price` (AMOUNT)\n"), "{text}");
    let misspelt = "./c.story:2: `bys` is nothing that `buyer` can do; did you mean `buys`?\n";
    assert!(text.contains(misspelt), "{text}");
    assert!(text.ends_with("played: 1 as expected, 1 not; 1 cannot be read\n"), "{text}");
    let places = ["a.story", "b.story", "c.story"].map(|name| text.find(name).unwrap());
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn what_is_not_there_is_said() {
    let folder = Folder::new("absent", &[("d.txt", "")]);
    let (code, text) = run(&folder.0, &["run", "nothing.story"]);
    assert_eq!(code, Some(2));
    assert!(text.starts_with("nothing.story: No such file"), "{text}");
    let (code, text) = run(&folder.0, &["run", "."]);
    assert_eq!((code, text.as_str()), (Some(1), "error: .: no .story file in this folder\n"));
    let (code, text) = run(&folder.0, &["words"]);
    assert_eq!(code, Some(0));
    assert!(text.starts_with("## Statements\n") && text.contains("#### `applies`"), "{text}");
}
