//! The thread that lives the steps.

use crate::calls::{CallTicket, OutgoingCall};
use crate::guard::Tick;
use crate::{Jobs, RunStep, Shop};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use yuanlu_channels::Reply;
use yuanlu_domain::time::Instant;

/// Between two steps when nothing else happens.
const PAUSE: Duration = Duration::from_secs(1);

/// Between two slices of a mass incident that its rate holds back.
const SLICE_PAUSE: Duration = Duration::from_millis(50);

/// Makes calls. Exactly one answer per call comes back, sooner or later; `start` does not wait for it unless the other
/// side is in this process.
pub trait Transport: Send {
    /// Makes a call.
    fn start(&self, call: OutgoingCall, answers: Answers);
}

/// Where a transport puts an answer.
pub struct Answers {
    ticket: CallTicket,
    to: Sender<Message>,
}

impl Answers {
    /// Hands in the reply.
    pub fn put(self, reply: Reply) {
        // A runner that is gone needs no reply: the attempt runs out in its file.
        let _ = self.to.send(Message::Reply(self.ticket, reply));
    }
}

/// A transport to something in this process, such as the simulator of a demo.
pub struct Direct<F>(pub F);

impl<F: Fn(http::Request<Vec<u8>>) -> Reply + Send> Transport for Direct<F> {
    fn start(&self, call: OutgoingCall, answers: Answers) {
        let reply = (self.0)(call.request.clone());
        answers.put(call.received(reply));
    }
}

enum Message {
    Reply(CallTicket, Reply),
    Nudge,
    ConfirmClock,
    Stop,
}

/// A running thread of jobs; it ends when this is dropped.
pub struct Runner {
    to: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl Runner {
    /// Starts the thread. `now` is the shop's clock.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start<S, T>(jobs: Jobs<S>, transport: T, now: impl Fn() -> Instant + Send + 'static) -> std::io::Result<Self>
    where
        S: Shop + Send + 'static,
        T: Transport + 'static,
    {
        let (to, from) = channel();
        let back = to.clone();
        let clock = clocks(now);
        let thread = std::thread::Builder::new()
            .name("jobs".to_owned())
            .spawn(move || live(jobs, &transport, &clock, &from, &back))?;
        Ok(Self { to, thread: Some(thread) })
    }

    /// Something may be due: steps at once instead of after the pause.
    pub fn nudge(&self) {
        let _ = self.to.send(Message::Nudge);
    }

    /// An operator says that the machine's clock is right.
    pub fn confirm_clock(&self) {
        let _ = self.to.send(Message::ConfirmClock);
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let _ = self.to.send(Message::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the jobs thread panicked");
        }
    }
}

/// The shop's clock beside the machine's two.
fn clocks(now: impl Fn() -> Instant + Send) -> impl Fn() -> Tick + Send {
    #[expect(clippy::disallowed_methods, reason = "the guard compares the machine's clocks")]
    let start = std::time::Instant::now();
    move || {
        #[expect(clippy::disallowed_methods, reason = "the guard compares the machine's clocks")]
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Tick { now: now(), wall: Instant::from_micros(micros(wall)), uptime_micros: micros(start.elapsed()) }
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn live<S: Shop, T: Transport>(
    mut jobs: Jobs<S>,
    transport: &T,
    clock: &impl Fn() -> Tick,
    from: &Receiver<Message>,
    back: &Sender<Message>,
) {
    let (mut pause, mut stepped) = (Duration::ZERO, None::<i64>);
    loop {
        let mut replies = Vec::new();
        let mut next = from.recv_timeout(pause);
        let mut woken = false;
        loop {
            match next {
                Ok(Message::Reply(ticket, reply)) => replies.push((ticket, reply)),
                Ok(Message::Nudge) => woken = true,
                Ok(Message::ConfirmClock) => jobs.confirm_clock(),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break,
            }
            next = from.try_recv().map_err(|_| RecvTimeoutError::Timeout);
        }
        let tick = clock();
        let rested = stepped.is_none_or(|at| tick.uptime_micros - at >= micros(PAUSE));
        if woken || rested || !replies.is_empty() {
            stepped = Some(tick.uptime_micros);
            for call in jobs.step(tick, replies) {
                let answers = Answers { ticket: call.ticket, to: back.clone() };
                transport.start(call, answers);
            }
        } else {
            jobs.slice(tick.now);
        }
        pause = match jobs.incidents() {
            RunStep::More => Duration::ZERO,
            RunStep::Later => SLICE_PAUSE,
            RunStep::Idle => PAUSE,
        };
    }
}
