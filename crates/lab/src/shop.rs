//! The shop under test: its nodes as processes, and Alipay's simulator on a socket of this machine.

use crate::clock::{self, wall_micros};
use crate::http;
use crate::processes;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use yuanlu_simulator::alipay::{AlipaySetup, AlipaySimulator};
use yuanlu_simulator::loopback::Loopback;
use yuanlu_simulator::{Behaviour, Choice, Chooser, practice};

/// How many nodes there are.
pub const NODES: usize = 2;
const APP: &str = "2021000000000001";
/// What becomes of refunds, in turn: most of what can go wrong on the way to a channel and end the same day.
const MANNERS: [Behaviour; 8] = [
    Behaviour::AtOnce,
    Behaviour::DropMoved,
    Behaviour::AtOnce,
    Behaviour::ErrorMoved,
    Behaviour::AtOnce,
    Behaviour::DropLost,
    Behaviour::AtOnce,
    Behaviour::ErrorLost,
];

/// The channel's side. Clones share it.
#[derive(Clone)]
pub struct Channel {
    simulator: Arc<Mutex<AlipaySimulator>>,
    server: Arc<Loopback>,
}

impl Channel {
    /// Opens it at a free port, by the machine's clock.
    ///
    /// # Errors
    /// When there is no port or no thread.
    pub fn open() -> io::Result<Self> {
        let setup = AlipaySetup {
            app_id: APP.into(),
            seller_id: "2088000000000001".into(),
            merchant_key: practice::MERCHANT_PUBLIC.into(),
            platform_key: practice::PLATFORM_KEY.into(),
            stranger_key: practice::STRANGER_KEY.into(),
            serials: None,
            base_url: String::new(),
            notify_url: String::new(),
            chooser: Chooser::Always(Behaviour::AtOnce),
        };
        let mut simulator = AlipaySimulator::new(setup).map_err(io::Error::other)?;
        for manner in MANNERS.iter().cycle().take(MANNERS.len() * 200) {
            simulator.bank_mut().script_next(*manner);
        }
        let (simulator, time) = (Arc::new(Mutex::new(simulator)), Arc::new(AtomicI64::new(wall_micros())));
        let server = Loopback::start(Arc::clone(&simulator), Arc::clone(&time), Duration::from_secs(20))?;
        std::thread::spawn(move || {
            while Arc::strong_count(&time) > 1 {
                time.store(wall_micros(), Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Ok(Self { simulator, server: Arc::new(server) })
    }

    /// The simulator.
    pub fn lock(&self) -> MutexGuard<'_, AlipaySimulator> {
        self.simulator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The payer follows a link to the cashier and pays.
    pub fn pay(&self, link: &str, no: &str) -> bool {
        let Some((port, path)) = place(link) else { return false };
        let seen = http::ask(port, "GET", path, &[], b"", Duration::from_secs(10));
        seen.is_some_and(|(status, _)| status == 200)
            && self.lock().bank_mut().choose(no, Choice::Pay, wall_micros()).is_ok()
    }

    /// Delivers what the channel has to say to the first node that takes it.
    pub fn call_back(&self, nodes: &[u16]) {
        let due = self.lock().due_callbacks(wall_micros());
        for (event, request) in due {
            let path = request.uri().path();
            let form = [("content-type", "application/x-www-form-urlencoded")];
            let answers = nodes
                .iter()
                .filter_map(|port| http::ask(*port, "POST", path, &form, request.body(), Duration::from_secs(5)));
            let taken = answers.into_iter().find(|(status, _)| *status == 200);
            if let Some((status, body)) = taken {
                self.lock().delivered(&event, status, body.as_bytes());
            }
        }
    }

    /// The section of the shop's configuration.
    fn settings(&self) -> String {
        format!(
            "[channels.alipay]\napp_id = {APP}\nprivate_key_file = \"own.pem\"\n\
             alipay_public_key_file = \"alipay.pem\"\nbase_url = \"{}/gateway.do\"\n",
            self.server.url()
        )
    }
}

/// Port and path of an address of this machine.
fn place(link: &str) -> Option<(u16, &str)> {
    let rest = link.strip_prefix("http://127.0.0.1:")?;
    let (port, _) = rest.split_once('/')?;
    Some((port.parse().ok()?, &rest[port.len()..]))
}

/// One node.
pub struct Node {
    program: PathBuf,
    folder: PathBuf,
    data: PathBuf,
    database: String,
    /// Where it listens.
    pub port: u16,
    process: Option<Child>,
}

/// Writes the configuration that all nodes share.
///
/// # Errors
/// When it cannot be written.
pub fn configure(data: &Path, channel: &Channel) -> io::Result<()> {
    std::fs::create_dir_all(data)?;
    std::fs::write(data.join("own.pem"), practice::MERCHANT_KEY)?;
    std::fs::write(data.join("alipay.pem"), practice::PLATFORM_PUBLIC)?;
    std::fs::write(data.join("yuanlu.toml"), channel.settings())
}

impl Node {
    /// A node that finds the database at this address; not started.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn new(program: &Path, home: &Path, number: usize, port: u16, database: String) -> io::Result<Self> {
        let folder = home.join(format!("node{number}"));
        std::fs::create_dir_all(&folder)?;
        let (program, data) = (program.to_owned(), home.join("shop"));
        Ok(Self { program, folder, data, database, port, process: None })
    }

    /// Starts it, and waits until it serves.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(&mut self) -> io::Result<()> {
        let mut command = Command::new(&self.program);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--data"])
            .arg(&self.data)
            .env("YUANLU_DATABASE", &self.database)
            .env("YUANLU_LOG", "warn");
        self.process = Some(processes::start(&mut command, &self.folder, "yuanlu", None)?);
        match clock::until(Duration::from_secs(60), || self.is_well()) {
            true => Ok(()),
            false => Err(io::Error::other(format!("a node does not serve; see {}/yuanlu.log", self.folder.display()))),
        }
    }

    /// Whether it says that it can serve people.
    pub fn is_well(&self) -> bool {
        http::ask(self.port, "GET", "/healthz", &[], b"", Duration::from_secs(5)).is_some_and(|(s, _)| s == 200)
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Stops it where it is, or lets it go on.
    ///
    /// # Errors
    /// When no signal can be sent.
    pub fn pause(&self, paused: bool) -> io::Result<()> {
        let ids: Vec<_> = self.process.iter().map(Child::id).collect();
        processes::signal(if paused { "STOP" } else { "CONT" }, &ids)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
