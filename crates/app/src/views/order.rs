//! Products, orders and stock.

use super::{CaseSummary, DueView, MoneyView, When};
use serde::Serialize;
use utoipa::ToSchema;

/// A seller as buyers see him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerRef {
    /// Id.
    pub id: String,
    /// Shop name.
    pub name: String,
}

/// A special agreement (R9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SpecialView {
    /// Until which delivery event a change of mind is accepted; absent: even after use.
    pub until: Option<&'static str>,
    /// Natural days after delivery.
    pub days: u32,
    /// Fee in basis points.
    pub fee_basis_points: u32,
}

/// The refund terms that stand on product, checkout, order and refund form alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TermsView {
    /// Kind code: `game_card`, `virtual_currency`, `direct_top_up`, `membership`, `software_licence`.
    pub kind: &'static str,
    /// `code` or `credit`.
    pub delivery: &'static str,
    /// What counts as delivered (R6): `code_generated`, `code_revealed`, `credited`.
    pub delivery_event: &'static str,
    /// Face value of a unit, where it has one.
    pub face: Option<MoneyView>,
    /// Price of a unit.
    pub price: MoneyView,
    /// Delivery promise in hours (R24).
    pub promise_hours: u32,
    /// Application window in natural days (R5).
    pub window_days: u32,
    /// Warranty in natural days; zero for none.
    pub warranty_days: u32,
    /// Fee on personal reasons in basis points (R10); zero when there is none.
    pub fee_basis_points: u32,
    /// The special agreement, if there is one.
    pub special: Option<SpecialView>,
    /// Goods the platform sells itself (自营).
    pub self_operated: bool,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductView {
    /// Id.
    pub id: String,
    /// Version of its page.
    pub version: i64,
    /// Title.
    pub title: String,
    /// Description.
    pub description: String,
    /// How to use it.
    pub how_to_use: String,
    /// The terms it is sold under.
    pub terms: TermsView,
    /// A confirmation must be ticked before paying (R9).
    pub needs_confirmation: bool,
    /// Whose.
    pub seller: SellerRef,
    /// Codes left, counted as far as 1,000; absent for goods without stock.
    pub in_stock: Option<u32>,
    /// It can be bought.
    pub on_sale: bool,
}

/// One kind of goods in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineView {
    /// The product.
    pub product: String,
    /// Title as sold.
    pub title: String,
    /// Description as sold.
    pub description: String,
    /// How to use it, as sold.
    pub how_to_use: String,
    /// How many.
    pub quantity: u16,
    /// The terms as sold.
    pub terms: TermsView,
    /// The confirmation was ticked (R9).
    pub confirmed: bool,
    /// The account or number to be credited, as the buyer typed it.
    pub recipient: Option<String>,
}

/// One code or top-up of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitView {
    /// Number in the order, from 1.
    pub no: u16,
    /// Title as sold.
    pub title: String,
    /// `unpaid`, `awaiting`, `sold_out`, `sealed`, `revealed`, `redeemed`, `credited`, `returned`.
    pub state: &'static str,
    /// When code or credit was made available.
    pub available_at: Option<When>,
    /// When the buyer revealed the code.
    pub revealed_at: Option<When>,
    /// When it counted as received.
    pub completed_at: Option<When>,
    /// What was paid for it.
    pub paid: MoneyView,
    /// What was decided to go back.
    pub refunded: MoneyView,
    /// What can still go back.
    pub refundable: MoneyView,
    /// The code but for its last four characters hidden; only after it was revealed.
    pub masked_code: Option<String>,
    /// The open case about it.
    pub open_case: Option<String>,
    /// What the asker may do with it now: `reveal`, `confirm`, `apply`, `mark_credited`, `report_redemption`.
    pub actions: Vec<&'static str>,
}

/// One payment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PaymentView {
    /// Number at the channel.
    pub no: String,
    /// `balance`, `voucher`, or the channel's id.
    pub how: String,
    /// How much.
    pub amount: MoneyView,
    /// What it was worth in the books, where the order is in another currency.
    pub value: Option<ValueView>,
    /// `open`, `paid`, `extra`, `declined`; `closing`, `closed`: nobody is to make it any more.
    pub state: &'static str,
    /// When it was paid.
    pub at: Option<When>,
}

/// The rate of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayRateView {
    /// The foreign currency.
    pub currency: &'static str,
    /// The currency of the books.
    pub books: &'static str,
    /// What one unit is worth there, as decimal text.
    pub rate: String,
    /// The day it was published for.
    pub day: String,
    /// Who published it.
    pub source: String,
}

/// What an amount in a foreign currency is worth in the books, and by which rate (R28).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValueView {
    /// The worth.
    pub value: MoneyView,
    /// By which rate.
    pub rate: DayRateView,
}

/// The coupon of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UsedCouponView {
    /// What it took off.
    pub off: MoneyView,
    /// It is with the buyer again.
    pub restored: bool,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderView {
    /// Order number.
    pub order: String,
    /// `awaiting_payment`, `expired`, `paid`, `completed`.
    pub status: &'static str,
    /// Bought without an account.
    pub buyer_is_guest: bool,
    /// The buyer, as a name with its middle hidden; absent for guests.
    pub buyer_name: Option<String>,
    /// Whose goods.
    pub seller: SellerRef,
    /// When it was placed.
    pub placed_at: When,
    /// Hash of the rules it was placed under, which it keeps.
    pub policy: String,
    /// When it was paid.
    pub paid_at: Option<When>,
    /// What the goods cost, before a coupon.
    pub price: MoneyView,
    /// The coupon it was placed with.
    pub coupon: Option<UsedCouponView>,
    /// What the buyer pays.
    pub total: MoneyView,
    /// What is still to be paid.
    pub due: MoneyView,
    /// What can still go back.
    pub refundable: MoneyView,
    /// What was bought.
    pub lines: Vec<LineView>,
    /// Its units.
    pub units: Vec<UnitView>,
    /// Its payments.
    pub payments: Vec<PaymentView>,
    /// Its cases.
    pub cases: Vec<CaseSummary>,
    /// Until when it must be paid.
    pub pay_until: Option<When>,
    /// Until when the seller promised to deliver (R24), while something is not delivered.
    pub promised_until: Option<When>,
    /// Until when a refund can be applied for (R5), once it is completed.
    pub window_until: Option<DueView>,
    /// The review of its goods.
    pub review: Option<String>,
    /// The agreements it was bought under, which it keeps.
    pub agreements: Vec<AgreementRef>,
    /// What the asker may do now: `pay`, `reveal`, `confirm`, `apply`, `review`, `claim`, `mark_credited`,
    /// `report_redemption`.
    pub actions: Vec<&'static str>,
}

/// A version of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgreementRef {
    /// Which: `user` or `refund`.
    pub kind: String,
    /// Which version, from 1.
    pub version: i64,
    /// Its hash.
    pub hash: String,
}

/// An order in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OrderRow {
    /// Order number.
    pub order: String,
    /// Status code.
    pub status: &'static str,
    /// Title of the first line.
    pub title: String,
    /// How many units.
    pub units: u32,
    /// Units that wait for delivery.
    pub awaiting: u32,
    /// Whose goods.
    pub seller: SellerRef,
    /// What it costs.
    pub total: MoneyView,
    /// When it was placed.
    pub placed_at: When,
    /// Cases that are open.
    pub open_cases: u32,
}

/// Stock of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockView {
    /// Can be sold.
    pub free: u32,
    /// Belong to orders.
    pub owned: u32,
    /// Never sold again; to be cancelled with the issuer (R36).
    pub quarantined: u32,
}

/// What loading codes did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoadedView {
    /// Codes taken.
    pub loaded: u32,
    /// Numbers of lines whose code is on the platform already, or twice in the input.
    pub duplicates: Vec<u32>,
    /// Numbers of lines that cannot be read.
    pub bad_lines: Vec<u32>,
    /// Stock afterwards.
    pub stock: StockView,
}

/// A payment the buyer is sent to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PaymentToMake {
    /// The order.
    pub order: String,
    /// The channel.
    pub channel: String,
    /// The payment's number.
    pub no: String,
    /// How much.
    pub amount: MoneyView,
    /// First instant it is too late.
    pub pay_until: When,
    /// When the order was placed.
    pub since: When,
}

/// Something an order waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitView {
    /// About what: `payment`, `completion`, `settlement`, `case:1`, `payout:1`.
    pub subject: String,
    /// For whom.
    pub who: String,
    /// The last instant that is in time.
    pub due: When,
    /// What silence does.
    pub on_silence: String,
}
