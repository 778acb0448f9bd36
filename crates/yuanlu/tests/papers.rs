//! `yuanlu verify certificate|package|log`: papers are checked without a shop, and what was changed is named.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use ring::signature::Ed25519KeyPair;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use yuanlu_paper::package::{About, Writer};
use yuanlu_paper::seal::{Log, LogHead, Seal, root};
use yuanlu_paper::stamp::Sign;
use yuanlu_paper::{hash, zip};

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("yuanlu-papers-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    Folder(path)
}

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[5; 32]).unwrap()
}

/// What the program says about a paper, and whether it ended well.
fn says(args: &[&str], file: &Path) -> (bool, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_yuanlu")).arg("verify").args(args).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&program.stdout).into_owned() + &String::from_utf8_lossy(&program.stderr);
    (program.status.success(), text)
}

fn packed() -> Vec<u8> {
    let about: About = serde_json::from_value(json!({
        "id": "ABCD", "variant": "court", "strong": false, "made_by": "buyer", "made_at": "2026-11-22 10:00:00 +08:00",
        "platform": "原路", "url": "https://yuanlu.example", "order": "261122ABCDEFGHJK", "case": "261122ABCDEFGHJK-1",
    }))
    .unwrap();
    let mut package = Writer::new(Vec::new());
    package.add("README.txt", "说明".as_bytes()).unwrap();
    package.add("evidence/01-receipt.png", &[1, 2, 3]).unwrap();
    package.finish(&about, &key()).unwrap().0
}

#[test]
fn a_package_is_checked_as_archive_and_unpacked() {
    let home = folder("package");
    let file = home.0.join("evidence.zip");
    let bytes = packed();
    fs::write(&file, &bytes).unwrap();
    let (well, text) = says(&["package"], &file);
    assert!(well && text.contains("Everything is as it was issued") && text.contains("compare this key"), "{text}");
    let public = hash::hex(&key().public_key());
    assert!(says(&["package", "--key", &public], &file).0);
    let (well, text) = says(&["package", "--key", &"0".repeat(64)], &file);
    assert!(!well && text.contains("another key"), "{text}");

    let unpacked = home.0.join("unpacked");
    for one in zip::read(&bytes).unwrap().files {
        let path = unpacked.join(one.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, one.content).unwrap();
    }
    assert!(says(&["package"], &unpacked).0);
    fs::write(unpacked.join("evidence/01-receipt.png"), [1, 2, 4]).unwrap();
    let (well, text) = says(&["package"], &unpacked);
    assert!(!well && text.contains("evidence/01-receipt.png: was changed"), "{text}");

    let (well, text) = says(&["certificate"], &file);
    assert!(!well && text.contains("cannot be read"), "a package is no certificate: {text}");
    assert!(!says(&["package"], &home.0.join("nothing.zip")).0);
}

#[test]
fn a_log_is_checked_against_a_copy_that_was_kept() {
    let home = folder("log");
    let sign = |text: String| hash::hex(key().sign(text.as_bytes()).as_ref());
    let mut seals: Vec<Seal> = Vec::new();
    for n in 1..=3 {
        let before = seals.last().map(|last| hash::sha256_hex(last.text().as_bytes())).unwrap_or_default();
        let mut seal = Seal { n, at: 1, size: 1, root: "00".repeat(32), before, signature: String::new() };
        seal.signature = sign(seal.text());
        seals.push(seal);
    }
    let log = |seals: &[Seal]| {
        let texts: Vec<String> = seals.iter().map(Seal::text).collect();
        let mut head = LogHead { size: texts.len() as u64, root: root(&texts), signature: String::new() };
        head.signature = sign(head.text());
        Log { key: hash::hex(&key().public_key()), head: Some(head), seals: seals.to_vec() }
    };
    let write = |name: &str, log: &Log| {
        fs::write(home.0.join(name), serde_json::to_vec(log).unwrap()).unwrap();
        home.0.join(name)
    };
    let (new, kept) = (write("new.json", &log(&seals)), write("kept.json", &log(&seals[..2])));
    assert!(says(&["log", "--kept", kept.to_str().unwrap()], &new).0);
    let mut other = seals[..2].to_vec();
    other[1].size = 2;
    other[1].signature = sign(other[1].text());
    let rewritten = write("rewritten.json", &log(&other));
    let (well, text) = says(&["log", "--kept", kept.to_str().unwrap()], &rewritten);
    assert!(!well && text.contains("seal 2"), "{text}");
}
