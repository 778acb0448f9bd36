//! A buyer's wallet: balance in lots with an expiry (S17), spent soonest first, never forfeited (R37); vouchers, which are
//! lots that are spent whole, on one order (S18); and coupons, which make an order cheaper and are not money (R12).

use crate::ids::AccountId;
use crate::time::Instant;
use crate::top_up::{TopUp, TopUpEvent};
use serde::{Deserialize, Serialize};

/// One sum that came in, with its own expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Ordinal in the wallet, from 1.
    pub ordinal: u32,
    /// What is left, in minor units.
    pub left_minor: i64,
    /// First instant at which it can no longer be spent.
    pub expires_at: Instant,
    /// Warnings given before its expiry (R37).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub warnings: u8,
    /// A voucher (代金券): spent whole, on one order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub voucher: bool,
}

/// A coupon (优惠券): makes one order cheaper, at the platform's cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// Ordinal in the wallet, from 1.
    pub ordinal: u32,
    /// What it takes off, in minor units.
    pub value_minor: i64,
    /// The least an order must cost before the coupon, in minor units; always more than the value.
    pub least_minor: i64,
    /// First instant at which it can no longer be used.
    pub expires_at: Instant,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_none_yet(n: &u32) -> bool {
    *n == 0
}

/// Where a lot came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LotSource {
    /// Credited by an administrator against money the platform holds.
    Credit,
    /// Given by the platform at its own cost.
    Goodwill,
    /// Set aside for an order that was not paid in full in time.
    Released {
        /// The order.
        order: crate::ids::OrderId,
    },
    /// A refund.
    Refund {
        /// The order it came back from.
        order: crate::ids::OrderId,
        /// The payout's ordinal in that order's file.
        payout: u16,
    },
    /// A redemption code.
    Code {
        /// Its batch.
        batch: crate::ids::DeskId,
        /// Its ordinal there.
        code: u32,
    },
    /// Paid in through a channel.
    TopUp {
        /// The top-up.
        ordinal: u32,
        /// Which channel.
        channel: crate::ids::ChannelId,
    },
}

/// What changes a wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalletEvent {
    /// The wallet began to exist.
    Opened {
        /// Whose.
        account: AccountId,
        /// In which currency.
        currency: yuanlu_money::Currency,
        /// Days before a lot's expiry at which its owner is warned, first and last (R37).
        warning_days: (u32, u32),
    },
    /// A lot came in.
    LotAdded {
        /// The lot.
        lot: Lot,
        /// Where it came from.
        source: LotSource,
    },
    /// Money was spent on an order.
    Spent {
        /// The order.
        order: crate::ids::OrderId,
        /// How much, in minor units.
        amount_minor: i64,
        /// From which lots: ordinal and amount.
        lots: Vec<(u32, i64)>,
    },
    /// A coupon was given by the platform.
    CouponGranted {
        /// The coupon.
        coupon: Coupon,
    },
    /// A coupon was used for an order, which keeps all of it.
    CouponUsed {
        /// The order.
        order: crate::ids::OrderId,
        /// The coupon.
        coupon: u32,
    },
    /// A coupon came back with an order that was refunded in full, or was not paid in time (R13).
    CouponRestored {
        /// The order.
        order: crate::ids::OrderId,
        /// The coupon as it is now.
        coupon: Coupon,
    },
    /// Its owner was warned that a lot nears its expiry (R37).
    LotWarned {
        /// The lot.
        lot: u32,
    },
    /// What had come in without its owner's consent was taken back, as far as it was unspent (R14).
    TakenBack {
        /// The lot.
        lot: u32,
        /// How much, in minor units.
        amount_minor: i64,
    },
    /// An expired lot was granted again for a further term (R37).
    Regranted {
        /// The lot.
        lot: u32,
        /// New expiry.
        expires_at: Instant,
    },
    /// Something happened to a top-up.
    TopUp(TopUpEvent),
}

/// A buyer's balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wallet {
    /// Whose.
    pub account: AccountId,
    /// In which currency.
    pub currency: yuanlu_money::Currency,
    /// Lots that hold something.
    pub lots: Vec<Lot>,
    /// Lots so far.
    pub lots_ever: u32,
    /// Top-ups, from the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top_ups: Vec<TopUp>,
    /// Coupons that can be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<Coupon>,
    /// Coupons so far.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub coupons_ever: u32,
    /// Days before a lot's expiry at which its owner is warned, first and last (R37), from the policy at opening.
    pub warning_days: (u32, u32),
    /// Instant of the last event.
    pub last_at: Instant,
}

impl Wallet {
    /// The balance that can be spent at `now`, in minor units.
    pub fn spendable_minor(&self, now: Instant) -> i64 {
        self.balance_lots().filter(|lot| now < lot.expires_at).map(|lot| lot.left_minor).sum()
    }

    /// The whole balance, expired lots included, in minor units.
    pub fn held_minor(&self) -> i64 {
        self.balance_lots().map(|lot| lot.left_minor).sum()
    }

    /// What the vouchers are worth, expired ones included, in minor units.
    pub fn vouchers_minor(&self) -> i64 {
        self.vouchers().map(|lot| lot.left_minor).sum()
    }

    fn balance_lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(|lot| !lot.voucher)
    }

    /// Its vouchers.
    pub fn vouchers(&self) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(|lot| lot.voucher)
    }

    /// A voucher that can be used at `now`.
    pub fn voucher(&self, ordinal: u32, now: Instant) -> Option<&Lot> {
        self.vouchers().find(|lot| lot.ordinal == ordinal && now < lot.expires_at)
    }

    /// A coupon that can be used at `now`.
    pub fn coupon(&self, ordinal: u32, now: Instant) -> Option<&Coupon> {
        self.coupons.iter().find(|coupon| coupon.ordinal == ordinal && now < coupon.expires_at)
    }

    /// Which lots pay `amount_minor`, soonest expiry first; `None` when there is not enough.
    pub fn draw(&self, amount_minor: i64, now: Instant) -> Option<Vec<(u32, i64)>> {
        let mut lots: Vec<&Lot> = self.balance_lots().filter(|lot| now < lot.expires_at).collect();
        lots.sort_by_key(|lot| (lot.expires_at, lot.ordinal));
        let mut missing = amount_minor;
        let mut drawn = Vec::new();
        for lot in lots {
            let take = lot.left_minor.min(missing);
            if take > 0 {
                drawn.push((lot.ordinal, take));
                missing -= take;
            }
        }
        (missing == 0).then_some(drawn)
    }

    /// Applies an event to a wallet, or to none for `Opened`. `None` when the event does not fit.
    pub fn evolve(before: Option<Self>, event: &WalletEvent, at: Instant) -> Option<Self> {
        let mut wallet = match (before, event) {
            (None, WalletEvent::Opened { account, currency, warning_days }) => {
                return Some(Self {
                    account: account.clone(),
                    currency: *currency,
                    lots: Vec::new(),
                    lots_ever: 0,
                    top_ups: Vec::new(),
                    coupons: Vec::new(),
                    coupons_ever: 0,
                    warning_days: *warning_days,
                    last_at: at,
                });
            }
            (Some(_), WalletEvent::Opened { .. }) | (None, _) => return None,
            (Some(wallet), _) => wallet,
        };
        match event {
            WalletEvent::Opened { .. } => {}
            WalletEvent::LotAdded { lot, .. } => {
                wallet.lots_ever = lot.ordinal;
                wallet.lots.push(lot.clone());
            }
            WalletEvent::Spent { lots, .. } => {
                for (ordinal, amount) in lots {
                    wallet.lots.iter_mut().find(|lot| lot.ordinal == *ordinal)?.left_minor -= amount;
                }
                if wallet.lots.iter().any(|lot| lot.left_minor < 0) {
                    return None;
                }
                wallet.lots.retain(|lot| lot.left_minor > 0);
            }
            WalletEvent::TakenBack { lot, amount_minor } => {
                let held = wallet.lots.iter_mut().find(|held| held.ordinal == *lot)?;
                held.left_minor = held.left_minor.checked_sub(*amount_minor).filter(|left| *left >= 0)?;
                wallet.lots.retain(|lot| lot.left_minor > 0);
            }
            WalletEvent::TopUp(event) => wallet.apply_top_up(event, at)?,
            WalletEvent::CouponGranted { coupon } => {
                wallet.coupons_ever = coupon.ordinal;
                wallet.coupons.push(coupon.clone());
            }
            WalletEvent::CouponUsed { coupon, .. } => {
                let at = wallet.coupons.iter().position(|c| c.ordinal == *coupon)?;
                wallet.coupons.remove(at);
            }
            WalletEvent::CouponRestored { coupon, .. } => wallet.coupons.push(coupon.clone()),
            WalletEvent::LotWarned { lot } => {
                wallet.lots.iter_mut().find(|l| l.ordinal == *lot)?.warnings += 1;
            }
            WalletEvent::Regranted { lot, expires_at } => {
                let lot = wallet.lots.iter_mut().find(|l| l.ordinal == *lot)?;
                (lot.expires_at, lot.warnings) = (*expires_at, 0);
            }
        }
        wallet.last_at = at;
        Some(wallet)
    }
}
