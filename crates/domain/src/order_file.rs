//! The order file (卷宗): an order, its units, payments, cases and payouts, as one consistent value.
//!
//! `evolve` is the only way it changes. All amounts are minor units of the file's currency.

use crate::actor::{Actor, Party};
use crate::calendar::Deadline;
use crate::case::{Case, CaseState, Claim, Hearing};
use crate::event::{Item, OrderEvent, Tender};
use crate::ids::{AccountId, CaseId, ChannelNumber, OrderId, SellerId, StockId};
use crate::payout::{Accepted, Outcome, Payout, PayoutState, Step, StuckWhy};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use yuanlu_money::Currency;

/// Where a unit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum UnitState {
    /// Not paid.
    Unpaid,
    /// Paid, nothing delivered yet.
    Awaiting,
    /// Paid, and no code was left (R32: refunded without application).
    SoldOut,
    /// A code was issued and nobody has seen it.
    Sealed {
        /// The code.
        stock: StockId,
        /// When it was issued.
        available_at: Instant,
    },
    /// The buyer has seen the code.
    Revealed {
        /// The code.
        stock: StockId,
        /// When it was issued.
        available_at: Instant,
        /// When he saw it.
        revealed_at: Instant,
    },
    /// The code was used.
    Redeemed {
        /// The code.
        stock: StockId,
        /// When it was issued.
        available_at: Instant,
        /// When the buyer saw it; `None`: never, so somebody else used it (R25).
        revealed_at: Option<Instant>,
        /// When it was used.
        redeemed_at: Instant,
    },
    /// Credited to the buyer's account elsewhere.
    Credited {
        /// When.
        available_at: Instant,
    },
    /// Given back, never delivered, or never paid: over.
    Returned,
}

impl UnitState {
    /// The stable code; also the fact `unit_state` of the policy.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Awaiting => "awaiting",
            Self::SoldOut => "sold_out",
            Self::Sealed { .. } => "sealed",
            Self::Revealed { .. } => "revealed",
            Self::Redeemed { .. } => "redeemed",
            Self::Credited { .. } => "credited",
            Self::Returned => "returned",
        }
    }

    /// When code or credit was made available, if it was.
    pub fn available_at(&self) -> Option<Instant> {
        match self {
            Self::Sealed { available_at, .. }
            | Self::Revealed { available_at, .. }
            | Self::Redeemed { available_at, .. }
            | Self::Credited { available_at } => Some(*available_at),
            Self::Unpaid | Self::Awaiting | Self::SoldOut | Self::Returned => None,
        }
    }

    /// The code, if one was issued.
    pub fn stock(&self) -> Option<&StockId> {
        match self {
            Self::Sealed { stock, .. } | Self::Revealed { stock, .. } | Self::Redeemed { stock, .. } => Some(stock),
            Self::Unpaid | Self::Awaiting | Self::SoldOut | Self::Credited { .. } | Self::Returned => None,
        }
    }
}

/// One code or one top-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Number in the file, from 1.
    pub no: u16,
    /// Index of its item.
    pub item: u16,
    /// What was really paid for it (coupon value is not paid, R12).
    pub paid_minor: i64,
    /// What was decided to go back of it, fees included.
    pub refunded_minor: i64,
    /// When it was completed (R31).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Instant>,
    /// Where it stands.
    pub state: UnitState,
}

impl Unit {
    /// What can still go back (R12).
    pub fn refundable_minor(&self) -> i64 {
        self.paid_minor - self.refunded_minor
    }
}

/// Where a payment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum PaymentState {
    /// Begun; no word yet.
    Open,
    /// The money is here.
    Paid {
        /// When.
        at: Instant,
        /// The channel's number; empty for balance.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        channel_ref: String,
    },
    /// Money that the order did not need (R29).
    Extra {
        /// When.
        at: Instant,
        /// The channel's number.
        channel_ref: String,
    },
    /// Declined.
    Declined {
        /// The channel's code.
        code: String,
    },
}

/// One payment of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Ordinal in the file, from 1.
    pub ordinal: u16,
    /// Its number at the channel.
    pub no: ChannelNumber,
    /// How.
    pub tender: Tender,
    /// How much.
    pub amount_minor: i64,
    /// What payouts already took from it (R13), including ones on their way.
    pub returned_minor: i64,
    /// Where it stands.
    pub state: PaymentState,
}

/// Where the order as a whole stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OrderStatus {
    /// Waits for money.
    AwaitingPayment {
        /// First instant at which it is too late.
        pay_until: Instant,
    },
    /// Nobody paid in time.
    Expired,
    /// Paid; units are delivered and completed one by one.
    Paid {
        /// When.
        paid_at: Instant,
    },
    /// Every unit is completed or given back (R31).
    Completed {
        /// When it was paid.
        paid_at: Instant,
        /// When it was completed.
        at: Instant,
        /// Until when the buyer can apply (R5).
        window_until: Deadline,
        /// When escrow is settled if no case is open.
        settle_at: Instant,
        /// Whether it was.
        settled: bool,
    },
}

impl OrderStatus {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AwaitingPayment { .. } => "awaiting_payment",
            Self::Expired => "expired",
            Self::Paid { .. } => "paid",
            Self::Completed { .. } => "completed",
        }
    }

    /// When the order was paid, if it was.
    pub fn paid_at(&self) -> Option<Instant> {
        match self {
            Self::Paid { paid_at } | Self::Completed { paid_at, .. } => Some(*paid_at),
            Self::AwaitingPayment { .. } | Self::Expired => None,
        }
    }
}

/// An order file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFile {
    /// Its number.
    pub order: OrderId,
    /// For whom.
    pub buyer: Party,
    /// Whose goods.
    pub seller: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Hash of the policy it was bought under.
    pub policy: String,
    /// Hours after which an available unit counts as received (R31), from that policy.
    pub completion_hours: u32,
    /// When it was placed.
    pub placed_at: Instant,
    /// Instant of the last entry; time never runs back in a file.
    pub last_at: Instant,
    /// Where it stands.
    pub status: OrderStatus,
    /// What was bought.
    pub items: Vec<Item>,
    /// Its units.
    pub units: Vec<Unit>,
    /// Its payments.
    pub payments: Vec<Payment>,
    /// Its cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// Its payouts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<Payout>,
    /// Money still in escrow for this order.
    pub escrow_minor: i64,
    /// What the seller was paid for this order and has not given back.
    pub settled_minor: i64,
    /// Commission the platform keeps of it.
    pub commission_minor: i64,
}

impl OrderFile {
    /// What the order costs.
    pub fn total_minor(&self) -> i64 {
        self.items.iter().map(|item| item.terms.price_minor * i64::from(item.quantity)).sum()
    }

    /// The item of a unit.
    pub fn item_of(&self, unit: &Unit) -> Option<&Item> {
        self.items.get(usize::from(unit.item))
    }

    /// A unit by number.
    pub fn unit(&self, no: u16) -> Option<&Unit> {
        self.units.get(usize::from(no).checked_sub(1)?)
    }

    /// A case by ordinal.
    pub fn case(&self, ordinal: u16) -> Option<&Case> {
        self.cases.get(usize::from(ordinal).checked_sub(1)?)
    }

    /// A payout by ordinal.
    pub fn payout(&self, ordinal: u16) -> Option<&Payout> {
        self.payouts.get(usize::from(ordinal).checked_sub(1)?)
    }

    /// A payment by ordinal.
    pub fn payment(&self, ordinal: u16) -> Option<&Payment> {
        self.payments.get(usize::from(ordinal).checked_sub(1)?)
    }

    /// The id of a case.
    pub fn case_id(&self, ordinal: u16) -> CaseId {
        CaseId::of(&self.order, ordinal)
    }

    /// Payouts of a case.
    pub fn payouts_of(&self, case: u16) -> impl Iterator<Item = &Payout> {
        self.payouts.iter().filter(move |p| p.case == case)
    }

    /// The open case that holds a unit, if any (R22).
    pub fn open_case_of(&self, unit: u16) -> Option<&Case> {
        self.cases.iter().find(|case| case.state.is_open() && case.units.contains(&unit))
    }

    /// Any case of this file still keeps the seller's money back (R27): open, or rejected and still appealable.
    pub fn settlement_blocked(&self, now: Instant) -> bool {
        self.cases.iter().any(|case| {
            case.state.is_open()
                || matches!(&case.state, CaseState::Rejected { appeal_until, .. } if now < appeal_until.too_late_from)
        })
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
                payout.sent |= *step == Step::Send;
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

    /// Where a sum to be refunded comes from: escrow first, then commission and payable in the proportion in which
    /// they were settled (T25: the rate of the sale, not today's). The payable may go below zero.
    pub fn draw_shares(&self, amount_minor: i64) -> DrawShares {
        let escrow = amount_minor.min(self.escrow_minor.max(0));
        let rest = amount_minor - escrow;
        let settled = self.settled_minor + self.commission_minor;
        let commission = if settled > 0 {
            i64::try_from(i128::from(rest) * i128::from(self.commission_minor) / i128::from(settled)).unwrap_or(0)
        } else {
            0
        };
        DrawShares { escrow, commission, seller: rest - commission }
    }

    /// The hearing a case is in, if one is.
    pub fn hearing_of(&self, case: u16) -> Option<Hearing> {
        match self.case(case)?.state {
            CaseState::UnderReview { hearing, .. } | CaseState::AwaitingBuyer { hearing, .. } => Some(hearing),
            _ => None,
        }
    }

    /// Whether this person is the order's buyer.
    pub fn is_buyer(&self, account: &AccountId) -> bool {
        self.buyer.account() == Some(account)
    }
}

/// Where a refunded sum is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawShares {
    /// Unsettled money of the order.
    pub escrow: i64,
    /// Commission given back by the platform.
    pub commission: i64,
    /// The seller's payable.
    pub seller: i64,
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
