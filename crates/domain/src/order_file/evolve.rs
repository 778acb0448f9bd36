//! The only way an order file changes: one event at a time.

pub(crate) mod route;

use super::{OrderFile, OrderStatus, Payment, PaymentState, Unit, UnitState, UsedCoupon};
use crate::actor::{Actor, Party};
use crate::calendar::Deadline;
use crate::case::{Case, CaseState, Decision, Desk};
use crate::event::{OrderEvent, Tender};
use crate::hearing::{Claim, Hearing, Sitting};
use crate::offer::{OfferState, SellerOffer};
use crate::outside_payment::PaidBy;
use crate::panel::{Arbitrator, Panel, Seat};
use crate::payout::{Accepted, Bounced, Outcome, Payout, PayoutState, Step, StuckWhy};
use crate::remedy::{PastRemedy, Remedy, Wanted};
use crate::thread::Thread;
use crate::time::Instant;
use yuanlu_money::split_by;

impl OrderFile {
    /// Applies an event to a file, or to none for `Placed`. `None` when the event does not fit the state: a journal
    /// that does this is broken.
    pub fn evolve(before: Option<Self>, event: &OrderEvent, by: &Actor, at: Instant) -> Option<Self> {
        match (before, event) {
            (None, OrderEvent::Placed { .. }) => Some(Self::placed(event, at)?),
            (Some(_), OrderEvent::Placed { .. }) | (None, _) => None,
            (Some(mut file), _) => {
                file.apply(event, by, at)?;
                file.last_at = at;
                Some(file)
            }
        }
    }

    fn placed(event: &OrderEvent, at: Instant) -> Option<Self> {
        let OrderEvent::Placed {
            order,
            buyer,
            seller,
            currency,
            items,
            policy,
            completion_hours,
            pay_until,
            coupon,
            agreements,
        } = event
        else {
            return None;
        };
        let prices: Vec<i64> =
            items.iter().flat_map(|item| (0..item.quantity).map(|_| item.terms.price_minor)).collect();
        // What the coupon took off is not paid (R12): each unit bears its share.
        let discount = coupon.as_ref().map_or(0, |coupon| coupon.value_minor);
        let mut paid = split_by(prices.iter().sum::<i64>() - discount, &prices).ok()?.into_iter();
        let mut units = Vec::new();
        for (index, item) in items.iter().enumerate() {
            for _ in 0..item.quantity {
                units.push(Unit {
                    no: u16::try_from(units.len() + 1).ok()?,
                    item: u16::try_from(index).ok()?,
                    paid_minor: paid.next()?,
                    refunded_minor: 0,
                    completed_at: None,
                    state: UnitState::Unpaid,
                });
            }
        }
        Some(Self {
            order: order.clone(),
            buyer: buyer.clone(),
            seller: seller.clone(),
            currency: *currency,
            policy: policy.clone(),
            agreements: agreements.clone(),
            completion_hours: *completion_hours,
            placed_at: at,
            last_at: at,
            status: OrderStatus::AwaitingPayment { pay_until: *pay_until },
            items: items.clone(),
            units,
            coupon: coupon.clone().map(|coupon| UsedCoupon { coupon, returned_minor: 0, restored: false }),
            payments: Vec::new(),
            cases: Vec::new(),
            payouts: Vec::new(),
            offers: Vec::new(),
            outside_payments: Vec::new(),
            probes: Vec::new(),
            thread: Thread::default(),
            escrow_minor: 0,
            settled_minor: 0,
            commission_minor: 0,
        })
    }

    fn apply(&mut self, event: &OrderEvent, by: &Actor, at: Instant) -> Option<()> {
        match event {
            OrderEvent::Placed { .. } => return None,
            OrderEvent::Claimed { account } => self.buyer = Party::Account(account.clone()),
            OrderEvent::PaymentOpened { .. }
            | OrderEvent::PaymentSucceeded { .. }
            | OrderEvent::ExtraPayment { .. }
            | OrderEvent::PaymentDeclined { .. }
            | OrderEvent::PaymentClosing { .. }
            | OrderEvent::PaymentClosed { .. }
            | OrderEvent::PartReleased { .. }
            | OrderEvent::PaymentValued { .. } => self.apply_payment(event, at)?,
            OrderEvent::CouponReturned { amount_minor } => {
                self.draw(*amount_minor);
                self.coupon.as_mut()?.returned_minor += amount_minor;
            }
            OrderEvent::CouponRestored => self.coupon.as_mut()?.restored = true,
            OrderEvent::Expired => {
                self.status = OrderStatus::Expired;
                self.units.iter_mut().for_each(|unit| unit.state = UnitState::Returned);
            }
            OrderEvent::CodeIssued { .. }
            | OrderEvent::SoldOut { .. }
            | OrderEvent::CodeRevealed { .. }
            | OrderEvent::Redeemed { .. }
            | OrderEvent::Credited { .. }
            | OrderEvent::UnitCompleted { .. }
            | OrderEvent::UnitReturned { .. }
            | OrderEvent::UnitReplaced { .. } => self.apply_unit(event, at)?,
            OrderEvent::OrderCompleted { window_until, settle_at } => {
                self.status = OrderStatus::Completed {
                    paid_at: self.status.paid_at()?,
                    at,
                    window_until: window_until.clone(),
                    settle_at: *settle_at,
                    settled: false,
                };
            }
            OrderEvent::Settled { seller_minor, commission_minor } => {
                self.escrow_minor -= seller_minor + commission_minor;
                self.settled_minor += seller_minor;
                self.commission_minor += commission_minor;
                let OrderStatus::Completed { settled, .. } = &mut self.status else { return None };
                *settled = true;
            }
            OrderEvent::CaseOpened { .. }
            | OrderEvent::SellerAsked { .. }
            | OrderEvent::ReviewStarted { .. }
            | OrderEvent::ReviewEscalated { .. }
            | OrderEvent::TurnExtended { .. }
            | OrderEvent::CaseClaimed { .. }
            | OrderEvent::MaterialAsked { .. }
            | OrderEvent::MaterialGiven { .. }
            | OrderEvent::SellerContested { .. }
            | OrderEvent::CaseApproved { .. }
            | OrderEvent::CaseRejected { .. }
            | OrderEvent::PersonAsked { .. }
            | OrderEvent::CaseWithdrawn { .. }
            | OrderEvent::CaseClosed { .. }
            | OrderEvent::CaseReplaced { .. }
            | OrderEvent::ReminderSet { .. }
            | OrderEvent::TurnReminded { .. }
            | OrderEvent::CaseCompleted { .. } => self.apply_case(event, by, at)?,
            OrderEvent::ReviewWarned { .. }
            | OrderEvent::ArbitratorInvited { .. }
            | OrderEvent::DecisionProposed { .. }
            | OrderEvent::DecisionTakenBack { .. }
            | OrderEvent::PanelDrawn { .. }
            | OrderEvent::PanelVoting { .. }
            | OrderEvent::PanelVoted { .. }
            | OrderEvent::PanelUndecided { .. }
            | OrderEvent::RemedyOpened { .. }
            | OrderEvent::RemedyResumed { .. }
            | OrderEvent::RemedyClosed { .. } => self.apply_hearing(event, by, at)?,
            OrderEvent::SellerCompensated { .. } => {}
            OrderEvent::MessageSent { side, .. } => self.thread.said(*side),
            OrderEvent::ThreadRead { side, message } => self.thread.read(*side, *message),
            OrderEvent::OfferMade { .. }
            | OrderEvent::OfferAccepted { .. }
            | OrderEvent::OfferDeclined { .. }
            | OrderEvent::OfferLapsed { .. } => self.apply_offer(event, at)?,
            OrderEvent::Route(event) => self.apply_route(event, at)?,
            OrderEvent::Probe(event) => self.apply_probe(event, at)?,
            OrderEvent::PaidOutside { .. }
            | OrderEvent::OutsidePaymentReversed { .. }
            | OrderEvent::PayoutSuperseded { .. } => self.apply_outside(event, at)?,
            OrderEvent::PayoutDecided { .. }
            | OrderEvent::PayoutApproved { .. }
            | OrderEvent::AttemptMade { .. }
            | OrderEvent::PayoutAnswered { .. }
            | OrderEvent::PaidToBalance { .. }
            | OrderEvent::PayoutTraced { .. }
            | OrderEvent::PayoutValued { .. }
            | OrderEvent::PayoutResumed { .. }
            | OrderEvent::PayoutRerouted { .. } => self.apply_payout(event, at)?,
        }
        Some(())
    }

    fn apply_payment(&mut self, event: &OrderEvent, at: Instant) -> Option<()> {
        match event {
            OrderEvent::PaymentOpened { ordinal, no, tender, amount_minor } => self.payments.push(Payment {
                ordinal: *ordinal,
                no: no.clone(),
                tender: tender.clone(),
                amount_minor: *amount_minor,
                returned_minor: 0,
                rate: None,
                state: PaymentState::Open,
            }),
            OrderEvent::PaymentSucceeded { ordinal, channel_ref } => {
                let payment = self.payment_mut(*ordinal)?;
                payment.state = PaymentState::Paid { at, channel_ref: channel_ref.clone() };
                self.escrow_minor += payment.amount_minor;
                if self.due_minor() == 0 {
                    // The platform puts up what the coupon took off, so that the seller is owed the whole price.
                    self.escrow_minor += self.discount_minor();
                    self.status = OrderStatus::Paid { paid_at: at };
                    self.units.iter_mut().for_each(|unit| unit.state = UnitState::Awaiting);
                }
            }
            OrderEvent::PartReleased { ordinal } => {
                let payment = self.payment_mut(*ordinal)?;
                payment.returned_minor = payment.amount_minor;
                self.escrow_minor -= payment.amount_minor;
            }
            OrderEvent::PaymentValued { ordinal, rate } => self.payment_mut(*ordinal)?.rate = Some(rate.clone()),
            OrderEvent::ExtraPayment { ordinal, no, channel, channel_ref, amount_minor } => {
                self.escrow_minor += amount_minor;
                self.payments.push(Payment {
                    ordinal: *ordinal,
                    no: no.clone(),
                    tender: Tender::Channel { channel: channel.clone() },
                    amount_minor: *amount_minor,
                    returned_minor: 0,
                    rate: None,
                    state: PaymentState::Extra { at, channel_ref: channel_ref.clone() },
                });
            }
            OrderEvent::PaymentClosing { ordinal } => self.payment_mut(*ordinal)?.state = PaymentState::Closing,
            OrderEvent::PaymentClosed { ordinal } => self.payment_mut(*ordinal)?.state = PaymentState::Closed,
            OrderEvent::PaymentDeclined { ordinal, code } => {
                self.payment_mut(*ordinal)?.state = PaymentState::Declined { code: code.clone() };
            }
            _ => return None,
        }
        Some(())
    }

    fn apply_unit(&mut self, event: &OrderEvent, at: Instant) -> Option<()> {
        match event {
            OrderEvent::CodeIssued { unit, stock } => {
                self.unit_mut(*unit)?.state = UnitState::Sealed { stock: stock.clone(), available_at: at };
            }
            OrderEvent::SoldOut { unit } => self.unit_mut(*unit)?.state = UnitState::SoldOut,
            OrderEvent::CodeRevealed { unit } => {
                let unit = self.unit_mut(*unit)?;
                let UnitState::Sealed { stock, available_at } = unit.state.clone() else { return None };
                unit.state = UnitState::Revealed { stock, available_at, revealed_at: at };
            }
            OrderEvent::Redeemed { unit, redeemed_at } => {
                let unit = self.unit_mut(*unit)?;
                let (stock, available_at, revealed_at) = match unit.state.clone() {
                    UnitState::Sealed { stock, available_at } => (stock, available_at, None),
                    UnitState::Revealed { stock, available_at, revealed_at } => {
                        (stock, available_at, Some(revealed_at).filter(|seen| seen <= redeemed_at))
                    }
                    _ => return None,
                };
                unit.state = UnitState::Redeemed { stock, available_at, revealed_at, redeemed_at: *redeemed_at };
            }
            OrderEvent::Credited { unit, .. } => self.unit_mut(*unit)?.state = UnitState::Credited { available_at: at },
            OrderEvent::UnitCompleted { unit, .. } => self.unit_mut(*unit)?.completed_at = Some(at),
            OrderEvent::UnitReturned { unit, .. } => self.unit_mut(*unit)?.state = UnitState::Returned,
            OrderEvent::UnitReplaced { unit, stock, .. } => {
                let unit = self.unit_mut(*unit)?;
                unit.state = UnitState::Sealed { stock: stock.clone(), available_at: at };
                // The warranty starts again, from a completion of its own (R26).
                unit.completed_at = None;
            }
            _ => return None,
        }
        Some(())
    }

    fn apply_case(&mut self, event: &OrderEvent, by: &Actor, at: Instant) -> Option<()> {
        match event {
            OrderEvent::CaseOpened {
                case,
                units,
                extra_payment,
                reason,
                claimed_minor,
                received_face_minor,
                to_balance,
                text,
                evidence,
                follows,
            } => self.cases.push(Case {
                ordinal: *case,
                units: units.clone(),
                extra_payment: *extra_payment,
                reason: *reason,
                claimed_minor: *claimed_minor,
                received_face_minor: *received_face_minor,
                to_balance: *to_balance,
                applied_at: at,
                applied_by: by.clone(),
                text: text.clone(),
                evidence: evidence.clone(),
                papers: Vec::new(),
                follows: *follows,
                seller_heard: false,
                person_asked: false,
                judges: Vec::new(),
                // Every command that opens a case also says in the same entry whose turn it is or what was decided.
                state: CaseState::Refunding,
                remind_at: None,
                decisions: Vec::new(),
                appeal_until: None,
                panel: None,
                remedy: None,
                remedies: Vec::new(),
            }),
            OrderEvent::SellerAsked { case, due } => {
                self.case_mut(*case)?.enter(CaseState::AwaitingSeller { due: due.clone() });
            }
            OrderEvent::ReviewStarted { case, desk, hearing, due, warn_at, unmanned } => {
                let sitting = Sitting::begin(*hearing, *desk, at, due.clone(), *warn_at, *unmanned);
                self.case_mut(*case)?.enter(CaseState::UnderReview { sitting });
            }
            OrderEvent::ReviewEscalated { case, desk, due } => {
                let case = self.case_mut(*case)?;
                case.remind_at = None;
                let sitting = case.sitting_mut()?;
                (sitting.desk, sitting.due, sitting.claim) = (*desk, due.clone(), None);
                sitting.escalations += 1;
            }
            OrderEvent::TurnExtended { case, due } => *self.case_mut(*case)?.due_mut()? = due.clone(),
            OrderEvent::ReminderSet { case, at } => self.case_mut(*case)?.remind_at = Some(*at),
            OrderEvent::TurnReminded { case, next } => self.case_mut(*case)?.remind_at = *next,
            OrderEvent::CaseClaimed { case, by } => {
                self.case_mut(*case)?.sitting_mut()?.claim = Some(Claim { by: by.clone(), at });
            }
            OrderEvent::MaterialAsked { case, wanted, due, .. } => {
                let case = self.case_mut(*case)?;
                if let Some(remedy) = &mut case.remedy {
                    remedy.wanted = Some(Wanted { kinds: wanted.clone(), due: due.clone() });
                    case.remind_at = None;
                } else {
                    let CaseState::UnderReview { sitting } = &case.state else { return None };
                    let (desk, hearing) = (sitting.desk, sitting.hearing);
                    case.enter(CaseState::AwaitingBuyer { wanted: wanted.clone(), due: due.clone(), desk, hearing });
                }
            }
            OrderEvent::MaterialGiven { case, evidence, .. } => {
                self.case_mut(*case)?.evidence.extend(evidence.iter().cloned());
            }
            OrderEvent::SellerContested { case } => self.case_mut(*case)?.seller_heard = true,
            OrderEvent::CaseApproved { case, decision, appeal_until } => {
                for award in &decision.awards {
                    if award.unit > 0 {
                        self.unit_mut(award.unit)?.refunded_minor += award.approved_minor;
                    }
                }
                let case = self.case_mut(*case)?;
                case.decide(decision, appeal_until.as_ref());
                // What an appeal adds to money that is waiting for the buyer's choice does not take the choice away.
                if !matches!(case.state, CaseState::AwaitingRoute { .. }) {
                    case.enter(CaseState::Refunding);
                }
                let fee = decision.fee_minor();
                self.draw(fee);
            }
            OrderEvent::CaseRejected { case, decision, appeal_until } => {
                let case = self.case_mut(*case)?;
                case.decide(decision, appeal_until.as_ref());
                case.enter(CaseState::Rejected { code: decision.code?, at });
            }
            OrderEvent::CaseReplaced { case } => self.case_mut(*case)?.enter(CaseState::Replaced { at }),
            OrderEvent::PersonAsked { case } => self.case_mut(*case)?.person_asked = true,
            OrderEvent::CaseWithdrawn { case } => self.case_mut(*case)?.enter(CaseState::Withdrawn { at }),
            OrderEvent::CaseClosed { case, code } => {
                self.case_mut(*case)?.enter(CaseState::Closed { code: *code, at });
            }
            OrderEvent::CaseCompleted { case } => self.case_mut(*case)?.enter(CaseState::Completed { at }),
            _ => return None,
        }
        Some(())
    }

    fn apply_hearing(&mut self, event: &OrderEvent, by: &Actor, at: Instant) -> Option<()> {
        match event {
            OrderEvent::ReviewWarned { case } => self.case_mut(*case)?.sitting_mut()?.warn_at = None,
            OrderEvent::ArbitratorInvited { case, arbitrator } => {
                self.case_mut(*case)?.sitting_mut()?.invited = Some(arbitrator.clone());
            }
            OrderEvent::DecisionProposed { case, proposal } => {
                self.case_mut(*case)?.sitting_mut()?.proposal = Some(Box::new(proposal.clone()));
            }
            OrderEvent::DecisionTakenBack { case } => self.case_mut(*case)?.sitting_mut()?.proposal = None,
            OrderEvent::PanelDrawn { case, seats, majority, due } => {
                let case = self.case_mut(*case)?;
                let seat = |drawn: &Arbitrator| Seat {
                    arbitrator: drawn.account.clone(),
                    organisation: drawn.organisation.clone(),
                    vote: None,
                };
                case.panel = Some(Box::new(Panel {
                    seats: seats.iter().map(seat).collect(),
                    majority: *majority,
                    drawn_at: at,
                    evidence_until: due.clone(),
                    votes_until: None,
                }));
                let hearing = case.sitting()?.hearing;
                case.enter(CaseState::BeforePanel { due: due.clone(), voting: false, hearing });
            }
            OrderEvent::PanelVoting { case, due } => {
                let case = self.case_mut(*case)?;
                let CaseState::BeforePanel { hearing, .. } = case.state else { return None };
                case.panel.as_mut()?.votes_until = Some(due.clone());
                case.enter(CaseState::BeforePanel { due: due.clone(), voting: true, hearing });
            }
            OrderEvent::PanelVoted { case, arbitrator, vote } => {
                let panel = self.case_mut(*case)?.panel.as_mut()?;
                panel.seats.iter_mut().find(|seat| seat.arbitrator == *arbitrator)?.vote = Some(vote.clone());
            }
            OrderEvent::PanelUndecided { case } => {
                self.case(*case)?;
            }
            OrderEvent::RemedyOpened {
                case,
                ground,
                rule,
                claimed_minor,
                words,
                evidence,
                desk,
                due,
                warn_at,
                unmanned,
            } => {
                let case = self.case_mut(*case)?;
                case.evidence.extend(evidence.iter().cloned());
                case.remind_at = None;
                case.remedy = Some(Box::new(Remedy {
                    ground: *ground,
                    rule: rule.clone(),
                    opened_at: at,
                    opened_by: by.clone(),
                    claimed_minor: *claimed_minor,
                    words: words.clone(),
                    wanted: None,
                    sitting: Sitting::begin(ground.hearing(), *desk, at, due.clone(), *warn_at, *unmanned),
                }));
            }
            OrderEvent::RemedyResumed { case, due } => {
                let case = self.case_mut(*case)?;
                case.remind_at = None;
                let remedy = case.remedy.as_mut()?;
                remedy.wanted = None;
                remedy.sitting.due = due.clone();
            }
            OrderEvent::RemedyClosed { case, ruling } => {
                let case = self.case_mut(*case)?;
                let remedy = case.remedy.take()?;
                case.remind_at = None;
                case.judges.extend(
                    ruling.judge.iter().filter(|judge| !case.judges.contains(judge)).cloned().collect::<Vec<_>>(),
                );
                case.remedies.push(PastRemedy {
                    ground: remedy.ground,
                    opened_at: remedy.opened_at,
                    closed_at: at,
                    ruling: ruling.clone(),
                });
            }
            _ => return None,
        }
        Some(())
    }

    fn apply_offer(&mut self, event: &OrderEvent, at: Instant) -> Option<()> {
        match event {
            OrderEvent::OfferMade { offer, case, units, reason, terms, words, due, spends_turn } => {
                self.offers.push(SellerOffer {
                    ordinal: *offer,
                    case: *case,
                    units: units.clone(),
                    reason: *reason,
                    terms: *terms,
                    words: words.clone(),
                    made_at: at,
                    due: due.clone(),
                    state: OfferState::Standing,
                });
                if let (Some(case), true) = (case, spends_turn) {
                    let case = self.case_mut(*case)?;
                    case.seller_heard = true;
                    case.enter(CaseState::OfferMade { offer: *offer, due: due.clone() });
                }
            }
            OrderEvent::OfferAccepted { offer } => self.offer_mut(*offer)?.state = OfferState::Accepted,
            OrderEvent::OfferDeclined { offer } => self.offer_mut(*offer)?.state = OfferState::Declined,
            OrderEvent::OfferLapsed { offer } => self.offer_mut(*offer)?.state = OfferState::Lapsed,
            _ => return None,
        }
        Some(())
    }

    fn apply_payout(&mut self, event: &OrderEvent, at: Instant) -> Option<()> {
        match event {
            OrderEvent::PayoutDecided { payout } => {
                self.draw(payout.amount_minor);
                self.payment_mut(payout.destination.payment())?.returned_minor += payout.amount_minor;
                self.payouts.push((**payout).clone());
            }
            OrderEvent::PayoutApproved { payout, .. } => {
                self.payout_mut(*payout)?.state = PayoutState::Due { step: Step::Send, at };
            }
            OrderEvent::AttemptMade { payout, step, attempt, until, .. } => {
                let payout = self.payout_mut(*payout)?;
                payout.attempts = *attempt;
                if *step == Step::Send {
                    payout.sent = true;
                    payout.sent_at.get_or_insert(at);
                }
                payout.state = PayoutState::Calling { step: *step, attempt: *attempt, until: *until };
            }
            OrderEvent::PayoutAnswered { payout, outcome, next } => {
                let payout = self.payout_mut(*payout)?;
                match outcome {
                    Outcome::Accepted { channel_ref } if payout.accepted.is_none() => {
                        payout.accepted = Some(Accepted { at, channel_ref: channel_ref.clone() });
                    }
                    Outcome::OtherRoute { code } => payout.refusal = Some(code.clone()),
                    _ => {}
                }
                if let (Outcome::Bounced { .. }, PayoutState::Arrived { at: arrived_at, .. }) = (outcome, &payout.state)
                {
                    let arrived_at = payout.accepted.as_ref().map_or(*arrived_at, |a| a.at.min(*arrived_at));
                    payout.bounced = Some(Bounced { arrived_at, at });
                }
                payout.state = answered(outcome, *next, at);
                if matches!(payout.state, PayoutState::Refused { .. }) {
                    let case = payout.case;
                    self.case_mut(case)?.enter(CaseState::AwaitingRoute { since: at });
                }
            }
            OrderEvent::PaidToBalance { payout, lot } => {
                let payout = self.payout_mut(*payout)?;
                payout.lot = *lot;
                payout.state = PayoutState::Arrived { at, channel_ref: String::new() };
            }
            OrderEvent::PayoutValued { payout, rate, .. } => self.payout_mut(*payout)?.rate = Some(rate.clone()),
            OrderEvent::PayoutTraced { payout } => self.payout_mut(*payout)?.traced_since = Some(at),
            OrderEvent::PayoutResumed { payout } => {
                self.payout_mut(*payout)?.state = PayoutState::Due { step: Step::Ask, at };
            }
            OrderEvent::PayoutRerouted { payout } => {
                let old = self.payout(*payout)?.clone();
                // The refused sum is back with the merchant; the new payout draws it again.
                self.escrow_minor += old.amount_minor;
                self.payment_mut(old.destination.payment())?.returned_minor -= old.amount_minor;
                self.payout_mut(*payout)?.state = PayoutState::Rerouted;
                self.case_mut(old.case)?.enter(CaseState::Refunding);
            }
            _ => return None,
        }
        Some(())
    }

    fn apply_outside(&mut self, event: &OrderEvent, at: Instant) -> Option<()> {
        match event {
            OrderEvent::PayoutSuperseded { payout } => {
                let old = self.payout(*payout)?.clone();
                self.escrow_minor += old.amount_minor;
                self.payment_mut(old.destination.payment())?.returned_minor -= old.amount_minor;
                self.payout_mut(*payout)?.state = PayoutState::Superseded { at };
                let waits = self.payouts_of(old.case).any(|p| matches!(p.state, PayoutState::Refused { .. }));
                let case = self.case_mut(old.case)?;
                if !waits && matches!(case.state, CaseState::AwaitingRoute { .. }) {
                    case.enter(CaseState::Refunding);
                }
            }
            OrderEvent::PaidOutside { paid } => {
                let mut paid = (**paid).clone();
                let own = paid.covers.own_minor();
                if paid.by != PaidBy::Seller {
                    paid.drawn = Some(self.draw_shares(own));
                    self.draw(own);
                }
                if let PaidBy::Channel { payment, .. } = &paid.by {
                    self.payment_mut(*payment)?.returned_minor += own;
                }
                for (unit, minor) in &paid.covers.units {
                    self.unit_mut(*unit)?.refunded_minor += minor;
                }
                self.outside_payments.push(paid);
            }
            OrderEvent::OutsidePaymentReversed { ordinal } => {
                let index = usize::from(*ordinal).checked_sub(1)?;
                let paid = self.outside_payments.get_mut(index)?;
                paid.reversed_at = Some(at);
                let paid = paid.clone();
                if let Some(drawn) = paid.drawn {
                    let shares = self.reversed_shares(drawn);
                    self.escrow_minor += shares.escrow;
                    self.settled_minor += shares.seller;
                    self.commission_minor += shares.commission;
                }
                if let PaidBy::Channel { payment, .. } = &paid.by {
                    self.payment_mut(*payment)?.returned_minor -= paid.covers.own_minor();
                }
                for (unit, minor) in &paid.covers.units {
                    self.unit_mut(*unit)?.refunded_minor -= minor;
                }
                for part in &paid.covers.instead {
                    let case = self.payout(part.payout)?.case;
                    let case = self.case_mut(case)?;
                    if matches!(case.state, CaseState::Completed { .. }) {
                        case.enter(CaseState::Refunding);
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Takes money out of escrow, then out of what the seller and the platform were already given (R27).
    fn draw(&mut self, amount_minor: i64) {
        let shares = self.draw_shares(amount_minor);
        self.escrow_minor -= shares.escrow;
        self.settled_minor -= shares.seller;
        self.commission_minor -= shares.commission;
    }

    fn unit_mut(&mut self, no: u16) -> Option<&mut Unit> {
        self.units.get_mut(usize::from(no).checked_sub(1)?)
    }

    fn case_mut(&mut self, ordinal: u16) -> Option<&mut Case> {
        self.cases.get_mut(usize::from(ordinal).checked_sub(1)?)
    }

    fn offer_mut(&mut self, ordinal: u16) -> Option<&mut SellerOffer> {
        self.offers.get_mut(usize::from(ordinal).checked_sub(1)?)
    }

    fn payout_mut(&mut self, ordinal: u16) -> Option<&mut Payout> {
        self.payouts.get_mut(usize::from(ordinal).checked_sub(1)?)
    }

    fn payment_mut(&mut self, ordinal: u16) -> Option<&mut Payment> {
        self.payments.get_mut(usize::from(ordinal).checked_sub(1)?)
    }
}

/// The state an answer leads to. `next` is the next call; without one the answer was the last word.
fn answered(outcome: &Outcome, next: Option<(Step, Instant)>, at: Instant) -> PayoutState {
    let stuck = |code: &str, why| PayoutState::Stuck { since: at, code: code.to_owned(), why };
    match (outcome, next) {
        (Outcome::Arrived { channel_ref }, _) => PayoutState::Arrived { at, channel_ref: channel_ref.clone() },
        (Outcome::NeedFunds { code }, _) => stuck(code, StuckWhy::NeedFunds),
        (Outcome::FixRequest { code }, _) => stuck(code, StuckWhy::FixRequest),
        (Outcome::ManualAtChannel { code }, _) => stuck(code, StuckWhy::ManualAtChannel),
        (_, Some((step, at))) => PayoutState::Due { step, at },
        (Outcome::OtherRoute { code } | Outcome::Bounced { code }, None) => {
            PayoutState::Refused { at, code: code.clone() }
        }
        (
            Outcome::Accepted { .. } | Outcome::Unknown { .. } | Outcome::NotFound | Outcome::RetrySameId { .. },
            None,
        ) => PayoutState::Due { step: Step::Ask, at },
    }
}

impl Case {
    fn enter(&mut self, state: CaseState) {
        self.state = state;
        self.remind_at = None;
    }

    fn decide(&mut self, decision: &Decision, appeal_until: Option<&Deadline>) {
        if let Some(judge) = decision.judge.iter().find(|judge| !self.judges.contains(judge)) {
            self.judges.push(judge.clone());
        }
        self.decisions.push(decision.clone());
        self.appeal_until = appeal_until.cloned();
    }

    fn sitting_mut(&mut self) -> Option<&mut Sitting> {
        match (&mut self.remedy, &mut self.state) {
            (Some(remedy), _) => Some(&mut remedy.sitting),
            (None, CaseState::UnderReview { sitting }) => Some(sitting),
            _ => None,
        }
    }

    /// The end of the turn that can be extended.
    fn due_mut(&mut self) -> Option<&mut Deadline> {
        match (&mut self.remedy, &mut self.state) {
            (Some(remedy), _) => match &mut remedy.wanted {
                Some(wanted) => Some(&mut wanted.due),
                None => Some(&mut remedy.sitting.due),
            },
            (None, CaseState::UnderReview { sitting }) => Some(&mut sitting.due),
            (
                None,
                CaseState::AwaitingBuyer { due, .. }
                | CaseState::AwaitingSeller { due }
                | CaseState::OfferMade { due, .. }
                | CaseState::BeforePanel { due, .. },
            ) => Some(due),
            (None, CaseState::Rejected { .. }) => self.appeal_until.as_mut(),
            _ => None,
        }
    }
}

impl Sitting {
    fn begin(
        hearing: Hearing,
        desk: Desk,
        at: Instant,
        due: Deadline,
        warn_at: Option<Instant>,
        unmanned: bool,
    ) -> Self {
        Self {
            hearing,
            desk,
            entered_at: at,
            due,
            escalations: 0,
            warn_at,
            unmanned,
            invited: None,
            claim: None,
            proposal: None,
        }
    }
}
