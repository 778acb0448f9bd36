//! From a decision to money: awards per unit, what becomes of the units, payouts per destination (R10–R15).

use super::Draft;
use crate::calendar::Deadline;
use crate::case::{CaseState, DecidedBy, Decision, PersonalRef, RejectCode, ReviewAnswers, UnitAward, UnitGround};
use crate::event::{OrderEvent, Tender};
use crate::hearing::Hearing;
use crate::ids::{AccountId, ChannelNumber};
use crate::order_file::{OrderFile, OrderStatus, Payment, PaymentState, Unit, UnitState};
use crate::payout::{Destination, Payout, PayoutState, Step};
use crate::rate::{BOOKS, DayRate};
use crate::refusal::Refusal;
use crate::route::Hold;
use crate::stock::fate;
use crate::wallet::LotSource;
use yuanlu_money::{BasisPoints, Money, fee_floor, ratio_ceil, split_by, split_cumulative};

/// The grounds of a decision, as far as they do not depend on the sum.
#[derive(Clone)]
pub(super) struct Grounds {
    pub by: DecidedBy,
    pub judge: Option<AccountId>,
    pub row: String,
    pub rules: Vec<String>,
    pub facts: Vec<UnitGround>,
    pub answers: Option<ReviewAnswers>,
    pub words: Option<PersonalRef>,
}

impl Grounds {
    /// Grounds of a rule without a table: silence, agreement, a duplicate charge.
    pub(super) fn of_rule(by: DecidedBy, judge: Option<AccountId>, rule: &str, more: &[&str]) -> Self {
        Self {
            by,
            judge,
            row: rule.to_owned(),
            rules: std::iter::once(rule).chain(more.iter().copied()).map(str::to_owned).collect(),
            facts: Vec::new(),
            answers: None,
            words: None,
        }
    }
}

/// The most that may go back of a unit for a case: R12, and R11 where it was used and holds less than promised.
pub fn unit_limit(file: &OrderFile, received_face_minor: Option<i64>, unit: &Unit) -> i64 {
    let refundable = unit.refundable_minor();
    let used = matches!(unit.state, UnitState::Redeemed { .. } | UnitState::Credited { .. });
    let (Some(received), true) = (received_face_minor, used) else { return refundable };
    let face = file.item_of(unit).map_or(0, |item| item.terms.face_minor);
    let missing = face - received;
    if face <= 0 || missing <= 0 {
        return if face > 0 { 0 } else { refundable };
    }
    ratio_ceil(Money::new(unit.paid_minor, file.currency), missing, face)
        .map_or(refundable, |part| part.minor().min(refundable))
}

impl Draft<'_, '_> {
    /// The most a case can be approved for.
    pub(super) fn case_limit(&self, case: u16) -> Result<i64, Refusal> {
        let file = self.file()?;
        let case = self.case(case)?;
        if let Some(payment) = case.extra_payment {
            return Ok(file.payment(payment).map_or(0, |p| p.amount_minor - p.returned_minor));
        }
        Ok(case
            .units
            .iter()
            .filter_map(|no| file.unit(*no))
            .map(|unit| unit_limit(file, case.received_face_minor, unit))
            .sum())
    }

    /// Approves `amount` of a case (at most its limit), split over its units in proportion to their limits. A fee is
    /// taken only on a change of mind, and never more than what checkout disclosed (R10).
    pub(super) fn award(
        &mut self,
        case: u16,
        amount: i64,
        fee_basis_points: u32,
        grounds: Grounds,
    ) -> Result<(), Refusal> {
        let file = self.file()?;
        let found = self.case(case)?;
        let units: Vec<&Unit> = found.units.iter().filter_map(|no| file.unit(*no)).collect();
        let limits: Vec<i64> = units.iter().map(|unit| unit_limit(file, found.received_face_minor, unit)).collect();
        let shares = split_by(amount, &limits).map_err(|_| Refusal::NothingLeft)?;
        let fee = |share: i64| match found.reason.is_fault() {
            true => Ok(0),
            false => BasisPoints::new(fee_basis_points)
                .map(|rate| fee_floor(Money::new(share, file.currency), rate).minor())
                .map_err(|_| Refusal::Inconsistent { what: "fee" }),
        };
        let awards = units
            .iter()
            .zip(shares)
            .filter(|(_, share)| *share > 0)
            .map(|(unit, share)| {
                Ok(UnitAward {
                    unit: unit.no,
                    refundable_minor: unit.refundable_minor(),
                    approved_minor: share,
                    fee_minor: fee(share)?,
                })
            })
            .collect::<Result<Vec<_>, Refusal>>()?;
        self.award_units(case, awards, grounds)
    }

    /// Approves these sums, gives back the units that are paid back whole, and pays.
    pub(super) fn award_units(&mut self, case: u16, awards: Vec<UnitAward>, grounds: Grounds) -> Result<(), Refusal> {
        let blames_code = self.case(case)?.reason.blames_code();
        self.award_blaming(case, awards, grounds, blames_code)
    }

    /// The same, where the codes are said to be bad or not, whatever the case says (R36).
    pub(super) fn award_blaming(
        &mut self,
        case: u16,
        awards: Vec<UnitAward>,
        grounds: Grounds,
        blames_code: bool,
    ) -> Result<(), Refusal> {
        let file = self.file()?;
        let found = self.case(case)?;
        let approved: i64 = awards.iter().map(|a| a.approved_minor).sum();
        let refused = (found.refused_minor() - approved).max(0);
        let decision = self.decision(awards, refused, None, grounds);
        let net = decision.net_minor();
        let returned = returned_units(file, blames_code, &decision);
        let appeal_until = self.appeal_until(case, &decision)?;
        self.end_offers(case)?;
        self.emit(OrderEvent::CaseApproved { case, decision, appeal_until })?;
        for event in returned {
            self.emit(event)?;
        }
        self.pay_out(case, net)?;
        self.settle_coupon()?;
        self.complete_if_done()
    }

    /// R29: an extra payment goes back whole.
    pub(super) fn award_extra(&mut self, case: u16, amount: i64) -> Result<(), Refusal> {
        let award = UnitAward { unit: 0, refundable_minor: amount, approved_minor: amount, fee_minor: 0 };
        let grounds = Grounds::of_rule(DecidedBy::Automatic, None, "R29", &[]);
        let decision = self.decision(vec![award], 0, None, grounds);
        self.emit(OrderEvent::CaseApproved { case, decision, appeal_until: None })?;
        self.pay_out(case, amount)
    }

    pub(super) fn reject_with(&mut self, case: u16, code: RejectCode, grounds: Grounds) -> Result<(), Refusal> {
        let refused = self.case(case)?.refused_minor();
        let decision = self.decision(Vec::new(), refused, Some(code), grounds);
        let appeal_until = self.appeal_until(case, &decision)?;
        let reminder = appeal_until.as_ref().and_then(|until| self.reminder_before(until));
        self.end_offers(case)?;
        self.emit(OrderEvent::CaseRejected { case, decision, appeal_until })?;
        self.remind(case, reminder)
    }

    /// R19: what was refused can be appealed, once; not what both sides agreed on, nor a panel's ruling.
    fn appeal_until(&self, case: u16, decision: &Decision) -> Result<Option<Deadline>, Refusal> {
        let agreed = matches!(decision.by, DecidedBy::Agreement | DecidedBy::Panel);
        let used = self.case(case)?.opened(Hearing::Appeal) > 0;
        let days = self.cx.policy.parameters().appeal_working_days;
        Ok((decision.refused_minor > 0 && !agreed && !used)
            .then(|| self.cx.calendar.working_days_after(self.cx.now, days)))
    }

    fn decision(
        &self,
        awards: Vec<UnitAward>,
        refused_minor: i64,
        code: Option<RejectCode>,
        grounds: Grounds,
    ) -> Decision {
        Decision {
            at: self.cx.now,
            by: grounds.by,
            judge: grounds.judge,
            awards,
            refused_minor,
            code,
            row: grounds.row,
            rules: grounds.rules,
            policy: self.cx.policy_hash.to_owned(),
            facts: grounds.facts,
            answers: grounds.answers,
            words: grounds.words,
        }
    }

    /// One payout per destination (R13): each paid tender in proportion, what was sent already counted.
    pub(super) fn pay_out(&mut self, case: u16, net: i64) -> Result<(), Refusal> {
        let file = self.file()?;
        let found = self.case(case)?;
        let sources: Vec<Payment> = match found.extra_payment {
            Some(extra) => file.payment(extra).into_iter().cloned().collect(),
            None => file.payments.iter().filter(|p| matches!(p.state, PaymentState::Paid { .. })).cloned().collect(),
        };
        // A tie goes to the external channel first (R13).
        let mut sources = sources;
        sources.sort_by_key(|p| (p.tender.wallet().is_some(), p.ordinal));
        let (paid, sent): (Vec<i64>, Vec<i64>) = sources.iter().map(|p| (p.amount_minor, p.returned_minor)).unzip();
        let parts = split_cumulative(&sent, net, &paid).map_err(|_| Refusal::Inconsistent { what: "tenders" })?;
        let to_balance = if found.to_balance { file.buyer.account().cloned() } else { None };
        let in_books = in_books(Money::new(net, file.currency), self.cx.facts.day_rate.as_ref());
        let approval_above = self.cx.policy.parameters().second_approval_above_minor;
        // To an incident a second person agreed already.
        let agreed = found.decision().is_some_and(|decision| decision.by == DecidedBy::Incident);
        let held = in_books > approval_above && !agreed;
        for (payment, amount) in sources.iter().zip(parts).filter(|(_, amount)| *amount > 0) {
            let destination = match (&payment.tender, &to_balance) {
                (Tender::Voucher { wallet, .. }, _) => {
                    Destination::Voucher { payment: payment.ordinal, wallet: wallet.clone() }
                }
                (Tender::Balance { wallet }, _) | (Tender::Channel { .. }, Some(wallet)) => {
                    Destination::Balance { payment: payment.ordinal, wallet: wallet.clone() }
                }
                (Tender::Channel { channel }, None) => {
                    Destination::Original { payment: payment.ordinal, channel: channel.clone() }
                }
            };
            self.decide_payout(case, destination, amount, held)?;
        }
        self.complete_case_if_paid(case)
    }

    /// Reserves the amount and fixes the number under which it will be known for ever.
    pub(super) fn decide_payout(
        &mut self,
        case: u16,
        destination: Destination,
        amount_minor: i64,
        held: bool,
    ) -> Result<(), Refusal> {
        let hold = match &destination {
            // Money that an agent keeps for us must be released by him first (R14).
            Destination::Original { channel, .. } if self.cx.facts.roads.escrow_agents.contains(channel) => {
                Some(Hold::AgentRelease)
            }
            // What goes to a named account is looked at for every sum.
            Destination::Account { .. } => Some(Hold::NameCheck),
            _ => held.then_some(Hold::Approval),
        };
        self.decide_payout_as(case, destination, amount_minor, hold)
    }

    /// The same, held for what is named.
    pub(super) fn decide_payout_as(
        &mut self,
        case: u16,
        destination: Destination,
        amount_minor: i64,
        hold: Option<Hold>,
    ) -> Result<(), Refusal> {
        let now = self.cx.now;
        let file = self.file()?;
        let ordinal = u16::try_from(file.payouts.len() + 1).map_err(|_| Refusal::OnlyOnce)?;
        let no = ChannelNumber::compose(&self.cx.facts.number_prefix, &file.order, 'R', ordinal);
        let (expected, hard) = self.arrival(&destination);
        let hold = match hold {
            None if self.may_be_paid_already(&destination)? => Some(Hold::Approval),
            hold => hold,
        };
        let state = if hold.is_some() { PayoutState::Held } else { PayoutState::Due { step: Step::Send, at: now } };
        let payout = Payout {
            ordinal,
            case,
            no,
            destination,
            amount_minor,
            decided_at: now,
            attempts: 0,
            sent: false,
            sent_at: None,
            refusal: None,
            accepted: None,
            expected,
            hard,
            rate: None,
            traced_since: None,
            hold: hold.unwrap_or_default(),
            checked: None,
            card: None,
            lot: None,
            doubt: None,
            bounced: None,
            state,
        };
        self.emit(OrderEvent::PayoutDecided { payout: Box::new(payout) })?;
        if hold.is_some() { Ok(()) } else { self.credit_wallet(ordinal) }
    }

    /// After a restore nobody can be asked whether a channel's money, that is to go into a wallet now, went back by the
    /// channel in what was lost: a second person looks at the channel's records first.
    fn may_be_paid_already(&self, destination: &Destination) -> Result<bool, Refusal> {
        let file = self.file()?;
        let restored = self.cx.facts.restored_at.is_some_and(|at| file.placed_at < at);
        let by_channel =
            file.payment(destination.payment()).is_some_and(|payment| matches!(payment.tender, Tender::Channel { .. }));
        Ok(restored && by_channel && !matches!(destination, Destination::Original { .. }))
    }

    /// R15: typical and hard time, in working days; balance at once.
    fn arrival(&self, destination: &Destination) -> (Deadline, Deadline) {
        let arrival = self.cx.policy.arrival(destination.arrival_kind());
        let after = |days| match days {
            0 => Deadline {
                too_late_from: self.cx.now.plus_micros(1),
                provisional: false,
                calendar: self.cx.calendar.version().to_owned(),
            },
            days => self.cx.calendar.working_days_after(self.cx.now, days),
        };
        (after(arrival.typical_to), after(arrival.hard))
    }

    /// Balance and vouchers are ours to credit: in the same commit (R15).
    pub(super) fn credit_wallet(&mut self, payout: u16) -> Result<(), Refusal> {
        let file = self.file()?;
        let found = file.payout(payout).ok_or(Refusal::NotFound)?;
        let (wallet, voucher) = match &found.destination {
            Destination::Balance { wallet, .. } => (wallet, false),
            Destination::Voucher { wallet, .. } => (wallet, true),
            Destination::Original { .. } | Destination::Account { .. } => return Ok(()),
        };
        let (account, amount, order, currency) =
            (wallet.clone(), found.amount_minor, file.order.clone(), file.currency);
        if self.wallet.is_none() {
            self.open_wallet(&account, currency)?;
        }
        let wallet = self.wallet.as_ref().ok_or(Refusal::Inconsistent { what: "wallet" })?;
        if wallet.account != account || wallet.currency != currency {
            return Err(Refusal::Inconsistent { what: "wallet" });
        }
        let lot = Some(self.add_lot(amount, voucher, LotSource::Refund { order, payout })?);
        self.emit(OrderEvent::PaidToBalance { payout, lot })
    }

    /// A case is completed when everything it pays has arrived.
    pub(super) fn complete_case_if_paid(&mut self, case: u16) -> Result<(), Refusal> {
        let file = self.file()?;
        let arrived = file
            .payouts_of(case)
            .filter(|p| p.state != PayoutState::Rerouted)
            .all(|p| matches!(p.state, PayoutState::Arrived { .. } | PayoutState::Superseded { .. }));
        if arrived && self.case(case)?.state == CaseState::Refunding {
            self.emit(OrderEvent::CaseCompleted { case })?;
        }
        Ok(())
    }
}

/// Units whose money goes back whole are given back; their codes go where R36 says.
fn returned_units(file: &OrderFile, blames_code: bool, decision: &Decision) -> Vec<OrderEvent> {
    let whole = decision.awards.iter().filter(|award| award.approved_minor == award.refundable_minor);
    whole
        .filter_map(|award| file.unit(award.unit))
        .map(|unit| {
            let revealed = !matches!(unit.state, UnitState::Sealed { .. });
            let stock = unit.state.stock().map(|code| (code.clone(), fate(revealed, blames_code)));
            OrderEvent::UnitReturned { unit: unit.no, stock }
        })
        .collect()
}

/// What an amount is in the currency in which the policy counts; of one without a rate the policy's figure is taken.
pub(super) fn in_books(amount: Money, rate: Option<&DayRate>) -> i64 {
    match rate {
        Some(rate) if amount.currency() != BOOKS => rate.value(amount).unwrap_or(i64::MAX),
        _ => amount.minor(),
    }
}

/// Whether an order may be applied for at all: paid, in any later state.
pub(super) fn is_paid(status: &OrderStatus) -> bool {
    status.paid_at().is_some()
}
