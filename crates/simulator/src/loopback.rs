//! Simulated channels on a real socket of this machine: HTTP/1.1, one request to a connection. Only for practice; it
//! trusts whoever speaks to it to speak HTTP.

use crate::wechat::Late;
use http::{HeaderName, HeaderValue, Request, Response};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Something that answers.
pub trait Provider: Send + 'static {
    /// Answers a request; `None` when the connection drops. An answer with the extension [`Late`] comes later than
    /// anybody waits.
    fn handle(&mut self, request: &Request<Vec<u8>>, now: i64) -> Option<Response<Vec<u8>>>;
}

/// A longer request is not read.
const MOST_BYTES: usize = 8 << 20;

/// A server on this machine; it ends when it is dropped.
#[derive(Debug)]
pub struct Loopback {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Loopback {
    /// Serves a provider at a free port. `clock` holds the time (µs UTC); late answers are held back for `late`.
    ///
    /// # Errors
    /// When the machine gives no port or no thread.
    pub fn start<P: Provider>(provider: Arc<Mutex<P>>, clock: Arc<AtomicI64>, late: Duration) -> io::Result<Self> {
        Self::at(&TcpListener::bind(("127.0.0.1", 0))?, provider, clock, late)
    }

    /// Serves a provider at a port that was taken before, so that its address could be configured.
    ///
    /// # Errors
    /// When the machine gives no thread.
    pub fn at<P: Provider>(
        listener: &TcpListener,
        provider: Arc<Mutex<P>>,
        clock: Arc<AtomicI64>,
        late: Duration,
    ) -> io::Result<Self> {
        let listener = listener.try_clone()?;
        let ended = Arc::new(AtomicBool::new(false));
        let loopback = Self { address: listener.local_addr()?, ended: ended.clone() };
        let accept = move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (provider, clock) = (provider.clone(), clock.clone());
                // A connection without a thread is dropped, which is one of the things channels do.
                let answer = move || drop(answer(stream, &provider, &clock, late));
                drop(std::thread::Builder::new().name("loopback".into()).spawn(answer));
            }
        };
        std::thread::Builder::new().name("loopback".into()).spawn(accept)?;
        Ok(loopback)
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

fn answer<P: Provider>(
    stream: TcpStream,
    provider: &Mutex<P>,
    clock: &AtomicI64,
    late: Duration,
) -> Result<(), Box<dyn std::error::Error>> {
    let request = read(&stream)?;
    let now = clock.load(Ordering::SeqCst);
    let answer = provider.lock().unwrap_or_else(PoisonError::into_inner).handle(&request, now);
    match answer {
        Some(response) => {
            if response.extensions().get::<Late>().is_some() {
                std::thread::sleep(late);
            }
            write(&stream, &response)?;
        }
        None => stream.shutdown(Shutdown::Both)?,
    }
    Ok(())
}

fn read(stream: &TcpStream) -> Result<Request<Vec<u8>>, Box<dyn std::error::Error>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let mut request = Request::builder().method(words.next().ok_or("no method")?).uri(words.next().ok_or("no path")?);
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse()?;
        }
        request = request.header(HeaderName::try_from(name)?, HeaderValue::try_from(value.trim())?);
    }
    let mut body = vec![0; Some(length).filter(|length| *length <= MOST_BYTES).ok_or("too long")?];
    reader.read_exact(&mut body)?;
    Ok(request.body(body)?)
}

fn write(mut stream: &TcpStream, response: &Response<Vec<u8>>) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {}\r\n", response.status());
    for (name, value) in response.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", response.body().len()));
    stream.write_all(head.as_bytes())?;
    stream.write_all(response.body())?;
    stream.flush()
}
