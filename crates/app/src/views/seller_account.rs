//! A seller's money, as he and finance see it.

use super::{MoneyView, SellerRef, When};
use serde::Serialize;
use utoipa::ToSchema;

/// A seller's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerAccountView {
    /// Whose.
    pub seller: SellerRef,
    /// Held for orders that are not settled yet.
    pub escrow: MoneyView,
    /// For how many orders.
    pub escrow_orders: u64,
    /// Earned and not taken out; below zero it is a debt.
    pub payable: MoneyView,
    /// Earned or owed in other currencies: exchanged by itself once there is a rate of the day.
    pub foreign: Vec<MoneyView>,
    /// What he owes that nobody has covered yet.
    pub debt: MoneyView,
    /// What the platform advanced for him and he has not paid back.
    pub advance: MoneyView,
    /// Deposit held.
    pub deposit: MoneyView,
    /// Deposit asked of him.
    pub required_deposit: MoneyView,
    /// What the deposit lacks of that.
    pub lacking_deposit: MoneyView,
    /// A higher deposit is asked for because of his credit (R23).
    pub deposit_raised: bool,
    /// Set aside for withdrawals that wait.
    pub reserved: MoneyView,
    /// Paid out so far.
    pub withdrawn: MoneyView,
    /// What can be withdrawn now.
    pub available: MoneyView,
    /// Where he is paid to, masked.
    pub payout_account: Option<PayoutAccountView>,
    /// Withdrawals, newest first: all that wait, and the last that are over.
    pub withdrawals: Vec<WithdrawalView>,
    /// Working days in which finance executes a withdrawal.
    pub withdrawal_working_days: u32,
    /// Hours a new payout account waits.
    pub payout_account_wait_hours: u32,
    /// What the asker may do: `set_payout_account`, `withdraw`, `top_up_deposit`, `pay_deposit`, `return_deposit`,
    /// `repay_advance`.
    pub actions: Vec<&'static str>,
}

/// A payout account. Masked, except where finance asks for it to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PayoutAccountView {
    /// In whose name.
    pub holder: String,
    /// At which bank.
    pub bank: String,
    /// Its number.
    pub number: String,
    /// When a withdrawal to it can be executed, while that lies ahead.
    pub usable_from: Option<When>,
}

/// A withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WithdrawalView {
    /// Whose.
    pub seller: SellerRef,
    /// Ordinal in his account.
    pub withdrawal: u32,
    /// How much.
    pub amount: MoneyView,
    /// Where to, masked; absent where the account was erased.
    pub to: Option<PayoutAccountView>,
    /// `waiting`, `approved`, `executed`, `refused`, `cancelled`, `stopped`.
    pub state: &'static str,
    /// When it was asked for.
    pub requested_at: When,
    /// From when it may be executed, while that lies ahead.
    pub not_before: Option<When>,
    /// By when finance acts, while it waits.
    pub due: Option<When>,
    /// When it ended.
    pub ended_at: Option<When>,
    /// The bank's reference.
    pub reference: Option<String>,
    /// Why it was refused.
    pub words: Option<String>,
    /// Two people have to look.
    pub needs_two: bool,
    /// What the asker may do: `cancel`, `approve`, `execute`, `refuse`.
    pub actions: Vec<&'static str>,
}

/// Money held for one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EscrowView {
    /// Which order.
    pub order: String,
    /// How much, commission not yet taken off.
    pub amount: MoneyView,
    /// When it goes to the seller if nothing comes between; absent while nobody can say.
    pub release_at: Option<When>,
}

/// What one account did in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementView {
    /// Whose.
    pub seller: SellerRef,
    /// Which account: `payable`, `deposit`, `withdrawal`.
    pub account: &'static str,
    /// Which month: `2026-11`.
    pub month: String,
    /// The month before it.
    pub before: String,
    /// The month after it, where it has begun.
    pub after: Option<String>,
    /// What it stood at when the month began.
    pub opening: MoneyView,
    /// What it stood at when the month ended, or stands at.
    pub closing: MoneyView,
    /// What came and went, by kind.
    pub sums: Vec<StatementSumView>,
    /// The lines, oldest first.
    pub lines: Vec<StatementLineView>,
    /// Cursor of the next page of lines.
    pub next: Option<String>,
}

/// A sum of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementSumView {
    /// What for: the code of a kind of transfer.
    pub what: &'static str,
    /// How much; below zero it went out.
    pub amount: MoneyView,
}

/// A line of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementLineView {
    /// When.
    pub at: When,
    /// What for: the code of a kind of transfer.
    pub what: &'static str,
    /// How much; below zero it went out.
    pub amount: MoneyView,
    /// The order it is about.
    pub order: Option<String>,
}

/// A seller's money in the list of finance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SellerFundsView {
    /// Whose.
    pub seller: SellerRef,
    /// Earned and not taken out; below zero it is a debt.
    pub payable: MoneyView,
    /// Owed and not covered yet.
    pub debt: MoneyView,
    /// Owed for an advance.
    pub advance: MoneyView,
    /// Deposit held.
    pub deposit: MoneyView,
    /// Deposit asked for.
    pub required_deposit: MoneyView,
    /// What the deposit lacks of that.
    pub lacking_deposit: MoneyView,
}
