//! A pipe from a thread that writes to an answer that is read: a few chunks wait in between, never the whole.

use axum::body::{Body, Bytes};
use futures_core::Stream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::{Receiver, Sender, channel};

const CHUNK: usize = 64 * 1024;
const WAITING: usize = 4;

type Chunk = io::Result<Bytes>;

/// The end that is written to.
pub(crate) struct Out {
    sender: Sender<Chunk>,
    buffer: Vec<u8>,
}

/// The end that is read from.
pub(crate) struct Chunks(Receiver<Chunk>);

/// Ends an answer so that nobody takes what came for the whole.
pub(crate) struct Aborter(Sender<Chunk>);

/// Both ends.
pub(crate) fn pipe() -> (Out, Chunks) {
    let (sender, receiver) = channel(WAITING);
    (Out { sender, buffer: Vec::with_capacity(CHUNK) }, Chunks(receiver))
}

impl Out {
    pub(crate) fn aborter(&self) -> Aborter {
        Aborter(self.sender.clone())
    }

    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK)));
        self.sender.blocking_send(Ok(chunk)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == CHUNK {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

impl Aborter {
    /// What was sent was not all.
    pub(crate) fn abort(self) {
        let _ = self.0.blocking_send(Err(io::ErrorKind::UnexpectedEof.into()));
    }
}

impl Chunks {
    /// The answer, once there is a first chunk; none when nothing comes.
    pub(crate) async fn begun(mut self) -> Option<Body> {
        let first = self.0.recv().await?.ok()?;
        Some(Body::from_stream(Rest { first: Some(first), rest: self.0 }))
    }
}

struct Rest {
    first: Option<Bytes>,
    rest: Receiver<Chunk>,
}

impl Stream for Rest {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Chunk>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(first))),
            None => self.rest.poll_recv(context),
        }
    }
}
