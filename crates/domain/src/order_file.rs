//! The order file (卷宗): an order, its units, payments, cases and payouts, as one consistent value.
//!
//! `evolve` is the only way it changes. All amounts are minor units of the file's currency.

mod evolve;

use crate::actor::Party;
use crate::calendar::Deadline;
use crate::case::{Case, CaseState, Hearing};
use crate::code_probe::CodeProbe;
use crate::event::{Item, Tender};
use crate::ids::{AccountId, CaseId, ChannelNumber, OrderId, SellerId, StockId};
use crate::offer::{OfferState, SellerOffer};
use crate::outside_payment::OutsidePayment;
use crate::payout::Payout;
use crate::rate::DayRate;
use crate::thread::Thread;
use crate::time::Instant;
use crate::wallet::Coupon;
use serde::{Deserialize, Serialize};
use yuanlu_money::Currency;

/// Where a unit stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

    /// All that was paid for it is on its way back, or came back outside: it is not delivered any more.
    pub fn is_paid_back(&self) -> bool {
        self.paid_minor > 0 && self.refundable_minor() <= 0
    }
}

/// Where a payment stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Nobody is to make it any more; its channel is to close it.
    Closing,
    /// Its channel closed it.
    Closed,
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
    /// What it was worth in the books, where the order is in another currency (R28).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<DayRate>,
    /// Where it stands.
    pub state: PaymentState,
}

/// The coupon an order was placed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedCoupon {
    /// All of it.
    pub coupon: Coupon,
    /// What went back to the platform of it, with the parts of the order that were refunded.
    pub returned_minor: i64,
    /// It is with the buyer again.
    pub restored: bool,
}

/// Where the order as a whole stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Hashes of the agreements that were in force (S25).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agreements: Vec<String>,
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
    /// The coupon it was placed with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<UsedCoupon>,
    /// Its payments.
    pub payments: Vec<Payment>,
    /// Its cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<Case>,
    /// Its payouts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<Payout>,
    /// Offers its seller made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<SellerOffer>,
    /// What was paid outside for losses of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside_payments: Vec<OutsidePayment>,
    /// What issuers were asked about its codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<CodeProbe>,
    /// Its thread.
    #[serde(default, skip_serializing_if = "Thread::is_empty")]
    pub thread: Thread,
    /// Money still in escrow for this order.
    pub escrow_minor: i64,
    /// What the seller was paid for this order and has not given back.
    pub settled_minor: i64,
    /// Commission the platform keeps of it.
    pub commission_minor: i64,
}

impl OrderFile {
    /// What the goods cost, before a coupon.
    pub fn price_minor(&self) -> i64 {
        self.items.iter().map(|item| item.terms.price_minor * i64::from(item.quantity)).sum()
    }

    /// What the coupon took off.
    pub fn discount_minor(&self) -> i64 {
        self.coupon.as_ref().map_or(0, |used| used.coupon.value_minor)
    }

    /// What the buyer pays.
    pub fn total_minor(&self) -> i64 {
        self.price_minor() - self.discount_minor()
    }

    /// What is still to be paid.
    pub fn due_minor(&self) -> i64 {
        let paid = self.payments.iter().filter(|p| matches!(p.state, PaymentState::Paid { .. }));
        self.total_minor() - paid.map(|p| p.amount_minor).sum::<i64>()
    }

    /// Whether everything that was paid is decided to go back, fees included.
    pub fn is_refunded_in_full(&self) -> bool {
        self.units.iter().all(|unit| unit.refundable_minor() == 0)
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
        self.cases.iter().find(|case| case.is_open() && case.units.contains(&unit))
    }

    /// Until when cases of this file keep the seller's money back (R27): `Err` while one is open, else the last instant
    /// at which something refused can still be appealed.
    pub fn settlement_waits(&self) -> Result<Option<Instant>, u16> {
        if let Some(open) = self.cases.iter().find(|case| case.is_open()) {
            return Err(open.ordinal);
        }
        Ok(self.cases.iter().filter_map(|case| case.appealable_until()).map(|until| until.too_late_from).max())
    }

    /// An offer by ordinal.
    pub fn offer(&self, ordinal: u16) -> Option<&SellerOffer> {
        self.offers.get(usize::from(ordinal).checked_sub(1)?)
    }

    /// The offer of a case (or, with `None`, of none) that the buyer may answer.
    pub fn standing_offer(&self, case: Option<u16>) -> Option<&SellerOffer> {
        self.offers.iter().find(|offer| offer.case == case && offer.state == OfferState::Standing)
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

    /// Where money that was drawn goes when it comes back: where it came from, but what was escrow of an order that has
    /// been settled meanwhile is the seller's.
    pub fn reversed_shares(&self, drawn: DrawShares) -> DrawShares {
        match self.status {
            OrderStatus::Completed { settled: true, .. } => {
                DrawShares { escrow: 0, commission: drawn.commission, seller: drawn.seller + drawn.escrow }
            }
            _ => drawn,
        }
    }

    /// The hearing a case is in, if one is.
    pub fn hearing_of(&self, case: u16) -> Option<Hearing> {
        let case = self.case(case)?;
        match (case.sitting(), &case.state) {
            (Some(sitting), _) => Some(sitting.hearing),
            (None, CaseState::AwaitingBuyer { hearing, .. } | CaseState::BeforePanel { hearing, .. }) => Some(*hearing),
            _ => None,
        }
    }

    /// Whether this person is the order's buyer.
    pub fn is_buyer(&self, account: &AccountId) -> bool {
        self.buyer.account() == Some(account)
    }
}

/// Where a refunded sum is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawShares {
    /// Unsettled money of the order.
    pub escrow: i64,
    /// Commission given back by the platform.
    pub commission: i64,
    /// The seller's payable.
    pub seller: i64,
}
