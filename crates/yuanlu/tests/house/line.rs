//! A line between the program and a server of this machine that can be cut, held still, or made slow.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

/// How it is with the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Manner {
    /// As it should be.
    Good,
    /// Every message takes a while.
    Slow,
    /// Connections are accepted, and nothing comes through.
    Silent,
    /// Connections are closed.
    Closed,
}

/// What a slow line adds to every message.
const DELAY: Duration = Duration::from_millis(40);
const TICK: Duration = Duration::from_millis(5);

pub struct Line {
    /// Where it begins.
    pub port: u16,
    manner: Arc<AtomicU8>,
    /// How often everything that was open was stopped for ever.
    stopped: Arc<AtomicUsize>,
}

impl Line {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port_here = listener.local_addr().unwrap().port();
        let line = Self { port: port_here, manner: Arc::default(), stopped: Arc::default() };
        let (manner, stopped) = (Arc::clone(&line.manner), Arc::clone(&line.stopped));
        std::thread::spawn(move || {
            for here in listener.incoming().map_while(Result::ok) {
                let (manner, stopped) = (Arc::clone(&manner), Arc::clone(&stopped));
                std::thread::spawn(move || {
                    let before = stopped.load(Ordering::SeqCst);
                    let stands = move || stopped.load(Ordering::SeqCst) > before;
                    while manner.load(Ordering::SeqCst) == Manner::Silent as u8 {
                        std::thread::sleep(TICK);
                    }
                    if manner.load(Ordering::SeqCst) == Manner::Closed as u8 {
                        return;
                    }
                    let there = TcpStream::connect(("127.0.0.1", port)).unwrap();
                    let (back, forth) = (there.try_clone().unwrap(), here.try_clone().unwrap());
                    let (other, also) = (Arc::clone(&manner), stands.clone());
                    std::thread::spawn(move || carry(back, forth, &other, also));
                    carry(here, there, &manner, stands);
                });
            }
        });
        line
    }

    pub fn become_(&self, manner: Manner) {
        self.manner.store(manner as u8, Ordering::SeqCst);
    }

    /// What is open stays open and silent for ever; new connections are answered, as when another server has taken over from one
    /// that stands still.
    pub fn stop_open(&self) {
        self.stopped.fetch_add(1, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, manner: &AtomicU8, stands: impl Fn() -> bool) {
    from.set_read_timeout(Some(TICK)).unwrap();
    let mut buffer = [0; 16 * 1024];
    let is = |wanted: Manner| manner.load(Ordering::SeqCst) == wanted as u8;
    loop {
        if is(Manner::Closed) {
            break;
        }
        let read = match from.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                continue;
            }
            Err(_) => 0,
        };
        while is(Manner::Silent) || stands() {
            std::thread::sleep(TICK);
        }
        if is(Manner::Slow) {
            std::thread::sleep(DELAY);
        }
        if read == 0 || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
