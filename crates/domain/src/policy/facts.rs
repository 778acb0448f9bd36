use crate::case::Reason;
use crate::catalogue::DeliveryEvent;
use crate::order_file::UnitState;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The value of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A number.
    Int(i64),
    /// One of a closed list.
    Text(&'static str),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(yes) => yes.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// The type of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// Yes or no.
    Bool,
    /// A number.
    Int,
    /// One of these.
    OneOf(&'static [&'static str]),
}

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactSource {
    /// What the buyer applied for.
    Application,
    /// The order as placed, with its frozen terms.
    Order,
    /// Delivery, reveal and redemption as the platform recorded them.
    Delivery,
    /// What the channels report.
    Payment,
    /// The clock and the calendar.
    Time,
    /// Findings of risk control.
    Risk,
}

impl FactSource {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Order => "order",
            Self::Delivery => "delivery",
            Self::Payment => "payment",
            Self::Time => "time",
            Self::Risk => "risk",
        }
    }
}

/// A Rust type that a fact can have.
trait FactType: Copy {
    const KIND: FactKind;
    fn value(self) -> Value;
}

impl FactType for bool {
    const KIND: FactKind = FactKind::Bool;
    fn value(self) -> Value {
        Value::Bool(self)
    }
}

impl FactType for i64 {
    const KIND: FactKind = FactKind::Int;
    fn value(self) -> Value {
        Value::Int(self)
    }
}

impl FactType for Reason {
    const KIND: FactKind = FactKind::OneOf(&[
        "not_delivered",
        "late_delivery",
        "not_as_described",
        "invalid_code",
        "not_credited",
        "system_fault",
        "duplicate_charge",
        "personal",
    ]);
    fn value(self) -> Value {
        Value::Text(self.code())
    }
}

impl FactType for DeliveryEvent {
    const KIND: FactKind = FactKind::OneOf(&["code_generated", "code_revealed", "credited"]);
    fn value(self) -> Value {
        Value::Text(self.code())
    }
}

impl FactType for UnitCode {
    const KIND: FactKind =
        FactKind::OneOf(&["unpaid", "awaiting", "sold_out", "sealed", "revealed", "redeemed", "credited", "returned"]);
    fn value(self) -> Value {
        Value::Text(self.code())
    }
}

/// Where a unit stands, without the details of [`UnitState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitCode {
    /// Not paid.
    Unpaid,
    /// Paid, nothing delivered yet.
    Awaiting,
    /// Paid, and no code was left.
    SoldOut,
    /// A code was issued and nobody has seen it.
    Sealed,
    /// The buyer has seen the code.
    Revealed,
    /// The code was used.
    Redeemed,
    /// Credited to the buyer's account elsewhere.
    Credited,
    /// Given back, or never delivered: over.
    Returned,
}

impl UnitCode {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Unpaid,
        Self::Awaiting,
        Self::SoldOut,
        Self::Sealed,
        Self::Revealed,
        Self::Redeemed,
        Self::Credited,
        Self::Returned,
    ];

    /// The stable code, the same as [`UnitState::code`].
    pub fn code(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Awaiting => "awaiting",
            Self::SoldOut => "sold_out",
            Self::Sealed => "sealed",
            Self::Revealed => "revealed",
            Self::Redeemed => "redeemed",
            Self::Credited => "credited",
            Self::Returned => "returned",
        }
    }
}

impl From<&UnitState> for UnitCode {
    fn from(state: &UnitState) -> Self {
        match state {
            UnitState::Unpaid => Self::Unpaid,
            UnitState::Awaiting => Self::Awaiting,
            UnitState::SoldOut => Self::SoldOut,
            UnitState::Sealed { .. } => Self::Sealed,
            UnitState::Revealed { .. } => Self::Revealed,
            UnitState::Redeemed { .. } => Self::Redeemed,
            UnitState::Credited { .. } => Self::Credited,
            UnitState::Returned => Self::Returned,
        }
    }
}

macro_rules! facts {
    ($($fact:ident $field:ident: $type:ty, $source:ident, $unit:literal, $zh:literal, $en:literal;)*) => {
        /// The fact dictionary: everything a table may ask about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fact {
            $(#[doc = $en] $fact,)*
        }

        impl Fact {
            /// Every fact, in the order of the dictionary.
            pub const ALL: &'static [Self] = &[$(Self::$fact),*];

            /// The name in tables and stored facts.
            pub fn id(self) -> &'static str {
                match self { $(Self::$fact => stringify!($field),)* }
            }

            /// Its type.
            pub fn kind(self) -> FactKind {
                match self { $(Self::$fact => <$type as FactType>::KIND,)* }
            }

            /// Its name in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(Self::$fact => $zh,)* }
            }

            /// Its name in English.
            pub fn en(self) -> &'static str {
                match self { $(Self::$fact => $en,)* }
            }

            /// The unit it is counted in; empty where it is not a number.
            pub fn unit(self) -> &'static str {
                match self { $(Self::$fact => $unit,)* }
            }

            /// Where it comes from.
            pub fn source(self) -> FactSource {
                match self { $(Self::$fact => FactSource::$source,)* }
            }
        }

        /// What is known about one unit (or one extra payment) when a claim is decided; stored with the decision.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct Facts {
            $(#[doc = $en] pub $field: $type,)*
        }

        impl Facts {
            /// The value of one fact.
            pub fn value(&self, fact: Fact) -> Value {
                match fact { $(Fact::$fact => FactType::value(self.$field),)* }
            }
        }
    };
}

facts! {
    Reason reason: Reason, Application, "", "退款原因", "reason given by the buyer";
    AmountMinor amount_minor: i64, Application, "minor", "申请金额", "amount applied for in the whole case";
    Paid paid: bool, Payment, "", "已付款", "order is paid";
    ExtraPayment extra_payment: bool, Payment, "", "存在重复或无主付款", "a second or orphan payment is on record";
    UnitState unit_state: UnitCode, Delivery, "", "商品状态", "state of the unit";
    OpenCase open_case: bool, Order, "", "已有处理中的售后单", "a case for the unit is open";
    DeliveryEvent delivery_event: DeliveryEvent, Order, "", "约定的交付标准", "event that counts as delivery";
    DeliveryEventReached delivery_event_reached: bool, Delivery, "", "已达到交付标准", "event that counts as delivery has happened";
    PromiseEnded promise_ended: bool, Time, "", "承诺发货时间已过", "delivery promise has ended";
    DeliveredLate delivered_late: bool, Delivery, "", "晚于承诺发货", "delivered after the promise";
    WithinWindow within_window: bool, Time, "", "在申请期限或质保期内", "inside the window or the warranty";
    WithinSevenDays within_seven_days: bool, Time, "", "交付后无理由期限内", "inside the natural days after delivery that hold without a confirmation (R9)";
    ConfirmationTicked confirmation_ticked: bool, Order, "", "下单时已勾选确认", "confirmation at checkout was ticked";
    FeeDisclosed fee_disclosed: bool, Order, "", "下单时已告知手续费", "a fee was disclosed at checkout";
    SpecialAgreementApplies special_agreement_applies: bool, Order, "", "特别约定适用", "special agreement of the product covers reason, state and time";
    SpecialAgreementFeeBp special_agreement_fee_bp: i64, Order, "basis points", "特别约定手续费", "fee of the special agreement";
    ArrivalProven arrival_proven: bool, Delivery, "", "有到账证明", "seller or supplier proved arrival on the account ordered";
    RedeemedBeforeReveal redeemed_before_reveal: bool, Delivery, "", "查看前已被使用", "redeemed before the buyer revealed it";
    ForgeryFinding forgery_finding: bool, Risk, "", "申请所依据的凭证系伪造", "claim rests on an item found forged";
    RestrictedBuyer restricted_buyer: bool, Risk, "", "买家受限", "buyer is restricted";
    LargeAmount large_amount: bool, Application, "", "大额", "amount of the case is large (R21)";
    SeveralAccountsOnePayer several_accounts_one_payer: bool, Risk, "", "多个账号共用付款人", "several accounts share one payer";
    SelfOperated self_operated: bool, Order, "", "平台自营", "goods the platform sells itself";
}

impl Facts {
    /// The ordinary case to start from: paid, inside the window, delivery not reached, nothing suspicious, nothing
    /// disclosed, ticked or agreed.
    pub fn ordinary(reason: Reason, unit_state: UnitCode) -> Self {
        Self {
            reason,
            amount_minor: 0,
            paid: true,
            extra_payment: false,
            unit_state,
            open_case: false,
            delivery_event: DeliveryEvent::CodeRevealed,
            delivery_event_reached: false,
            promise_ended: false,
            delivered_late: false,
            within_window: true,
            within_seven_days: true,
            confirmation_ticked: false,
            fee_disclosed: false,
            special_agreement_applies: false,
            special_agreement_fee_bp: 0,
            arrival_proven: false,
            redeemed_before_reveal: false,
            forgery_finding: false,
            restricted_buyer: false,
            large_amount: false,
            several_accounts_one_payer: false,
            self_operated: false,
        }
    }
}
