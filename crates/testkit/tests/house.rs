//! The house rules that the compiler cannot keep: which crate may know which, what never enters
//! the build, and under what licences. Changing an arrow here means changing `ARCHITECTURE.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every crate of the workspace, and the ones it may use. Arrows point down the house only.
const ARROWS: &[(&str, &[&str])] = &[
    ("money", &[]),
    ("ledger", &["money"]),
    ("domain", &["money", "ledger"]),
    ("storage", &["money", "ledger", "domain"]),
    ("blobs", &[]),
    ("pictures", &[]),
    ("paper", &[]),
    ("notify", &["domain"]),
    ("app", &["money", "ledger", "domain", "storage", "blobs", "pictures", "paper", "notify"]),
    ("channels", &["money", "domain"]),
    ("simulator", &["money"]),
    ("jobs", &["money", "domain", "blobs", "app", "channels", "notify"]),
    ("server", &["money", "domain", "app", "channels", "paper", "notify"]),
    ("world", &["money", "domain", "app", "channels", "jobs", "simulator"]),
    ("testkit", &["money", "domain", "app", "world"]),
    ("lab", &["storage", "app", "simulator", "world"]),
    (
        "yuanlu",
        &[
            "money",
            "ledger",
            "domain",
            "storage",
            "blobs",
            "app",
            "channels",
            "simulator",
            "jobs",
            "server",
            "world",
            "paper",
            "pictures",
            "notify",
        ],
    ),
];

/// Crates from outside that only these may name in their `Cargo.toml`: one place speaks SQL, one
/// talks to the world, one answers it. The binary wires them and measures them.
const ONLY: &[(&str, &[&str])] = &[
    ("rusqlite", &["storage", "yuanlu"]),
    ("tokio-postgres", &["storage"]),
    ("tokio-postgres-rustls", &["storage"]),
    ("refinery", &["storage"]),
    ("reqwest", &["jobs", "yuanlu"]),
    ("axum", &["server", "yuanlu"]),
    ("lettre", &["jobs"]),
];

/// What must not be reachable from these crates at all, however many steps away.
const UNREACHABLE: &[(&str, &[&str])] = &[
    ("money", PURE),
    ("ledger", PURE),
    ("domain", PURE),
    ("pictures", PURE),
    ("paper", PURE),
    ("channels", PURE),
    ("simulator", PURE),
    ("notify", PURE),
];
const PURE: &[&str] = &["tokio", "hyper", "axum", "reqwest", "rusqlite", "tokio-postgres"];

/// Never in the lock file: a second date library, a second crypto library, a known timing leak.
const BANNED: &[&str] = &["chrono", "openssl-sys", "native-tls", "aws-lc-sys", "rsa", "sqlx"];

/// Licences that may be linked into the binary.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("the workspace is there")
}

/// What `cargo metadata` says, for this machine's platform, so that nothing has to be downloaded.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let about = String::from_utf8(rustc.stdout).expect("rustc writes text");
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform"])
        .arg(host.expect("rustc names its host"))
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {errors}");
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The name a crate has in the house: its folder.
fn room(package: &str) -> &str {
    package.strip_prefix("yuanlu-").unwrap_or(package)
}

/// Workspace packages by room, each with what its `Cargo.toml` names (tests aside).
fn direct_dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    list(&metadata["packages"])
        .iter()
        .filter(|package| package["source"].is_null())
        .map(|package| {
            let names = list(&package["dependencies"])
                .iter()
                .filter(|dependency| text(dependency, "kind") != "dev")
                .map(|dependency| room(text(dependency, "name")).to_owned());
            (room(text(package, "name")).to_owned(), names.collect())
        })
        .collect()
}

/// Every package that ends up in a build of `start`, by name (tests aside).
fn reachable(metadata: &Value, start: &str) -> BTreeSet<String> {
    let names: BTreeMap<&str, &str> =
        list(&metadata["packages"]).iter().map(|package| (text(package, "id"), text(package, "name"))).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(node, "id"), node)).collect();
    let first = names.iter().find(|(_, name)| room(name) == start);
    let mut open = vec![*first.expect("a crate of the workspace").0];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        for dependency in list(&nodes[id]["deps"]) {
            let kinds = list(&dependency["dep_kinds"]);
            if kinds.iter().any(|kind| text(kind, "kind") != "dev") {
                open.push(text(dependency, "pkg"));
            }
        }
    }
    seen.into_iter().map(|id| names[id].to_owned()).collect()
}

#[test]
fn arrows_point_one_way() {
    let found = direct_dependencies(&metadata());
    let rooms: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    let planned: BTreeSet<&str> = ARROWS.iter().map(|(room, _)| *room).collect();
    assert_eq!(rooms, planned, "a crate came or went: say so in ARROWS and ARCHITECTURE.md");

    for (room, allowed) in ARROWS {
        let inside = found[*room].iter().filter(|name| rooms.contains(name.as_str()));
        let odd: Vec<_> = inside.filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(odd.is_empty(), "`{room}` must not know {odd:?}: the house has no such arrow");
    }
}

#[test]
fn arrows_have_no_circle() {
    for (position, (room, allowed)) in ARROWS.iter().enumerate() {
        for below in *allowed {
            let place = ARROWS.iter().position(|(name, _)| name == below);
            assert!(place.is_some_and(|place| place < position), "`{room}` stands above `{below}`");
        }
    }
}

#[test]
fn outside_crates_stay_in_their_rooms() {
    let found = direct_dependencies(&metadata());
    for (outside, owners) in ONLY {
        for (room, names) in &found {
            assert!(
                !names.contains(*outside) || owners.contains(&room.as_str()),
                "`{room}` must not use `{outside}`: that belongs to {owners:?}"
            );
        }
    }
}

#[test]
fn pure_crates_reach_neither_network_nor_database() {
    let metadata = metadata();
    for (room, forbidden) in UNREACHABLE {
        let reached = reachable(&metadata, room);
        let odd: Vec<_> = forbidden.iter().filter(|name| reached.contains(**name)).collect();
        assert!(odd.is_empty(), "`{room}` pulls in {odd:?}");
    }
}

/// What the web server sees of the channels cannot call out: it verifies callbacks, nothing else.
#[test]
fn server_uses_only_callbacks_of_channels() {
    for file in rust_files(&root().join("crates/server/src")) {
        let source = std::fs::read_to_string(&file).unwrap();
        for (number, line) in source.lines().enumerate() {
            for (at, name) in line.match_indices("yuanlu_channels") {
                assert!(
                    line[at + name.len()..].starts_with("::callback"),
                    "{}:{}: only `yuanlu_channels::callback` may be used here",
                    file.display(),
                    number + 1
                );
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("a file of the workspace").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn lock_file_holds_nothing_banned() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let names: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    assert!(names.contains(&"yuanlu"), "the lock file has another shape than expected");
    for banned in BANNED {
        assert!(!names.contains(banned), "`{banned}` is in Cargo.lock");
    }
    let engines = names.iter().filter(|name| **name == "libsqlite3-sys").count();
    assert_eq!(engines, 1, "exactly one SQLite is linked");
}

#[test]
fn licences_are_on_the_list() {
    let metadata = metadata();
    let linked = reachable(&metadata, "yuanlu");
    let foreign = list(&metadata["packages"]).iter().filter(|package| !package["source"].is_null());
    let odd: Vec<String> = foreign
        .filter(|package| linked.contains(text(package, "name")))
        .filter(|package| !licence_allowed(text(package, "license")))
        .map(|package| format!("{} ({})", text(package, "name"), text(package, "license")))
        .collect();
    assert!(odd.is_empty(), "licences not on the list: {odd:?}");
}

/// Reads an SPDX expression: one allowed alternative of every `AND` part is enough. `/` is the old
/// spelling of `OR`, and parentheses occur only around one alternative list.
fn licence_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    !expression.trim().is_empty()
        && split_outside_parentheses(&expression, " AND ").iter().all(|part| {
            let part = part.trim().trim_start_matches('(').trim_end_matches(')');
            part.split(" OR ").any(|licence| LICENCES.contains(&licence.trim()))
        })
}

fn split_outside_parentheses<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 && text[at..].starts_with(separator) => {
                parts.push(&text[start..at]);
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[test]
fn licence_expressions_are_read_as_meant() {
    for good in ["MIT", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND Unicode-3.0", "GPL-3.0 OR MIT"] {
        assert!(licence_allowed(good), "{good}");
    }
    for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND SSPL-1.0"] {
        assert!(!licence_allowed(bad), "{bad}");
    }
}
