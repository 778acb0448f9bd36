//! What single operations cost in a shop, and in one many times its size: nothing a person or a job does may grow with what
//! has been done before.
//!
//! Most orders of the past are refunded and closed, one in ten is under review, the rest are as they were bought. Every
//! operation is done alone, by the application's own functions, on orders spread over the whole past; pages through the router,
//! without a network.

use super::place::{Place, Shop};
use super::refunds::{application_because, step};
use super::serving::state;
use super::{Figures, GROUP, per_second, start};
use crate::{Problem, open};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;
use std::time::Duration;
use tower::ServiceExt;
use yuanlu_app::engine::Lane;
use yuanlu_app::inputs::{ApplyInput, Origin, Page, ProductFilter, SearchInput};
use yuanlu_app::{App, AppError, Person, Principal};
use yuanlu_channels::Channels;
use yuanlu_domain::Role;
use yuanlu_domain::case::Reason;
use yuanlu_domain::ids::{CaseId, Ids};
use yuanlu_jobs::{Jobs, Tick};
use yuanlu_storage::account::Account;
use yuanlu_storage::session::Session;
use yuanlu_storage::verify::verify;
use yuanlu_storage::{Db, StorageError, account, session};
use yuanlu_world::crowd::{self, Crowd, Paid};

const SEED: [u8; 32] = [13; 32];

/// How long each operation took, by its name.
type Waits = BTreeMap<&'static str, Vec<Duration>>;

/// Measures a small and a large shop, each operation so many times, by turns: so the machine's moods are the same for both.
pub fn measure(place: &Place, sizes: [usize; 2], times: usize, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let mut grown = Vec::new();
    for orders in sizes {
        eprintln!("a shop of {orders} orders …");
        let shop = place.shop(&format!("grown-{orders}"))?;
        let crowd = grow(&shop, orders, times)?;
        figures.add(format!("grown_{orders}_database"), shop.bytes()? / 1e6, "MB");
        grown.push((shop, crowd));
    }
    let mut sides = Vec::new();
    for (shop, crowd) in &grown {
        sides.push(Side::open(shop, crowd, times)?);
    }
    for round in 0..times {
        sides.iter_mut().try_for_each(|side| side.round(round))?;
    }
    let mut before: Option<BTreeMap<String, f64>> = None;
    for (side, orders) in sides.into_iter().zip(sizes) {
        let mut now = BTreeMap::new();
        for (name, mut each) in side.waits {
            each.sort_unstable();
            for (part, hundredths) in [("p50", 50), ("p99", 99)] {
                let wait = each.get(each.len().saturating_sub(1) * hundredths / 100).copied().unwrap_or_default();
                let (key, value) = (format!("{name}_{part}"), wait.as_secs_f64() * 1000.0);
                figures.add(format!("grown_{orders}_{key}"), value, "ms");
                if let Some(small) = before.as_ref().and_then(|before| before.get(&key)) {
                    figures.add(format!("growth_{key}"), value / small, "×");
                }
                now.insert(key, value);
            }
        }
        before = Some(now);
    }
    for ((shop, _), orders) in grown.iter().zip(sizes) {
        audit(shop, orders, figures)?;
        place.remove(shop)?;
    }
    Ok(())
}

/// A shop with a past; at its end as many orders are untouched as are asked to be refunded.
fn grow(shop: &Shop, orders: usize, times: usize) -> Result<Crowd, Problem> {
    let app = shop.open()?;
    let crowd = crowd::gather(&app, crowd::Size { orders, people: 0, orders_each: 0 });
    let crowd = crowd.map_err(Problem::at("preparing"))?;
    drop(app);
    past(shop, &crowd, times)?;
    shop.settle()?;
    Ok(crowd)
}

/// Checks everything that was made: a past that differs from what the shop itself would have made says nothing.
fn audit(shop: &Shop, orders: usize, figures: &mut Figures<'_>) -> Result<(), Problem> {
    let failed = |error: StorageError| Problem::new(open::chain(&error));
    let began = start();
    let report = verify(&Db::inspect(&shop.database).map_err(failed)?, None, |_| {}).map_err(failed)?;
    if let Some(first) = report.differences.first() {
        return Err(Problem::new(format!("the shop of {orders} orders is not in order: {first:?}")));
    }
    let entries = usize::try_from(report.entries).unwrap_or_default();
    figures.add(format!("grown_{orders}_audit"), per_second(entries, began.elapsed()), "entries/s");
    Ok(())
}

/// How many orders at the end of a past are as they were bought.
fn untouched(crowd: &Crowd, times: usize) -> usize {
    (crowd.orders.len() / 5).max(times).min(crowd.orders.len())
}

/// Refunds seven orders of ten, has one of ten looked at by a reviewer.
fn past(shop: &Shop, crowd: &Crowd, times: usize) -> Result<(), Problem> {
    let (mut engine, mut ids) = (shop.engine()?, Ids::new(SEED));
    for orders in crowd.orders[..crowd.orders.len() - untouched(crowd, times)].chunks(GROUP) {
        let reason = |n: usize| if n % 8 == 7 { Reason::SystemFault } else { Reason::Personal };
        let asked: Vec<_> = orders.iter().enumerate().map(|(n, paid)| application_because(paid, reason(n))).collect();
        step(&mut engine, &asked, crowd.now, &mut ids)?;
    }
    Ok(())
}

fn person(account: &str, roles: &[Role]) -> Principal {
    Principal::Person(Person {
        account: account.into(),
        name: account.to_owned(),
        roles: roles.iter().copied().collect(),
        seller: None,
        second_factor: true,
    })
}

/// Pages as a reviewer's browser gets them, without the network: everything else that a request costs.
struct Pages {
    runtime: tokio::runtime::Runtime,
    router: Router,
    cookie: String,
}

impl Pages {
    fn of(app: &App) -> Result<Self, Problem> {
        let token = "bench";
        let now = app.now();
        let reviewer = Account {
            id: "bench.reviewer".into(),
            login: "bench.reviewer".to_owned(),
            password: None,
            roles: [Role::Reviewer].into_iter().collect(),
            seller: None,
            organisation: None,
            totp: None,
            totp_key_version: 0,
            totp_step: 0,
            language: "zh".to_owned(),
            created_at: now,
        };
        let session = Session {
            token_hash: yuanlu_blobs::to_hex(digest(&SHA256, token.as_bytes()).as_ref()),
            id: "bench".to_owned(),
            kind: "web".to_owned(),
            account: Some(reviewer.id.clone()),
            order: None,
            second_factor: true,
            user_agent: String::new(),
            address: String::new(),
            created_at: now,
            seen_at: now,
            expires_at: now.plus_days(1),
        };
        let written = app.engine().write::<_, StorageError>(Lane::Bulk, move |tx, _| {
            account::insert(tx, &reviewer)?;
            session::insert(tx, &session)
        });
        written.map_err(|error| Problem::new(open::chain(&error)))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        Ok(Self { runtime, router: yuanlu_server::router(state(app)), cookie: format!("yuanlu={token}") })
    }

    fn get(&self, path: &str) -> Result<(), AppError> {
        let request = Request::get(path).header("cookie", &self.cookie).body(Body::empty());
        let request = request.map_err(|_| AppError::Unavailable)?;
        let answer = self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await.map_err(|_| AppError::Unavailable)?;
            let status = answer.status();
            let body = to_bytes(answer.into_body(), 1 << 20).await.map_err(|_| AppError::Unavailable)?;
            Ok::<_, AppError>((status, body.len()))
        })?;
        if answer.0 == StatusCode::OK && answer.1 > 0 { Ok(()) } else { Err(AppError::NotFound) }
    }
}

/// A shop whose operations are timed.
struct Side<'a> {
    app: App,
    pages: Pages,
    jobs: Jobs<App>,
    /// Orders spread over the whole past, and as many that are as they were bought.
    orders: Vec<(&'a Paid, &'a Paid)>,
    waits: Waits,
}

impl<'a> Side<'a> {
    fn open(shop: &Shop, crowd: &'a Crowd, times: usize) -> Result<Self, Problem> {
        let app = shop.open()?;
        let (past, fresh) = crowd.orders.split_at(crowd.orders.len() - untouched(crowd, times));
        let every = (past.len() / times).max(1);
        let pages = Pages::of(&app)?;
        let mut jobs = Jobs::new(app.clone(), Channels::new());
        // The first step does the work of the day; and every notice of the past was passed on long ago.
        jobs.step(Tick::steady(app.now()), Vec::new());
        while app.spread_notices().map_err(Problem::at("notices"))? > 0 {}
        Ok(Self { app, pages, jobs, orders: past.iter().step_by(every).zip(fresh).collect(), waits: Waits::new() })
    }

    fn round(&mut self, round: usize) -> Result<(), Problem> {
        let Self { app, pages, jobs, orders, waits } = self;
        let Some((paid, fresh)) = orders.get(round).copied() else { return Ok(()) };
        let mut time = |name: &'static str, work: &mut dyn FnMut() -> Result<(), AppError>| -> Result<(), Problem> {
            let began = start();
            work().map_err(Problem::at(name))?;
            waits.entry(name).or_default().push(began.elapsed());
            Ok(())
        };
        let (reviewer, support) = (person("reviewer", &[Role::Reviewer]), person("support", &[Role::Support]));
        let (buyer, case) = (person(paid.buyer.as_str(), &[Role::Buyer]), CaseId::of(&paid.order, 1));
        let page = Page::default();
        time("tracking", &mut || app.load_case(&buyer, &case).map(drop))?;
        time("staff_case", &mut || app.load_case(&reviewer, &case).map(drop))?;
        time("own_orders", &mut || app.list_orders(&buyer, &page).map(drop))?;
        time("queue", &mut || app.queue(&reviewer, "review", &page).map(drop))?;
        time("queue_counts", &mut || app.queue_counts(&reviewer).map(drop))?;
        let asked = SearchInput { text: paid.order.to_string() };
        time("search", &mut || app.search_support(&support, &asked).map(drop))?;
        let anything = ProductFilter { kind: None, text: None };
        time("goods", &mut || app.list_products(&anything, &page).map(drop))?;
        time("statistics", &mut || app.figures().map(drop))?;
        time("queue_page", &mut || pages.get("/staff?desk=review"))?;
        time("case_page", &mut || pages.get(&format!("/staff/cases/{case}")))?;
        let buyer = person(fresh.buyer.as_str(), &[Role::Buyer]);
        let input = ApplyInput {
            units: vec![1],
            reason: "personal".into(),
            amount: None,
            received_face: None,
            to_balance: true,
            text: String::new(),
            evidence: Vec::new(),
        };
        time("apply", &mut || app.apply(&buyer, &fresh.order, &input, None, &Origin::default()).map(drop))?;
        let now = app.now();
        time("tick", &mut || {
            jobs.step(Tick::steady(now), Vec::new());
            Ok(())
        })
    }
}
