//! Callbacks that must not be believed: the whole database is compared before and after.

use super::crowd::{paid_at, simulator};
use super::house::Market;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use axum::http::Request;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tower::ServiceExt;

/// Everything that is stored, compacted, as bytes.
fn stored(market: &Market) -> Vec<u8> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let copy = std::env::temp_dir().join(format!("yuanlu-stored-{}-{count}.db", std::process::id()));
    market.house.app.db().backup_to(&copy).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    std::fs::remove_file(&copy).unwrap();
    bytes
}

async fn post(market: &Market, path: &str, request: Request<Vec<u8>>) -> u16 {
    let (mut parts, body) = request.into_parts();
    parts.uri = path.parse().unwrap();
    parts.extensions.insert(ConnectInfo(SocketAddr::from(([10, 9, 9, 9], 4000))));
    let request = Request::from_parts(parts, Body::from(body));
    market.house.router.clone().oneshot(request).await.unwrap().status().as_u16()
}

fn copy(request: &Request<Vec<u8>>) -> Request<Vec<u8>> {
    let mut copy = Request::new(request.body().clone());
    *copy.method_mut() = request.method().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

const PATH: &str = "/callback/sim";

/// T13, T14, T31.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_believed_changes_nothing() {
    let market = Market::open().await;
    let house = &market.house;
    if house.app.db().location().file().is_none() {
        // A whole file is compared, and a server has none.
        return;
    }
    let body = Market::order_of(&market.card, 1, "sim");
    let placed = house.post("/orders").by(&market.buyer).json(&body).send().await.expect(201);
    let no = placed["order"]["payments"][0]["no"].as_str().unwrap();
    let mut channel = simulator(2, "yuanlu");
    let genuine = paid_at(&mut channel, "yuanlu", no, &market).remove(0);
    let (mut impostor, mut other_shop) = (simulator(3, "yuanlu"), simulator(2, "another"));
    let before = stored(&market);
    assert!(before == stored(&market), "the comparison itself is steady");

    let altered = |change: &dyn Fn(&mut Request<Vec<u8>>)| {
        let mut request = copy(&genuine);
        change(&mut request);
        request
    };
    let header = |name: &'static str, value: &'static str| {
        altered(&|request| drop(request.headers_mut().insert(name, value.parse().unwrap())))
    };
    let body = |body: &str| altered(&|request| *request.body_mut() = body.as_bytes().to_vec());
    let text = String::from_utf8(genuine.body().clone()).unwrap();
    let mut wrong = vec![
        ("another sum", body(&text.replace("9500", "1"))),
        ("another number", body(&text.replace(no, &no.replace('P', "Q")))),
        ("one byte more", body(&format!("{text} "))),
        ("cut short", body(&text[..text.len() / 2])),
        ("nothing", body("")),
        ("no JSON", body("<xml/>")),
        ("deeply nested", body(&"[".repeat(100_000))),
        ("signed at another time", header("sim-timestamp", "1")),
        ("no time", header("sim-timestamp", "soon")),
        ("another nonce", header("sim-nonce", "n")),
        ("no signature to speak of", header("sim-signature", "00")),
        ("a signature that is no hex", header("sim-signature", "zz")),
    ];
    for name in ["sim-timestamp", "sim-nonce", "sim-signature"] {
        wrong.push((name, altered(&|request| drop(request.headers_mut().remove(name)))));
    }
    wrong.push(("signed by somebody else", paid_at(&mut impostor, "yuanlu", no, &market).remove(0)));
    wrong.push(("about another shop", paid_at(&mut other_shop, "another", no, &market).remove(0)));
    for (what, request) in wrong {
        let status = post(&market, PATH, request).await;
        assert!((400..500).contains(&status), "{what}: {status}");
        assert!(before == stored(&market), "{what} left a trace");
    }
    assert_eq!(post(&market, "/callback/nowhere", copy(&genuine)).await, 404);
    let got = altered(&|request| *request.method_mut() = axum::http::Method::GET);
    assert_eq!(post(&market, PATH, got).await, 405);
    assert!(before == stored(&market));

    // The true one is taken, once; again it is acknowledged and changes nothing; later it is too old to be believed.
    assert_eq!(post(&market, PATH, copy(&genuine)).await, 200);
    let paid = stored(&market);
    assert!(paid != before);
    assert_eq!(post(&market, PATH, copy(&genuine)).await, 200);
    assert!(paid == stored(&market), "a repetition left a trace");
    house.pass(301);
    assert_eq!(post(&market, PATH, copy(&genuine)).await, 400);
    assert!(paid == stored(&market), "a stale one left a trace");

    // T13: true, and about nothing here: kept once for finance, however often it is said.
    let unknown = paid_at(&mut channel, "yuanlu", "XX00261122AAAAAAAAAAP001", &market);
    let unknown = unknown.iter().find(|news| String::from_utf8_lossy(news.body()).contains("XX00")).unwrap();
    assert_eq!(post(&market, PATH, copy(unknown)).await, 200);
    let kept = stored(&market);
    assert!(kept != paid, "it is not lost");
    assert_eq!(post(&market, PATH, copy(unknown)).await, 200);
    assert!(kept == stored(&market), "it is kept once");
}

/// Counts what is logged about callbacks that are not believed.
struct Counting(Arc<AtomicU32>);

impl tracing::Subscriber for Counting {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().target().ends_with("web::callback") {
            assert_eq!(*event.metadata().level(), tracing::Level::WARN);
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// Forged, altered, stale and foreign ones: each leaves one line in the log, and what is believed leaves none.
#[tokio::test]
async fn what_is_not_believed_is_logged_once() {
    let market = Market::open().await;
    let body = Market::order_of(&market.card, 1, "sim");
    let placed = market.house.post("/orders").by(&market.buyer).json(&body).send().await.expect(201);
    let no = placed["order"]["payments"][0]["no"].as_str().unwrap();
    let mut channel = simulator(2, "yuanlu");
    let genuine = paid_at(&mut channel, "yuanlu", no, &market).remove(0);
    let forged = paid_at(&mut simulator(3, "yuanlu"), "yuanlu", no, &market).remove(0);
    let foreign = paid_at(&mut simulator(2, "another"), "another", no, &market).remove(0);
    let mut cut = copy(&genuine);
    cut.body_mut().pop();
    let mut unsigned = copy(&genuine);
    unsigned.headers_mut().remove("sim-signature");

    let lines = Arc::new(AtomicU32::new(0));
    let listening = tracing::subscriber::set_default(Counting(Arc::clone(&lines)));
    for (n, (what, request)) in
        (1..).zip([("forged", forged), ("foreign", foreign), ("cut", cut), ("unsigned", unsigned)])
    {
        assert_eq!(post(&market, PATH, request).await, 400, "{what}");
        assert_eq!(lines.load(Ordering::Relaxed), n, "{what}");
    }
    assert_eq!(post(&market, PATH, copy(&genuine)).await, 200);
    assert_eq!(lines.load(Ordering::Relaxed), 4, "what is believed is no warning");
    market.house.pass(301);
    assert_eq!(post(&market, PATH, genuine).await, 400);
    assert_eq!(lines.load(Ordering::Relaxed), 5, "stale");
    drop(listening);
}
