//! A mass incident (S29): how fast it goes unthrottled, beside its statements with nothing around them; and what somebody
//! else waits meanwhile, when it is throttled.

use super::place::{Place, Shop};
use super::refunds::{Captured, capture_commands};
use super::serving::{refund, serve, state};
use super::{Figures, GROUP, ROUNDS, Size, start};
use crate::{Problem, open};
use std::time::Duration;
use yuanlu_app::engine::{Envelope, Lane};
use yuanlu_app::incident_run::refunding;
use yuanlu_app::inputs::{IncidentInput, SelectionInput};
use yuanlu_app::jobs::{InHand, RunStep};
use yuanlu_app::{App, Person, Principal};
use yuanlu_channels::{Channels, Reply};
use yuanlu_domain::case::{PersonalRef, Reason};
use yuanlu_domain::command::{Act, Command};
use yuanlu_domain::desk::DeskAct;
use yuanlu_domain::ids::{DeskId, Ids};
use yuanlu_domain::incident::{Bearer, Forecast, IncidentAct, Selection};
use yuanlu_domain::{Actor, Role};
use yuanlu_jobs::{Direct, Jobs, Runner};
use yuanlu_money::Money;
use yuanlu_storage::{StorageError, incident};
use yuanlu_world::crowd::{self, Crowd, Person as Buyer};

const DESK: &str = "M260310AAAAAAAA";
/// Clients of the live traffic, and how long each of them thinks.
const CLIENTS: usize = 8;
const THINKS: Duration = Duration::from_millis(20);
/// Orders a second of the throttled run.
const RATE: u32 = 200;

/// Measures both.
pub fn measure(place: &Place, size: Size, figures: &mut Figures<'_>) -> Result<(), Problem> {
    eprintln!("a mass incident about {} orders …", size.incident);
    let shop = place.shop("incident")?;
    let crowd = {
        let app = shop.open()?;
        let size = crowd::Size { orders: size.incident, people: CLIENTS * 2, orders_each: size.live };
        let crowd = crowd::gather(&app, size).map_err(Problem::at("preparing"))?;
        foresee(&app, &crowd, figures)?;
        agree(&app, &crowd, 0)?;
        crowd
    };
    shop.settle()?;
    let captured = capture(&place.copy(&shop, "capture")?, &crowd)?;
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(captured.replay(&place.copy(&shop, "raw")?)?);
        ours.push(run(&place.copy(&shop, "engine")?, crowd.orders.len())?);
    }
    drop(captured);
    figures.refunds("incident_raw", raw, crowd.orders.len(), None);
    figures.refunds("incident", ours, crowd.orders.len(), Some("incident_raw"));
    live(&place.copy(&shop, "live")?, &crowd, figures)
}

fn person(role: Role) -> Principal {
    let name = format!("bench.{}", role.code());
    Principal::Person(Person {
        account: name.as_str().into(),
        name,
        roles: [role].into_iter().collect(),
        seller: None,
        second_factor: true,
    })
}

/// How many orders a second are foreseen.
fn foresee(app: &App, crowd: &Crowd, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let input = IncidentInput {
        selection: SelectionInput { seller: Some(crowd.seller.to_string()), ..SelectionInput::default() },
        reason: Reason::SystemFault.code().to_owned(),
        bearer: Bearer::Seller.code().to_owned(),
        ..IncidentInput::default()
    };
    let began = start();
    let foreseen = app.preview_incident(&person(Role::Risk), &input).map_err(Problem::at("foreseeing"))?;
    figures.add("incident_foreseen", super::per_second(foreseen.orders as usize, began.elapsed()), "orders/s");
    Ok(())
}

/// An incident about the orders of people without a session, to which two people agreed.
fn agree(app: &App, crowd: &Crowd, rate: u32) -> Result<(), Problem> {
    let desk = DeskId::from(DESK);
    for chunk in crowd.orders.chunks(GROUP) {
        let (desk, seller, chunk) = (desk.clone(), crowd.seller.clone(), chunk.to_vec());
        let written = app.engine().write::<_, StorageError>(Lane::Bulk, move |tx, _| {
            chunk
                .iter()
                .try_for_each(|paid| incident::add(tx, &desk, &paid.order, &seller, &[1], Money::cny(paid.price_minor)))
        });
        written.map_err(|error| Problem::new(open::chain(&error)))?;
    }
    let (digest, orders) = app
        .db()
        .snapshot(|db| incident::digest(db, &desk))
        .map_err(|error: StorageError| Problem::new(open::chain(&error)))?;
    let risk = Actor::Staff { account: "bench.risk".into(), role: Role::Risk };
    let finance = Actor::Staff { account: "bench.finance".into(), role: Role::Finance };
    let words = PersonalRef { id: "bench".into(), digest: String::new() };
    let acts = [
        (
            &risk,
            IncidentAct::Propose {
                selection: Selection { seller: Some(crowd.seller.clone()), ..Selection::default() },
                reason: Reason::SystemFault,
                bearer: Bearer::Seller,
                words,
                rate,
            },
        ),
        (&risk, IncidentAct::Freeze { forecast: Forecast { orders, ..Forecast::default() }, digest }),
        (&finance, IncidentAct::Approve),
    ];
    for (by, act) in acts {
        let act = Act::Desk { desk: desk.clone(), act: DeskAct::Incident(Box::new(act)) };
        let envelope = Envelope::program(Command { by: by.clone(), act });
        app.engine().command(envelope).map_err(Problem::at("an incident"))?;
    }
    Ok(())
}

/// The statements of the refunds, in groups as they are committed.
fn capture(shop: &Shop, crowd: &Crowd) -> Result<Captured, Problem> {
    let mut orders: Vec<_> = crowd.orders.iter().map(|paid| &paid.order).collect();
    orders.sort_unstable();
    let envelopes: Vec<Envelope> = orders.into_iter().map(|order| refunding(&DESK.into(), order, &[1])).collect();
    capture_commands(shop, envelopes.chunks(GROUP), crowd.now, &mut Ids::new([9; 32]))
}

/// The run as the jobs make it, claims included: how long each slice took.
fn run(shop: &Shop, orders: usize) -> Result<Vec<Duration>, Problem> {
    let app = shop.open()?;
    let (mut slices, mut hand) = (Vec::new(), InHand::default());
    loop {
        let began = start();
        let step = app.run_incidents(&mut hand, app.now(), u32::try_from(GROUP).unwrap_or(u32::MAX));
        let step = step.map_err(Problem::at("a run"))?;
        slices.push(began.elapsed());
        if step == RunStep::Idle {
            break;
        }
    }
    let counts = app.db().read(|db| incident::count(db, &DESK.into()));
    let counts = counts.map_err(|error: StorageError| Problem::new(open::chain(&error)))?;
    match counts.as_slice() {
        [one] if one.orders as usize == orders && one.state == incident::ItemState::Done => Ok(slices),
        other => Err(Problem::new(format!("a run of the benchmark ended with {other:?}"))),
    }
}

/// Refunds of other people over HTTP, alone and beside a throttled run.
fn live(shop: &Shop, crowd: &Crowd, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let app = shop.open()?;
    let risk = person(Role::Risk);
    let desk = DeskId::from(DESK);
    app.pause_incident(&risk, &desk).map_err(Problem::at("pausing"))?;
    app.set_incident_rate(&risk, &desk, RATE).map_err(Problem::at("a rate"))?;
    let clock = app.clone();
    let nobody = Direct(|_: http::Request<Vec<u8>>| Reply::ConnectionLost);
    let _runner = Runner::start(Jobs::new(app.clone(), Channels::new()), nobody, move || clock.now())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(CLIENTS).build()?;
    let (before, during) = crowd.people.split_at(CLIENTS.min(crowd.people.len()));
    runtime.block_on(async {
        let address = serve(yuanlu_server::router(state(&app))).await?;
        figures.waits("incident_live_alone", traffic(address, before).await?);
        app.resume_incident(&risk, &desk).map_err(Problem::at("going on"))?;
        let began = start();
        let waits = traffic(address, during).await?;
        let view = app.incident(&risk, &desk).map_err(Problem::at("an incident"))?;
        figures.add("incident_throttled", super::per_second(view.progress.done as usize, began.elapsed()), "refunds/s");
        figures.waits("incident_live_beside", waits);
        Ok::<_, Problem>(())
    })?;
    figures.beside("incident_live_beside_p99", "incident_live_alone_p99");
    Ok(())
}

/// Everybody's refunds one after the other, each of them with a thought in between.
async fn traffic(address: std::net::SocketAddr, people: &[Buyer]) -> Result<Vec<Duration>, Problem> {
    let clients: Vec<_> = people
        .iter()
        .cloned()
        .map(|person| {
            tokio::spawn(async move {
                let mut client = super::client::Client::connect(address).await?;
                let mut waits = Vec::new();
                for paid in &person.orders {
                    waits.push(refund(&mut client, &person.token, paid).await?);
                    tokio::time::sleep(THINKS).await;
                }
                Ok::<_, Problem>(waits)
            })
        })
        .collect();
    let mut waits = Vec::new();
    for client in clients {
        waits.extend(client.await.map_err(Problem::at("a client"))??);
    }
    Ok(waits)
}
