//! The only way an order file changes: one event at a time.

use super::{OrderFile, OrderStatus, Payment, PaymentState, Unit, UnitState};
use crate::actor::{Actor, Party};
use crate::case::{Case, CaseState, Claim};
use crate::event::{OrderEvent, Tender};
use crate::payout::{Accepted, Outcome, Payout, PayoutState, Step, StuckWhy};
use crate::time::Instant;

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
        let OrderEvent::Placed { order, buyer, seller, currency, items, policy, completion_hours, pay_until } = event
        else {
            return None;
        };
        let mut units = Vec::new();
        for (index, item) in items.iter().enumerate() {
            for _ in 0..item.quantity {
                units.push(Unit {
                    no: u16::try_from(units.len() + 1).ok()?,
                    item: u16::try_from(index).ok()?,
                    paid_minor: item.terms.price_minor,
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
            completion_hours: *completion_hours,
            placed_at: at,
            last_at: at,
            status: OrderStatus::AwaitingPayment { pay_until: *pay_until },
            items: items.clone(),
            units,
            payments: Vec::new(),
            cases: Vec::new(),
            payouts: Vec::new(),
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
            | OrderEvent::PaymentDeclined { .. } => self.apply_payment(event, at)?,
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
            | OrderEvent::UnitReturned { .. } => self.apply_unit(event, at)?,
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
            | OrderEvent::CaseCompleted { .. } => self.apply_case(event, by, at)?,
            OrderEvent::PayoutDecided { .. }
            | OrderEvent::PayoutApproved { .. }
            | OrderEvent::AttemptMade { .. }
            | OrderEvent::PayoutAnswered { .. }
            | OrderEvent::PaidToBalance { .. }
            | OrderEvent::PayoutTraced { .. }
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
                state: PaymentState::Open,
            }),
            OrderEvent::PaymentSucceeded { ordinal, channel_ref } => {
                let payment = self.payment_mut(*ordinal)?;
                payment.state = PaymentState::Paid { at, channel_ref: channel_ref.clone() };
                self.escrow_minor += payment.amount_minor;
                self.status = OrderStatus::Paid { paid_at: at };
                self.units.iter_mut().for_each(|unit| unit.state = UnitState::Awaiting);
            }
            OrderEvent::ExtraPayment { ordinal, no, channel, channel_ref, amount_minor } => {
                self.escrow_minor += amount_minor;
                self.payments.push(Payment {
                    ordinal: *ordinal,
                    no: no.clone(),
                    tender: Tender::Channel { channel: channel.clone() },
                    amount_minor: *amount_minor,
                    returned_minor: 0,
                    state: PaymentState::Extra { at, channel_ref: channel_ref.clone() },
                });
            }
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
                seller_heard: false,
                person_asked: false,
                judges: Vec::new(),
                // Every command that opens a case also says in the same entry whose turn it is or what was decided.
                state: CaseState::Refunding,
                decision: None,
            }),
            OrderEvent::SellerAsked { case, due } => {
                self.case_mut(*case)?.state = CaseState::AwaitingSeller { due: due.clone() };
            }
            OrderEvent::ReviewStarted { case, desk, hearing, due } => {
                self.case_mut(*case)?.state = CaseState::UnderReview {
                    desk: *desk,
                    hearing: *hearing,
                    entered_at: at,
                    due: due.clone(),
                    escalations: 0,
                    claim: None,
                };
            }
            OrderEvent::ReviewEscalated { case, desk, due } => {
                let CaseState::UnderReview { desk: old, due: until, escalations, claim, .. } =
                    &mut self.case_mut(*case)?.state
                else {
                    return None;
                };
                (*old, *until, *claim) = (*desk, due.clone(), None);
                *escalations += 1;
            }
            OrderEvent::TurnExtended { case, due } => match &mut self.case_mut(*case)?.state {
                CaseState::AwaitingBuyer { due: until, .. }
                | CaseState::AwaitingSeller { due: until }
                | CaseState::UnderReview { due: until, .. } => *until = due.clone(),
                _ => return None,
            },
            OrderEvent::CaseClaimed { case, by } => {
                let CaseState::UnderReview { claim, .. } = &mut self.case_mut(*case)?.state else { return None };
                *claim = Some(Claim { by: by.clone(), at });
            }
            OrderEvent::MaterialAsked { case, wanted, due, .. } => {
                let case = self.case_mut(*case)?;
                let CaseState::UnderReview { desk, hearing, .. } = case.state else { return None };
                case.state = CaseState::AwaitingBuyer { wanted: wanted.clone(), due: due.clone(), desk, hearing };
            }
            OrderEvent::MaterialGiven { case, evidence, .. } => {
                self.case_mut(*case)?.evidence.extend(evidence.iter().cloned());
            }
            OrderEvent::SellerContested { case } => self.case_mut(*case)?.seller_heard = true,
            OrderEvent::CaseApproved { case, decision } => {
                for award in &decision.awards {
                    if award.unit > 0 {
                        self.unit_mut(award.unit)?.refunded_minor += award.approved_minor;
                    }
                }
                let case = self.case_mut(*case)?;
                case.judges.extend(decision.judge.clone());
                case.decision = Some(decision.clone());
                case.state = CaseState::Refunding;
                let fee = decision.fee_minor();
                self.draw(fee);
            }
            OrderEvent::CaseRejected { case, decision, appeal_until } => {
                let case = self.case_mut(*case)?;
                case.judges.extend(decision.judge.clone());
                case.decision = Some(decision.clone());
                case.state = CaseState::Rejected { code: decision.code?, at, appeal_until: appeal_until.clone() };
            }
            OrderEvent::PersonAsked { case } => self.case_mut(*case)?.person_asked = true,
            OrderEvent::CaseWithdrawn { case } => self.case_mut(*case)?.state = CaseState::Withdrawn { at },
            OrderEvent::CaseClosed { case, code } => {
                self.case_mut(*case)?.state = CaseState::Closed { code: *code, at };
            }
            OrderEvent::CaseCompleted { case } => self.case_mut(*case)?.state = CaseState::Completed { at },
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
            OrderEvent::PayoutApproved { payout } => {
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
                payout.state = answered(outcome, *next, at);
                if matches!(payout.state, PayoutState::Refused { .. }) {
                    let case = payout.case;
                    self.case_mut(case)?.state = CaseState::AwaitingRoute { since: at };
                }
            }
            OrderEvent::PaidToBalance { payout } => {
                self.payout_mut(*payout)?.state = PayoutState::Arrived { at, channel_ref: String::new() };
            }
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
                self.case_mut(old.case)?.state = CaseState::Refunding;
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
