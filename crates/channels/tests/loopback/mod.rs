//! A call over HTTP on loopback, without anything that the program itself uses for its calls.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test helper may panic")]

use http::Request;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use yuanlu_channels::Reply;

/// Nobody waits longer than this for an answer.
pub const PATIENCE: Duration = Duration::from_millis(1500);

/// A message: the first line, the headers, what follows.
type Message = (String, Vec<(String, String)>, Vec<u8>);

fn read_message(stream: &mut TcpStream) -> std::io::Result<Option<Message>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (mut head, mut length) = (None, 0);
    loop {
        if head.is_none()
            && let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n")
        {
            let text = String::from_utf8(bytes.drain(..end + 4).collect()).unwrap();
            let mut lines = text.lines().map(str::to_owned);
            let first = lines.next().unwrap();
            let headers: Vec<_> = lines
                .filter_map(|line| line.split_once(": ").map(|(k, v)| (k.to_ascii_lowercase(), v.to_owned())))
                .collect();
            let told = headers.iter().find(|(name, _)| name == "content-length");
            length = told.map_or(0, |(_, value)| value.parse().unwrap());
            head = Some((first, headers));
        }
        if let Some((first, headers)) = head.take_if(|_| bytes.len() >= length) {
            return Ok(Some((first, headers, bytes)));
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(None),
            n => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}

/// Makes a call.
pub fn call(request: &Request<Vec<u8>>) -> Reply {
    let authority = request.uri().authority().unwrap().as_str();
    let Ok(mut stream) = TcpStream::connect(authority) else { return Reply::NotSent };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let path = request.uri().path_and_query().unwrap();
    let mut head = format!("{} {path} HTTP/1.1\r\nhost: {authority}\r\n", request.method());
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head += &format!("content-length: {}\r\n\r\n", request.body().len());
    stream.write_all(&[head.as_bytes(), request.body()].concat()).unwrap();
    match read_message(&mut stream) {
        Ok(Some((first, headers, body))) => {
            let status = first.split(' ').nth(1).unwrap().parse().unwrap();
            Reply::Http { status, headers, body }
        }
        Ok(None) => Reply::ConnectionLost,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Reply::TimedOut,
        Err(_) => Reply::ConnectionLost,
    }
}

/// Headers as a web server hands them on.
pub fn headers(request: &Request<Vec<u8>>) -> Vec<(String, String)> {
    let each = request.headers().iter();
    each.map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned())).collect()
}
