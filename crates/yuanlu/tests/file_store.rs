//! Files in an S3-compatible store: a real server answers, and what was changed or lost there is named.
//!
//! Needs `YUANLU_TEST_S3=http://KEY:SECRET@HOST:PORT/BUCKET`, which `./check` sets; says so loudly where it is missing.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[allow(dead_code, reason = "each test file uses its part")]
mod house;

use house::House;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use yuanlu_app::{App, Born, Config, Limits, Principal};
use yuanlu_blobs::s3::Bucket;
use yuanlu_blobs::{Moved, Store, folder};
use yuanlu_domain::ids::EvidenceId;
use yuanlu_jobs::S3Store;
use yuanlu_world::crowd::{self, Size};

/// The store of the tests, with names of our own in it.
fn bucket(prefix: &str) -> Option<Bucket> {
    let Ok(url) = std::env::var("YUANLU_TEST_S3") else {
        assert!(std::env::var("YUANLU_REQUIRE_S3").is_err(), "YUANLU_TEST_S3 is not set");
        eprintln!("NOT RUN: no file went to an S3-compatible store, because YUANLU_TEST_S3 is not set");
        return None;
    };
    let (who, place) = url.strip_prefix("http://").unwrap().split_once('@').unwrap();
    let (key_id, secret) = who.split_once(':').unwrap();
    let (host, name) = place.split_once('/').unwrap();
    let bucket = Bucket {
        endpoint: format!("http://{host}"),
        region: "us-east-1".into(),
        name: name.into(),
        prefix: format!("{prefix}-{}/", std::process::id()),
        key_id: key_id.into(),
        secret: secret.into(),
    };
    let root = Bucket { prefix: String::new(), ..bucket.clone() };
    // Makes the bucket; there already, it is refused or made again, and both are well.
    let _ = store(root).put("", Vec::new());
    Some(bucket)
}

fn store(bucket: Bucket) -> S3Store {
    #[expect(clippy::disallowed_methods, reason = "signatures carry the time of this machine")]
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    S3Store::new(bucket, move || i64::try_from(now()).unwrap()).unwrap()
}

fn run(arguments: &[&str], data: &Path, bucket: &Bucket, secret: &str) -> (bool, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_yuanlu"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .env("YUANLU_FILES_ENDPOINT", &bucket.endpoint)
        .env("YUANLU_FILES_BUCKET", &bucket.name)
        .env("YUANLU_FILES_PREFIX", &bucket.prefix)
        .env("YUANLU_FILES_KEY_ID", &bucket.key_id)
        .env("YUANLU_FILES_SECRET", secret)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    assert!(!text.contains(secret), "a secret was printed");
    (status.success(), text)
}

#[test]
fn large_objects_go_and_come_and_what_is_wrong_has_a_name() {
    let Some(bucket) = bucket("plain") else { return };
    let files = store(bucket.clone());
    // Larger than any answer of a channel may be.
    let large: Vec<u8> = (0..12 << 20).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert!(!files.has("large").unwrap());
    assert_eq!(files.get("large").unwrap_err().kind(), ErrorKind::NotFound);
    files.put("large", large.clone()).unwrap();
    files.put("large", large.clone()).unwrap();
    assert!(files.has("large").unwrap());
    assert!(files.get("large").unwrap() == large);
    files.put("empty", Vec::new()).unwrap();
    assert_eq!(files.get("empty").unwrap(), Vec::<u8>::new());
    files.remove("large").unwrap();
    files.remove("large").unwrap();
    assert_eq!(files.get("large").unwrap_err().kind(), ErrorKind::NotFound);

    let stranger = store(Bucket { secret: "another".into(), ..bucket.clone() });
    let refused = stranger.get("empty").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied, "{refused}");
    assert!(stranger.put("x", vec![1]).is_err());
    let away = store(Bucket { endpoint: "http://127.0.0.1:1".into(), ..bucket });
    let error = away.put("x", vec![1]).unwrap_err();
    assert!(error.kind() != ErrorKind::NotFound && !error.to_string().contains('x'), "{error}");
}

#[test]
fn a_shop_keeps_its_files_there_and_verify_names_what_was_changed_or_lost() {
    let Some(bucket) = bucket("shop") else { return };
    let house = House::new("file-store");
    let data = house.folder("shop");
    let mut config = Config::new(&data, Born::Live);
    config.limits = Limits::none();
    let order = {
        let app = App::open(config.clone()).unwrap();
        let crowd = crowd::gather(&app, Size { orders: 4, people: 0, orders_each: 0 }).unwrap();
        let order = crowd.orders[0].order.clone();
        app.upload(&Principal::Program, &order, "chat_log", b"kept before the move".to_vec()).unwrap();
        order
    };
    let far = Arc::new(store(bucket.clone()));
    let to: Arc<dyn Store> = far.clone();
    config.store = Some(Arc::new(Moved { to, from: folder(&data.join("blobs")) }));
    let long = "很长的聊天记录 ".repeat(20_000);
    let (before, after) = {
        let app = App::open(config.clone()).unwrap();
        let after = app.upload(&Principal::Program, &order, "chat_log", long.clone().into_bytes()).unwrap();
        let third = app.upload(&Principal::Program, &order, "other", b"another file".to_vec()).unwrap();
        let opened = app.open_evidence(&Principal::Program, &EvidenceId::from(after.id.as_str())).unwrap();
        assert!(opened.bytes.expose() == long.as_bytes());
        (after, third)
    };
    assert_ne!(before.id, after.id);
    let (well, text) = run(&["verify", "--files"], &data, &bucket, bucket.secret.expose());
    assert!(well && text.contains("3 files opened"), "{text}");

    let app = App::open(config).unwrap();
    let names: Vec<String> = app.db().read(|db| yuanlu_storage::evidence::list_blobs(db)).unwrap();
    drop(app);
    let there: Vec<&String> = names.iter().filter(|name| far.has(name).unwrap()).collect();
    assert_eq!((names.len(), there.len()), (3, 2), "the one of before stays where it was");
    let mut changed = far.get(there[0]).unwrap();
    assert!(!changed.windows(8).any(|window| window == b"another "), "only ciphertexts go there");
    let at = changed.len() / 2;
    changed[at] ^= 1;
    far.put(there[0], changed).unwrap();
    far.remove(there[1]).unwrap();
    let (well, text) = run(&["verify", "--files"], &data, &bucket, bucket.secret.expose());
    assert!(!well, "{text}");
    assert!(text.contains(&format!("file {}: it was changed", there[0])), "{text}");
    assert!(text.contains(&format!("file {}: it is missing", there[1])), "{text}");
    assert!(text.contains("1 files opened") && text.contains("2 differences"), "{text}");

    let archive = house.folder("backup.tar");
    let (well, text) = run(&["backup", archive.to_str().unwrap()], &data, &bucket, bucket.secret.expose());
    assert!(well && text.contains("are not inside: 3 are named"), "{text}");
}

/// A shop with files of every kind, closed again; the names of all of them.
fn shop_with_files(config: Config) -> Vec<String> {
    let app = App::open(config).unwrap();
    let crowd = crowd::gather(&app, Size { orders: 1, people: 0, orders_each: 0 }).unwrap();
    let order = crowd.orders[0].order.clone();
    for text in ["first", "second", "third"] {
        app.upload(&Principal::Program, &order, "chat_log", text.as_bytes().to_vec()).unwrap();
    }
    app.db().read(|db| yuanlu_storage::evidence::list_blobs(db)).unwrap()
}

fn live(data: &Path) -> Config {
    let mut config = Config::new(data, Born::Live);
    config.limits = Limits::none();
    config
}

#[test]
fn files_come_back_with_a_backup_and_the_missing_ones_are_named() {
    let house = House::new("file-restore");
    let (data, back, archive) = (house.folder("shop"), house.folder("back"), house.folder("backup.tar"));
    let names = shop_with_files(live(&data));
    let told = |done: Output| {
        let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        (done.status.success(), text)
    };
    let archive = archive.to_str().unwrap();
    let (well, text) = told(house::run(&["backup", archive, "--with-master-key", "--data"], &data));
    assert!(well, "{text}");
    let (well, text) = told(house::run(&["restore", archive, "--data"], &back));
    assert!(well && !text.contains("were not inside"), "{text}");
    let (well, text) = told(house::run(&["verify", "--files", "--data"], &back));
    assert!(well && text.contains("3 files opened"), "{text}");

    let place = |name: &str| back.join("blobs").join(&name[..2]).join(name);
    std::fs::remove_file(place(&names[0])).unwrap();
    let mut changed = std::fs::read(place(&names[1])).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(place(&names[1]), changed).unwrap();
    let (well, text) = told(house::run(&["verify", "--files", "--data"], &back));
    assert!(!well && text.contains("1 files opened"), "{text}");
    assert!(text.contains(&format!("file {}: it is missing", names[0])), "{text}");
    assert!(text.contains(&format!("file {}: it was changed", names[1])), "{text}");
}

#[test]
fn a_restored_shop_finds_its_files_in_the_store_again_and_names_the_missing_ones() {
    let Some(bucket) = bucket("restore") else { return };
    let house = House::new("file-store-restore");
    let (data, back, archive) = (house.folder("shop"), house.folder("back"), house.folder("backup.tar"));
    let far = Arc::new(store(bucket.clone()));
    let names = shop_with_files(Config { store: Some(far.clone()), ..live(&data) });
    let (archive, secret) = (archive.to_str().unwrap(), bucket.secret.expose());
    let (well, text) = run(&["backup", archive, "--with-master-key"], &data, &bucket, secret);
    assert!(well && text.contains("are not inside: 3 are named"), "{text}");
    let (well, text) = run(&["restore", archive], &back, &bucket, secret);
    assert!(well && text.contains("Uploaded files were not inside"), "{text}");
    let (well, text) = run(&["verify", "--files"], &back, &bucket, secret);
    assert!(well && text.contains("3 files opened"), "{text}");
    far.remove(&names[2]).unwrap();
    let (well, text) = run(&["verify", "--files"], &back, &bucket, secret);
    assert!(!well && text.contains("2 files opened"), "{text}");
    assert!(text.contains(&format!("file {}: it is missing", names[2])), "{text}");
}

#[test]
fn doctor_tries_the_store() {
    let Some(bucket) = bucket("doctor") else { return };
    let house = House::new("file-store-doctor");
    let data = house.folder("none");
    let (_, text) = run(&["doctor"], &data, &bucket, bucket.secret.expose());
    assert!(text.contains("one was kept, read and removed"), "{text}");
    let (_, text) = run(&["doctor"], &data, &bucket, "not-the-secret-at-all");
    assert!(text.contains("Risky") && text.contains("refuses our key or signature"), "{text}");
    let away = Bucket { endpoint: "http://127.0.0.1:1".into(), ..bucket };
    let (_, text) = run(&["doctor"], &data, &away, "whatever-it-is-it-is-secret");
    assert!(text.contains("a file cannot be kept"), "{text}");
}
