//! Products and the terms they are sold under.

use crate::ids::{ProductId, SellerId};
use serde::{Deserialize, Serialize};

/// What is sold (S27). A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// A card or redemption code for a game (游戏点卡).
    GameCard,
    /// Virtual currency (虚拟币).
    VirtualCurrency,
    /// Credit put straight onto an account or phone (直充).
    DirectTopUp,
    /// A membership (会员).
    Membership,
    /// A software licence (软件授权).
    SoftwareLicence,
}

impl ProductKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::GameCard, Self::VirtualCurrency, Self::DirectTopUp, Self::Membership, Self::SoftwareLicence];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::GameCard => "game_card",
            Self::VirtualCurrency => "virtual_currency",
            Self::DirectTopUp => "direct_top_up",
            Self::Membership => "membership",
            Self::SoftwareLicence => "software_licence",
        }
    }
}

/// How a unit reaches the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// A code from stock, sealed until the buyer reveals it.
    Code,
    /// The seller or his supplier credits the buyer's account elsewhere and reports the supplier's number.
    Credit,
}

/// What counts as delivered (R6). The same sentence stands on product, checkout, order and refund form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryEvent {
    /// The code was issued to the order.
    CodeGenerated,
    /// The buyer revealed the code.
    CodeRevealed,
    /// The top-up or membership was credited.
    Credited,
}

impl DeliveryEvent {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::CodeGenerated => "code_generated",
            Self::CodeRevealed => "code_revealed",
            Self::Credited => "credited",
        }
    }
}

/// A promise beyond the rules (R9): it may widen R7 and R9, never narrow them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialAgreement {
    /// Until which event a change of mind is accepted; `None`: even after use.
    pub until: Option<DeliveryEvent>,
    /// Natural days after delivery.
    pub days: u32,
    /// Fee in basis points.
    pub fee_basis_points: u32,
}

/// The terms of one product as frozen in an order. Titles and descriptions stand in the product version the terms name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The product.
    pub product: ProductId,
    /// Which version of its page was sold.
    pub product_version: i64,
    /// SHA-256 (hex) of that version as stored.
    pub page_digest: String,
    /// What it is.
    pub kind: ProductKind,
    /// How a unit reaches the buyer.
    pub delivery: DeliveryMode,
    /// What counts as delivered (R6).
    pub delivery_event: DeliveryEvent,
    /// Face value of one unit in minor units of the order's currency; zero when the product has none.
    pub face_minor: i64,
    /// Price of one unit in minor units of the order's currency.
    pub price_minor: i64,
    /// Delivery promise in hours (R24).
    pub promise_hours: u32,
    /// Application window in natural days after completion (R5).
    pub window_days: u32,
    /// Warranty in natural days after a unit's completion (R31); zero for none.
    pub warranty_days: u32,
    /// Fee on personal reasons in basis points, as disclosed at checkout; zero when none was disclosed (R10).
    pub fee_basis_points: u32,
    /// The seller's commission in basis points, kept by the platform on settlement.
    pub commission_basis_points: u32,
    /// A special agreement, if the product has one (R9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub special: Option<SpecialAgreement>,
    /// Goods the platform sells itself (自营): cases skip the seller (R32, R35).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub self_operated: bool,
}

/// A product as it can be bought right now: the fact a `Place` command is decided on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Who sells it.
    pub seller: SellerId,
    /// Its currency (ISO 4217 code).
    pub currency: yuanlu_money::Currency,
    /// Its terms today.
    pub terms: Terms,
    /// Whether the law wants an un-ticked confirmation before paying (R9).
    pub needs_confirmation: bool,
    /// Whether it may be bought now.
    pub on_sale: bool,
}
