//! The course of one order of the past: who buys, and what everybody then does, act by act.

mod parties;
mod routes;
mod staff;

use crate::market::{self, PRODUCTS};
use crate::plan::{Act, Plan};
use crate::random::Random;
use crate::{Trouble, World};
use std::collections::BTreeSet;
use yuanlu_app::inputs::{ApplyInput, GuestInput, LineInput, Origin, PartsInput, PlaceInput};
use yuanlu_app::principal::Principal;
use yuanlu_app::views::OrderView;
use yuanlu_channels::callback::{self, PaymentOp};
use yuanlu_domain::ids::{CaseId, ChannelId, ChannelNumber, DeskId, OrderId, ProductId};
use yuanlu_domain::time::Instant;
use yuanlu_money::{Currency, Money};
use yuanlu_simulator::{Behaviour, Choice};

/// Everybody who acts.
pub(crate) struct Cast {
    pub(crate) buyers: Vec<Principal>,
    /// As in [`SELLERS`].
    pub(crate) sellers: Vec<Principal>,
    /// As in [`PRODUCTS`].
    pub(crate) products: Vec<ProductId>,
    /// Whoever judges for the house, first those who do it most.
    pub(crate) judges: Vec<Principal>,
    pub(crate) risk: Principal,
    pub(crate) finance: Principal,
    /// Who invites from outside.
    pub(crate) senior: Principal,
    pub(crate) arbitrators: Vec<Principal>,
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
    tip_off: Option<DeskId>,
    /// Refund numbers whose behaviour is fixed.
    scripted: BTreeSet<String>,
}

impl Course {
    pub(crate) fn new(plan: Plan, buyer: usize, cast: &Cast) -> Self {
        let principal = cast.buyers[buyer % cast.buyers.len()].clone();
        Self { plan, buyer, next: 0, product: 0, principal, order: None, tip_off: None, scripted: BTreeSet::new() }
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
                    // What a buyer named in the place of a closed account is in order.
                    let named = payout.to.starts_with("account_");
                    let behaviour = if named { Behaviour::AtOnce } else { self.plan.behaviour };
                    world.simulated().lock().script(&payout.no, behaviour);
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
            Act::Route(act) => self.route(act, what),
            Act::Say(by_seller, text) => self.say(*by_seller, text, what),
            Act::EarlyOffer(offered, reason) => self.early_offer(*offered, reason, what),
            Act::Answer(accept) => self.answer(*accept, what),
            Act::ConfirmFlag | Act::AppealFinding => self.finding(act == &Act::ConfirmFlag, what),
            Act::TipOff(..) | Act::ClaimTipOff | Act::AskReporter | Act::DecideTipOff(_) => self.tip_off(act, what),
            Act::Withdraw
            | Act::Material
            | Act::AskPerson
            | Act::TakeBalance
            | Act::Agree
            | Act::Contest
            | Act::Offer(_)
            | Act::Appeal
            | Act::Complain(_)
            | Act::Object => self.party(act, what),
            Act::Claim
            | Act::Ask
            | Act::Pass
            | Act::Approve(_)
            | Act::Reject(_)
            | Act::TakeBack
            | Act::Refer
            | Act::Uphold(_)
            | Act::Dismiss => self.staff(act, what),
            Act::Vote(_) | Act::Invite | Act::Rule => self.outsiders(act, what),
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
            parts: PartsInput::default(),
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
    Origin { address: format!("198.51.100.{}", buyer % 250 + 1), user_agent: "demo".to_owned(), ..Origin::default() }
}
