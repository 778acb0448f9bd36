//! The course of one order of the past: who buys, and what everybody then does, act by act.

use crate::market::{self, PRODUCTS, SELLERS};
use crate::plan::{Act, Plan};
use crate::random::Random;
use crate::{Trouble, World};
use std::collections::BTreeSet;
use yuanlu_app::inputs::{
    AnswersInput, ApplyInput, ApproveInput, AskInput, GuestInput, LineInput, Origin, PlaceInput, RejectInput,
    StatementInput,
};
use yuanlu_app::principal::Principal;
use yuanlu_app::views::{CaseView, OrderView};
use yuanlu_channels::callback::{self, PaymentOp};
use yuanlu_domain::ids::{CaseId, ChannelId, ChannelNumber, OrderId, ProductId};
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::Choice;

/// Everybody who acts.
pub(crate) struct Cast {
    pub(crate) buyers: Vec<Principal>,
    /// As in [`SELLERS`].
    pub(crate) sellers: Vec<Principal>,
    /// As in [`PRODUCTS`].
    pub(crate) products: Vec<ProductId>,
    pub(crate) reviewer: Principal,
    pub(crate) senior: Principal,
    pub(crate) risk: Principal,
    pub(crate) finance: Principal,
}

/// A course on its way.
pub(crate) struct Course {
    plan: Plan,
    /// Which buyer.
    buyer: usize,
    /// The next act.
    next: usize,
    /// Position in [`PRODUCTS`].
    product: usize,
    /// The buyer, or the guest once he ordered.
    principal: Principal,
    order: Option<OrderId>,
    /// Refund numbers whose behaviour is fixed.
    scripted: BTreeSet<String>,
}

impl Course {
    pub(crate) fn new(plan: Plan, buyer: usize, cast: &Cast) -> Self {
        let principal = cast.buyers[buyer % cast.buyers.len()].clone();
        Self { plan, buyer, next: 0, product: 0, principal, order: None, scripted: BTreeSet::new() }
    }

    /// Minutes until the next act; `None` when it is over.
    pub(crate) fn wait(&self) -> Option<i64> {
        self.plan.acts.get(self.next).map(|(minutes, _)| *minutes)
    }

    /// Does the next act.
    pub(crate) fn step(&mut self, world: &mut World, cast: &Cast, random: &mut Random) -> Result<(), Trouble> {
        let Some((_, act)) = self.plan.acts.get(self.next).cloned() else { return Ok(()) };
        self.next += 1;
        let what = format!("{}, {act:?}", self.plan.name);
        Scene { course: self, world, cast }.perform(&act, random, &what)?;
        self.script(world, &what)?;
        world.settle();
        Ok(())
    }

    /// Tells the channel how to treat refunds decided since the last act, before the first call is made.
    fn script(&mut self, world: &World, what: &str) -> Result<(), Trouble> {
        let Some(order) = &self.order else { return Ok(()) };
        let order = world.app().load_order(&self.principal, order).map_err(Trouble::at(what))?;
        for summary in &order.cases {
            let case = world.app().load_case(&self.principal, &CaseId::from(summary.case.as_str()));
            let case = case.map_err(Trouble::at(what))?;
            for payout in case.breakdown.iter().flat_map(|b| &b.destinations).filter(|p| p.to != "balance") {
                if self.scripted.insert(payout.no.clone()) {
                    world.simulated().lock().script(&payout.no, self.plan.behaviour);
                }
            }
        }
        Ok(())
    }
}

/// A course, the world it happens in, and everybody in it.
struct Scene<'a> {
    course: &'a mut Course,
    world: &'a mut World,
    cast: &'a Cast,
}

impl Scene<'_> {
    fn perform(&mut self, act: &Act, random: &mut Random, what: &str) -> Result<(), Trouble> {
        match act {
            Act::Place { product, quantity, balance } => self.place(product, *quantity, *balance, random, what),
            Act::Cashier(choice) => self.cashier(*choice, what),
            Act::Reveal => self.reveal(what),
            Act::Confirm => self.confirm(what),
            Act::Credit => self.credit(random, what),
            Act::Redeem => self.redeem(what),
            Act::Apply { reason, received, to_balance, evidence } => {
                self.apply(reason, *received, *to_balance, *evidence, what)
            }
            Act::Release | Act::Resume => self.finance(act == &Act::Release, what),
            Act::Nothing => Ok(()),
            Act::Withdraw
            | Act::Material
            | Act::AskPerson
            | Act::TakeBalance
            | Act::Agree
            | Act::Contest
            | Act::Claim
            | Act::Ask
            | Act::Pass
            | Act::Approve(_)
            | Act::Reject(_) => self.hearing(act, what),
        }
    }

    fn order(&self, what: &str) -> Result<OrderView, Trouble> {
        let order = self.order_id(what)?;
        self.world.app().load_order(&self.course.principal, &order).map_err(Trouble::at(what))
    }

    fn order_id(&self, what: &str) -> Result<OrderId, Trouble> {
        self.course.order.clone().ok_or_else(|| Trouble(format!("{what}: there is no order")))
    }

    fn seller(&self) -> &Principal {
        &self.cast.sellers[PRODUCTS[self.course.product].seller]
    }

    fn place(
        &mut self,
        product: &str,
        quantity: u16,
        balance: bool,
        random: &mut Random,
        what: &str,
    ) -> Result<(), Trouble> {
        let (position, plan) = market::product(product).ok_or_else(|| Trouble(format!("{what}: no such product")))?;
        self.course.product = position;
        let mut input = PlaceInput {
            lines: vec![LineInput {
                product: self.cast.products[position].to_string(),
                quantity,
                seen_price: plan.price.to_owned(),
                confirmed: plan.confirmation,
                recipient: Some(format!("player-{:04}", random.below(10_000))),
            }],
            tender: if balance { "balance" } else { "sim" }.to_owned(),
            guest: None,
        };
        let origin = origin(self.course.buyer);
        let app = self.world.app();
        let placed = if self.course.plan.guest {
            let contact = format!("1380000{:04}", random.below(10_000));
            let query_password = format!("q{}", random.characters(7)).as_str().into();
            input.guest = Some(GuestInput { contact, query_password });
            let (order, grant) = app.place_order_as_guest(&input, None, &origin).map_err(Trouble::at(what))?;
            self.course.principal = grant.principal;
            order
        } else {
            app.place_order(&self.course.principal, &input, None, &origin).map_err(Trouble::at(what))?
        };
        self.course.order = Some(OrderId::from(placed.order));
        Ok(())
    }

    /// Goes to the cashier with the link that the shop signs, and chooses.
    fn cashier(&mut self, choice: Choice, what: &str) -> Result<(), Trouble> {
        let order = self.order_id(what)?;
        let channel = ChannelId::from("sim");
        let app = self.world.app();
        let to_make =
            app.open_payment(&self.course.principal, &order, Some(&channel), None).map_err(Trouble::at(what))?;
        let currency = Currency::parse(to_make.amount.currency).unwrap_or(Currency::Cny);
        let op = PaymentOp {
            no: ChannelNumber::from(to_make.no.as_str()),
            amount: Money::new(to_make.amount.minor, currency),
            subject: to_make.order,
            return_url: "http://127.0.0.1/".to_owned(),
            pay_until: to_make.pay_until.0,
            since: to_make.since.0,
            scene: callback::Scene::Page,
            payer_ip: String::new(),
        };
        let now = self.world.now();
        let link =
            self.world.channels().entrances().get(&channel).and_then(|entrance| entrance.cashier(&op, now).link());
        let query = link.as_deref().and_then(|link| link.split_once('?')).map(|(_, query)| query.to_owned());
        let mut simulator = self.world.simulated().lock();
        let opened = simulator.open(query.as_deref().unwrap_or_default()).map(|_| ());
        let chosen = opened.and_then(|()| simulator.choose(op.no.as_str(), choice, now.micros()));
        chosen.map_err(|error| Trouble(format!("{what}: {}", error.code())))
    }

    fn reveal(&self, what: &str) -> Result<(), Trouble> {
        let order = self.order(what)?;
        for unit in order.units.iter().filter(|unit| unit.state == "sealed") {
            let code = self.world.app().reveal(&self.course.principal, &self.order_id(what)?, unit.no);
            code.map_err(Trouble::at(what))?;
        }
        Ok(())
    }

    fn confirm(&self, what: &str) -> Result<(), Trouble> {
        let order = self.order(what)?;
        let arrived = |state| matches!(state, "sealed" | "revealed" | "redeemed" | "credited");
        let units: Vec<u16> = order
            .units
            .iter()
            .filter(|unit| arrived(unit.state) && unit.completed_at.is_none() && unit.open_case.is_none())
            .map(|unit| unit.no)
            .collect();
        if units.is_empty() {
            return Ok(());
        }
        let done = self.world.app().confirm_receipt(&self.course.principal, &self.order_id(what)?, &units);
        done.map(|_| ()).map_err(Trouble::at(what))
    }

    fn credit(&self, random: &mut Random, what: &str) -> Result<(), Trouble> {
        let order = self.order(what)?;
        for unit in order.units.iter().filter(|unit| unit.state == "awaiting") {
            let proof = format!("SUP{}", random.characters(12));
            let done = self.world.app().mark_credited(self.seller(), &self.order_id(what)?, unit.no, &proof, None);
            done.map_err(Trouble::at(what))?;
        }
        Ok(())
    }

    fn redeem(&self, what: &str) -> Result<(), Trouble> {
        let order = self.order(what)?;
        let at = Instant::from_micros(self.world.now().micros()).minute_text();
        for unit in order.units.iter().filter(|unit| unit.state == "revealed") {
            let done = self.world.app().report_redemption(self.seller(), &self.order_id(what)?, unit.no, &at);
            done.map_err(Trouble::at(what))?;
        }
        Ok(())
    }

    fn file(&self, kind: &str, text: &str, by: &Principal, what: &str) -> Result<String, Trouble> {
        let file = self.world.app().upload(by, &self.order_id(what)?, kind, text.as_bytes().to_vec());
        file.map(|file| file.id).map_err(Trouble::at(what))
    }

    fn apply(
        &self,
        reason: &str,
        received: Option<&str>,
        to_balance: bool,
        evidence: bool,
        what: &str,
    ) -> Result<(), Trouble> {
        let order = self.order(what)?;
        let words = market::words(reason);
        let evidence = match evidence {
            true => vec![self.file(
                "failure_popup",
                &format!("{words}\n订单 {}\n", order.order),
                &self.course.principal,
                what,
            )?],
            false => Vec::new(),
        };
        let units = order.units.iter().filter(|unit| unit.refundable.minor > 0).map(|unit| unit.no).collect();
        let input = ApplyInput {
            units,
            reason: reason.to_owned(),
            amount: None,
            received_face: received.map(str::to_owned),
            to_balance,
            text: words.to_owned(),
            evidence,
        };
        let origin = origin(self.course.buyer);
        let filed = self.world.app().apply(&self.course.principal, &self.order_id(what)?, &input, None, &origin);
        filed.map(|_| ()).map_err(Trouble::at(what))
    }

    /// Whoever of staff has the turn.
    fn judge(&self, case: &CaseView) -> &Principal {
        match case.summary.turn_who {
            Some("risk") => &self.cast.risk,
            Some("senior_reviewer") => &self.cast.senior,
            _ => &self.cast.reviewer,
        }
    }

    fn hearing(&self, act: &Act, what: &str) -> Result<(), Trouble> {
        let app = self.world.app();
        let buyer = &self.course.principal;
        let order = self.order(what)?;
        let last = order.cases.last().ok_or_else(|| Trouble(format!("{what}: there is no case")))?;
        let id = CaseId::from(last.case.as_str());
        let case = app.load_case(buyer, &id).map_err(Trouble::at(what))?;
        let judge = self.judge(&case);
        let answers = AnswersInput { order_state: true, evidence: !matches!(act, Act::Reject(_)), ground: true };
        let done = match act {
            Act::Withdraw => app.withdraw(buyer, &id, None),
            Act::Material => {
                let file = self.file("failure_popup", "补充截图说明 Screenshot, as asked for.\n", buyer, what)?;
                let words = "已补充截图。 Here is the screenshot.".to_owned();
                app.give_material(buyer, &id, &StatementInput { words, evidence: vec![file] }, None)
            }
            Act::AskPerson => app.ask_person(buyer, &id, None),
            Act::TakeBalance => app.choose_balance(buyer, &id, None),
            Act::Agree => app.agree(self.seller(), &id, None),
            Act::Contest => {
                let shop = SELLERS[PRODUCTS[self.course.product].seller].name;
                let text = format!(
                    "{shop}\n渠道查询：卡密有效，已在售后时间内核验。\nThe issuer says the code was good when sold.\n"
                );
                let file = self.file("test_report", &text, self.seller(), what)?;
                let words =
                    "经发行方核实卡密有效，附查询记录。 The issuer confirms the code; see the report.".to_owned();
                app.contest(self.seller(), &id, &StatementInput { words, evidence: vec![file] }, None)
            }
            Act::Claim => app.claim(judge, &id),
            Act::Ask => {
                let words = "请补充兑换失败页面的完整截图。 Please add the whole failure page.".to_owned();
                app.ask_material(judge, &id, &AskInput { wanted: vec!["failure_popup".to_owned()], words })
            }
            Act::Pass => app.pass_to_seller(judge, &id),
            Act::Approve(hundredths) => {
                let claimed = &case.summary.claimed;
                let part = Money::cny(claimed.minor * hundredths / 100);
                let words = "证据与订单状态相符。 Evidence and order agree.".to_owned();
                app.approve(judge, &id, &ApproveInput { amount: Some(part.to_string()), answers, words }, None)
            }
            Act::Reject(code) => {
                let words = "发行方记录显示卡密由您的账号正常兑换；如有新证据可再次申请。 The issuer's record shows that \
                             the code was redeemed by your account; with new evidence you can apply again.";
                app.reject(
                    judge,
                    &id,
                    &RejectInput { code: (*code).to_owned(), clause: None, answers, words: words.to_owned() },
                    None,
                )
            }
            _ => return Ok(()),
        };
        done.map(|_| ()).map_err(Trouble::at(what))
    }

    fn finance(&self, release: bool, what: &str) -> Result<(), Trouble> {
        let app = self.world.app();
        let order = self.order_id(what)?;
        let view = self.order(what)?;
        for summary in &view.cases {
            let case = app.load_case(&self.cast.finance, &CaseId::from(summary.case.as_str()));
            let case = case.map_err(Trouble::at(what))?;
            for payout in case.breakdown.iter().flat_map(|b| &b.destinations) {
                let done = match payout.state {
                    "held" if release => app.approve_payout(&self.cast.finance, &order, payout.payout),
                    "stuck" if !release => app.resume_payout(&self.cast.finance, &order, payout.payout),
                    _ => continue,
                };
                done.map_err(Trouble::at(what))?;
            }
        }
        Ok(())
    }
}

/// Where a buyer comes from.
pub(crate) fn origin(buyer: usize) -> Origin {
    Origin { address: format!("198.51.100.{}", buyer % 250 + 1), user_agent: "demo".to_owned() }
}
