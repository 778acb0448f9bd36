//! A mail server that nobody here wrote, as a process beside the tests.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use yuanlu_notify::Settings;
use yuanlu_notify::settings::{Around, Sections};

pub struct MailServer {
    child: Child,
    lines: Receiver<serde_json::Value>,
    pub port: u64,
    pub ca: String,
    security: &'static str,
}

impl MailServer {
    /// Starts one; `None` where it was not set up.
    pub fn start(security: &'static str) -> Option<Self> {
        let Ok(folder) = std::env::var("YUANLU_TEST_SDKS") else {
            assert!(std::env::var("YUANLU_REQUIRE_SDKS").is_err(), "YUANLU_TEST_SDKS is not set");
            eprintln!("NOT RUN: no mail was sent, because YUANLU_TEST_SDKS is not set");
            return None;
        };
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sdk/mail.py");
        let mut child = Command::new(Path::new(&folder).join("mail/bin/python"))
            .arg(program)
            .arg(security)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).expect("it writes JSON"));
            }
        });
        let first: serde_json::Value = lines.recv_timeout(Duration::from_secs(60)).expect("it listens");
        let (port, ca) = (first["port"].as_u64().unwrap(), first["ca"].as_str().unwrap().to_owned());
        Some(Self { child, lines, port, ca, security })
    }

    pub fn settings(&self) -> Settings {
        let mut mail: Vec<(&str, String)> = vec![
            ("server", "localhost".into()),
            ("port", self.port.to_string()),
            ("security", self.security.into()),
            ("from", "no-reply@shop.example".into()),
            ("ca", self.ca.clone()),
        ];
        if self.security != "none" {
            mail.extend([("user", "shop".into()), ("password", "mail-word".into())]);
        }
        let mail = mail.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let sections = Sections::from([("mail".to_owned(), mail)]);
        let around = Around { variable: &|_| None, file: &|_| Err(std::io::ErrorKind::NotFound.into()) };
        let (settings, faults) = Settings::read(&sections, &around);
        assert_eq!(faults, []);
        settings
    }

    /// What it took or refused since the last question.
    pub fn said(&self) -> Vec<serde_json::Value> {
        // It speaks before it answers, so a moment for the pipe is enough.
        std::thread::sleep(Duration::from_millis(150));
        self.lines.try_iter().collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
