//! A machine of the database: Patroni, and the PostgreSQL server that it runs; and all of them, with the etcd they ask.

use crate::clock;
use crate::etcd::{self, Etcd, MEMBERS};
use crate::http;
use crate::network::Network;
use crate::processes::{self, User};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// How many there are.
pub const MACHINES: usize = 3;
/// For how long a leader that is not heard of stays leader.
pub const LEASE_SECONDS: u32 = 20;

/// What machines are made of.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Folder with PostgreSQL's programs.
    pub postgres: PathBuf,
    /// etcd.
    pub etcd: PathBuf,
    /// Folder with Patroni and what it needs, for Python.
    pub patroni: PathBuf,
    /// Python.
    pub python: PathBuf,
    /// Who they run as.
    pub user: Option<User>,
}

/// Where the services of a machine are reached: by itself, and by others through the network.
#[derive(Clone, Copy, Debug)]
struct Ports {
    postgres: u16,
    rest: u16,
    postgres_seen: u16,
    rest_seen: u16,
}

impl Ports {
    fn of(first: u16, machine: usize) -> Self {
        let first = first + u16::try_from(machine).unwrap_or_default() * 10;
        Self { postgres: first, rest: first + 1, postgres_seen: first + 2, rest_seen: first + 3 }
    }
}

/// One of them.
pub struct Machine {
    number: usize,
    folder: PathBuf,
    ports: Ports,
    patroni: Option<Child>,
}

/// All of them, and the network between.
pub struct Cluster {
    programs: Programs,
    first_port: u16,
    machines: Vec<Machine>,
    /// Who says which of them leads.
    pub etcd: Etcd,
    /// The network between them, and to the nodes.
    pub network: Network,
}

impl Cluster {
    /// Makes folders and lines; nothing runs yet.
    ///
    /// # Errors
    /// When a folder cannot be made or a port is taken.
    pub fn new(home: &Path, programs: Programs, first_port: u16) -> io::Result<Self> {
        let folders: Vec<_> = (0..MACHINES).map(|number| home.join(format!("machine{number}"))).collect();
        let network = Network::new([folders.clone(), etcd::folders(home)].concat());
        let (program, user) = (programs.etcd.clone(), programs.user);
        let etcd = Etcd::new(home, program, user, first_port + 30, &network, MACHINES)?;
        let mut machines = Vec::new();
        for (number, folder) in folders.into_iter().enumerate() {
            processes::make_folder(&folder, user)?;
            let ports = Ports::of(first_port, number);
            network.for_places(number, ports.postgres_seen, ports.postgres)?;
            network.for_places(number, ports.rest_seen, ports.rest)?;
            machines.push(Machine { number, folder, ports, patroni: None });
        }
        Ok(Self { programs, first_port, machines, etcd, network })
    }

    /// Starts everything for the first time.
    ///
    /// # Errors
    /// When a program cannot be started.
    pub fn start_all(&mut self) -> io::Result<()> {
        (0..MEMBERS).try_for_each(|member| self.etcd.start(member))?;
        (0..MACHINES).try_for_each(|machine| self.start(machine))
    }

    /// Lays lines for a node, and says under which address it finds the database.
    ///
    /// # Errors
    /// When a port is taken.
    pub fn address_for(&self, node: usize) -> io::Result<String> {
        let mut hosts = Vec::new();
        for machine in &self.machines {
            let port = self.first_port + 50 + u16::try_from(node * 10 + machine.number).unwrap_or_default();
            self.network.for_node(node, machine.number, port, machine.ports.postgres)?;
            hosts.push(format!("127.0.0.1:{port}"));
        }
        Ok(address(&hosts))
    }

    /// The address without any network between.
    pub fn direct_address(&self) -> String {
        let hosts: Vec<_> = self.machines.iter().map(|m| format!("127.0.0.1:{}", m.ports.postgres)).collect();
        address(&hosts)
    }

    /// Starts a machine, anew or again.
    ///
    /// # Errors
    /// When a program cannot be started.
    pub fn start(&mut self, number: usize) -> io::Result<()> {
        self.machines[number].start(&self.programs, &self.etcd.addresses())
    }

    /// Which one leads: it says so itself and there is nobody else who does.
    pub fn leader(&self) -> Option<usize> {
        let mut leaders =
            self.machines.iter().filter(|machine| machine.asked("/primary").is_some_and(|(s, _)| s == 200));
        let leader = leaders.next()?.number;
        leaders.next().is_none().then_some(leader)
    }

    /// One leads, the others follow it, and either has everything that was committed or knows that the other has.
    pub fn is_whole(&self) -> bool {
        let Some(leader) = self.leader() else { return false };
        let Some((200, body)) = self.machines[leader].asked("/cluster") else { return false };
        let Ok(cluster) = serde_json::from_str::<Value>(&body) else { return false };
        let members = cluster["members"].as_array().map_or(&[][..], Vec::as_slice);
        let with = |what: &str, value: &str| members.iter().filter(|m| m[what] == value).count();
        members.len() == MACHINES
            && with("state", "streaming") == MACHINES - 1
            && with("role", "quorum_standby") == MACHINES - 1
    }

    /// Waits until it is whole, and stays so for some rounds of Patroni: one fault is not to be measured in another.
    pub fn await_whole(&self, most: Duration) -> bool {
        let stays = || {
            std::thread::sleep(Duration::from_secs(1));
            self.is_whole()
        };
        clock::until(most, || (0..8).all(|_| stays()))
    }

    /// Everything that runs on a machine.
    pub fn processes_of(&self, machine: usize) -> Vec<u32> {
        processes::within(&self.machines[machine].folder)
    }

    /// The first process of a machine's PostgreSQL.
    pub fn postmaster_of(&self, machine: usize) -> Option<u32> {
        let file = std::fs::read_to_string(self.machines[machine].folder.join("data/postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// SIGKILL to all that runs on a machine, at once.
    ///
    /// # Errors
    /// When no signal can be sent.
    pub fn kill(&mut self, machine: usize) -> io::Result<()> {
        processes::signal("KILL", &self.processes_of(machine))?;
        self.machines[machine].bury();
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for number in 0..self.machines.len() {
            let _ = self.kill(number);
        }
    }
}

fn address(hosts: &[String]) -> String {
    format!("postgres://postgres:lab@{}/postgres?sslmode=disable", hosts.join(","))
}

impl Machine {
    fn start(&mut self, programs: &Programs, etcd: &[String]) -> io::Result<()> {
        std::fs::write(self.folder.join("patroni.yml"), self.settings(programs, etcd))?;
        // As a service manager would: started again when it ends, as it does while the members of etcd have not met.
        let mut patroni = Command::new("sh");
        patroni
            .args(["-c", "while :; do \"$0\" -m patroni patroni.yml; sleep 1; done"])
            .arg(&programs.python)
            .env("PYTHONPATH", &programs.patroni);
        self.patroni = Some(processes::start(&mut patroni, &self.folder, "patroni", programs.user)?);
        Ok(())
    }

    fn settings(&self, programs: &Programs, etcd: &[String]) -> String {
        let Ports { postgres, rest, postgres_seen, rest_seen } = self.ports;
        let (number, folder, bin) = (self.number, self.folder.display(), programs.postgres.display());
        let etcd = etcd.iter().map(|address| format!("'{address}'")).collect::<Vec<_>>().join(", ");
        format!(
            "scope: lab
name: m{number}
restapi:
  listen: 127.0.0.1:{rest}
  connect_address: 127.0.0.1:{rest_seen}
etcd3:
  hosts: [{etcd}]
  use_proxies: true
bootstrap:
  dcs:
    ttl: {LEASE_SECONDS}
    loop_wait: 2
    retry_timeout: 6
    synchronous_mode: quorum
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters: {{max_connections: 100, shared_buffers: 64MB, wal_log_hints: 'on', wal_keep_size: 256MB}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}]
postgresql:
  listen: 127.0.0.1:{postgres}
  connect_address: 127.0.0.1:{postgres_seen}
  data_dir: {folder}/data
  bin_dir: {bin}
  pgpass: {folder}/pgpass
  authentication:
    superuser: {{username: postgres, password: lab}}
    replication: {{username: replicator, password: lab}}
  pg_hba: ['host all all 127.0.0.1/32 scram-sha-256', 'host replication replicator 127.0.0.1/32 scram-sha-256']
  parameters: {{unix_socket_directories: '{folder}', password_encryption: scram-sha-256}}
"
        )
    }

    fn asked(&self, path: &str) -> Option<(u16, String)> {
        http::ask(self.ports.rest, "GET", path, &[], b"", Duration::from_secs(2))
    }

    /// Lets go of what was killed.
    fn bury(&mut self) {
        if let Some(mut process) = self.patroni.take() {
            let _ = process.wait();
        }
    }
}
