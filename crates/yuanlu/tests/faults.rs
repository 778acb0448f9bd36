//! The database is away, slow, full, only reads, or has no connection left: people are told in a sentence, whoever routes
//! requests learns it, the log says why without secrets, and it heals by itself. With the real binary and a real server.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[path = "house/disk.rs"]
mod disk;
#[allow(dead_code, reason = "each test file uses its part")]
mod house;
#[path = "house/line.rs"]
mod line;

use disk::Disk;
use house::{House, Serving, http, try_http};
use line::{Line, Manner};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use yuanlu_storage::testing::{OwnSchema, PASSWORD};
use yuanlu_world::crowd::{Crowd, Paid, Size};

/// People with orders, each under as many as he may refund in an hour.
const SIZE: Size = Size { orders: 0, people: 2, orders_each: 8 };
const SENTENCE: &str = "系统暂时无法处理";

/// A shop on a server, reached by a line.
struct Shop {
    house: House,
    schema: OwnSchema,
    line: Line,
    served: Serving,
    crowd: Crowd,
    log: PathBuf,
}

impl Shop {
    fn open(name: &str, most_connections: i32) -> Option<Self> {
        let (schema, house) = (OwnSchema::new(most_connections)?, House::new(name));
        let (line, data, log) = (Line::to(schema.port), house.folder("shop"), house.folder("log"));
        let crowd = house.gather_on(&data, Some(&schema.address(schema.port)), SIZE);
        let served = Serving::logging(&data, Some(&schema.address(line.port)), &log);
        Some(Self { house, schema, line, served, crowd, log })
    }

    fn refund(&self, number: usize) -> (u16, String) {
        refund(&self.served, &self.crowd, number)
    }

    fn balance(&self) -> u16 {
        http(self.served.address, "GET", "/api/v1/me/balance", &self.crowd.people[0].token, None).0
    }

    /// A write fails with the sentence, whoever routes requests is told so, and it is done when it is sent again after `mend`;
    /// nothing secret was logged.
    fn fails_and_heals(&self, number: usize, health: &str, logged: &str, mend: impl FnOnce()) {
        self.fails(number);
        self.tells(health);
        self.heals(number, logged, mend);
    }

    fn tells(&self, health: &str) {
        let (status, body) = http(self.served.address, "GET", "/healthz", "", None);
        assert!(status == 503 && body.contains(health), "{status}: {body}");
    }

    /// Keeps what somebody began to write; the journal has no part in it.
    fn save_draft(&self, number: usize) -> u16 {
        let (person, body) = (&self.crowd.people[0], r#"{"fields":[["text","half a sentence"]]}"#);
        let path = format!("/api/v1/orders/{}/draft", person.orders[number].order);
        http(self.served.address, "PUT", &path, &person.token, Some(("draft", body))).0
    }

    fn fails(&self, number: usize) {
        let (status, body) = self.refund(number);
        assert!(status == 503 && body.contains(SENTENCE) && body.contains("\"unavailable\""), "{status}: {body}");
    }

    fn heals(&self, number: usize, logged: &str, mend: impl FnOnce()) {
        // A connection may be lost in the middle of the first; why there is no other one is seen by the next.
        let reason_is_logged = (0..100).any(|_| {
            let told = std::fs::read_to_string(&self.log).unwrap().contains(logged);
            told || self.refund(number).0 != 503
        });
        assert!(reason_is_logged, "{}", std::fs::read_to_string(&self.log).unwrap());
        mend();
        await_well(&self.served);
        let (status, body) = self.refund(number);
        assert!((200..300).contains(&status), "{status}: {body}");
        let log = std::fs::read_to_string(&self.log).unwrap();
        assert!(log.contains(logged), "{log}");
        assert!(!log.contains(PASSWORD) && !log.contains(&self.crowd.people[0].token), "{log}");
    }
}

/// A change of mind about the only unit of one of the first person's orders.
fn refund(served: &Serving, crowd: &Crowd, number: usize) -> (u16, String) {
    ask(served, crowd, number).expect("an answer")
}

/// The same, where there may be no answer.
fn ask(served: &Serving, crowd: &Crowd, number: usize) -> Option<(u16, String)> {
    let (person, body) = (&crowd.people[0], r#"{"units":[1],"reason":"personal","to_balance":true}"#);
    let Paid { order, .. } = &person.orders[number];
    let path = format!("/api/v1/orders/{order}/cases");
    try_http(served.address, "POST", &path, &person.token, Some((order.as_str(), body)))
}

fn await_well(served: &Serving) {
    let well = (0..300).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        try_http(served.address, "GET", "/healthz", "", None).is_some_and(|(status, _)| status == 200)
    });
    assert!(well, "it does not heal");
}

#[test]
fn a_database_that_is_down() {
    let Some(shop) = Shop::open("down", 40) else { return };
    assert_eq!(shop.refund(0).0 / 100, 2);
    shop.line.become_(Manner::Closed);
    let (status, page) = http(shop.served.address, "GET", "/", "", None);
    assert!(status == 503 && page.contains(SENTENCE) && page.contains("<html"), "{status}: {page}");
    // A node that starts meanwhile says so and ends.
    let output = Command::new(env!("CARGO_BIN_EXE_yuanlu"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(shop.house.folder("shop"))
        .env("YUANLU_DATABASE", shop.schema.address(shop.line.port))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("the database is away: connecting to the database"), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{}", shop.line.port)) && !said.contains(PASSWORD), "{said}");
    let log = "the database is away: connecting to the database";
    shop.fails_and_heals(1, "the database cannot be reached", log, || shop.line.become_(Manner::Good));
}

#[test]
fn a_database_that_is_slow_or_hangs() {
    let Some(shop) = Shop::open("slow", 40) else { return };
    shop.line.become_(Manner::Slow);
    assert_eq!((shop.refund(0).0 / 100, shop.balance()), (2, 200), "slow is not away");
    assert_eq!(http(shop.served.address, "GET", "/healthz", "", None).0, 200);
    shop.line.become_(Manner::Silent);
    std::thread::scope(|scope| {
        // As many as would stop every thread of the web side.
        for _ in 0..16 {
            scope.spawn(|| {
                let token = &shop.crowd.people[1].token;
                let (status, body) = http(shop.served.address, "GET", "/api/v1/me/balance", token, None);
                assert!(status == 503 && body.contains(SENTENCE), "{status}: {body}");
            });
        }
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(http(shop.served.address, "GET", "/nothing.css", "", None).0 / 100, 4, "others are served");
        let (status, body) = http(shop.served.address, "GET", "/healthz", "", None);
        assert!(status == 503 && body.contains("the database does not answer"), "{status}: {body}");
        // Nobody waits for ever.
        let (status, body) = shop.refund(1);
        assert!(status == 503 && body.contains(SENTENCE), "{status}: {body}");
    });
    let log = std::fs::read_to_string(&shop.log).unwrap();
    assert!(log.contains("the database does not answer"), "{log}");
    shop.line.become_(Manner::Good);
    await_well(&shop.served);
    assert_eq!(shop.refund(1).0 / 100, 2);
}

/// Its sessions hang, while new ones lead to the server that has taken over: one is waited for in vain, and no other.
#[test]
fn a_server_that_stands_still_while_another_leads() {
    let Some(shop) = Shop::open("stands-still", 40) else { return };
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| assert_eq!(shop.balance(), 200));
        }
    });
    shop.line.stop_open();
    assert_eq!([shop.balance(), shop.balance(), shop.balance()], [503, 200, 200]);
    assert_eq!(shop.refund(0).0 / 100, 2);
}

/// The journal lies on a disk of its own, which is really full. The rest takes writes, and `/healthz` has nothing to say.
#[test]
fn a_server_with_a_disk_that_is_full() {
    let Some(shop) = Shop::open("pg-disk", 40) else { return };
    let Some(disk) = Disk::new(shop.house.folder("disk"), shop.schema.port) else {
        eprintln!("NOT RUN: no disk can be mounted for the server; its error is imitated by the next test");
        return;
    };
    let name = &shop.schema.name;
    shop.schema.run_alone(&format!("create tablespace {name} location '{}'", disk.path().display()));
    shop.schema.run(&format!("alter table journal set tablespace {name}"));
    disk.fill();
    // Pages that are there already take a few entries more.
    let refused = (0..SIZE.orders_each).find(|number| shop.refund(*number).0 == 503).expect("the disk is full");
    assert_eq!(shop.balance(), 200, "what is there can be read");
    shop.fails(refused);
    shop.heals(refused, "No space left on device (53100)", || disk.clear());
    let data = shop.house.folder("shop");
    let address = shop.schema.address(shop.schema.port);
    let verified = house::run(&["verify", "--database", &address, "--data"], &data);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    shop.schema.run("alter table journal set tablespace pg_default");
    shop.schema.run_alone(&format!("drop tablespace {name}"));
}

#[test]
fn a_server_whose_disk_is_full() {
    let Some(shop) = Shop::open("pg-full", 40) else { return };
    shop.schema.run(
        "create function full_disk() returns trigger language plpgsql as $$ begin \
         raise exception 'could not extend file \"base/5/1\": No space left on device' using errcode = '53100'; end $$; \
         create trigger full_disk before insert on journal execute function full_disk(); \
         create trigger full_disk before insert or update on setting execute function full_disk()",
    );
    assert_eq!(shop.balance(), 200, "what is there can be read");
    shop.fails(2);
    assert_eq!(shop.save_draft(2), 200, "what finds room is kept");
    shop.tells("the database takes no writes");
    shop.heals(2, "No space left on device (53100)", || shop.schema.run("drop function full_disk cascade"));
}

#[test]
fn a_file_that_cannot_grow() {
    let house = House::new("full");
    let (data, log) = (house.folder("shop"), house.folder("log"));
    let crowd = house.gather(&data, SIZE);
    let served = Serving::logging(&data, None, &log);
    assert_eq!(refund(&served, &crowd, 0).0 / 100, 2);
    let limit = |bytes: &str| {
        let done =
            Command::new("prlimit").args([format!("--pid={}", served.id()), format!("--fsize={bytes}:")]).status();
        assert!(done.unwrap().success());
    };
    limit("4096");
    let (status, body) = refund(&served, &crowd, 1);
    assert!(status == 503 && body.contains(SENTENCE), "{status}: {body}");
    let (status, body) = http(served.address, "GET", "/healthz", "", None);
    assert!(status == 503 && body.contains("the database takes no writes"), "{status}: {body}");
    let balance = http(served.address, "GET", "/api/v1/me/balance", &crowd.people[0].token, None);
    assert_eq!(balance.0, 200, "what is there can be read");
    limit("unlimited");
    await_well(&served);
    assert_eq!(refund(&served, &crowd, 1).0 / 100, 2);
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("disk I/O error") || log.contains("full"), "{log}");
    drop(served);
    let verified = house::run(&["verify", "--data"], &data);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn a_server_that_only_reads_after_a_fail_over() {
    let Some(shop) = Shop::open("read-only", 40) else { return };
    let name = shop.schema.name.clone();
    shop.schema.run(&format!("alter role {name} set default_transaction_read_only = on"));
    shop.schema.end_sessions();
    let (status, body) = shop.refund(3);
    assert!(status == 503 && body.contains(SENTENCE), "{status}: {body}");
    assert_eq!(shop.balance(), 200, "what is there can be read");
    shop.fails_and_heals(3, "the database takes no writes", "does not allow writes", || {
        shop.schema.run(&format!("alter role {name} reset default_transaction_read_only"));
    });
}

/// Another server takes over that has not heard of the last refunds, as one that was not waited for, or an old copy: two nodes
/// stop, so that nothing is paid that was paid already, and go on with payouts held once they are started again.
#[test]
fn a_server_that_has_gone_back() {
    let Some(shop) = Shop::open("back", 60) else { return };
    let (data, address) = (shop.house.folder("shop"), shop.schema.address(shop.line.port));
    let other_log = shop.house.folder("other-log");
    let other = Serving::logging(&data, Some(&address), &other_log);
    assert_eq!((shop.refund(0).0 / 100, refund(&other, &shop.crowd, 1).0 / 100), (2, 2));
    shop.schema.keep();
    assert_eq!((shop.refund(2).0 / 100, refund(&other, &shop.crowd, 3).0 / 100), (2, 2));
    shop.schema.go_back();
    let stops = |served: &Serving, number| {
        let (status, body) = refund(served, &shop.crowd, number);
        let health = http(served.address, "GET", "/healthz", "", None);
        status == 503 && body.contains(SENTENCE) && health.0 == 503 && health.1.contains("has gone back")
    };
    for (served, number) in [(&shop.served, 2), (&other, 3)] {
        assert!((0..50).any(|_| stops(served, number)), "it goes on");
        assert!(stops(served, number) && stops(served, number), "and stays so");
    }
    assert_eq!(shop.balance(), 200, "people read");
    let logs = [&shop.log, &other_log].map(|log| std::fs::read_to_string(log).unwrap());
    assert!(logs.iter().all(|log| log.contains("the database has gone back to an earlier state")), "{logs:?}");
    assert!(logs.iter().any(|log| log.contains("transactions that this node was told were done")), "{logs:?}");
    assert!(logs.iter().all(|log| !log.contains(PASSWORD)), "{logs:?}");
    drop(other);

    let Shop { house, schema, line, served, crowd, .. } = shop;
    drop(served);
    let served = Serving::logging(&data, Some(&schema.address(line.port)), &house.folder("log"));
    assert_eq!(http(served.address, "GET", "/healthz", "", None).0, 200);
    for number in [2, 3] {
        assert_eq!(refund(&served, &crowd, number).0 / 100, 2, "what was forgotten is done under the same key");
    }
    let doctor = Command::new(env!("CARGO_BIN_EXE_yuanlu"))
        .args(["doctor", "--data"])
        .arg(&data)
        .env("YUANLU_DATABASE", schema.address(line.port))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("payouts by channels wait since the restore of"), "{said}");
}

#[test]
fn a_server_that_has_few_connections_or_none() {
    let Some(shop) = Shop::open("storm", 3) else { return };
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..24).map(|_| scope.spawn(|| shop.balance())).collect();
        let answers: Vec<_> = asking.into_iter().map(|asked| asked.join().unwrap()).collect();
        assert_eq!(answers, [200; 24], "people share the few there are");
    });
    assert_eq!(shop.refund(0).0 / 100, 2);
    let name = shop.schema.name.clone();
    shop.schema.run(&format!("alter role {name} connection limit 0"));
    shop.schema.end_sessions();
    shop.fails_and_heals(1, "the database cannot be reached", "too many connections for role", || {
        shop.schema.run(&format!("alter role {name} connection limit 3"));
    });
}

/// A node whose clock differs from the server's by ten minutes: everything goes on, and the log says so.
#[test]
fn a_server_with_another_idea_of_the_time() {
    let (Some(schema), house) = (OwnSchema::new(40), House::new("clocks")) else { return };
    let (data, log) = (house.folder("shop"), house.folder("log"));
    let address = schema.address(schema.port);
    let crowd = house.gather_on(&data, Some(&address), SIZE);
    schema.run(&format!(
        "create function {}.clock_timestamp() returns timestamptz language sql as \
         $$ select pg_catalog.clock_timestamp() - interval '10 minutes' $$",
        schema.name
    ));
    // Before those of the server itself.
    let path = format!("search_path%3D{}", schema.name);
    assert!(address.contains(&path), "{address}");
    let served = Serving::logging(&data, Some(&address.replace(&path, &format!("{path},pg_catalog"))), &log);
    let logged = || std::fs::read_to_string(&log).unwrap();
    let told = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        logged().contains("the clocks of this machine and of the database's server differ")
    });
    assert!(told && logged().contains("seconds_ahead"), "{}", logged());
    assert_eq!(refund(&served, &crowd, 0).0 / 100, 2);
    assert_eq!(http(served.address, "GET", "/healthz", "", None).0, 200);
}

/// A node stands still in the middle of its work, longer than the server lets a transaction stand: the other one goes on,
/// and the first, when it wakes, finds what happened.
#[test]
fn a_node_that_stands_still() {
    let Some(shop) = Shop::open("paused", 40) else { return };
    let other = Serving::live_on(&shop.house.folder("shop"), &shop.schema.address(shop.schema.port));
    let signal = |name: &str| {
        let done = Command::new("kill").args([name, &shop.served.id().to_string()]).status();
        assert!(done.unwrap().success());
    };
    let seconds = if std::env::var_os("YUANLU_LONG").is_some() { 65 } else { 8 };
    let shop_seen = &shop;
    std::thread::scope(|scope| {
        let shop = shop_seen;
        // Refunds that the first node was asked for before it stood still, or in that moment.
        let asked: Vec<_> =
            (0..4).map(|number| scope.spawn(move || (number, ask(&shop.served, &shop.crowd, number)))).collect();
        signal("-STOP");
        // Its locks are gone after a while: the same balance and the same seller are written by the other.
        let (status, body) = ask(&other, &shop.crowd, 4).expect("an answer");
        assert!((200..300).contains(&status), "{status}: {body}");
        std::thread::sleep(Duration::from_secs(seconds));
        signal("-CONT");
        for one in asked {
            let (number, first) = one.join().unwrap();
            // Answered late, or not at all; sent again it is the same refund, at either node.
            let again = ask(&other, &shop.crowd, number).expect("an answer");
            assert!((200..300).contains(&again.0), "{again:?}");
            assert!(first.is_none_or(|(status, _)| status == 503 || status / 100 == 2));
        }
    });
    await_well(&shop.served);
    assert_eq!(refund(&shop.served, &shop.crowd, 5).0 / 100, 2);
    assert_eq!(shop.balance(), 200);
    let balance =
        |served: &Serving| http(served.address, "GET", "/api/v1/me/balance", &shop.crowd.people[0].token, None).1;
    assert_eq!(balance(&shop.served), balance(&other), "each of six refunds once");
    drop(other);
    let output = Command::new(env!("CARGO_BIN_EXE_yuanlu"))
        .args(["verify", "--data"])
        .arg(shop.house.folder("shop"))
        .env("YUANLU_DATABASE", shop.schema.address(shop.schema.port))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The server speaks only encrypted; whoever is not vouched for is not spoken to.
#[test]
fn a_server_that_is_vouched_for_and_one_that_is_not() {
    let Ok(given) = std::env::var("YUANLU_TEST_POSTGRES_TLS") else {
        eprintln!("NOT RUN: YUANLU_TEST_POSTGRES_TLS is not set");
        return;
    };
    let [address, own, other] = given.split(' ').collect::<Vec<_>>()[..] else { panic!("not three words: {given}") };
    let house = House::new("tls");
    let none = house.folder("none.pem");
    std::fs::write(&none, "").unwrap();
    let address = address.replace("yuanlu@", &format!("yuanlu:{PASSWORD}@"));
    let create = |address: &str, authority: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yuanlu"));
        command.args(["admin", "create", "root", "--data"]).arg(house.folder("shop")).env("YUANLU_DATABASE", address);
        if let Some(authority) = authority {
            command.args(["--database-ca", authority]);
        }
        let output = command.output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!said.contains(PASSWORD), "{said}");
        (output.status.success(), said)
    };
    for mode in ["prefer", "require"] {
        let address = format!("{address}?sslmode={mode}");
        for authority in [Some(other), None] {
            let (done, said) = create(&address, authority);
            assert!(!done && said.contains("vouch for the server"), "{mode}: {said}");
        }
        let (done, said) = create(&address, Some(own));
        assert!(done || said.contains("administrator already"), "{mode}: {said}");
    }
    let (done, said) = create(&address, none.to_str());
    assert!(!done && said.contains("none.pem holds none"), "{said}");
    let (done, said) = create(&format!("{address}?sslmode=disable"), Some(own));
    assert!(!done && said.contains("no encryption"), "{said}");
}
