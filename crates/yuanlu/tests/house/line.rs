//! A line between the program and a server of this machine that can be cut, held still, or made slow.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
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
}

impl Line {
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let line = Self { port: listener.local_addr().unwrap().port(), manner: Arc::default() };
        let manner = Arc::clone(&line.manner);
        std::thread::spawn(move || {
            for here in listener.incoming().map_while(Result::ok) {
                let manner = Arc::clone(&manner);
                std::thread::spawn(move || {
                    while manner.load(Ordering::SeqCst) == Manner::Silent as u8 {
                        std::thread::sleep(TICK);
                    }
                    if manner.load(Ordering::SeqCst) == Manner::Closed as u8 {
                        return;
                    }
                    let there = TcpStream::connect(("127.0.0.1", port)).unwrap();
                    let (back, forth) = (there.try_clone().unwrap(), here.try_clone().unwrap());
                    let other = Arc::clone(&manner);
                    std::thread::spawn(move || carry(back, forth, &other));
                    carry(here, there, &manner);
                });
            }
        });
        line
    }

    pub fn become_(&self, manner: Manner) {
        self.manner.store(manner as u8, Ordering::SeqCst);
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, manner: &AtomicU8) {
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
        while is(Manner::Silent) {
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
