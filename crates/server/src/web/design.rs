//! `/design` of a demo: every component in every state, drawn with the macros and views that the pages use, so that what
//! it shows is what there is.

use crate::AppState;
use crate::chart::Chart;
use crate::journey::{Stop, way};
use crate::page::{Page, Web, html};
use crate::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use std::collections::BTreeMap;
use yuanlu_app::views::{
    AwardView, BreakdownView, CaseSummary, DecisionView, DueView, EvidenceView, FindingView, MoneyView, PayoutView,
    StandingView, TimelineStep, TurnView,
};
use yuanlu_app::{AppError, Born};
use yuanlu_domain::time::Instant;
use yuanlu_money::Currency;

/// The page.
pub fn router() -> Router<AppState> {
    Router::new().route("/design", get(design))
}

const HOUR: i64 = 3_600_000_000;

/// A ticket of the sample.
struct Ticket {
    summary: CaseSummary,
    standing: StandingView,
    turn: Option<TurnView>,
    stops: Vec<Stop>,
    yours: bool,
}

#[derive(Template)]
#[template(path = "public/design.html")]
struct DesignPage {
    p: Page,
    /// The same page, with an error about the field `amount`.
    wrong: Page,
    colours: &'static [&'static str],
    tones: [&'static str; 5],
    tickets: Vec<Ticket>,
    steps: Vec<TimelineStep>,
    breakdown: BreakdownView,
    decision: DecisionView,
    evidence: Vec<EvidenceView>,
    findings: Vec<FindingView>,
    chart: Chart,
}

const COLOURS: &[&str] = &[
    "paper",
    "card",
    "sunk",
    "line",
    "line-strong",
    "edge",
    "ink",
    "ink-soft",
    "accent",
    "accent-soft",
    "accent-text",
    "seal",
    "good",
    "good-soft",
    "warn",
    "warn-soft",
    "bad",
    "bad-soft",
    "info",
    "info-soft",
];

async fn design(State(state): State<AppState>, visitor: Visitor) -> Web {
    if state.app.born() != Born::Demo {
        return Err(AppError::NotFound.into());
    }
    let p = visitor.page(&state, "design.title");
    let now = p.now;
    let wrong = Page { error: None, ..p.clone() }.refused(&AppError::invalid("amount", "too_large"));
    html(&DesignPage {
        wrong,
        colours: COLOURS,
        tones: ["", "good", "warn", "bad", "info"],
        tickets: tickets(now),
        steps: steps(now),
        breakdown: breakdown(now),
        decision: decision(now),
        evidence: evidence(now),
        findings: findings(),
        chart: chart(&p),
        p,
    })
}

fn yuan(fen: i64) -> MoneyView {
    MoneyView::new(fen, Currency::Cny)
}

fn ago(now: Instant, hours: i64) -> Instant {
    now.plus_micros(-hours * HOUR)
}

/// State, where it stands, whose turn with the hours left, what silence does, whether it is the looker's turn.
type Scene = (&'static str, &'static str, Option<(&'static str, i64)>, Option<&'static str>, bool);

fn tickets(now: Instant) -> Vec<Ticket> {
    let scenes: [Scene; 8] = [
        ("awaiting_seller", "seller_answer", Some(("seller", 21)), Some("approve"), false),
        ("under_review", "in_review", Some(("reviewer", 52)), None, false),
        ("awaiting_buyer", "buyer_material", Some(("buyer", 70)), None, true),
        ("under_review", "review_overdue", Some(("reviewer", -3)), None, false),
        ("refunding", "at_channel", Some(("channel", 96)), None, false),
        ("completed", "arrived", None, None, false),
        ("rejected", "rejected", None, None, false),
        ("withdrawn", "closed", None, None, false),
    ];
    scenes.into_iter().map(|scene| ticket(now, scene)).collect()
}

fn ticket(now: Instant, (state, point, turn, on_silence, yours): Scene) -> Ticket {
    let applied = ago(now, 30);
    let over = matches!(state, "completed" | "rejected" | "withdrawn");
    let decided = (over || state == "refunding").then(|| ago(now, 6));
    let arrives = (state != "rejected" && state != "withdrawn").then(|| now.plus_micros(72 * HOUR));
    let arrived = (state == "completed").then(|| ago(now, 2));
    Ticket {
        summary: CaseSummary {
            case: "261122DESIGNC1".to_owned(),
            order: "261122DESIGN".to_owned(),
            title: "星穹大陆 点卡 100 元".to_owned(),
            reason: "invalid_code",
            state,
            point,
            turn_who: turn.map(|(who, _)| who),
            turn_due: None,
            overdue: false,
            claimed: yuan(9_800),
            approved: yuan(9_800),
            credited: yuan(if over { 9_800 } else { 0 }),
            applied_at: applied.into(),
            expected_at: arrives.map(Into::into),
            arrived_at: arrived.map(Into::into),
            outcome_code: (state == "rejected").then_some("REJECT_EVIDENCE"),
            claimed_by: None,
        },
        standing: StandingView { point, since: Some(ago(now, 5).into()), next: None },
        turn: turn.map(|(who, hours)| TurnView {
            who,
            due: Some(DueView { at: now.plus_micros(hours * HOUR).into(), provisional: false }),
            on_silence,
            overdue: hours < 0,
            wanted: if yours { vec!["failure_popup"] } else { Vec::new() },
        }),
        stops: way(state, applied, decided, arrived.or(arrives)),
        yours,
    }
}

fn steps(now: Instant) -> Vec<TimelineStep> {
    let step = |hours, by, code: &'static str, words: Option<&str>| TimelineStep {
        at: ago(now, hours).into(),
        by,
        code,
        params: BTreeMap::from([("unit", "1".to_owned()), ("files", "2".to_owned())]),
        words: words.map(str::to_owned),
    };
    vec![
        step(32, "channel", "payment_succeeded", None),
        step(31, "buyer", "code_revealed", None),
        step(30, "buyer", "material_given", Some("官网提示卡密已被使用。")),
    ]
}

fn breakdown(now: Instant) -> BreakdownView {
    let award = |unit, title: &str, paid, approved| AwardView {
        unit,
        title: title.to_owned(),
        paid: yuan(paid),
        approved: yuan(approved),
        fee: yuan(0),
    };
    let payout = |no: u16, to: &str, amount, state, arrived: Option<i64>| PayoutView {
        payout: no,
        order: "261122DESIGN".to_owned(),
        case: "261122DESIGNC1".to_owned(),
        no: format!("261122DESIGNR{no}"),
        to: to.to_owned(),
        amount: yuan(amount),
        value: None,
        state,
        hold: None,
        code: None,
        expected: DueView { at: now.plus_micros(72 * HOUR).into(), provisional: true },
        hard: DueView { at: now.plus_micros(240 * HOUR).into(), provisional: false },
        arrived_at: arrived.map(|hours| ago(now, hours).into()),
        channel_ref: arrived.map(|_| "5030000000000000".to_owned()),
        via: None,
        account: None,
        channels: Vec::new(),
        look: None,
        doubted: None,
        confirm_until: None,
        traced_since: None,
        attempts: 1,
        actions: Vec::new(),
    };
    BreakdownView {
        lines: vec![award(1, "星穹大陆 点卡 100 元", 9_800, 9_800), award(2, "星穹大陆 点卡 30 元", 2_950, 1_475)],
        gross: yuan(11_275),
        fee: yuan(564),
        net: yuan(10_711),
        refused: yuan(1_475),
        destinations: vec![
            payout(1, "balance", 2_000, "arrived", Some(5)),
            payout(2, "wechat", 8_711, "calling", None),
        ],
    }
}

fn decision(now: Instant) -> DecisionView {
    DecisionView {
        at: ago(now, 6).into(),
        by: "staff",
        row: "R16".to_owned(),
        rules: vec!["R16".to_owned(), "R6".to_owned()],
        sentence_zh: String::new(),
        sentence_en: String::new(),
        policy: "0".repeat(64),
        facts: Vec::new(),
        code: None,
        words: Some("发行方的兑换记录早于本订单付款时间。".to_owned()),
        answers: None,
        trace: Vec::new(),
    }
}

fn evidence(now: Instant) -> Vec<EvidenceView> {
    let file = |id: &str, kind, media_type: &str, findings| EvidenceView {
        id: id.to_owned(),
        kind,
        media_type: media_type.to_owned(),
        size: 284_000,
        sha256: "0".repeat(64),
        by: "buyer",
        at: ago(now, 30).into(),
        findings,
        released: false,
    };
    vec![
        file("1", "payment_receipt", "application/pdf", Vec::new()),
        file("2", "failure_popup", "text/plain", findings()),
    ]
}

fn findings() -> Vec<FindingView> {
    let finding = |code: &str, hint, params: &[(&str, &str)]| FindingView {
        code: code.to_owned(),
        params: params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        mendable: true,
        hint,
    };
    vec![
        finding("blurred", false, &[("sharpness", "41"), ("least", "80")]),
        finding("reused_exactly", true, &[("order", "261122DESIGN")]),
    ]
}

fn chart(p: &Page) -> Chart {
    let days = [31, 44, 38, 52, 71, 66, 40, 35, 47, 58, 49, 62, 80, 74];
    let points = days.into_iter().enumerate().map(|(i, n)| (format!("11-{:02}", i + 9), n, n.to_string())).collect();
    Chart {
        title: p.t("design.chart.title").to_owned(),
        names: p.t("design.chart.day").to_owned(),
        values: p.t("design.chart.cases").to_owned(),
        points,
    }
}
