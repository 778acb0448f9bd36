//! A small shop in a temporary folder, with a clock that stands until it is moved.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use yuanlu_app::inputs::{
    AnswersInput, ApplyInput, GuestInput, InviteInput, LineInput, Origin, PartsInput, PlaceInput, ProductInput,
    RegisterInput,
};
use yuanlu_app::views::{CaseView, OrderView, ProductView};
use yuanlu_app::{App, AppError, Born, Clock, Config, Grant, Limits, Principal, totp_code};
use yuanlu_blobs::Secret;
use yuanlu_domain::ids::{CaseId, ChannelId, ChannelNumber, OrderId, ProductId};
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};

pub const PASSWORD: &str = "correct horse battery";

pub struct House {
    pub app: App,
    pub clock: Clock,
    pub admin: Principal,
    pub seller: Principal,
    pub buyer: Principal,
    dir: PathBuf,
    people: BTreeMap<String, Principal>,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

pub fn origin() -> Origin {
    Origin { address: "203.0.113.7".to_owned(), user_agent: "test".to_owned(), ..Origin::default() }
}

pub fn config(name: &str) -> Config {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("yuanlu-app-{}-{name}-{n}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    Config {
        clock: Clock::manual(Instant::from_shanghai(2026, 3, 10, 10, 0, 0)),
        channels: vec![ChannelId::from("sim")],
        limits: Limits::none(),
        direct: true,
        ..Config::new(dir, Born::Demo)
    }
}

impl House {
    pub fn new(name: &str) -> Self {
        Self::with(config(name))
    }

    pub fn with(config: Config) -> Self {
        let (dir, clock) = (config.data.clone(), config.clock.clone());
        let app = App::open(config).unwrap();
        let token = app.create_first_admin("admin").unwrap();
        let admin = arrive(&app, &token).principal;
        let shop = app.admit_seller(&admin, "点卡小店", false).unwrap();
        let invite = InviteInput {
            login: "seller".to_owned(),
            roles: vec!["seller".to_owned()],
            seller: Some(shop.id),
            organisation: None,
        };
        let seller = arrive(&app, &app.invite(&admin, &invite).unwrap().link).principal;
        let buyer = register(&app, "zhang.san");
        app.credit_balance(&admin, "zhang.san", "1000.00", None).unwrap();
        Self { app, clock, admin, seller, buyer, dir, people: BTreeMap::new() }
    }

    pub fn staff(&mut self, role: &str) -> Principal {
        if let Some(known) = self.people.get(role) {
            return known.clone();
        }
        let invite = InviteInput {
            login: format!("{role}.one"),
            roles: vec![role.to_owned()],
            seller: None,
            organisation: None,
        };
        let link = self.app.invite(&self.admin, &invite).unwrap().link;
        let person = arrive(&self.app, &link).principal;
        self.people.insert(role.to_owned(), person.clone());
        person
    }

    pub fn pass(&self, hours: i64) {
        self.clock.set(self.clock.now().plus_hours(hours));
    }

    /// The seconds in which a decision can be taken back pass; the case as `who` sees it then.
    pub fn sent(&self, who: &Principal, case: &CaseView) -> CaseView {
        self.clock.set(self.clock.now().plus_seconds(30));
        self.wake();
        self.app.load_case(who, &case_id(case)).unwrap()
    }

    /// Lets every timer act that is due, as the job does.
    pub fn wake(&self) {
        let now = self.app.now();
        let due = self.app.due_timers(now, None, 1000).unwrap();
        self.app.run_commands(due.iter().map(|timer| timer.wake()).collect());
    }

    /// A card of ¥100 for ¥99.99 with these codes.
    pub fn card(&self, codes: &str) -> ProductView {
        self.product("game_card", codes, |_| {})
    }

    pub fn product(&self, kind: &str, codes: &str, change: impl FnOnce(&mut ProductInput)) -> ProductView {
        let mut input = ProductInput {
            title: "百元点卡".to_owned(),
            description: "全国通用".to_owned(),
            how_to_use: "在官网充值".to_owned(),
            kind: kind.to_owned(),
            delivery_event: None,
            face: Some("100".to_owned()),
            price: "99.99".to_owned(),
            promise_hours: 24,
            window_days: 15,
            warranty_days: 0,
            fee_disclosed: true,
            special: None,
            needs_confirmation: false,
            on_sale: true,
        };
        change(&mut input);
        let made = self.app.save_product(&self.seller, None, &input).unwrap();
        if !codes.is_empty() {
            self.app.load_codes(&self.seller, &ProductId::from(made.id.as_str()), codes).unwrap();
        }
        made
    }

    pub fn buy(&self, product: &ProductView, quantity: u16) -> OrderView {
        self.app.place_order(&self.buyer, &place(product, quantity, "balance"), None, &origin()).unwrap()
    }

    pub fn guest_buys(&self, product: &ProductView) -> (OrderView, Grant) {
        let mut input = place(product, 1, "sim");
        input.guest = Some(GuestInput { contact: "li@example.com".to_owned(), query_password: "open sesame".into() });
        let (order, grant) = self.app.place_order_as_guest(&input, None, &origin()).unwrap();
        self.pay(&order, "T1").unwrap();
        (self.app.load_order(&grant.principal, &id(&order)).unwrap(), grant)
    }

    /// The channel says that the order's payment succeeded.
    pub fn pay(&self, order: &OrderView, channel_ref: &str) -> Result<(), AppError> {
        let payment = order.payments.last().unwrap();
        let no = ChannelNumber::from(payment.no.as_str());
        let amount = Money::new(payment.amount.minor, Currency::Cny);
        self.app.payment_succeeded(&ChannelId::from("sim"), &no, channel_ref, amount)
    }

    pub fn apply(&self, who: &Principal, order: &OrderView, reason: &str) -> Result<CaseView, AppError> {
        self.app.apply(who, &id(order), &application(reason, &[1]), None, &origin())
    }

    pub fn spendable(&self) -> String {
        self.app.balance(&self.buyer).unwrap().spendable.text
    }
}

pub fn place(product: &ProductView, quantity: u16, tender: &str) -> PlaceInput {
    PlaceInput {
        lines: vec![LineInput {
            product: product.id.clone(),
            quantity,
            seen_price: product.terms.price.text.clone(),
            confirmed: false,
            recipient: Some("player-2048".into()),
        }],
        parts: PartsInput::default(),
        tender: tender.to_owned(),
        guest: None,
    }
}

pub fn application(reason: &str, units: &[u16]) -> ApplyInput {
    ApplyInput {
        units: units.to_vec(),
        reason: reason.to_owned(),
        amount: None,
        received_face: None,
        to_balance: false,
        text: "请退款".to_owned(),
        evidence: Vec::new(),
    }
}

pub fn supported() -> AnswersInput {
    AnswersInput { order_state: true, evidence: true, ground: true }
}

pub fn id(order: &OrderView) -> OrderId {
    OrderId::from(order.order.as_str())
}

pub fn case_id(case: &CaseView) -> CaseId {
    CaseId::from(case.summary.case.as_str())
}

/// Uses a one-time link, with the second factor where it offers one.
pub fn arrive(app: &App, token: &Secret<String>) -> Grant {
    let offered = app.open_link(token.expose()).unwrap();
    let code = offered.totp.and_then(|totp| totp_code(&totp.secret_base32, app.clock().real_now()));
    app.use_link(token.expose(), &PASSWORD.into(), code.as_deref(), &origin()).unwrap()
}

pub fn register(app: &App, login: &str) -> Principal {
    let input = RegisterInput { login: login.to_owned(), password: PASSWORD.into() };
    app.register(&input, &origin()).unwrap().principal
}

/// The account that nobody refunds twice from is the file itself; this is what the ledger thinks of it.
pub fn books_balance(app: &App) {
    let report = yuanlu_storage::verify::verify(app.db(), None, |_| {}).unwrap();
    assert!(report.differences.is_empty(), "{:?}", report.differences);
}
