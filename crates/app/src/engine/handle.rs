//! How use cases and jobs reach the engine: a thread with two lanes, or direct calls for tests and simulations.

use super::{BATCH, Engine, EngineError, Envelope, Lane, Outcome, PlainWrite, failed};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use yuanlu_domain::time::Instant;
use yuanlu_storage::{StorageError, Tx};

type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;
type Seeds = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;
type Waiter = Box<dyn FnOnce(Outcome) + Send>;

/// How long at most a few commands wait for more, where many came together the last time: those who were just answered come
/// back one by one, and a commit for each of the first would hold up the rest. They wait for half of the many, and half as
/// long as that commit took: so one half is answered while the other is written. Whoever is alone never waits.
const GATHERING: Duration = Duration::from_millis(10);

/// A way to the engine. Clones lead to the same one; the thread ends when the last is dropped.
#[derive(Clone)]
pub struct EngineHandle {
    inner: Inner,
    failing: Arc<AtomicBool>,
}

#[derive(Clone)]
enum Inner {
    Thread(Arc<Runner>),
    Direct { engine: Arc<Mutex<Engine>>, clock: Clock, seeds: Seeds },
}

impl EngineHandle {
    /// Puts the engine on its own thread. Seeds are asked once per batch, the clock when it begins and when it is over.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn spawn(
        engine: Engine,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
        seeds: impl Fn() -> [u8; 32] + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (shared, failing) = (Arc::new(Shared::default()), Arc::clone(&engine.failing));
        let (theirs, clock, seeds): (_, Clock, Seeds) = (Arc::clone(&shared), Arc::new(clock), Arc::new(seeds));
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || theirs.serve(engine, &clock, &seeds))?;
        let runner = Runner { shared, thread: Mutex::new(Some(thread)) };
        Ok(Self { inner: Inner::Thread(Arc::new(runner)), failing })
    }

    /// Calls the engine in the caller's thread, one command per commit.
    pub fn direct(
        engine: Engine,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
        seeds: impl Fn() -> [u8; 32] + Send + Sync + 'static,
    ) -> Self {
        let failing = Arc::clone(&engine.failing);
        let engine = Arc::new(Mutex::new(engine));
        Self { inner: Inner::Direct { engine, clock: Arc::new(clock), seeds: Arc::new(seeds) }, failing }
    }

    /// Whether the store failed at a commit, and nobody saw since that writing goes again. Another commit that went well does
    /// not tell: a store that is full still takes what finds room.
    pub fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Somebody saw that writing goes again.
    pub fn heal(&self) {
        self.failing.store(false, Ordering::Relaxed);
    }

    /// Does a command and waits until its commit is durable.
    pub fn command(&self, envelope: Envelope) -> Outcome {
        let (sender, receiver) = sync_channel(1);
        self.submit(envelope, move |outcome| {
            let _ = sender.send(outcome);
        });
        heard(&receiver)
    }

    /// Does a command; `answer` is called, from another thread perhaps, once its commit is durable.
    pub fn submit(&self, envelope: Envelope, answer: impl FnOnce(Outcome) + Send + 'static) {
        match &self.inner {
            Inner::Thread(runner) => {
                runner.shared.push([(envelope.lane, Job::Command(Box::new(envelope), Box::new(answer)))]);
            }
            Inner::Direct { engine, clock, seeds } => {
                let outcome = sure(engine.lock()).step(&[envelope], clock(), seeds()).pop();
                answer(outcome.unwrap_or(Err(EngineError::Panicked)));
            }
        }
    }

    /// Does several commands in as few commits as possible; answers in their order.
    pub fn commands(&self, envelopes: Vec<Envelope>) -> Vec<Outcome> {
        match &self.inner {
            Inner::Direct { engine, clock, seeds } => {
                let mut engine = sure(engine.lock());
                envelopes.chunks(BATCH).flat_map(|chunk| engine.step(chunk, clock(), seeds())).collect()
            }
            Inner::Thread(runner) => {
                let (jobs, receivers): (Vec<_>, Vec<_>) = envelopes.into_iter().map(commanded).unzip();
                runner.shared.push(jobs);
                receivers.into_iter().map(|receiver| heard(&receiver)).collect()
            }
        }
    }

    /// Writes plain rows, in a savepoint of the next commit, and waits until it is durable.
    ///
    /// # Errors
    /// What `work` answers, after which nothing of it is written, or the store's own failure.
    pub fn write<T, E>(
        &self,
        lane: Lane,
        work: impl Fn(&Tx<'_>, Instant) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StorageError> + Send + 'static,
    {
        match &self.inner {
            Inner::Thread(runner) => {
                let (sender, receiver) = sync_channel(1);
                let write = PlainWrite::new(work, move |result| {
                    let _ = sender.send(result);
                });
                runner.shared.push([(lane, Job::Write(write))]);
                receiver.recv().unwrap_or_else(|_| Err(stopped().into()))
            }
            Inner::Direct { engine, clock, .. } => sure(engine.lock()).write(clock(), work),
        }
    }

    /// Calls the engine itself; `None` when it is on a thread.
    pub fn with_engine<T>(&self, work: impl FnOnce(&mut Engine) -> T) -> Option<T> {
        match &self.inner {
            Inner::Direct { engine, .. } => {
                let mut engine = sure(engine.lock());
                Some(work(&mut engine))
            }
            Inner::Thread(_) => None,
        }
    }
}

enum Job {
    Command(Box<Envelope>, Waiter),
    Write(PlainWrite),
}

/// A command, and where its outcome will be.
fn commanded(envelope: Envelope) -> ((Lane, Job), Receiver<Outcome>) {
    let (sender, receiver) = sync_channel(1);
    let answer = move |outcome| {
        let _ = sender.send(outcome);
    };
    ((envelope.lane, Job::Command(Box::new(envelope), Box::new(answer))), receiver)
}

fn heard(receiver: &Receiver<Outcome>) -> Outcome {
    receiver.recv().unwrap_or_else(|_| Err(stopped().into()))
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
}

#[derive(Default)]
struct Queue {
    people: VecDeque<Job>,
    bulk: VecDeque<Job>,
    closed: bool,
    /// From how many jobs on the engine is woken.
    wanted: usize,
}

impl Queue {
    fn len(&self) -> usize {
        self.people.len() + self.bulk.len()
    }

    fn is_short(&self) -> bool {
        !self.closed && self.len() < self.wanted
    }
}

impl Shared {
    /// What is pushed together is taken together, as far as there is room. After the end nobody is served: the jobs are
    /// dropped, and whoever waits sees that.
    fn push(&self, jobs: impl IntoIterator<Item = (Lane, Job)>) {
        let mut queue = sure(self.queue.lock());
        if queue.closed {
            return;
        }
        for (lane, job) in jobs {
            match lane {
                Lane::People => queue.people.push_back(job),
                Lane::Bulk => queue.bulk.push_back(job),
            }
        }
        let short = queue.is_short();
        drop(queue);
        if !short {
            self.arrived.notify_one();
        }
    }

    /// People first; bulk fills what is left. `None` when there is nothing and never will be. `served` is how many came
    /// together the last time, and `took` how long that was.
    fn next_batch(&self, served: usize, took: Duration) -> Option<Vec<Job>> {
        let mut queue = sure(self.queue.lock());
        queue.wanted = 1;
        while queue.is_short() {
            queue = sure(self.arrived.wait(queue));
        }
        if queue.len() < served / 2 {
            queue.wanted = served / 2;
            let most = GATHERING.min(took / 2);
            queue = sure(self.arrived.wait_timeout_while(queue, most, |queue| queue.is_short())).0;
        }
        if queue.len() == 0 {
            return None;
        }
        let mut batch = Vec::with_capacity(BATCH.min(queue.len()));
        while batch.len() < BATCH {
            let Some(job) = take_next(&mut queue) else { break };
            batch.push(job);
        }
        Some(batch)
    }

    fn serve(&self, mut engine: Engine, clock: &Clock, seeds: &Seeds) {
        let (mut served, mut took) = (0, Duration::ZERO);
        while let Some(batch) = self.next_batch(served, took) {
            let begun = clock();
            served = batch.len();
            let (mut commands, mut waiters, mut writes) = (Vec::new(), Vec::new(), Vec::new());
            for job in batch {
                match job {
                    Job::Command(envelope, waiter) => {
                        commands.push(*envelope);
                        waiters.push(waiter);
                    }
                    Job::Write(write) => writes.push(write),
                }
            }
            let run = std::panic::AssertUnwindSafe(|| engine.run(&commands, writes, begun, seeds()));
            // The transaction of a panic was rolled back; those who wait learn it, the next batch goes on.
            let outcomes = std::panic::catch_unwind(run)
                .unwrap_or_else(|_| commands.iter().map(|_| Err(EngineError::Panicked)).collect());
            for (waiter, outcome) in waiters.into_iter().zip(outcomes) {
                waiter(outcome);
            }
            took = Duration::from_micros(u64::try_from(clock().micros_since(begun)).unwrap_or_default());
        }
    }
}

fn take_next(queue: &mut MutexGuard<'_, Queue>) -> Option<Job> {
    queue.people.pop_front().or_else(|| queue.bulk.pop_front())
}

struct Runner {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Runner {
    /// Serves what waits, then ends.
    fn drop(&mut self) {
        sure(self.shared.queue.lock()).closed = true;
        self.shared.arrived.notify_all();
        if let Some(thread) = sure(self.thread.lock()).take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

fn stopped() -> StorageError {
    failed("the engine has stopped".to_owned())
}

fn sure<T>(lock: Result<T, PoisonError<T>>) -> T {
    lock.unwrap_or_else(PoisonError::into_inner)
}
