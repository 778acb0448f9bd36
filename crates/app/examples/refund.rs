//! Refunds from the order to the money back, in process, one after the other: what `scripts/instructions` counts.
//!
//! Everything is the program's own; only the payment channel is played by this file. Clock and ids are the same in every run.

use std::error::Error;
use std::path::Path;
use yuanlu_app::inputs::{
    AnswersInput, ApplyInput, ApproveInput, InviteInput, LineInput, Origin, PartsInput, PlaceInput, ProductInput,
    RegisterInput,
};
use yuanlu_app::{App, Born, Clock, Config, Limits, Principal, totp_code};
use yuanlu_blobs::Secret;
use yuanlu_domain::Actor;
use yuanlu_domain::command::{Act, Command, OrderAct};
use yuanlu_domain::ids::{CaseId, ChannelId, ChannelNumber, OrderId, ProductId};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// Refunds before any is counted: statements are prepared then, tables and caches no longer empty.
const WARM_UP: usize = 8;
const PASSWORD: &str = "correct horse battery";
const PRICE_MINOR: i64 = 9800;

type Done<T> = Result<T, Box<dyn Error>>;

struct Shop {
    app: App,
    clock: Clock,
    channel: ChannelId,
    product: ProductId,
    buyer: Principal,
    reviewer: Principal,
}

fn main() -> Done<()> {
    let count = std::env::args().nth(1).ok_or("say how many refunds")?.parse()?;
    let folder = std::env::temp_dir().join(format!("yuanlu-refund-{}", std::process::id()));
    let done = play(&folder, count);
    let _ = std::fs::remove_dir_all(&folder);
    done
}

fn play(folder: &Path, count: usize) -> Done<()> {
    let shop = Shop::open(folder, WARM_UP + count)?;
    for number in 0..WARM_UP {
        shop.refund(number)?;
    }
    counted_refunds(&shop, count)?;
    let report = yuanlu_storage::verify::verify(shop.app.db(), None, |_| {})?;
    match report.differences.first() {
        None => Ok(()),
        Some(difference) => Err(format!("the books do not agree: {difference:?}").into()),
    }
}

/// Instructions are counted from its beginning to its end, by its name.
#[inline(never)]
fn counted_refunds(shop: &Shop, count: usize) -> Done<()> {
    (WARM_UP..WARM_UP + count).try_for_each(|number| shop.refund(number))
}

impl Shop {
    fn open(folder: &Path, codes: usize) -> Done<Self> {
        let clock = Clock::manual(Instant::from_shanghai(2026, 3, 10, 10, 0, 0));
        let channel = ChannelId::from("sim");
        let app = App::open(Config {
            clock: clock.clone(),
            channels: vec![channel.clone()],
            limits: Limits::none(),
            direct: true,
            seed: Some([17; 32]),
            ..Config::new(folder, Born::Demo)
        })?;
        let admin = arrive(&app, &app.create_first_admin("admin")?)?;
        let seller = app.admit_seller(&admin, "点卡小店", false)?.id;
        let invite = |login: &str, role: &str, seller: Option<String>| InviteInput {
            login: login.to_owned(),
            roles: vec![role.to_owned()],
            seller,
            organisation: None,
        };
        let seller = arrive(&app, &app.invite(&admin, &invite("seller", "seller", Some(seller)))?.link)?;
        let reviewer = arrive(&app, &app.invite(&admin, &invite("reviewer", "reviewer", None))?.link)?;
        let account = RegisterInput { login: "buyer".to_owned(), password: PASSWORD.into() };
        let buyer = app.register(&account, &Origin::default())?.principal;
        let product = app.save_product(&seller, None, &card())?;
        let product = ProductId::from(product.id);
        let codes: Vec<String> = (0..codes).map(|number| format!("CODE-{number:08}")).collect();
        app.load_codes(&seller, &product, &codes.join("\n"))?;
        Ok(Self { app, clock, channel, product, buyer, reviewer })
    }

    /// Pays, applies, is looked at and approved, and has the money back.
    fn refund(&self, number: usize) -> Done<()> {
        let order = self.buy(number)?;
        let application = ApplyInput {
            units: vec![1],
            reason: "system_fault".to_owned(),
            amount: None,
            received_face: None,
            to_balance: false,
            text: "请退款".to_owned(),
            evidence: Vec::new(),
        };
        let case = self.app.apply(&self.buyer, &order, &application, None, &Origin::default())?;
        let case = CaseId::from(case.summary.case);
        self.app.claim(&self.reviewer, &case)?;
        let answers = AnswersInput { order_state: true, evidence: true, ground: true };
        let approval = ApproveInput { amount: None, answers, words: "同意".to_owned() };
        self.app.approve(&self.reviewer, &case, &approval, None)?;
        // A decision can be taken back for some seconds.
        self.clock.set(self.clock.now().plus_seconds(60));
        let due = self.app.due_timers(self.app.now(), None, 100)?;
        self.told(self.app.run_commands(due.iter().map(|timer| timer.wake()).collect()))?;
        self.send_money(number)?;
        match self.app.load_case(&self.buyer, &case)?.summary.state {
            "completed" => Ok(()),
            state => Err(format!("refund {number} ended as {state}").into()),
        }
    }

    fn buy(&self, number: usize) -> Done<OrderId> {
        let line = LineInput {
            product: self.product.to_string(),
            quantity: 1,
            seen_price: Money::cny(PRICE_MINOR).to_string(),
            confirmed: false,
            recipient: None,
        };
        let input = PlaceInput {
            lines: vec![line],
            parts: PartsInput::default(),
            tender: self.channel.to_string(),
            guest: None,
        };
        let order = self.app.place_order(&self.buyer, &input, None, &Origin::default())?;
        let payment = order.payments.last().ok_or("an order without payment")?;
        let no = ChannelNumber::from(payment.no.as_str());
        self.app.payment_succeeded(&self.channel, &no, &format!("T{number}"), Money::cny(PRICE_MINOR))?;
        Ok(OrderId::from(order.order.as_str()))
    }

    /// Makes the calls that are due, and answers them as the channel does.
    fn send_money(&self, number: usize) -> Done<()> {
        let now = self.app.now();
        for due in self.app.claim_calls(now, now.plus_seconds(60), 100)? {
            let details = self.app.payout_details(&due.order, due.call.payout)?;
            let (payout, step) = (due.call.payout, due.call.step);
            let act = OrderAct::MakeAttempt { payout, step, digest: details.payment_no.to_string() };
            let by = Actor::Program;
            self.told(self.app.run_commands(vec![Command { by, act: Act::Order { order: due.order, act } }]))?;
            let arrived = Outcome::Arrived { channel_ref: format!("R{number}") };
            self.app.refund_reported(&self.channel, &due.call.no, Money::cny(PRICE_MINOR), arrived)?;
        }
        Ok(())
    }

    fn told<E: Error + 'static>(&self, outcomes: Vec<Result<(), E>>) -> Done<()> {
        outcomes.into_iter().try_for_each(|outcome| Ok(outcome?))
    }
}

fn card() -> ProductInput {
    ProductInput {
        title: "百元点卡".to_owned(),
        description: "全国通用".to_owned(),
        how_to_use: "在官网充值".to_owned(),
        kind: "game_card".to_owned(),
        delivery_event: None,
        face: Some("100".to_owned()),
        price: Money::cny(PRICE_MINOR).to_string(),
        promise_hours: 24,
        window_days: 15,
        warranty_days: 0,
        fee_disclosed: true,
        special: None,
        needs_confirmation: false,
        on_sale: true,
    }
}

/// Uses a one-time link, with the second factor where it offers one.
fn arrive(app: &App, link: &Secret<String>) -> Done<Principal> {
    let secret = app.open_link(link.expose())?.totp.map(|totp| totp.secret_base32);
    let code = secret.and_then(|secret| totp_code(&secret, app.clock().real_now()));
    Ok(app.use_link(link.expose(), &PASSWORD.into(), code.as_deref(), &Origin::default())?.principal)
}
