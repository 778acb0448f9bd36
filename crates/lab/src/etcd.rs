//! etcd, which says who leads: three members, none of them on a machine of the database. A member that stood still beside the
//! PostgreSQL that leads takes the new leader's lease away when both go on, and what was acknowledged since is lost.

use crate::http;
use crate::network::Network;
use crate::processes::{self, User};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// How many members there are.
pub const MEMBERS: usize = 3;

/// Where a member is reached: by itself, and by others through the network.
#[derive(Clone, Copy, Debug)]
struct Ports {
    client: u16,
    peer: u16,
    client_seen: u16,
    peer_seen: u16,
}

/// One of them.
struct Member {
    name: String,
    folder: PathBuf,
    ports: Ports,
    process: Option<Child>,
}

/// All of them.
pub struct Etcd {
    program: PathBuf,
    user: Option<User>,
    members: Vec<Member>,
}

/// Where members live.
pub fn folders(home: &Path) -> Vec<PathBuf> {
    (0..MEMBERS).map(|number| home.join(format!("etcd{number}"))).collect()
}

impl Etcd {
    /// Makes folders and lines; nothing runs yet. In the network the first member has the place `first_place`.
    ///
    /// # Errors
    /// When a folder cannot be made or a port is taken.
    pub fn new(
        home: &Path,
        program: PathBuf,
        user: Option<User>,
        first_port: u16,
        network: &Network,
        first_place: usize,
    ) -> io::Result<Self> {
        let mut members = Vec::new();
        for (number, folder) in folders(home).into_iter().enumerate() {
            processes::make_folder(&folder, user)?;
            let first = first_port + u16::try_from(number).unwrap_or_default() * 4;
            let ports = Ports { client: first, peer: first + 1, client_seen: first + 2, peer_seen: first + 3 };
            network.for_places(first_place + number, ports.client_seen, ports.client)?;
            network.for_places(first_place + number, ports.peer_seen, ports.peer)?;
            members.push(Member { name: format!("e{number}"), folder, ports, process: None });
        }
        Ok(Self { program, user, members })
    }

    /// Where they are found, through the network.
    pub fn addresses(&self) -> Vec<String> {
        self.members.iter().map(|member| format!("127.0.0.1:{}", member.ports.client_seen)).collect()
    }

    /// Starts a member, anew or again.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&mut self, number: usize) -> io::Result<()> {
        let all = self.members.iter().map(|m| format!("{}=http://127.0.0.1:{}", m.name, m.ports.peer_seen));
        let all = all.collect::<Vec<_>>().join(",");
        let member = &mut self.members[number];
        let local = |port: u16| format!("http://127.0.0.1:{port}");
        let mut etcd = Command::new(&self.program);
        etcd.args(["--name", &member.name, "--data-dir", "data", "--initial-cluster-token", "lab"])
            .args(["--listen-client-urls", &local(member.ports.client)])
            .args(["--advertise-client-urls", &local(member.ports.client_seen)])
            .args(["--listen-peer-urls", &local(member.ports.peer)])
            .args(["--initial-advertise-peer-urls", &local(member.ports.peer_seen)])
            .args(["--initial-cluster", &all, "--initial-cluster-state", "new"])
            // Three members write to one disk, beside three databases: it is slower than a machine of its own.
            .args(["--heartbeat-interval", "250", "--election-timeout", "2500", "--logger", "zap"]);
        member.process = Some(processes::start(&mut etcd, &member.folder, "etcd", self.user)?);
        Ok(())
    }

    /// The member that leads the others.
    pub fn leader(&self) -> Option<usize> {
        self.members.iter().position(|member| {
            let ask = ("/v3/maintenance/status", [("content-type", "application/json")]);
            let answer = http::ask(member.ports.client, "POST", ask.0, &ask.1, b"{}", Duration::from_secs(2));
            let Some((200, body)) = answer else { return false };
            let status: Value = serde_json::from_str(&body).unwrap_or_default();
            status["leader"].is_string() && status["leader"] == status["header"]["member_id"]
        })
    }

    /// Everything that runs as a member.
    pub fn processes_of(&self, member: usize) -> Vec<u32> {
        processes::within(&self.members[member].folder)
    }

    /// SIGKILL to a member.
    ///
    /// # Errors
    /// When no signal can be sent.
    pub fn kill(&mut self, member: usize) -> io::Result<()> {
        processes::signal("KILL", &self.processes_of(member))?;
        if let Some(mut process) = self.members[member].process.take() {
            let _ = process.wait();
        }
        Ok(())
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        for number in 0..self.members.len() {
            let _ = self.kill(number);
        }
    }
}
