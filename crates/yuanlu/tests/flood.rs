//! A flood of bad uploads over real connections to a real process: each ends with its sentence or its end, and neither
//! disk nor memory is left behind.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[allow(dead_code, reason = "each test file uses its part")]
mod house;

use house::{House, Serving};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use yuanlu_world::crowd::{Person, Size};

const BOUNDARY: &str = "----flood";
const MIB: usize = 1 << 20;
/// What the process may take at its worst: two pictures being looked into, and what it needs anyway.
const MOST_PEAK_KIB: u64 = 640 * 1024;
/// What one more flood may add to the most that was left by those before. It takes in much more than this, so that what
/// kept it would show every time; an allocator gives back what it has when it pleases, so one flood in [`FLOODS`] will do.
const MOST_GROWTH_KIB: u64 = 48 * 1024;
const FLOODS: usize = 4;

/// The head of a form up to the content of its file.
fn form_head(order: &str, kind: &str) -> Vec<u8> {
    let field = |name: &str, value: &str| {
        format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"../../etc/passwd\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    );
    (field("order", order) + &field("kind", kind) + &file).into_bytes()
}

fn form_tail() -> Vec<u8> {
    format!("\r\n--{BOUNDARY}--\r\n").into_bytes()
}

fn request_head(person: &Person, length: &str) -> Vec<u8> {
    format!(
        "POST /api/v1/evidence HTTP/1.1\r\nhost: test\r\nconnection: close\r\naccept-language: zh-CN\r\n\
         authorization: Bearer {}\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\n{length}\r\n\r\n",
        person.token
    )
    .into_bytes()
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Status and body of whatever comes back.
fn answer(mut stream: &TcpStream) -> Option<(u16, String)> {
    let mut bytes = Vec::new();
    // A server that has said its word may cut the line under a sender that goes on.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

fn send(address: SocketAddr, person: &Person, kind: &str, content: &[u8]) -> (u16, String) {
    let order = person.orders[0].order.as_str();
    let body = [form_head(order, kind), content.to_vec(), form_tail()].concat();
    let mut stream = connect(address);
    stream.write_all(&request_head(person, &format!("content-length: {}", body.len()))).unwrap();
    let _ = stream.write_all(&body);
    answer(&stream).expect("an answer")
}

/// Sends without end until the server answers or cuts the line; how much went out, and what came back.
fn send_for_ever(address: SocketAddr, person: &Person) -> (usize, Option<(u16, String)>) {
    let stream = connect(address);
    let mut out = stream.try_clone().unwrap();
    out.write_all(&request_head(person, "transfer-encoding: chunked")).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let heard = scope.spawn(|| {
            let answered = answer(&stream);
            over.store(true, Ordering::SeqCst);
            answered
        });
        let mut sent = 0;
        let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        let mut next = chunk(&form_head(person.orders[0].order.as_str(), "chat_log"));
        while !over.load(Ordering::SeqCst) && sent < 200 * MIB {
            if out.write_all(&next).is_err() {
                break;
            }
            sent += next.len();
            next = chunk(&[b'a'; 64 * 1024]);
        }
        let _ = out.shutdown(Shutdown::Write);
        (sent, heard.join().unwrap())
    })
}

/// A figure of `/proc/PID/status`, in KiB.
fn memory(served: &Serving, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
}

/// Files that the process holds open in a folder, deleted ones among them, and what lies there by name.
fn files_in(served: &Serving, folder: &Path) -> (usize, usize) {
    let held = std::fs::read_dir(format!("/proc/{}/fd", served.id())).unwrap();
    let held = held.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    let held = held.filter(|target| target.starts_with(folder)).count();
    (held, std::fs::read_dir(folder).unwrap().count())
}

fn settled(served: &Serving, folder: &Path) -> (usize, usize) {
    for _ in 0..100 {
        if files_in(served, folder) == (0, 0) {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    files_in(served, folder)
}

fn crc(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

/// A PNG that says it is so large, around this compressed content.
fn png(width: u32, height: u32, content: &[u8]) -> Vec<u8> {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let named = [name.as_slice(), data].concat();
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
    };
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"IDAT", content), chunk(b"IEND", &[])].concat()
}

/// Zeros, compressed as far as deflate goes: so many bytes become about 158 times as many.
fn bomb(bytes: usize) -> Vec<u8> {
    let (mut out, mut bits, mut held) = (vec![0x78, 0x01], 0_u64, 0);
    let mut put = |out: &mut Vec<u8>, value: u64, count: u32| {
        bits |= value << held;
        held += count;
        while held >= 8 {
            out.push(u8::try_from(bits & 255).unwrap());
            bits >>= 8;
            held -= 8;
        }
    };
    put(&mut out, 0b011, 3); // the last block, with the fixed code
    put(&mut out, 0b0000_1100, 8); // the literal 0
    while out.len() < bytes {
        put(&mut out, 0b1010_0011, 8); // length 258
        put(&mut out, 0, 5); // distance 1
    }
    put(&mut out, 0, 7);
    put(&mut out, 0, 8);
    out
}

/// Everything at once, and each with its sentence.
fn flood(served: &Serving, people: &[Person]) {
    let address = served.address;
    let says = |(status, body): (u16, String), expected: u16, word: &str| {
        assert!(status == expected && body.contains(word), "{expected} with `{word}`, not {status}: {body}");
    };
    let person = &people[0];
    let (sent, answered) = send_for_ever(address, person);
    assert!(sent < 40 * MIB, "{sent} bytes were taken of an upload without end");
    if let Some(answered) = answered {
        says(answered, 413, "too_large");
    }
    says(send(address, person, "other", &vec![b'a'; 11 * MIB]), 413, "too_large");
    says(send(address, person, "other", b""), 422, "空");
    says(send(address, person, "payment_receipt", &png(100_000, 100_000, &bomb(1000))), 422, "像素");
    let (status, body) = send(address, person, "payment_receipt", &png(4000, 3000, &bomb(9 * MIB)));
    assert!(matches!(status, 201 | 413 | 415 | 422), "a decompression bomb: {status} {body:.300}");
    let zip = [b"PK\x03\x04".to_vec(), bomb(9 * MIB)].concat();
    says(send(address, person, "other", &zip), 415, "不支持");
    let pdf = [b"%PDF-1.7\n1 0 obj<</Length 9000000/Filter/FlateDecode>>stream\n".to_vec(), bomb(9 * MIB)].concat();
    let (status, body) = send(address, person, "other", &pdf);
    assert!((400..500).contains(&status) || status == 201, "{status} {body:.300}");

    std::thread::scope(|scope| {
        for (n, person) in people.iter().enumerate() {
            // Half of it, more than one piece, and then the line is cut.
            scope.spawn(move || {
                let body = [form_head(person.orders[0].order.as_str(), "other"), vec![b'h'; 3 * MIB]].concat();
                let mut stream = connect(address);
                stream.write_all(&request_head(person, "content-length: 9000000")).unwrap();
                let _ = stream.write_all(&body);
                if n % 2 == 0 {
                    let _ = stream.shutdown(Shutdown::Both);
                }
            });
            // And many whole ones at the same time.
            scope.spawn(move || {
                let (status, body) = send(address, person, "chat_log", &vec![b'a' + (n % 26) as u8; 9 * MIB]);
                assert!(matches!(status, 201 | 413 | 415 | 422 | 429 | 503), "{status} {body:.300}");
                let (status, body) = send(address, person, "payment_receipt", &png(4000, 3000, &bomb(6 * MIB)));
                assert!(matches!(status, 201 | 413 | 415 | 422 | 429 | 503), "{status} {body:.300}");
            });
        }
    });
}

#[test]
fn a_flood_of_bad_uploads_leaves_neither_disk_nor_memory_behind() {
    let house = House::new("flood");
    let live = house.folder("live");
    let crowd = house.gather(&live, Size { orders: 0, people: 16, orders_each: 1 });
    let served = Serving::live(&live);
    let uploads = live.join("uploads").canonicalize().unwrap();
    let mut left: Vec<u64> = Vec::new();
    let is_steady = |left: &[u64]| match left {
        [before @ .., last] => before.iter().max().is_some_and(|most| *last < most + MOST_GROWTH_KIB),
        [] => false,
    };
    while left.len() < FLOODS && !is_steady(&left) {
        flood(&served, &crowd.people);
        assert_eq!(settled(&served, &uploads), (0, 0), "temporary files are gone, by name and by handle");
        left.push(memory(&served, "VmRSS"));
        let peak = memory(&served, "VmHWM");
        eprintln!("resident after a flood {left:?} KiB, at the worst {peak} KiB");
        assert!(peak < MOST_PEAK_KIB, "{peak} KiB at the worst");
    }
    assert!(is_steady(&left), "every flood left more: {left:?} KiB");
    let (status, _) = house::http(served.address, "GET", "/healthz", "", None);
    assert_eq!(status, 200, "and it still serves");
}
