//! What is done to the shop, one after the other.

use crate::load::Load;
use crate::machine::Cluster;
use crate::processes;
use crate::reckoning::longest_pause;
use crate::shop::Node;
use std::io;
use std::time::Duration;

/// How long lines stay cut, and machines and nodes stand still: longer than a leader's lease.
const LONG: Duration = Duration::from_secs(45);
/// A node stands still for longer than its leases.
const PAUSED: Duration = Duration::from_secs(70);
/// Between a death and the return of the dead.
const SHORT: Duration = Duration::from_secs(5);
/// After this, what did not heal never will.
const MOST: Duration = Duration::from_secs(240);

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL to a node.
    NodeKilled,
    /// SIGKILL to the leading PostgreSQL server.
    PrimaryKilled,
    /// SIGKILL to PostgreSQL and Patroni of the leader's machine, and to the member of etcd that leads.
    MachineKilled,
    /// SIGKILL to the leading PostgreSQL server, and to the same as above as soon as it takes writes again.
    KilledTwice,
    /// One node does not reach the leading server, the other does.
    NodeCut,
    /// One node reaches no server.
    NodeCutOff,
    /// The leader's machine does not reach the other machines; the nodes still reach all of them.
    LeaderCutOff,
    /// Everything on the leader's machine stands still, and then goes on as if nothing had been.
    LeaderFrozen,
    /// The member of etcd that leads stands still, and then goes on as if nothing had been.
    EtcdFrozen,
    /// A node stands still, and then goes on as if nothing had been.
    NodePaused,
}

impl Fault {
    /// All, in the order in which they happen.
    pub const ALL: [Self; 10] = [
        Self::NodeKilled,
        Self::PrimaryKilled,
        Self::MachineKilled,
        Self::KilledTwice,
        Self::NodeCut,
        Self::NodeCutOff,
        Self::LeaderCutOff,
        Self::LeaderFrozen,
        Self::EtcdFrozen,
        Self::NodePaused,
    ];

    /// What it is called on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeKilled => "node-killed",
            Self::PrimaryKilled => "primary-killed",
            Self::MachineKilled => "machine-killed",
            Self::KilledTwice => "killed-twice",
            Self::NodeCut => "node-cut",
            Self::NodeCutOff => "node-cut-off",
            Self::LeaderCutOff => "leader-cut-off",
            Self::LeaderFrozen => "leader-frozen",
            Self::EtcdFrozen => "etcd-frozen",
            Self::NodePaused => "node-paused",
        }
    }

    /// What happens, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::NodeKilled => "a node is killed",
            Self::PrimaryKilled => "the leading PostgreSQL is killed",
            Self::MachineKilled => "the leader's machine and leading etcd killed",
            Self::KilledTwice => "the leading PostgreSQL, then all of that",
            Self::NodeCut => "a node is cut off the leader, 45 s",
            Self::NodeCutOff => "a node is cut off all servers, 45 s",
            Self::LeaderCutOff => "the leader is cut off the others, 45 s",
            Self::LeaderFrozen => "the leader's machine stands still, 45 s",
            Self::EtcdFrozen => "the leading etcd stands still, 45 s",
            Self::NodePaused => "a node stands still, 70 s",
        }
    }
}

/// What one did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which.
    pub fault: Fault,
    /// Answers meanwhile.
    pub answered: usize,
    /// Tries that came to nothing.
    pub failures: u64,
    /// The longest time without an answered write.
    pub without_writes: Duration,
    /// Until everything was as before.
    pub whole_after: Duration,
    /// It healed by itself.
    pub healed: bool,
}

/// Everything there is to be broken.
pub struct Town<'a> {
    /// The servers.
    pub cluster: &'a mut Cluster,
    /// The nodes.
    pub nodes: &'a mut [Node],
    /// The people.
    pub load: &'a Load,
}

impl Town<'_> {
    /// Does it, undoes what would not be undone by itself, and waits until all is well.
    ///
    /// # Errors
    /// When the fault itself could not be done.
    pub fn suffer(&mut self, fault: Fault) -> io::Result<Outcome> {
        if !self.load.await_flow(MOST) {
            return Err(io::Error::other("no requests are answered before the fault"));
        }
        let record = &self.load.record;
        let (from, answered, failures) = (self.load.clock.elapsed(), record.times().len(), record.failures());
        self.inflict(fault)?;
        let healed = self.load.await_flow(MOST)
            && self.cluster.await_whole(MOST)
            && self.nodes.iter().all(|node| crate::clock::until(MOST, || node.is_well()));
        let to = self.load.clock.elapsed();
        let times = self.load.record.times();
        Ok(Outcome {
            fault,
            answered: times.len() - answered,
            failures: self.load.record.failures() - failures,
            without_writes: longest_pause(&times, from, to),
            whole_after: to - from,
            healed,
        })
    }

    fn inflict(&mut self, fault: Fault) -> io::Result<()> {
        let leader = self.cluster.leader().ok_or_else(|| io::Error::other("nobody leads"))?;
        match fault {
            Fault::NodeKilled => {
                self.nodes[0].kill();
                std::thread::sleep(SHORT);
                self.nodes[0].start()
            }
            Fault::PrimaryKilled => self.kill_primary(leader),
            Fault::MachineKilled => self.kill_machine(leader),
            Fault::KilledTwice => {
                self.kill_primary(leader)?;
                std::thread::sleep(SHORT);
                self.load.await_flow(MOST);
                self.kill_machine(self.cluster.leader().unwrap_or(leader))
            }
            Fault::NodeCut => {
                self.cluster.network.cut_node(0, leader);
                self.mend_later()
            }
            Fault::NodeCutOff => {
                for machine in 0..crate::machine::MACHINES {
                    self.cluster.network.cut_node(0, machine);
                }
                self.mend_later()
            }
            Fault::LeaderCutOff => {
                self.cluster.network.isolate(leader);
                self.mend_later()
            }
            Fault::LeaderFrozen => freeze(&self.cluster.processes_of(leader)),
            Fault::EtcdFrozen => freeze(&self.cluster.etcd.processes_of(self.leading_etcd()?)),
            Fault::NodePaused => {
                self.nodes[0].pause(true)?;
                std::thread::sleep(PAUSED);
                self.nodes[0].pause(false)
            }
        }
    }

    fn kill_primary(&self, leader: usize) -> io::Result<()> {
        let first = self.cluster.postmaster_of(leader);
        processes::signal("KILL", &first.into_iter().collect::<Vec<_>>())
    }

    fn leading_etcd(&self) -> io::Result<usize> {
        self.cluster.etcd.leader().ok_or_else(|| io::Error::other("no member of etcd leads"))
    }

    fn kill_machine(&mut self, leader: usize) -> io::Result<()> {
        let member = self.leading_etcd()?;
        self.cluster.kill(leader)?;
        self.cluster.etcd.kill(member)?;
        std::thread::sleep(SHORT);
        self.load.await_flow(MOST);
        self.cluster.etcd.start(member)?;
        self.cluster.start(leader)
    }

    fn mend_later(&self) -> io::Result<()> {
        std::thread::sleep(LONG);
        self.cluster.network.mend();
        Ok(())
    }
}

/// Lets processes stand still, and go on as if nothing had been.
fn freeze(frozen: &[u32]) -> io::Result<()> {
    processes::signal("STOP", frozen)?;
    std::thread::sleep(LONG);
    processes::signal("CONT", frozen)
}
