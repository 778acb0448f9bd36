//! The network between nodes and machines: every connection goes through here and can be made silent. What is on its way
//! is then held back, not refused: nobody hears that the other side is gone, as when a cable is pulled.

use crate::processes;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Who speaks to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// A node to the database of a machine.
    Node {
        /// Which node.
        node: usize,
        /// Which machine.
        machine: usize,
    },
    /// A place to another: replication, agreement on who leads, questions.
    Places {
        /// From which.
        from: usize,
        /// To which.
        to: usize,
    },
}

/// All of it. Clones are the same network.
#[derive(Clone)]
pub struct Network {
    places: Arc<Vec<PathBuf>>,
    cut: Arc<Mutex<BTreeSet<Line>>>,
}

impl Network {
    /// Without any cut; places (machines, and members of etcd) are told apart by their folders.
    pub fn new(places: Vec<PathBuf>) -> Self {
        Self { places: Arc::new(places), cut: Arc::default() }
    }

    fn cuts(&self) -> MutexGuard<'_, BTreeSet<Line>> {
        self.cut.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts a node off a machine's database.
    pub fn cut_node(&self, node: usize, machine: usize) {
        self.cuts().insert(Line::Node { node, machine });
    }

    /// Cuts a place off all others.
    pub fn isolate(&self, place: usize) {
        let mut cuts = self.cuts();
        for other in (0..self.places.len()).filter(|other| *other != place) {
            cuts.insert(Line::Places { from: place, to: other });
            cuts.insert(Line::Places { from: other, to: place });
        }
    }

    /// Mends everything.
    pub fn mend(&self) {
        self.cuts().clear();
    }

    /// Listens for a node at a port of its own and leads to a machine's database.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn for_node(&self, node: usize, machine: usize, port: u16, to: u16) -> std::io::Result<()> {
        self.listen(port, to, move |_| Some(Line::Node { node, machine }))
    }

    /// Listens for other places at a port of its own and leads to a service of this place.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn for_places(&self, place: usize, port: u16, to: u16) -> std::io::Result<()> {
        let places = Arc::clone(&self.places);
        self.listen(port, to, move |stream| {
            let from = owner(&places, stream)?;
            Some(Line::Places { from, to: place })
        })
    }

    fn listen(
        &self,
        port: u16,
        to: u16,
        line: impl Fn(&TcpStream) -> Option<Line> + Send + Sync + 'static,
    ) -> std::io::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let (network, line) = (self.clone(), Arc::new(line));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (network, line) = (network.clone(), Arc::clone(&line));
                std::thread::spawn(move || {
                    let line = line(&stream);
                    network.join(stream, to, line);
                });
            }
        });
        Ok(())
    }

    fn join(&self, here: TcpStream, to: u16, line: Option<Line>) {
        self.wait(line);
        let Ok(there) = TcpStream::connect(("127.0.0.1", to)) else { return };
        let _ = (here.set_nodelay(true), there.set_nodelay(true));
        let (Ok(here_too), Ok(there_too)) = (here.try_clone(), there.try_clone()) else { return };
        let network = self.clone();
        std::thread::spawn(move || network.carry(there_too, here_too, line));
        self.carry(here, there, line);
    }

    fn carry(&self, mut from: TcpStream, mut to: TcpStream, line: Option<Line>) {
        let mut buffer = [0; 16 * 1024];
        loop {
            let read = from.read(&mut buffer).unwrap_or(0);
            self.wait(line);
            if read == 0 || to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    }

    /// Holds back what is on a line that is cut.
    fn wait(&self, line: Option<Line>) {
        while line.is_some_and(|line| self.cuts().contains(&line)) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The place whose process opened a connection.
fn owner(places: &[PathBuf], stream: &TcpStream) -> Option<usize> {
    let (theirs, ours) = (stream.peer_addr().ok()?.port(), stream.local_addr().ok()?.port());
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    let (from, to) = (format!("0100007F:{theirs:04X}"), format!("0100007F:{ours:04X}"));
    let row = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let inode = row.filter(|row| row.get(1) == Some(&&*from) && row.get(2) == Some(&&*to)).find_map(|row| {
        let inode = *row.get(9)?;
        Some(inode.to_owned())
    })?;
    places.iter().position(|folder: &PathBuf| processes::holds_socket(Path::new(folder), &inode))
}
