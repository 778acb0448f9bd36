//! A shop of one order on a bench: commands in, events folded, books kept beside the file and compared with it.

use crate::actor::{Actor, Party, Role};
use crate::bookkeeping;
use crate::calendar::Calendar;
use crate::case::{CaseState, EvidenceKind, EvidenceRef, PersonalRef, Reason, RemedyGround, ReviewAnswers};
use crate::catalogue::{DeliveryEvent, DeliveryMode, Offer, ProductKind, Terms};
use crate::command::{Act, Command, Line, OrderAct, Parts, WalletAct};
use crate::decide::{Aggregates, Context, Provided, decide};
use crate::desk::DeskFile;
use crate::event::{Event, OrderEvent, Tender};
use crate::hearing::Sitting;
use crate::ids::{AccountId, ChannelId, ChannelNumber, Ids, OrderId, ProductId, StockId};
use crate::incident::Bearer;
use crate::order_file::{OrderFile, Payment, PaymentState, UnitState};
use crate::panel::Arbitrator;
use crate::payout::{Destination, Outcome, PayoutState, Step};
use crate::policy::Policy;
use crate::projection::{self, Subject};
use crate::refusal::Refusal;
use crate::seller_account::SellerAccount;
use crate::time::Instant;
use crate::wallet::Wallet;
use std::collections::BTreeMap;
use yuanlu_money::{Currency, Money};

pub const ORDER: &str = "260310ABCDEFGHJK";

pub fn cny(text: &str) -> Money {
    Money::parse(text, Currency::Cny).expect("an amount")
}

pub fn at(text: &str) -> Instant {
    Instant::parse_shanghai(text).expect("a time")
}

#[derive(Clone)]
pub struct Bench {
    pub now: Instant,
    pub files: Aggregates,
    pub facts: Provided,
    pub offer: Offer,
    pub buyer: Party,
    pub events: Vec<OrderEvent>,
    /// The auditor's own books: balance of every account, credits minus debits.
    pub books: BTreeMap<String, i64>,
    ids: Ids,
    /// Whether what is stored is read back after every event.
    stores: bool,
}

impl Bench {
    /// One product (a ¥99.99 code with a face of ¥100, promise 24 h, window 15 days, fee 5 %), codes in stock.
    pub fn new(now: &str) -> Self {
        let terms = Terms {
            product: ProductId::from("card"),
            product_version: 1,
            page_digest: "00".into(),
            kind: ProductKind::GameCard,
            delivery: DeliveryMode::Code,
            delivery_event: DeliveryEvent::CodeRevealed,
            face_minor: 10_000,
            price_minor: 9_999,
            promise_hours: 24,
            window_days: 15,
            warranty_days: 0,
            fee_basis_points: 500,
            commission_basis_points: 300,
            special: None,
            self_operated: false,
        };
        let offer =
            Offer { seller: "s1".into(), currency: Currency::Cny, terms, needs_confirmation: false, on_sale: true };
        let mut bench = Self {
            now: at(now),
            files: Aggregates::default(),
            facts: Provided {
                number_prefix: "YL00".into(),
                incident: Some(super::incidents::running(Reason::InvalidCode, Bearer::Platform)),
                ..Provided::default()
            },
            offer,
            buyer: Party::Account("b1".into()),
            events: Vec::new(),
            books: BTreeMap::new(),
            ids: Ids::new([1; 32]),
            stores: true,
        };
        bench.stock(9);
        bench
    }

    /// The same for long campaigns.
    pub fn quick(now: &str) -> Self {
        Self { stores: false, ..Self::new(now) }
    }

    /// Arbitrators of several organisations, enough for a panel of seventeen.
    pub fn with_arbitrators(mut self) -> Self {
        self.facts.arbitrators = (1..=20)
            .map(|n| Arbitrator {
                account: format!("arb{n}").as_str().into(),
                organisation: format!("org{}", n % 5).into(),
            })
            .collect();
        self
    }

    /// A house of these people.
    pub fn with_staff(mut self, staff: &[(&str, &[Role])]) -> Self {
        self.facts.staff = Some(staff.iter().map(|(account, roles)| ((*account).into(), roles.to_vec())).collect());
        self
    }

    pub fn stock(&mut self, codes: usize) {
        let codes = (0..codes).map(|n| StockId::new(format!("code{n}"))).collect();
        self.facts.free_stock = BTreeMap::from([(ProductId::from("card"), codes)]);
    }

    pub fn file(&self) -> &OrderFile {
        self.files.order.as_ref().expect("an order")
    }

    pub fn wallet(&self) -> &Wallet {
        self.files.wallet.as_ref().expect("a wallet")
    }

    pub fn state(&self, case: u16) -> &CaseState {
        &self.file().case(case).expect("a case").state
    }

    pub fn net(&self, case: u16) -> i64 {
        self.file().case(case).map_or(0, |case| case.net_minor())
    }

    pub fn fee(&self, case: u16) -> i64 {
        self.file().case(case).map_or(0, |case| case.fee_minor())
    }

    pub fn give(&mut self, by: Actor, act: Act) -> Result<(), Refusal> {
        let policy = Policy::builtin();
        self.facts.offers = BTreeMap::from([(ProductId::from("card"), self.offer.clone())]);
        let mut context = Context {
            policy,
            policy_hash: policy.hash().as_str(),
            calendar: Calendar::builtin(),
            now: self.now,
            ids: &mut self.ids,
            facts: &self.facts,
        };
        let command = Command { by, act };
        let events = decide(&self.files, &command, &mut context)?;
        assert!(!events.is_empty(), "an accepted command leaves a trace: {command:?}");
        for event in events {
            self.fold(&command.by, event);
        }
        self.check_books();
        Ok(())
    }

    fn fold(&mut self, by: &Actor, event: Event) {
        let transfers = match &event {
            Event::Order(event) => bookkeeping::order(self.files.order.as_ref(), event),
            Event::Wallet(event) => bookkeeping::wallet(self.files.wallet.as_ref(), event),
            Event::Seller(event) => bookkeeping::seller(self.files.seller.as_ref(), event),
            Event::Desk(event) => bookkeeping::desk(self.files.desk.as_ref(), event),
        };
        for transfer in transfers {
            let minor = transfer.amount().minor();
            *self.books.entry(transfer.debit().to_string()).or_default() -= minor;
            *self.books.entry(transfer.credit().to_string()).or_default() += minor;
        }
        match event {
            Event::Order(event) => {
                if let OrderEvent::CodeIssued { stock, .. } | OrderEvent::UnitReplaced { stock, .. } = &event {
                    self.facts.free_stock.values_mut().for_each(|codes| codes.retain(|code| code != stock));
                }
                let after = OrderFile::evolve(self.files.order.take(), &event, by, self.now);
                self.files.order = Some(after.expect("decided events fit"));
                if self.stores {
                    // What is stored is what comes back.
                    let stored = serde_json::to_string(self.file()).expect("serialises");
                    assert_eq!(&serde_json::from_str::<OrderFile>(&stored).expect("reads"), self.file());
                }
                self.events.push(event);
            }
            Event::Wallet(event) => {
                self.files.wallet = Wallet::evolve(self.files.wallet.take(), &event, self.now);
                assert!(self.files.wallet.is_some());
            }
            Event::Seller(event) => {
                self.files.seller = SellerAccount::evolve(self.files.seller.take(), &event, by, self.now);
                assert!(self.files.seller.is_some());
            }
            Event::Desk(event) => {
                let after = DeskFile::evolve(self.files.desk.take(), &event, by, self.now).expect("decided events fit");
                let stored = serde_json::to_string(&after).expect("serialises");
                assert_eq!(serde_json::from_str::<DeskFile>(&stored).expect("reads"), after);
                self.files.desk = Some(after);
            }
        }
    }

    pub fn book(&self, account: &str) -> i64 {
        self.books.get(account).copied().unwrap_or_default()
    }

    /// The promises that hold after every command.
    fn check_books(&self) {
        assert_eq!(self.books.values().sum::<i64>(), 0);
        if let Some(wallet) = &self.files.wallet {
            assert_eq!(self.book(&format!("buyer_balance:{}", wallet.account)), wallet.held_minor());
            assert_eq!(self.book(&format!("voucher_liability:{}", wallet.account)), wallet.vouchers_minor());
            assert!(wallet.lots.iter().all(|lot| lot.left_minor > 0));
        }
        let Some(file) = &self.files.order else { return };
        assert_eq!(self.book(&format!("escrow:{ORDER}")), file.escrow_minor, "escrow");
        let in_flight: i64 = file
            .payouts
            .iter()
            .filter(|p| {
                !matches!(p.state, PayoutState::Arrived { .. } | PayoutState::Rerouted | PayoutState::Superseded { .. })
            })
            .map(|p| p.amount_minor)
            .sum();
        assert_eq!(self.book(&format!("refund_in_flight:{ORDER}")), in_flight, "in flight");
        assert!(file.escrow_minor >= 0, "escrow is never overdrawn");
        for unit in &file.units {
            assert!((0..=unit.paid_minor).contains(&unit.refunded_minor), "T01: a unit refunded beyond its price");
        }
        for payment in &file.payments {
            let paid = matches!(payment.state, PaymentState::Paid { .. } | PaymentState::Extra { .. });
            let most = if paid { payment.amount_minor } else { 0 };
            assert!((0..=most).contains(&payment.returned_minor), "T01: a payment returned beyond its amount");
        }
        for case in &file.cases {
            let turn = crate::turn::turn(file, case);
            assert!(turn.is_some() || !case.is_open(), "every open case has a next step: {:?}", case.state);
            let timers = projection::timers(file);
            let waits = |subject| timers.iter().any(|timer| timer.subject == subject);
            if case.state.is_undecided() && case.remedy.is_none() {
                assert!(waits(Subject::Case(case.ordinal)), "and a timer: {:?}", case.state);
            }
            assert_eq!(case.remedy.is_some(), waits(Subject::Remedy(case.ordinal)), "a remedy has its own");
        }
        for payout in &file.payouts {
            let waits = projection::call(payout).is_some();
            let people = matches!(
                payout.state,
                PayoutState::Held
                    | PayoutState::AtBank { .. }
                    | PayoutState::Stuck { .. }
                    | PayoutState::Refused { .. }
            );
            let over = matches!(
                payout.state,
                PayoutState::Arrived { .. } | PayoutState::Rerouted | PayoutState::Superseded { .. }
            );
            assert!(waits || people || over, "a payout that nobody moves: {payout:?}");
        }
    }

    pub fn order_act(&mut self, by: Actor, act: OrderAct) -> Result<(), Refusal> {
        self.give(by, Act::Order { order: OrderId::from(ORDER), act })
    }

    pub fn buyer(&mut self, act: OrderAct) -> Result<(), Refusal> {
        let party = self.buyer.clone();
        self.order_act(Actor::Buyer { party }, act)
    }

    pub fn seller(&mut self, act: OrderAct) -> Result<(), Refusal> {
        self.order_act(Actor::Seller { seller: "s1".into(), account: "sa1".into() }, act)
    }

    pub fn staff(&mut self, account: &str, role: Role, act: OrderAct) -> Result<(), Refusal> {
        self.order_act(Actor::Staff { account: AccountId::from(account), role }, act)
    }

    /// A person decides, and the seconds in which it could be taken back pass.
    pub fn judge(&mut self, account: &str, role: Role, act: OrderAct) -> Result<(), Refusal> {
        self.staff(account, role, act)?;
        self.now = self.now.plus_micros(30_000_000);
        self.serve_timers();
        Ok(())
    }

    pub fn sitting(&self, case: u16) -> &Sitting {
        self.file().case(case).expect("a case").sitting().expect("a hearing")
    }

    pub fn program(&mut self, act: OrderAct) -> Result<(), Refusal> {
        self.order_act(Actor::Program, act)
    }

    pub fn channel(&mut self, act: OrderAct) -> Result<(), Refusal> {
        self.order_act(Actor::Channel { channel: ChannelId::from("sim") }, act)
    }

    pub fn place(&mut self, quantity: u16, confirmed: bool, tender: Tender) -> Result<(), Refusal> {
        self.place_with(quantity, confirmed, Parts::default(), tender)
    }

    pub fn place_with(&mut self, quantity: u16, confirmed: bool, parts: Parts, tender: Tender) -> Result<(), Refusal> {
        let seen_price = Money::new(self.offer.terms.price_minor, self.offer.currency);
        let lines =
            vec![Line { product: ProductId::from("card"), quantity, seen_price, confirmed, recipient: Some(words()) }];
        let buyer = self.buyer.clone();
        self.buyer(OrderAct::Place { buyer, lines, parts, tender })
    }

    /// Placed and paid at the simulated channel.
    pub fn paid(&mut self, quantity: u16) {
        self.place(quantity, false, Tender::Channel { channel: "sim".into() }).expect("placed");
        self.pay("ch1").expect("paid");
    }

    pub fn pay(&mut self, channel_ref: &str) -> Result<(), Refusal> {
        let (no, amount) = {
            let at_channel = |p: &&Payment| matches!(p.tender, Tender::Channel { .. });
            let payments = &self.file().payments;
            let payment = payments.iter().find(at_channel).or(payments.first()).expect("a payment");
            (payment.no.clone(), Money::new(payment.amount_minor, self.file().currency))
        };
        self.channel(OrderAct::PaymentSucceeded { no, channel_ref: channel_ref.into(), amount })
    }

    pub fn credit_wallet(&mut self, amount: Money) {
        self.give_wallet(WalletAct::Credit { amount }).expect("credited");
    }

    pub fn give_wallet(&mut self, act: WalletAct) -> Result<(), Refusal> {
        let by = Actor::Staff { account: "f1".into(), role: Role::Finance };
        self.give(by, Act::Wallet { account: "b1".into(), act })
    }

    pub fn apply(&mut self, reason: Reason, claimed: &str) -> Result<u16, Refusal> {
        self.apply_for(&[1], reason, claimed, None, false)
    }

    pub fn apply_for(
        &mut self,
        units: &[u16],
        reason: Reason,
        claimed: &str,
        received: Option<&str>,
        to_balance: bool,
    ) -> Result<u16, Refusal> {
        self.buyer(OrderAct::Apply {
            units: units.to_vec(),
            reason,
            claimed: cny(claimed),
            received_face: received.map(cny),
            to_balance,
            text: None,
            evidence: Vec::new(),
        })?;
        Ok(self.file().cases.last().expect("a case").ordinal)
    }

    /// The clock moves and every timer and call that is due is served, the channel answering with `outcome`.
    pub fn pass_to(&mut self, time: &str) {
        self.now = at(time);
        self.serve_timers();
    }

    /// A day at a time, so that every timer fires when it is due.
    pub fn live_until(&mut self, time: &str) {
        let end = at(time);
        while self.now.plus_hours(24) < end {
            self.now = self.now.plus_hours(24);
            self.serve_timers();
        }
        self.pass_to(time);
    }

    pub fn serve_timers(&mut self) {
        loop {
            let now = self.now;
            let due = projection::timers(self.file()).into_iter().find(|timer| timer.due <= now);
            let Some(timer) = due else { break };
            self.program(OrderAct::Wake { subject: timer.subject }).expect("a due timer does something");
        }
    }

    /// Makes the next call of a payout and answers it.
    pub fn call(&mut self, payout: u16, outcome: Outcome) -> Result<(), Refusal> {
        let call = projection::call(self.file().payout(payout).expect("a payout")).ok_or(Refusal::NothingDue)?;
        self.now = self.now.max(call.due);
        self.program(OrderAct::MakeAttempt { payout, step: call.step, digest: "d".into() })?;
        let attempt = Some(call.attempts + 1);
        self.channel(OrderAct::RecordOutcome { payout, attempt, outcome })
    }

    pub fn next_step(&self, payout: u16) -> Option<Step> {
        projection::call(self.file().payout(payout)?).map(|call| call.step)
    }

    pub fn goes_home(&self, payout: u16) -> bool {
        matches!(self.file().payout(payout).map(|p| &p.destination), Some(Destination::Original { .. }))
    }

    pub fn number(&self, payout: u16) -> ChannelNumber {
        self.file().payout(payout).expect("a payout").no.clone()
    }

    pub fn unit_state(&self, unit: u16) -> &UnitState {
        &self.file().unit(unit).expect("a unit").state
    }

    pub fn returned_code(&self) -> Option<crate::stock::StockFate> {
        self.events.iter().rev().find_map(|event| match event {
            OrderEvent::UnitReturned { stock: Some((_, fate)), .. } => Some(*fate),
            _ => None,
        })
    }
}

/// What a remedy brings: words, a screenshot, the rule where one must be named.
pub fn remedy(case: u16, ground: RemedyGround) -> OrderAct {
    OrderAct::OpenRemedy {
        case,
        ground,
        rule: ground.needs_rule().then(|| "R8".to_owned()),
        claimed: None,
        words: Some(words()),
        evidence: vec![screenshot()],
    }
}

pub fn words() -> PersonalRef {
    PersonalRef { id: "p1".into(), digest: "d".into() }
}

pub fn screenshot() -> EvidenceRef {
    EvidenceRef { id: "e1".into(), kind: EvidenceKind::FailurePopup, digest: "d".into() }
}

pub fn yes() -> ReviewAnswers {
    ReviewAnswers { order_state: true, evidence: true, ground: true }
}

pub fn arrived() -> Outcome {
    Outcome::Arrived { channel_ref: "r1".into() }
}
