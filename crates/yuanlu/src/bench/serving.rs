//! The same work over HTTP, by the program's own server in this process.

use super::client::{Client, request};
use super::place::Shop;
use super::{CLIENTS, Figures, Size, per_second, start};
use crate::Problem;
use axum::Router;
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use yuanlu_app::App;
use yuanlu_app::Clock;
use yuanlu_channels::callback::Entrances;
use yuanlu_domain::ids::{AccountId, CaseId};
use yuanlu_domain::review::Review;
use yuanlu_domain::time::Instant;
use yuanlu_server::{AppState, ServerConfig};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{
    Db, Reader, StorageError, desk, journal, order_file, outside_complaint, personal, seller, session,
};
use yuanlu_world::crowd::{Crowd, Paid, Person};

/// How often the two handlers whose reads are compared take turns.
const TURNS: u32 = 5;

/// Refunds and tracking reads over HTTP.
pub fn measure(shop: &Shop, prepared: &Crowd, size: Size, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let app = shop.open()?;
    let db = app.db().clone();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(CLIENTS).build()?;
    runtime.block_on(async {
        let served = serve(yuanlu_server::router(state(&app))).await?;
        let bare = serve(Router::new().route("/api/v1/cases/{case}", get(tracked)).with_state(db)).await?;
        let (took, waits) = refunds(served, &prepared.people).await?;
        figures.add_beside("http", per_second(waits.len(), took), "refunds/s", "raw_64");
        figures.waits("http", waits);
        // By turns, so that both have the same share of what else the machine does.
        let mut read = [(Duration::ZERO, Vec::new()), (Duration::ZERO, Vec::new())];
        for _ in 0..TURNS {
            for (address, (all, waits)) in [bare, served].into_iter().zip(&mut read) {
                let (took, more) = tracking(address, &prepared.people, size.reading / TURNS).await?;
                *all += took;
                waits.extend(more);
            }
        }
        let [(bare_took, bare_waits), (took, waits)] = read;
        figures.add("track_bare", per_second(bare_waits.len(), bare_took), "reads/s");
        figures.waits("track_bare", bare_waits);
        figures.add_beside("track", per_second(waits.len(), took), "reads/s", "track_bare");
        figures.waits("track", waits);
        Ok(())
    })
}

/// What the program's own server needs.
pub fn state(app: &App) -> AppState {
    let config = ServerConfig { public_url: "http://127.0.0.1".to_owned(), trusted_proxies: Vec::new() };
    AppState::new(app.clone(), Entrances::new(), config)
}

/// Serves on a port of its own.
pub async fn serve(router: Router) -> Result<SocketAddr, Problem> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(yuanlu_server::serve(listener, router, yuanlu_server::Limits::default(), std::future::pending()));
    Ok(address)
}

/// Every order of every person refunded by 64 clients.
pub async fn refunds(address: SocketAddr, people: &[Person]) -> Result<(Duration, Vec<Duration>), Problem> {
    let began = start();
    let clients = people.chunks(people.len().div_ceil(CLIENTS)).map(|people| {
        let people = people.to_vec();
        tokio::spawn(async move {
            let mut client = Client::connect(address).await?;
            let mut waits = Vec::new();
            let most = people.iter().map(|person| person.orders.len()).max().unwrap_or_default();
            for round in 0..most {
                for person in &people {
                    let Some(paid) = person.orders.get(round) else { continue };
                    waits.push(refund(&mut client, &person.token, paid).await?);
                }
            }
            Ok::<_, Problem>(waits)
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.map_err(Problem::at("a client"))??);
    }
    Ok((began.elapsed(), waits))
}

/// One refund over HTTP: how long it took.
pub async fn refund(client: &mut Client, token: &str, paid: &Paid) -> Result<Duration, Problem> {
    let body = r#"{"units":[1],"reason":"personal","to_balance":true}"#;
    let path = format!("/api/v1/orders/{}/cases", paid.order);
    let request = request("POST", &path, token, Some((paid.order.as_str(), body)));
    let began = start();
    let (status, answer) = client.send(&request).await?;
    let took = began.elapsed();
    let text = String::from_utf8_lossy(answer);
    if !(200..300).contains(&status) || !text.contains("\"completed\"") {
        return Err(Problem::new(format!("a refund over HTTP answered {status}: {text:.300}")));
    }
    Ok(took)
}

/// Tracking reads by 64 clients for a while.
pub async fn tracking(
    address: SocketAddr,
    people: &[Person],
    reading: Duration,
) -> Result<(Duration, Vec<Duration>), Problem> {
    let began = start();
    let clients = (0..CLIENTS).map(|number| {
        let requests: Vec<Vec<u8>> = people
            .iter()
            .skip(number % people.len())
            .step_by(CLIENTS)
            .flat_map(|person| person.orders.iter().map(|paid| tracking_request(paid, &person.token)))
            .collect();
        tokio::spawn(async move {
            let mut client = Client::connect(address).await?;
            let mut waits = Vec::new();
            for request in requests.iter().cycle() {
                if began.elapsed() >= reading {
                    break;
                }
                let sent = start();
                let (status, _) = client.send(request).await?;
                waits.push(sent.elapsed());
                if status != 200 {
                    return Err(Problem::new(format!("a tracking read answered {status}")));
                }
            }
            Ok::<_, Problem>(waits)
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.map_err(Problem::at("a client"))??);
    }
    Ok((began.elapsed(), waits))
}

fn tracking_request(paid: &Paid, token: &str) -> Vec<u8> {
    request("GET", &format!("/api/v1/cases/{}", CaseId::of(&paid.order, 1)), token, None)
}

/// What one tracking read asks of the database, in the same trips, and nothing else: session and account; the file; then
/// texts, reviews, the seller, journal, complaints from outside. Answers the file as stored.
async fn tracked(State(db): State<Db>, Segment(case): Segment<String>, headers: HeaderMap) -> Response {
    let token = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = token.trim_start_matches("Bearer ").to_owned();
    let now = Clock::system().now();
    match db.read(|db| asker(db, &token, now)) {
        Ok(Some(_)) => {}
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
    match db.snapshot(|db| file(db, &CaseId::from(case))) {
        Ok(Some(body)) => ([("content-type", "application/json")], body).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn asker(db: &Reader<'_>, token: &str, now: Instant) -> Result<Option<AccountId>, StorageError> {
    let hash = yuanlu_blobs::to_hex(ring::digest::digest(&ring::digest::SHA256, token.as_bytes()).as_ref());
    Ok(session::find(db, &hash, now)?.and_then(|(_, account)| account).map(|account| account.id))
}

fn file(db: &Reader<'_>, case: &CaseId) -> Result<Option<String>, StorageError> {
    let Some((order, _)) = case.parts() else { return Ok(None) };
    let Some(stored) = order_file::find(db, &order)? else { return Ok(None) };
    let file = stored.aggregate;
    let reviews = [Review::number_of_goods(&order), Review::number_of_service(case)];
    db.ask_ahead(|| {
        vec![
            personal::asking(Kind::Order, order.as_str()),
            desk::asking_those_of(&reviews),
            seller::asking(&file.seller),
            journal::asking(Kind::Order, order.as_str()),
            outside_complaint::asking(&order),
        ]
    })?;
    let _texts = personal::list(db, Kind::Order, order.as_str())?;
    let _reviews = desk::those_of(db, &reviews)?;
    let _seller = seller::find(db, &file.seller)?;
    let _journal = journal::list(db, Kind::Order, order.as_str())?;
    let _outside = outside_complaint::of_order(db, &order)?;
    Ok(serde_json::to_string(&file).ok())
}
