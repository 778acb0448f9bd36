//! Clients and simulators against software that nobody here wrote: the providers' SDKs, in Python.
//!
//! Needs `YUANLU_TEST_SDKS`, the folder that `scripts/provider-sdks` prints and `./check` sets; says so loudly where it
//! is missing.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

#[path = "../loopback/mod.rs"]
mod loopback;

mod alipay;
mod stripe;
mod wechat;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A Python program that answers line by line.
struct Sdk {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Sdk {
    /// Starts a program of `tests/sdk` in a virtual environment; `None` where there is none.
    fn start(environment: &str, program: &str) -> Option<Self> {
        let Ok(folder) = std::env::var("YUANLU_TEST_SDKS") else {
            assert!(std::env::var("YUANLU_REQUIRE_SDKS").is_err(), "YUANLU_TEST_SDKS is not set");
            eprintln!("NOT RUN: {program} was not asked, because YUANLU_TEST_SDKS is not set");
            return None;
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut child = Command::new(Path::new(&folder).join(environment).join("bin/python"))
            .arg(root.join("tests/sdk").join(program))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NO_PROXY", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (ask, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some(Self { child, ask, answers })
    }

    /// Asks; what the program raised comes as an error.
    fn ask(&mut self, deed: &str, mut arguments: Value) -> Result<Value, String> {
        arguments["do"] = deed.into();
        writeln!(self.ask, "{arguments}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).expect("the program answers");
        match answer.get_mut("done") {
            Some(done) => Ok(done.take()),
            None => Err(answer["failed"].as_str().unwrap().to_owned()),
        }
    }

    fn get(&mut self, deed: &str, arguments: Value) -> Value {
        self.ask(deed, arguments).unwrap()
    }

    /// Calls a method of the SDK.
    fn call(&mut self, name: &str, arguments: Value) -> Result<Value, String> {
        self.ask("call", json!({ "name": name, "arguments": arguments }))
    }
}

impl Drop for Sdk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
