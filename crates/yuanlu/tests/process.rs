//! The real binary as a process: who may open what, what survives a kill, what a backup is worth.

#![allow(clippy::unwrap_used, reason = "helpers of a test may panic")]

#[allow(dead_code, reason = "each test file uses its part")]
mod house;

use house::{House, Serving, http, run};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use yuanlu_domain::bill::{ChannelEntry, EntryState};
use yuanlu_money::Money;
use yuanlu_storage::db::Birth;
use yuanlu_storage::{Db, channel_entry};
use yuanlu_world::Random;
use yuanlu_world::crowd::{PRICE_MINOR, Paid, Person, Size};

/// People who ask for refunds at the same time.
const WORKERS: usize = 8;
/// Fewer than one buyer may ask for in an hour.
const ORDERS_EACH: usize = 20;

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_database_is_live_or_demo_for_ever() {
    let house = House::new("born");
    let demo = house.folder("demo");
    let live = house.folder("live");
    {
        let served = Serving::demo(&demo, 12);
        assert_eq!(http(served.address, "GET", "/", "", None).0, 200);
        let logins = std::fs::read_to_string(demo.join("logins.json")).unwrap();
        for role in ["buyer", "seller", "reviewer", "senior_reviewer", "risk", "support", "finance", "admin"] {
            assert!(logins.contains(&format!("\"role\": \"{role}\"")), "{role}");
        }
        let second = run(&["demo", "--listen", "127.0.0.1:0", "--data"], &demo);
        assert!(!second.status.success() && text(&second).contains("in use by another"), "{}", text(&second));
    }
    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--data"], &demo);
    assert!(!refused.status.success() && text(&refused).contains("holds a demo"), "{}", text(&refused));
    let again = Serving::demo(&demo, 12);
    assert_eq!(http(again.address, "GET", "/healthz", "", None).0, 200, "a demo goes on with the same file");
    drop(again);
    let verified = run(&["verify", "--data"], &demo);
    assert!(verified.status.success(), "{}", text(&verified));

    let served = Serving::live(&live);
    let environment = std::fs::read(format!("/proc/{}/environ", served.id())).unwrap();
    assert!(String::from_utf8_lossy(&environment).contains("MALLOC_ARENA_MAX=2"), "it begins again with little memory");
    let second = run(&["serve", "--listen", "127.0.0.1:0", "--data"], &live);
    assert!(!second.status.success() && text(&second).contains("in use by another"), "{}", text(&second));
    drop(served);
    let refused = run(&["demo", "--listen", "127.0.0.1:0", "--data"], &live);
    assert!(!refused.status.success() && text(&refused).contains("holds a real shop"), "{}", text(&refused));
}

#[test]
fn a_demo_listens_on_this_machine_only() {
    let house = House::new("loopback");
    let refused = run(&["demo", "--listen", "0.0.0.0:0", "--data"], &house.folder("demo"));
    assert!(!refused.status.success() && text(&refused).contains("loopback"), "{}", text(&refused));
    assert!(!house.folder("demo").exists(), "nothing was made");
}

#[test]
fn data_is_for_its_owner_only_and_doctor_says_what_is_risky() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new("doctor");
    let live = house.folder("live");
    let made = run(&["admin", "create", "root", "--data"], &live);
    assert!(made.status.success() && text(&made).contains("/link/"), "{}", text(&made));
    assert_eq!(std::fs::metadata(&live).unwrap().permissions().mode() & 0o777, 0o700);
    let second = run(&["admin", "create", "other", "--data"], &live);
    assert!(!second.status.success() && text(&second).contains("administrator already"), "{}", text(&second));
    let found = text(&run(&["doctor", "--data"], &live));
    for part in ["root is staff and has no second factor", "no backup was ever made", "lies beside the data"] {
        assert!(found.contains(part), "{part}: {found}");
    }
}

/// T07, T08: killed at random moments during a run of refunds, the program keeps every answer it gave, and pays
/// nothing twice when the unanswered ones are sent again.
#[test]
fn killed_at_any_moment_it_keeps_its_word() {
    let rounds = if std::env::var_os("YUANLU_LONG").is_some() { 60 } else { 3 };
    let house = House::new("kill");
    let live = house.folder("live");
    let crowd = house.gather(&live, Size { orders: 0, people: WORKERS * rounds, orders_each: ORDERS_EACH });
    let mut random = Random::new([8; 32]);
    let mut answered: BTreeMap<String, String> = BTreeMap::new();
    for (round, people) in crowd.people.chunks(WORKERS).enumerate() {
        let served = Serving::live(&live);
        let most = i64::try_from(people.len() * ORDERS_EACH).unwrap() * 2 / 3;
        let kill = Kill {
            after_answers: usize::try_from(random.between(1, most)).unwrap(),
            and: Duration::from_micros(random.between(0, 3000).unsigned_abs()),
        };
        answered.extend(refund_until_killed(served, people, &kill));
        let verified = run(&["verify", "--data"], &live);
        assert!(verified.status.success(), "round {round}: {}", text(&verified));
    }
    let served = Serving::live(&live);
    for person in &crowd.people {
        for paid in &person.orders {
            // What was answered is there; what was not is asked for again under the same key, and done once.
            let (status, body) = refund(served.address, &person.token, paid);
            assert!((200..300).contains(&status), "{status}: {body}");
            if let Some(case) = answered.get(paid.order.as_str()) {
                assert!(body.contains(case.as_str()), "another answer than before: {body}");
            }
        }
        let (status, body) = http(served.address, "GET", "/api/v1/me/balance", &person.token, None);
        let expected = PRICE_MINOR * i64::try_from(person.orders.len()).unwrap();
        assert_eq!(status, 200);
        assert!(body.contains(&format!("\"spendable\":{{\"minor\":{expected},")), "paid twice or lost: {body:.200}");
    }
    drop(served);
    let verified = run(&["verify", "--data"], &live);
    assert!(verified.status.success(), "{}", text(&verified));
    assert!(!answered.is_empty(), "nothing was answered before a kill: the test shows nothing");
}

fn refund(address: SocketAddr, token: &str, paid: &Paid) -> (u16, String) {
    try_refund(address, token, paid).expect("an answer")
}

/// A change of mind about the only unit, to balance; the order's number is the idempotency key.
fn try_refund(address: SocketAddr, token: &str, paid: &Paid) -> Option<(u16, String)> {
    let body = r#"{"units":[1],"reason":"personal","to_balance":true}"#;
    let path = format!("/api/v1/orders/{}/cases", paid.order);
    house::try_http(address, "POST", &path, token, Some((paid.order.as_str(), body)))
}

/// When the process is killed: counted in answers, so that it falls into the run on any machine.
struct Kill {
    after_answers: usize,
    and: Duration,
}

/// Refunds orders until the process is killed; answers order → case of every answer that came.
fn refund_until_killed(served: Serving, people: &[Person], kill: &Kill) -> Vec<(String, String)> {
    let address = served.address;
    let stop = AtomicBool::new(false);
    let (stop, count) = (&stop, &AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let workers: Vec<_> = people
            .iter()
            .map(|person| {
                scope.spawn(move || {
                    let mut answered = Vec::new();
                    for paid in person.orders.iter().take_while(|_| !stop.load(Ordering::SeqCst)) {
                        let Some((200..300, body)) = try_refund(address, &person.token, paid) else { continue };
                        assert!(body.contains("\"completed\""), "{body:.300}");
                        answered.push((paid.order.to_string(), format!("{}C1", paid.order)));
                        count.fetch_add(1, Ordering::SeqCst);
                    }
                    answered
                })
            })
            .collect();
        while count.load(Ordering::SeqCst) < kill.after_answers && !workers.iter().all(|worker| worker.is_finished()) {
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(kill.and);
        served.kill();
        stop.store(true, Ordering::SeqCst);
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// `migrate` says what it will do and asks; it and `serve` bring an older database up to date, and nobody touches a newer one.
#[test]
fn a_database_is_migrated_when_somebody_says_so_and_never_by_an_older_program() {
    let house = House::new("migrate");
    let live = house.folder("live");
    let crowd = house.gather(&live, Size { orders: 0, people: 1, orders_each: 2 });
    let change =
        |texts: &str| rusqlite::Connection::open(live.join("yuanlu.db")).unwrap().execute_batch(texts).unwrap();
    let migrate = |arguments: &[&str]| run(&[&["migrate"][..], arguments, &["--data"]].concat(), &live);
    let older = "drop index order_file_hot; alter table order_file drop column archived; drop table archive; drop table attempt; \
                 drop table commit_mark; alter table guest_access drop column language; delete from refinery_schema_history where version >= 6";
    assert!(text(&migrate(&["--dry-run"])).contains("nothing to do"));
    change(older);
    for (arguments, ends_well) in [(&["--dry-run"][..], true), (&[][..], false)] {
        let told = migrate(arguments);
        assert_eq!(told.status.success(), ends_well, "{}", text(&told));
        assert!(
            text(&told).contains("from schema 5 to schema") && text(&told).contains("commit_mark"),
            "{}",
            text(&told)
        );
        let refused = run(&["verify", "--data"], &live);
        assert!(!refused.status.success() && text(&refused).contains("`yuanlu migrate`"), "{}", text(&refused));
    }
    let done = migrate(&["--yes"]);
    assert!(done.status.success() && text(&done).contains("Schema 6 is done."), "{}", text(&done));
    assert!(run(&["verify", "--data"], &live).status.success());
    change(older);
    {
        let served = Serving::live(&live);
        assert_eq!(refund(served.address, &crowd.people[0].token, &crowd.people[0].orders[0]).0 / 100, 2);
        let refused = migrate(&["--yes"]);
        assert!(refused.status.success() && text(&refused).contains("nothing to do"), "{}", text(&refused));
    }
    assert!(run(&["verify", "--data"], &live).status.success());
    change("insert into refinery_schema_history values (99, 'schema', '2030-01-01T00:00:00Z', '1')");
    for command in ["verify", "migrate"] {
        let refused = run(&[command, "--data"], &live);
        assert!(!refused.status.success() && text(&refused).contains("made by a newer yuanlu"), "{}", text(&refused));
    }
    let refused = run(&["serve", "--listen", "127.0.0.1:0", "--data"], &live);
    assert!(!refused.status.success() && text(&refused).contains("made by a newer yuanlu"), "{}", text(&refused));
    let absent = run(&["migrate", "--data"], &house.folder("none"));
    assert!(!absent.status.success() && text(&absent).contains("there is no database"), "{}", text(&absent));
}

/// `archive` says what is old and moves it; what was spoiled there is named.
#[test]
fn old_orders_are_archived_when_somebody_says_so_and_a_spoiled_one_is_named() {
    let house = House::new("archive");
    let live = house.folder("live");
    let crowd = house.gather(&live, Size { orders: 0, people: 1, orders_each: 3 });
    let person = &crowd.people[0];
    let archive = |arguments: &[&str]| run(&[&["archive"][..], arguments, &["--data"]].concat(), &live);
    {
        let served = Serving::live(&live);
        for order in &person.orders[..2] {
            assert_eq!(refund(served.address, &person.token, order).0 / 100, 2);
        }
    }
    let nothing = archive(&["--yes"]);
    assert!(nothing.status.success() && text(&nothing).contains("nothing to do"), "{}", text(&nothing));
    {
        // It seals what happened before, and only what is sealed is archived.
        let _served = Serving::live(&live);
        let found = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            text(&archive(&["--older-than", "0", "--dry-run"])).contains("2 orders have been over for 0 days")
        });
        assert!(found, "{}", text(&archive(&["--older-than", "0", "--dry-run"])));
        let served = archive(&["--older-than", "0", "--yes"]);
        assert!(!served.status.success() && text(&served).contains("the shop is being served"), "{}", text(&served));
    }
    let asked = archive(&["--older-than", "0"]);
    assert!(!asked.status.success() && text(&asked).contains("nothing was done"), "{}", text(&asked));
    let done = archive(&["--older-than", "0", "--yes"]);
    assert!(done.status.success() && text(&done).contains("Archived 2 orders"), "{}", text(&done));
    let again = archive(&["--older-than", "0", "--yes"]);
    assert!(text(&again).contains("nothing to do") && text(&again).contains("holds 2 journals"), "{}", text(&again));
    {
        let served = Serving::live(&live);
        assert_eq!(refund(served.address, &person.token, &person.orders[2]).0 / 100, 2);
    }
    for command in [&["verify", "--data"][..], &["verify", "--chains", "--data"]] {
        let sound = run(command, &live);
        assert!(sound.status.success(), "{}", text(&sound));
    }
    let file = rusqlite::Connection::open(live.join("yuanlu.db")).unwrap();
    let spoil = "update archive set body = zeroblob(9) where aggregate_id = (select min(aggregate_id) from archive) \
                 returning kind || ':' || aggregate_id";
    let spoiled: String = file.query_row(spoil, [], |row| row.get(0)).unwrap();
    for command in [&["verify", "--data"][..], &["verify", "--chains", "--data"]] {
        let found = run(command, &live);
        assert!(!found.status.success() && text(&found).contains(&spoiled), "{}", text(&found));
    }
}

#[test]
fn a_backup_of_a_running_shop_comes_back() {
    let house = House::new("backup");
    let live = house.folder("live");
    let crowd = house.gather(&live, Size { orders: 0, people: 2, orders_each: 6 });
    let file = house.folder("shop.tar");
    let file_text = file.to_str().unwrap();
    {
        let served = Serving::live(&live);
        for paid in &crowd.people[0].orders {
            assert_eq!(refund(served.address, &crowd.people[0].token, paid).0 / 100, 2);
        }
        let made = run(&["backup", file_text, "--data"], &live);
        assert!(made.status.success(), "{}", text(&made));
        let twice = run(&["backup", file_text, "--data"], &live);
        assert!(!twice.status.success() && text(&twice).contains("never replaces"), "{}", text(&twice));
        assert_eq!(refund(served.address, &crowd.people[1].token, &crowd.people[1].orders[0]).0 / 100, 2);
    }
    let back = house.folder("back");
    let keyless = run(&["restore", file_text, "--data"], &back);
    assert!(!keyless.status.success() && text(&keyless).contains("--master-key"), "{}", text(&keyless));
    std::fs::remove_dir_all(&back).unwrap();
    let key = live.join("master.key");
    let restored = run(&["restore", file_text, "--master-key", key.to_str().unwrap(), "--data"], &back);
    assert!(restored.status.success(), "{}", text(&restored));
    let verified = run(&["verify", "--data"], &back);
    assert!(verified.status.success(), "{}", text(&verified));
    assert!(text(&run(&["doctor", "--data"], &back)).contains("wait since the restore"));
    {
        let served = Serving::live(&back);
        let (first, second) = (&crowd.people[0], &crowd.people[1]);
        let case = |paid: &Paid| format!("/api/v1/cases/{}C1", paid.order);
        assert_eq!(http(served.address, "GET", &case(&first.orders[5]), &first.token, None).0, 200);
        let later = http(served.address, "GET", &case(&second.orders[0]), &second.token, None).0;
        assert_eq!(later, 404, "what came after the backup is not in it");
        assert_eq!(refund(served.address, &second.token, &second.orders[0]).0 / 100, 2);
    }
    // What may have been paid since the backup is in bills that nobody has compared yet.
    moved_at_wechat(&back);
    let early = run(&["release-payouts", "--data"], &back);
    assert!(!early.status.success() && text(&early).contains("no bill of wechat for"), "{}", text(&early));
    let unsaid = run(&["release-payouts", "--without-bills", " ", "--data"], &back);
    assert!(!unsaid.status.success() && text(&unsaid).contains("Payouts still wait"), "{}", text(&unsaid));
    assert!(text(&run(&["doctor", "--data"], &back)).contains("wait since the restore"));
    let released = run(&["release-payouts", "--without-bills", "asked the channel by telephone", "--data"], &back);
    assert!(released.status.success(), "{}", text(&released));
    assert!(!text(&run(&["doctor", "--data"], &back)).contains("wait since the restore"));
    let db = Db::inspect(back.join("yuanlu.db")).unwrap();
    let audit = db.read(|db| yuanlu_storage::audit::list(db, "~", 5)).unwrap();
    let told = audit.iter().find(|row| row.act == "release_payouts").expect("on record");
    assert!(told.detail["why"] == "asked the channel by telephone" && told.detail["missing"][0].is_string());
}

/// A payment that went through WeChat Pay is in the books: its bills count from now on.
fn moved_at_wechat(data: &Path) {
    let place = data.join("yuanlu.db");
    let meta = Db::inspect(&place).unwrap().meta().clone();
    let created_at = meta.created_at;
    let birth = Birth { born: meta.born, number_prefix: meta.number_prefix, created_at };
    let db = Db::open(&place, &birth).unwrap();
    let entry = ChannelEntry {
        no: "YLT0261122AAAAAAAAAAP01".into(),
        part: 1,
        channel: "wechat".into(),
        incoming: true,
        listed: true,
        owner: "261122AAAAAAAAAA".into(),
        channel_ref: "4200000000000001".into(),
        amount: Money::cny(8800),
        state: EntryState::Arrived,
        at: Some(created_at),
    };
    db.take_writer().unwrap().transaction(|tx| channel_entry::put(tx, &entry)).unwrap();
}
