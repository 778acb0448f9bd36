//! A post box on a real socket of this machine: it takes every mail, keeps the last ones, and sends nothing on.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const MOST_MAILS: usize = 200;
const MOST_BYTES: usize = 1 << 20;
const PATIENCE: Duration = Duration::from_secs(60);

/// A mail that came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceivedMail {
    /// `From`.
    pub from: String,
    /// `To`.
    pub to: String,
    /// `Message-ID`.
    pub id: String,
    /// `Subject`.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// A post box; it closes when it is dropped.
#[derive(Debug)]
pub struct PostBox {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    mails: Arc<Mutex<VecDeque<ReceivedMail>>>,
}

impl PostBox {
    /// Opens one at a free port.
    ///
    /// # Errors
    /// When the machine gives no port or no thread.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let post_box =
            Self { address: listener.local_addr()?, ended: Arc::default(), mails: Arc::new(Mutex::default()) };
        let (ended, mails) = (Arc::clone(&post_box.ended), Arc::clone(&post_box.mails));
        let accept = move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let mails = Arc::clone(&mails);
                drop(std::thread::Builder::new().name("post-box".into()).spawn(move || drop(talk(&stream, &mails))));
            }
        };
        std::thread::Builder::new().name("post-box".into()).spawn(accept)?;
        Ok(post_box)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What came, the oldest first.
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Drop for PostBox {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener, so that it sees that it is over.
        drop(TcpStream::connect(self.address));
    }
}

fn talk(stream: &TcpStream, mails: &Mutex<VecDeque<ReceivedMail>>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    writer.write_all(b"220 post box\r\n")?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let word = line.trim().split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "EHLO" | "HELO" => writer.write_all(b"250-post box\r\n250 8BITMIME\r\n")?,
            "MAIL" | "RCPT" | "NOOP" | "RSET" => writer.write_all(b"250 good\r\n")?,
            "QUIT" => return writer.write_all(b"221 bye\r\n"),
            "DATA" => {
                writer.write_all(b"354 go on\r\n")?;
                let mail = read_mail(&content(&mut reader)?);
                let mut mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                if mails.len() == MOST_MAILS {
                    mails.pop_front();
                }
                mails.push_back(mail);
                drop(mails);
                writer.write_all(b"250 taken\r\n")?;
            }
            _ => writer.write_all(b"502 what?\r\n")?,
        }
    }
}

/// The lines of a mail up to the one that is a point, without the points that were doubled.
fn content(reader: &mut impl BufRead) -> io::Result<String> {
    let mut content = Vec::new();
    loop {
        let mut line = Vec::new();
        if reader.read_until(b'\n', &mut line)? == 0 || content.len() > MOST_BYTES {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.strip_prefix(b".") {
            Some(b"\r\n" | b"\n") => return Ok(String::from_utf8_lossy(&content).into_owned()),
            Some(rest) => content.extend_from_slice(rest),
            None => content.extend_from_slice(&line),
        }
    }
}

fn read_mail(content: &str) -> ReceivedMail {
    let (head, body) = content.split_once("\r\n\r\n").unwrap_or((content, ""));
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |name: &str| {
        let line = head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        });
        words(line.unwrap_or_default())
    };
    let bytes = match header("Content-Transfer-Encoding").to_ascii_lowercase().as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted(&body.replace("=\r\n", "")),
        _ => body.as_bytes().to_vec(),
    };
    ReceivedMail {
        from: header("From"),
        to: header("To"),
        id: header("Message-ID"),
        subject: header("Subject"),
        body: String::from_utf8_lossy(&bytes).replace("\r\n", "\n").trim_end().to_owned(),
    }
}

/// Encoded words of RFC 2047; spaces between two of them are nothing.
fn words(text: &str) -> String {
    let (mut out, mut rest, mut after_word) = (String::new(), text, false);
    while let Some(start) = rest.find("=?") {
        let plain = &rest[..start];
        let mut parts = rest[start + 2..].splitn(3, '?');
        let found = match (parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(kind), Some(coded)) => coded.split_once("?=").map(|(coded, after)| (kind, coded, after)),
            _ => None,
        };
        let Some((kind, coded, after)) = found else { break };
        if !(after_word && plain.trim().is_empty()) {
            out.push_str(plain);
        }
        let bytes = if kind.eq_ignore_ascii_case("b") { base64(coded) } else { quoted(&coded.replace('_', " ")) };
        out.push_str(&String::from_utf8_lossy(&bytes));
        (rest, after_word) = (after, true);
    }
    out + rest
}

fn base64(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut out, mut held, mut bits) = (Vec::new(), 0u32, 0);
    for sextet in text.bytes().filter_map(value) {
        held = held << 6 | u32::from(sextet);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits & 0xff) as u8);
        }
    }
    out
}

fn quoted(text: &str) -> Vec<u8> {
    let (mut out, bytes) = (Vec::new(), text.as_bytes());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'=').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_taken_and_read() {
        let post_box = PostBox::start().unwrap();
        let stream = TcpStream::connect(("127.0.0.1", post_box.port())).unwrap();
        let mut reader = BufReader::new(&stream);
        let mut ask = |text: &str| {
            (&stream).write_all(text.as_bytes()).unwrap();
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            line
        };
        assert!(ask("").starts_with("220"));
        assert!(ask("HELO here\r\n").starts_with("250"));
        ask("");
        for line in ["MAIL FROM:<a@b.cn>\r\n", "RCPT TO:<c@d.cn>\r\n"] {
            assert!(ask(line).starts_with("250"), "{line}");
        }
        assert!(ask("DATA\r\n").starts_with("354"));
        let mail = "From: a@b.cn\r\nTo: c@d.cn\r\nSubject: =?utf-8?b?6YCA5qy+?=\r\n =?utf-8?q?=E5=88=B0_x?=\r\n\
                    Content-Transfer-Encoding: quoted-printable\r\n\r\n=E5=88=\r\n=B0\r\n..point\r\n.\r\n";
        assert!(ask(mail).starts_with("250 taken"));
        assert!(ask("WHAT\r\n").starts_with("502"));
        let mails = post_box.mails();
        assert_eq!((mails[0].subject.as_str(), mails[0].body.as_str()), ("退款到 x", "到\n.point"));
    }
}
