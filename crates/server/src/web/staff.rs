//! Pages of staff: queues, cases, payouts, people, balance, audit.

pub(super) mod admin;
mod admissions;
mod bills;
pub(super) mod cases;
mod codes;
mod conduct;
mod evidence;
mod funds;
mod incidents;
mod messages;
mod organisations;
mod outside;
mod payouts;
mod people;
pub mod policies;
mod reasons;
mod support;
mod tip_offs;
mod wanted;

use super::desk::Ask;
use crate::AppState;
use crate::page::{Page, Web, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use yuanlu_app::views::{CaseSummary, SetupStepView, Workload};
use yuanlu_app::{Action, Decision, Object, authorize};
use yuanlu_domain::Role;

/// Pages of staff.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/staff", get(queue))
        .route("/staff/cases/{case}", get(cases::show))
        .route("/staff/cases/{case}/claim", post(cases::claim))
        .route("/staff/cases/{case}/ask", post(cases::ask_material))
        .route("/staff/cases/{case}/issuers", post(cases::ask_issuers))
        .route("/staff/cases/{case}/pass", post(cases::pass))
        .route("/staff/cases/{case}/approve", post(cases::approve))
        .route("/staff/cases/{case}/reject", post(cases::reject))
        .route("/staff/cases/{case}/uphold", post(cases::uphold))
        .route("/staff/cases/{case}/dismiss", post(cases::dismiss))
        .route("/staff/cases/{case}/take-back", post(cases::take_back))
        .route("/staff/cases/{case}/panel", post(cases::refer))
        .route("/staff/cases/{case}/arbitrator", post(cases::invite))
        .route("/staff/evidence/{evidence}", get(evidence::show).post(evidence::black_out))
        .route("/staff/payouts", get(payouts::list))
        .route("/staff/payouts/{order}/{payout}/approve", post(payouts::approve))
        .route("/staff/payouts/{order}/{payout}/resume", post(payouts::resume))
        .route("/staff/payouts/{order}/{payout}", get(payouts::show))
        .route("/staff/payouts/{order}/{payout}/account", post(payouts::reveal))
        .route("/staff/withdrawals", get(funds::withdrawals))
        .route("/staff/withdrawals/{seller}/{withdrawal}/account", post(funds::open_account))
        .route("/staff/withdrawals/{seller}/{withdrawal}/approve", post(funds::approve))
        .route("/staff/withdrawals/{seller}/{withdrawal}/execute", post(funds::execute))
        .route("/staff/withdrawals/{seller}/{withdrawal}/refuse", post(funds::refuse))
        .route("/staff/funds", get(funds::list))
        .route("/staff/funds/{seller}", get(funds::show))
        .route("/staff/funds/{seller}/deposit", post(funds::pay_deposit))
        .route("/staff/funds/{seller}/deposit/return", post(funds::return_deposit))
        .route("/staff/funds/{seller}/advance/repay", post(funds::repay_advance))
        .route("/staff/codes", get(codes::list).post(codes::ask))
        .route("/staff/codes/{batch}/approve", post(codes::approve))
        .route("/staff/codes/{batch}/take", post(codes::take))
        .route("/staff/codes/{batch}/withdraw", post(codes::withdraw))
        .route("/staff/incidents", get(incidents::list).post(incidents::propose))
        .route("/staff/incidents/new", get(incidents::new))
        .route("/staff/incidents/{incident}", get(incidents::show))
        .route("/staff/incidents/{incident}/report.csv", get(incidents::report))
        .route("/staff/incidents/{incident}/approve", post(incidents::approve))
        .route("/staff/incidents/{incident}/pause", post(incidents::pause))
        .route("/staff/incidents/{incident}/resume", post(incidents::resume))
        .route("/staff/incidents/{incident}/rate", post(incidents::set_rate))
        .route("/staff/incidents/{incident}/cancel", post(incidents::cancel))
        .route("/staff/bills", get(bills::list))
        .route("/staff/bills/{bill}", get(bills::show))
        .route("/staff/exceptions/{exception}", get(bills::exception))
        .route("/staff/exceptions/{exception}/claim", post(bills::claim))
        .route("/staff/exceptions/{exception}/settle", post(bills::settle))
        .route("/staff/unmatched/{unmatched}/close", post(bills::close))
        .route("/staff/conduct", get(conduct::queue))
        .route("/staff/conduct/{flag}/confirm", post(conduct::confirm))
        .route("/staff/conduct/{flag}/dismiss", post(conduct::dismiss))
        .route("/staff/findings/{event}/judge", post(conduct::judge))
        .route("/staff/findings/{event}/withdraw", post(conduct::withdraw))
        .route("/staff/listings/{product}", post(conduct::review_listing))
        .route("/staff/credit", get(conduct::find))
        .route("/staff/credit/{subject}", get(conduct::credit))
        .route("/staff/credit/{subject}/finding", post(conduct::record))
        .route("/staff/credit/{subject}/block", post(conduct::block))
        .route("/staff/templates", get(messages::templates))
        .route("/staff/templates/{kind}", get(messages::template).post(messages::change))
        .route("/staff/messages", get(messages::log))
        .route("/staff/messages/lift", post(messages::lift))
        .route("/staff/people", get(people::list).post(people::invite))
        .route("/staff/people/{account}/roles", post(people::roles))
        .route("/staff/people/{account}/reset", post(people::reset))
        .route("/staff/sellers", get(admin::sellers).post(admin::admit))
        .route("/staff/sellers/{seller}/deposit", post(admin::deposit))
        .route("/staff/admissions", get(admissions::list))
        .route("/staff/admissions/{admission}", get(admissions::show))
        .route("/staff/admissions/{admission}/identity", post(admissions::identity))
        .route("/staff/admissions/{admission}/approve", post(admissions::approve))
        .route("/staff/admissions/{admission}/reject", post(admissions::reject))
        .route("/staff/admissions/{admission}/deposit", post(admissions::deposit))
        .route("/staff/tip-offs", get(tip_offs::list))
        .route("/staff/tip-offs/{tip_off}", get(tip_offs::show))
        .route("/staff/tip-offs/{tip_off}/claim", post(tip_offs::claim))
        .route("/staff/tip-offs/{tip_off}/ask", post(tip_offs::ask))
        .route("/staff/tip-offs/{tip_off}/accused", post(tip_offs::name))
        .route("/staff/tip-offs/{tip_off}/decide", post(tip_offs::decide))
        .route("/staff/support", get(support::queue).post(support::search))
        .route("/staff/support/hours", get(support::hours).post(support::set_hours))
        .route("/staff/support/orders/{order}", get(support::order))
        .route("/staff/support/orders/{order}/contact", post(support::contact))
        .route("/staff/support/orders/{order}/prepare", post(support::prepare))
        .route("/staff/support/{conversation}", get(support::show).post(support::say))
        .route("/staff/support/{conversation}/claim", post(support::claim))
        .route("/staff/support/{conversation}/progress", post(support::send_progress))
        .route("/staff/support/{conversation}/end", post(support::end))
        .route("/staff/outside", get(outside::list).post(outside::enter))
        .route("/staff/outside/import", post(outside::import))
        .route("/staff/outside/templates", get(outside::templates).post(outside::change_templates))
        .route("/staff/outside/{complaint}", get(outside::show))
        .route("/staff/outside/{complaint}/claim", post(outside::claim))
        .route("/staff/outside/{complaint}/say", post(outside::say))
        .route("/staff/outside/{complaint}/files/{no}", get(outside::file))
        .route("/staff/outside/{complaint}/pictures/{evidence}", get(outside::picture))
        .route("/staff/outside/{complaint}/relate", post(outside::relate))
        .route("/staff/outside/{complaint}/accept", post(outside::accept))
        .route("/staff/outside/{complaint}/close", post(outside::close))
        .route("/staff/outside/{complaint}/payment", post(outside::payment))
        .route("/staff/organisations", get(organisations::list).post(organisations::register))
        .route("/staff/organisations/{organisation}", post(organisations::change))
        .route("/staff/balance", get(admin::balance).post(admin::credit))
        .route("/staff/rates", get(admin::rates).post(admin::set_rate))
        .route("/staff/balance/voucher", post(admin::voucher))
        .route("/staff/balance/coupon", post(admin::coupon))
        .route("/staff/policies", get(policies::show).post(policies::prepare))
        .route("/staff/wanted", get(wanted::show).post(wanted::save))
        .route("/staff/reasons", get(reasons::show).post(reasons::save))
        .route("/staff/audit", get(admin::audit))
}

/// Forms of staff with files.
pub fn uploads() -> Router<AppState> {
    payouts::uploads()
}

#[derive(Template)]
#[template(path = "staff/queue.html")]
struct Queue {
    p: Page,
    desk: &'static str,
    load: Workload,
    counts: Vec<(&'static str, u64)>,
    cases: Vec<CaseSummary>,
    next: Option<String>,
    /// Steps of the first run that are left, for those who can take them.
    setup_left: usize,
}

/// `GET /staff?desk=`: the desk asked for; else the first of the person's own desks that has work.
async fn queue(State(state): State<AppState>, visitor: Visitor, ask: Ask) -> Web {
    let person = visitor.signed_in()?;
    let own = match () {
        () if person.has(Role::SeniorReviewer) => "senior",
        () if person.has(Role::Risk) && !person.has(Role::Reviewer) => "risk",
        () => "review",
    };
    let (who, page) = (visitor.principal.clone(), ask.page());
    let asked = ask.desk.as_deref().and_then(|name| ["review", "senior", "risk"].into_iter().find(|d| *d == name));
    let sets_up = authorize(&visitor.principal, Action::ManagePlatform, &Object::Nothing) == Decision::Allow;
    let (desk, load, counts, found, setup_left) = state
        .run(move |app| {
            let mut counts = app.queue_counts(&who)?;
            // Finance has a page of its own.
            counts.retain(|(name, _)| *name != "finance");
            let has_work = |desk: &str| counts.iter().any(|(name, n)| *name == desk && *n > 0);
            let desk = asked.unwrap_or(if has_work(own) { own } else { "review" });
            let found = app.queue(&who, desk, &page)?;
            let left = |steps: Vec<SetupStepView>| steps.iter().filter(|step| !step.done).count();
            let setup_left = if sets_up { left(app.setup(&who)?.steps) } else { 0 };
            Ok((desk, app.workload(&who)?, counts, found, setup_left))
        })
        .await?;
    let p = visitor.page(&state, "staff.title");
    html(&Queue { p, desk, load, counts, cases: found.items, next: found.next, setup_left })
}
