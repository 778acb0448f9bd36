//! Waiting for the driver of PostgreSQL: it reads and writes on a thread of its own, and whoever asks waits in his.

use crate::aside::aside;
use crate::error::{Result, StorageError};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long an answer may take before the thread that waits for it counts as waiting.
const SHORT: Duration = Duration::from_millis(50);
/// In what steps it then waits.
const STEP: Duration = Duration::from_millis(500);

/// The driver's thread.
pub(crate) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::result::Result<Runtime, std::io::ErrorKind>> = OnceLock::new();
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).thread_name("postgres").enable_all().build().map_err(|e| e.kind())
    };
    RUNTIME
        .get_or_init(build)
        .as_ref()
        .map_err(|kind| StorageError::driver("starting a thread", std::io::Error::from(*kind)))
}

/// Waits in this thread for what the driver's thread brings.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    wait_at_most(Duration::MAX, future).expect("it waits for ever")
}

/// The same, and `None` when it does not come in time.
pub(crate) fn wait_at_most<T>(patience: Duration, future: impl Future<Output = T>) -> Option<T> {
    struct Unpark {
        thread: Thread,
        woken: AtomicBool,
    }
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.woken.store(true, Ordering::Release);
            self.thread.unpark();
        }
    }
    let unpark = Arc::new(Unpark { thread: std::thread::current(), woken: AtomicBool::new(true) });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    let mut waited = Duration::ZERO;
    let mut until = |most: Duration, step: Duration| {
        while waited < most {
            if unpark.woken.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(answer) = future.as_mut().poll(&mut context) {
                    return Some(answer);
                }
            } else {
                // What woke this thread was not the answer: a step has passed.
                waited += step;
            }
            if !unpark.woken.load(Ordering::Acquire) {
                std::thread::park_timeout(step);
            }
        }
        None
    };
    until(SHORT, SHORT).or_else(|| aside(|| until(patience, STEP)))
}

/// What was said to the driver, until it is answered.
pub(crate) type Said<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Says it without waiting; `false` when it was answered at once.
pub(crate) fn say<T>(said: &mut Said<T>) -> bool {
    said.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// Asks every question before it waits for the first answer.
pub(crate) async fn all<F: Future>(questions: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut asked: Vec<_> = questions.map(|question| (Box::pin(question), None)).collect();
    std::future::poll_fn(|context| {
        let mut open = false;
        for (question, answer) in asked.iter_mut().filter(|(_, answer)| answer.is_none()) {
            match question.as_mut().poll(context) {
                Poll::Ready(came) => *answer = Some(came),
                Poll::Pending => open = true,
            }
        }
        if open { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    asked.into_iter().filter_map(|(_, answer)| answer).collect()
}
