//! Folders, processes and plain HTTP for the process tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use yuanlu_app::{App, Born, Config, Limits};
use yuanlu_storage::Location;
use yuanlu_world::crowd::{self, Crowd, Size};

/// A folder of one test, gone when it ends well.
pub struct House {
    root: PathBuf,
}

impl House {
    pub fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("yuanlu-test-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        std::fs::create_dir_all(&root).unwrap();
        Self { root }
    }

    pub fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A live shop with a crowd in it, closed again.
    pub fn gather(&self, data: &Path, size: Size) -> Crowd {
        self.gather_on(data, None, size)
    }

    /// The same, on a server.
    pub fn gather_on(&self, data: &Path, database: Option<&str>, size: Size) -> Crowd {
        let mut config = Config::new(data, Born::Live);
        config.database = database.map(|address| Location::parse(address).unwrap());
        config.limits = Limits::none();
        let app = App::open(config).unwrap();
        crowd::gather(&app, size).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.root);
        }
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yuanlu"));
    command.env("YUANLU_LOG", "warn").stdin(Stdio::null());
    command
}

/// Runs a command to its end; `data` follows the last argument.
pub fn run(arguments: &[&str], data: &Path) -> Output {
    program().args(arguments).arg(data).output().unwrap()
}

/// A serving process; killed when dropped.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
}

impl Serving {
    pub fn live(data: &Path) -> Self {
        Self::start(program().arg("serve"), data)
    }

    pub fn demo(data: &Path, orders: usize) -> Self {
        Self::start(program().arg("demo").env("YUANLU_DEMO_ORDERS", orders.to_string()), data)
    }

    /// One more node, on a server.
    pub fn live_on(data: &Path, database: &str) -> Self {
        Self::start(program().arg("serve").env("YUANLU_DATABASE", database), data)
    }

    /// On a server, or with the file of the data folder; what it logs goes to a file.
    pub fn logging(data: &Path, database: Option<&str>, log: &Path) -> Self {
        // A file that may not grow is an error for the program instead of its end.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_yuanlu"), "serve"]);
        command.env("YUANLU_LOG", "warn").stdin(Stdio::null()).stderr(std::fs::File::create(log).unwrap());
        if let Some(address) = database {
            command.env("YUANLU_DATABASE", address);
        }
        Self::start(&mut command, data)
    }

    fn start(command: &mut Command, data: &Path) -> Self {
        let command = command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let found = lines.find_map(|line| line.split("http://").nth(1)?.split_whitespace().next()?.parse().ok());
        // What else it prints must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let Some(address) = found else {
            let _ = child.kill();
            panic!("it does not serve: {:?}", child.wait());
        };
        Self { child, address }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, at once.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Longer than the server lets a request take.
const PATIENCE: Duration = Duration::from_secs(40);

/// One request on its own connection: status and body.
pub fn http(address: SocketAddr, method: &str, path: &str, token: &str, body: Option<(&str, &str)>) -> (u16, String) {
    try_http(address, method, path, token, body).expect("an answer")
}

/// The same, when there may be no answer.
pub fn try_http(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: Option<(&str, &str)>,
) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    if !token.is_empty() {
        request.push_str(&format!("authorization: Bearer {token}\r\n"));
    }
    if let Some((key, body)) = body {
        let length = body.len();
        request.push_str(&format!("idempotency-key: {key}\r\ncontent-type: application/json\r\n"));
        request.push_str(&format!("content-length: {length}\r\n\r\n{body}"));
    } else {
        request.push_str("\r\n");
    }
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}
