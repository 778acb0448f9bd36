//! Mass incidents.

use super::{MoneyView, SellerRef, When};
use serde::Serialize;
use utoipa::ToSchema;

/// Which orders are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SelectionView {
    /// Of this seller.
    pub seller: Option<SellerRef>,
    /// Id of a product.
    pub product: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// When the batch of codes was loaded.
    pub batch: Option<When>,
    /// Paid through this channel.
    pub channel: Option<String>,
    /// Placed from here on.
    pub from: Option<When>,
    /// Placed before.
    pub until: Option<When>,
    /// Also where the code was used or the credit arrived.
    pub used: bool,
}

/// Money that goes one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WayShareView {
    /// `balance`, `voucher`, or a channel's id.
    pub way: String,
    /// Payouts.
    pub payouts: u32,
    /// How much.
    pub amount: MoneyView,
}

/// What an incident does to a seller's money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerShareView {
    /// Which seller.
    pub seller: SellerRef,
    /// Of how many orders.
    pub orders: u32,
    /// From what is held for him.
    pub escrow: MoneyView,
    /// From what he was paid.
    pub payable: MoneyView,
    /// What the platform gives up or bears.
    pub platform: MoneyView,
    /// What he can be paid now.
    pub payable_now: MoneyView,
    /// What he could be paid afterwards; below zero it is his debt.
    pub payable_after: MoneyView,
    /// His deposit.
    pub deposit: MoneyView,
    /// He would be in debt.
    pub in_debt: bool,
    /// The debt would be more than his deposit.
    pub beyond_deposit: bool,
}

/// Orders with one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhyView {
    /// The code of the reason.
    pub why: String,
    /// How many.
    pub orders: u32,
}

/// What an incident comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentForecastView {
    /// Orders that fit.
    pub orders: u32,
    /// Orders that will be refunded.
    pub refunds: u32,
    /// Open cases that it decides.
    pub cases: u32,
    /// What goes to buyers, by currency.
    pub total: Vec<MoneyView>,
    /// Where it goes.
    pub ways: Vec<WayShareView>,
    /// Where it comes from.
    pub sellers: Vec<SellerShareView>,
    /// Orders there is nothing to do about.
    pub left_out: Vec<WhyView>,
}

/// How far an incident has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentProgressView {
    /// Orders of it.
    pub orders: u32,
    /// Refunded.
    pub done: u32,
    /// There was nothing to do.
    pub skipped: u32,
    /// Could not be refunded.
    pub failed: u32,
    /// Not looked at yet.
    pub left: u32,
    /// How much of it is over, in percent.
    pub percent: u32,
    /// What was refunded, by currency.
    pub refunded: Vec<MoneyView>,
    /// Orders a minute, pauses left out; absent before it ran.
    pub per_minute: Option<u32>,
    /// When it will be over at that pace.
    pub expected_end: Option<When>,
    /// Why there was nothing to do.
    pub skipped_whys: Vec<WhyView>,
    /// Why orders could not be refunded.
    pub failed_whys: Vec<WhyView>,
}

/// A mass incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentView {
    /// Its number.
    pub incident: String,
    /// `gathering`, `waiting` for a second person, `running`, `paused`, `done` or `cancelled`.
    pub state: &'static str,
    /// What is wrong with its orders.
    pub reason: &'static str,
    /// Who bears it: `seller` or `platform`.
    pub bearer: &'static str,
    /// In which words.
    pub words: Option<String>,
    /// Which orders.
    pub selection: SelectionView,
    /// Orders a second; 0 as fast as it goes.
    pub rate: u32,
    /// Who proposed it.
    pub proposed_by: Option<String>,
    /// When.
    pub proposed_at: When,
    /// Who agreed.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<When>,
    /// When its end was told.
    pub finished_at: Option<When>,
    /// What it comes to, as foreseen; absent in lists and while its orders are being written down.
    pub forecast: Option<IncidentForecastView>,
    /// How far it has come.
    pub progress: IncidentProgressView,
    /// What the asker can do: `approve`, `pause`, `resume`, `set_rate`, `cancel`.
    pub actions: Vec<&'static str>,
}

/// An order of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentItemView {
    /// Which order.
    pub order: String,
    /// Whose goods.
    pub seller: SellerRef,
    /// `pending`, `done`, `skipped` or `failed`.
    pub state: &'static str,
    /// Why, or `open_case` where a case that was open was decided; empty where there is nothing to say.
    pub why: String,
    /// What was foreseen.
    pub planned: MoneyView,
    /// What was refunded.
    pub refunded: MoneyView,
    /// The case it was refunded in.
    pub case: Option<String>,
    /// When it was last looked at.
    pub at: Option<When>,
}

/// A product that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductChoice {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// What can be chosen for an incident, by what was chosen before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentChoices {
    /// Every seller.
    pub sellers: Vec<SellerRef>,
    /// Products of the chosen seller.
    pub products: Vec<ProductChoice>,
    /// Batches of codes of the chosen product.
    pub batches: Vec<StockBatchView>,
    /// Channels the shop sells through.
    pub channels: Vec<String>,
}

/// A batch of codes of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StockBatchView {
    /// What names it.
    pub batch: String,
    /// When it was loaded.
    pub loaded_at: When,
    /// How many codes.
    pub codes: u32,
    /// How many of them orders have now.
    pub sold: u32,
}
