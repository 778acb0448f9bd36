//! A seller's money (R27): what is held, earned, owed, deposited; withdrawals; and what finance does with all of it.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::credit::score_of;
use crate::errors::{AppError, Result};
use crate::inputs::{BankedInput, Origin, Page, PayoutAccountInput};
use crate::lookup::Lookup;
use crate::order_view::{may, permit};
use crate::principal::Principal;
use crate::seller::{CURRENCY, own_seller};
use crate::submit::FINANCE;
use crate::text;
use crate::views::{
    EscrowView, Listing, MoneyView, PayoutAccountView, SellerAccountView, SellerFundsView, WithdrawalView,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use yuanlu_domain::Actor;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::command::{Act, SellerAct};
use yuanlu_domain::decide::seller::{Funds, available_minor};
use yuanlu_domain::ids::SellerId;
use yuanlu_domain::policy::Parameters;
use yuanlu_domain::seller_account::SellerAccount;
use yuanlu_domain::time::Instant;
use yuanlu_domain::withdrawal::{Withdrawal, WithdrawalState};
use yuanlu_ledger::Account;
use yuanlu_money::Money;
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::personal::{self, PersonalRow};
use yuanlu_storage::{Read, account_balance, order_file, seller, seller_account};

/// Accounts finance looks at on one page.
const MOST_ACCOUNTS: u32 = 200;

/// A bank account as it is sealed into its erasable row.
#[derive(Serialize, Deserialize)]
struct BankAccount {
    holder: String,
    bank: String,
    number: String,
}

/// A seller's account with what the ledger and the policy say about it.
struct Standing {
    account: SellerAccount,
    payable_minor: i64,
    foreign: Vec<Money>,
    required_minor: i64,
    raised: bool,
}

impl Standing {
    fn money(&self, minor: i64) -> MoneyView {
        MoneyView::new(minor, self.account.currency)
    }

    fn lacking_minor(&self) -> i64 {
        (self.required_minor - self.account.deposit_minor).max(0)
    }

    fn available_minor(&self) -> i64 {
        available_minor(&self.account, self.payable_minor, self.required_minor)
    }

    fn owes(&self) -> bool {
        self.payable_minor < 0 || self.account.advance_minor > 0
    }
}

impl App {
    /// The money of the shop one works for.
    pub fn own_seller_account(&self, who: &Principal) -> Result<SellerAccountView> {
        self.seller_account(who, &own_seller(who)?)
    }

    /// A seller's money.
    pub fn seller_account(&self, who: &Principal, seller: &SellerId) -> Result<SellerAccountView> {
        permit(who, Action::ViewSellerAccount, &Object::Shop(seller))?;
        let (now, policy) = (self.now(), self.policy_now()?);
        let parameters = policy.parameters();
        self.db().snapshot(|db| {
            let standing = standing(db, seller, now, parameters)?;
            let mut lookup = Lookup::default();
            let held = order_file::total_held(db, seller)?;
            let (escrow, orders) = held
                .into_iter()
                .find(|(total, _)| total.currency() == standing.account.currency)
                .unwrap_or((Money::new(0, standing.account.currency), 0));
            let account = &standing.account;
            let payout_account = match &account.payout_account {
                Some(to) => self
                    .masked(db, &to.account)?
                    .map(|shown| PayoutAccountView { usable_from: ahead(to.usable_from, now), ..shown }),
                None => None,
            };
            let mut withdrawals = Vec::with_capacity(account.withdrawals.len());
            for withdrawal in account.withdrawals.iter().rev() {
                withdrawals.push(self.withdrawal_view(db, &mut lookup, who, &standing, withdrawal, now, parameters)?);
            }
            Ok(SellerAccountView {
                seller: lookup.seller(db, seller)?,
                escrow: escrow.into(),
                escrow_orders: u64::try_from(orders).unwrap_or_default(),
                payable: standing.money(standing.payable_minor),
                foreign: standing.foreign.iter().copied().map(Into::into).collect(),
                debt: standing.money((-standing.payable_minor).max(0)),
                advance: standing.money(account.advance_minor),
                deposit: standing.money(account.deposit_minor),
                required_deposit: standing.money(standing.required_minor),
                lacking_deposit: standing.money(standing.lacking_minor()),
                deposit_raised: standing.raised,
                reserved: standing.money(account.reserved_minor()),
                withdrawn: standing.money(account.withdrawn_minor),
                available: standing.money(standing.available_minor()),
                payout_account,
                withdrawals,
                withdrawal_working_days: parameters.withdrawal_working_days,
                payout_account_wait_hours: parameters.payout_account_wait_hours,
                actions: account_actions(who, &standing),
            })
        })
    }

    /// What is held for the orders of the shop one works for, the next to be released first.
    pub fn own_escrow(&self, who: &Principal, page: &Page) -> Result<Listing<EscrowView>> {
        let seller = own_seller(who)?;
        permit(who, Action::ViewSellerAccount, &Object::Shop(&seller))?;
        let after = match page.cursor.as_deref() {
            None | Some("") => (i64::MIN, String::new()),
            Some(_) => text::cursor(page).map(|cursor| (cursor.at, cursor.id))?,
        };
        let mut found =
            self.db().read(|db| order_file::list_held(db, &seller, (after.0, &after.1), page.rows() + 1))?;
        let next = text::cut(&mut found, page, |held| {
            text::cursor_text(held.release_at.map_or(i64::MAX, Instant::micros), held.order.as_str())
        });
        let view = |held: order_file::Held| EscrowView {
            order: held.order.to_string(),
            amount: held.amount.into(),
            release_at: held.release_at.map(Into::into),
        };
        Ok(Listing { items: found.into_iter().map(view).collect(), next })
    }

    /// Names the bank account the shop is paid to; asks for the password again.
    pub fn set_payout_account(
        &self,
        who: &Principal,
        input: &PayoutAccountInput,
        origin: &Origin,
    ) -> Result<SellerAccountView> {
        let seller = own_seller(who)?;
        permit(who, Action::ManageSellerAccount, &Object::Shop(&seller))?;
        let holder = text::line("holder", &input.holder, 2, 60)?;
        let bank = text::line("bank", &input.bank, 2, 60)?;
        let number: String = input.number.expose().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        match number.len() {
            0 => return Err(AppError::invalid("number", "required")),
            n if n < 6 => return Err(AppError::invalid("number", "too_short")),
            n if n > 34 => return Err(AppError::invalid("number", "too_long")),
            _ if !number.chars().all(|c| c.is_ascii_alphanumeric()) => {
                return Err(AppError::invalid("number", "unreadable"));
            }
            _ => {}
        }
        self.confirmed(who, &input.password, origin)?;
        let (row, account) = self.sealed_account(&seller, &BankAccount { holder, bank, number })?;
        self.seller_request(who, who.as_seller(&seller), &seller, SellerAct::SetPayoutAccount { account })
            .with([row])
            .send()?;
        self.seller_account(who, &seller)
    }

    /// Asks for a withdrawal.
    pub fn request_withdrawal(&self, who: &Principal, amount: &str, key: Option<&str>) -> Result<SellerAccountView> {
        let seller = own_seller(who)?;
        permit(who, Action::ManageSellerAccount, &Object::Shop(&seller))?;
        let amount = text::amount("amount", amount, CURRENCY)?;
        self.seller_request(who, who.as_seller(&seller), &seller, SellerAct::RequestWithdrawal { amount })
            .once("request_withdrawal", key, &(&seller, amount))?
            .send()?;
        self.seller_account(who, &seller)
    }

    /// Takes a withdrawal back.
    pub fn cancel_withdrawal(&self, who: &Principal, withdrawal: u32) -> Result<SellerAccountView> {
        let seller = own_seller(who)?;
        permit(who, Action::ManageSellerAccount, &Object::Shop(&seller))?;
        self.seller_request(who, who.as_seller(&seller), &seller, SellerAct::CancelWithdrawal { withdrawal }).send()?;
        self.seller_account(who, &seller)
    }

    /// Raises the deposit from earnings.
    pub fn top_up_deposit(&self, who: &Principal, amount: &str, key: Option<&str>) -> Result<SellerAccountView> {
        let seller = own_seller(who)?;
        permit(who, Action::ManageSellerAccount, &Object::Shop(&seller))?;
        let amount = text::amount("amount", amount, CURRENCY)?;
        self.seller_request(who, who.as_seller(&seller), &seller, SellerAct::TopUpDeposit { amount })
            .once("top_up_deposit", key, &(&seller, amount))?
            .send()?;
        self.seller_account(who, &seller)
    }

    /// Withdrawals that wait for finance, the most urgent account first.
    pub fn withdrawals(&self, who: &Principal) -> Result<Vec<WithdrawalView>> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        let (now, policy) = (self.now(), self.policy_now()?);
        let parameters = policy.parameters();
        self.db().snapshot(|db| {
            let mut lookup = Lookup::default();
            let mut views = Vec::new();
            for stored in seller_account::list_withdrawing(db, (i64::MIN, ""), MOST_ACCOUNTS)? {
                let standing = standing(db, &stored.aggregate.seller, now, parameters)?;
                for withdrawal in standing.account.open_withdrawals() {
                    views.push(self.withdrawal_view(db, &mut lookup, who, &standing, withdrawal, now, parameters)?);
                }
            }
            views.sort_by_key(|view| view.due);
            Ok(views)
        })
    }

    /// The account a withdrawal goes to, in full; that it was looked at is on record.
    pub fn open_payout_account(
        &self,
        who: &Principal,
        seller: &SellerId,
        withdrawal: u32,
    ) -> Result<PayoutAccountView> {
        self.permit_funds(who, seller)?;
        let stored = self.db().read(|db| seller_account::find(db, seller))?.ok_or(AppError::NotFound)?;
        let found = stored.aggregate.withdrawal(withdrawal).ok_or(AppError::NotFound)?;
        if !found.state.is_open() {
            return Err(AppError::NotFound);
        }
        let account = self.db().read(|db| self.bank_account(db, &found.to))?.ok_or(AppError::NotFound)?;
        let audit = self.audit(who, "open_payout_account", seller.as_str(), json!({ "withdrawal": withdrawal }));
        self.write(move |tx, _| Ok(yuanlu_storage::audit::insert(tx, &audit)?))?;
        let BankAccount { holder, bank, number } = account;
        Ok(PayoutAccountView { holder, bank, number, usable_from: None })
    }

    /// Releases a withdrawal that needs two people.
    pub fn approve_withdrawal(&self, who: &Principal, seller: &SellerId, withdrawal: u32) -> Result<()> {
        self.funds_act(who, seller, "approve_withdrawal", SellerAct::ApproveWithdrawal { withdrawal }, None, [])
    }

    /// Records that a withdrawal was executed at the bank.
    pub fn execute_withdrawal(
        &self,
        who: &Principal,
        seller: &SellerId,
        withdrawal: u32,
        reference: &str,
    ) -> Result<()> {
        let reference = text::line("reference", reference, 1, 64)?;
        let act = SellerAct::ExecuteWithdrawal { withdrawal, reference };
        self.funds_act(who, seller, "execute_withdrawal", act, None, [])
    }

    /// Refuses a withdrawal, with words to the seller.
    pub fn refuse_withdrawal(&self, who: &Principal, seller: &SellerId, withdrawal: u32, words: &str) -> Result<()> {
        let words = text::words("words", words, 1, 1000)?;
        let (row, words) =
            self.personal_of(Kind::Seller, seller.as_str(), "words", &words)?.ok_or(AppError::Unavailable)?;
        let act = SellerAct::RefuseWithdrawal { withdrawal, words };
        self.funds_act(who, seller, "refuse_withdrawal", act, None, [row])
    }

    /// Records a deposit that came in.
    pub fn pay_deposit(&self, who: &Principal, seller: &SellerId, amount: &str, key: Option<&str>) -> Result<()> {
        let amount = text::amount("amount", amount, CURRENCY)?;
        self.funds_act(who, seller, "pay_deposit", SellerAct::PayDeposit { amount }, key, [])
    }

    /// Records that deposit went back to the seller.
    pub fn return_deposit(
        &self,
        who: &Principal,
        seller: &SellerId,
        input: &BankedInput,
        key: Option<&str>,
    ) -> Result<()> {
        let (amount, reference) = banked(input)?;
        self.funds_act(who, seller, "return_deposit", SellerAct::ReturnDeposit { amount, reference }, key, [])
    }

    /// Records that an advance was paid back.
    pub fn repay_advance(
        &self,
        who: &Principal,
        seller: &SellerId,
        input: &BankedInput,
        key: Option<&str>,
    ) -> Result<()> {
        let (amount, reference) = banked(input)?;
        self.funds_act(who, seller, "repay_advance", SellerAct::RepayAdvance { amount, reference }, key, [])
    }

    /// Sellers who owe money: whose debt nobody has covered yet, or who owe for an advance.
    pub fn debts(&self, who: &Principal) -> Result<Vec<SellerFundsView>> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        let (now, policy) = (self.now(), self.policy_now()?);
        self.db().snapshot(|db| {
            let mut sellers: BTreeSet<SellerId> = BTreeSet::new();
            sellers.extend(account_balance::list_debts(db, "", MOST_ACCOUNTS)?.into_iter().map(|(seller, _)| seller));
            sellers
                .extend(account_balance::list_advances(db, "", MOST_ACCOUNTS)?.into_iter().map(|(seller, _)| seller));
            let mut lookup = Lookup::default();
            sellers.iter().map(|seller| funds_view(db, &mut lookup, seller, now, policy.parameters())).collect()
        })
    }

    /// Every seller's deposit.
    pub fn deposits(&self, who: &Principal, page: &Page) -> Result<Listing<SellerFundsView>> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        let (now, policy) = (self.now(), self.policy_now()?);
        let after = page.cursor.as_deref().unwrap_or_default();
        self.db().snapshot(|db| {
            let mut found = seller_account::list(db, after, page.rows() + 1)?;
            let next = text::cut(&mut found, page, |stored| stored.aggregate.seller.to_string());
            let mut lookup = Lookup::default();
            let view = |stored: &yuanlu_storage::aggregate::Stored<SellerAccount>| {
                funds_view(db, &mut lookup, &stored.aggregate.seller, now, policy.parameters())
            };
            Ok(Listing { items: found.iter().map(view).collect::<Result<_>>()?, next })
        })
    }

    fn seller_request(
        &self,
        who: &Principal,
        by: Actor,
        seller: &SellerId,
        act: SellerAct,
    ) -> crate::submit::Request<'_> {
        self.request(who, by, Act::Seller { seller: seller.clone(), act })
    }

    /// Nobody of finance moves the money of a shop he works for.
    fn permit_funds(&self, who: &Principal, seller: &SellerId) -> Result<()> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        match who.person().and_then(|person| person.seller.as_ref()) {
            Some(own) if own == seller => Err(yuanlu_domain::Refusal::Conflicted.into()),
            _ => Ok(()),
        }
    }

    /// An act of finance, with its audit row.
    fn funds_act(
        &self,
        who: &Principal,
        seller: &SellerId,
        name: &'static str,
        act: SellerAct,
        key: Option<&str>,
        rows: impl IntoIterator<Item = PersonalRow>,
    ) -> Result<()> {
        self.permit_funds(who, seller)?;
        let detail = match &act {
            SellerAct::PayDeposit { amount } => json!({ "amount": amount.to_string() }),
            SellerAct::ReturnDeposit { amount, reference } | SellerAct::RepayAdvance { amount, reference } => {
                json!({ "amount": amount.to_string(), "reference": reference })
            }
            SellerAct::ExecuteWithdrawal { withdrawal, reference } => {
                json!({ "withdrawal": withdrawal, "reference": reference })
            }
            SellerAct::ApproveWithdrawal { withdrawal } | SellerAct::RefuseWithdrawal { withdrawal, .. } => {
                json!({ "withdrawal": withdrawal })
            }
            _ => json!({}),
        };
        let audit = self.audit_row(who, name, seller.as_str(), detail.clone())?;
        self.seller_request(who, who.as_staff(FINANCE), seller, act)
            .once(name, key, &(seller, detail))?
            .with(rows)
            .and([audit])
            .send()
            .map(drop)
    }

    /// A bank account goes into its erasable row encrypted.
    fn sealed_account(&self, seller: &SellerId, account: &BankAccount) -> Result<(PersonalRow, PersonalRef)> {
        let plain = serde_json::to_vec(account).map_err(|_| AppError::Unavailable)?;
        self.sealed_personal(Kind::Seller, seller.as_str(), "payout_account", &plain)
    }

    fn bank_account(&self, db: &impl Read, reference: &PersonalRef) -> Result<Option<BankAccount>> {
        let Some(plain) = self.unsealed_personal(db, reference)? else { return Ok(None) };
        serde_json::from_slice(plain.expose()).map(Some).map_err(|_| AppError::Unavailable)
    }

    fn masked(&self, db: &impl Read, reference: &PersonalRef) -> Result<Option<PayoutAccountView>> {
        Ok(self.bank_account(db, reference)?.map(|account| PayoutAccountView {
            holder: account.holder.chars().take(1).chain("**".chars()).collect(),
            number: format!("**** {}", last_four(&account.number)),
            bank: account.bank,
            usable_from: None,
        }))
    }

    #[expect(clippy::too_many_arguments, reason = "one row of a list, from what the list has looked up once")]
    fn withdrawal_view(
        &self,
        db: &impl Read,
        lookup: &mut Lookup,
        who: &Principal,
        standing: &Standing,
        withdrawal: &Withdrawal,
        now: Instant,
        parameters: &Parameters,
    ) -> Result<WithdrawalView> {
        let open = withdrawal.state.is_open();
        let (ended_at, reference, words) = match &withdrawal.state {
            WithdrawalState::Waiting | WithdrawalState::Approved { .. } => (None, None, None),
            WithdrawalState::Executed { at, reference } => (Some(*at), Some(reference.clone()), None),
            WithdrawalState::Refused { at, words } => (Some(*at), None, personal::find(db, &words.id)?),
            WithdrawalState::Cancelled { at } | WithdrawalState::Stopped { at } => (Some(*at), None, None),
        };
        let needs_two = withdrawal.amount_minor > parameters.second_approval_above_minor;
        Ok(WithdrawalView {
            seller: lookup.seller(db, &standing.account.seller)?,
            withdrawal: withdrawal.ordinal,
            amount: standing.money(withdrawal.amount_minor),
            to: self.masked(db, &withdrawal.to)?,
            state: withdrawal.state.code(),
            requested_at: withdrawal.at.into(),
            not_before: ahead(withdrawal.not_before, now).filter(|_| open),
            due: open.then(|| withdrawal.due.plus_micros(-1).into()),
            ended_at: ended_at.map(Into::into),
            reference,
            words,
            needs_two,
            actions: withdrawal_actions(who, standing, withdrawal, now, needs_two),
        })
    }
}

/// What somebody may do to a withdrawal; the decision asks again.
fn withdrawal_actions(
    who: &Principal,
    standing: &Standing,
    withdrawal: &Withdrawal,
    now: Instant,
    needs_two: bool,
) -> Vec<&'static str> {
    let shop = Object::Shop(&standing.account.seller);
    if !withdrawal.state.is_open() {
        return Vec::new();
    }
    let mut actions = Vec::new();
    if may(who, Action::ManageSellerAccount, &shop) {
        actions.push("cancel");
    }
    let concerned = who.person().is_some_and(|person| {
        person.seller.as_ref() == Some(&standing.account.seller) || person.account == withdrawal.by
    });
    if concerned || !may(who, Action::ManageFunds, &Object::Nothing) {
        return actions;
    }
    let looked = match &withdrawal.state {
        WithdrawalState::Approved { by } => who.account() != Some(by),
        _ => false,
    };
    if needs_two && withdrawal.state == WithdrawalState::Waiting {
        actions.push("approve");
    }
    if now >= withdrawal.not_before && !standing.owes() && (!needs_two || looked) {
        actions.push("execute");
    }
    actions.push("refuse");
    actions
}

fn account_actions(who: &Principal, standing: &Standing) -> Vec<&'static str> {
    let account = &standing.account;
    let mut actions = Vec::new();
    if may(who, Action::ManageSellerAccount, &Object::Shop(&account.seller)) {
        actions.push("set_payout_account");
        if standing.available_minor() > 0 && account.payout_account.is_some() {
            actions.push("withdraw");
        }
        if standing.payable_minor > account.advance_minor {
            actions.push("top_up_deposit");
        }
    }
    let own = who.person().is_some_and(|person| person.seller.as_ref() == Some(&account.seller));
    if !own && may(who, Action::ManageFunds, &Object::Nothing) {
        actions.push("pay_deposit");
        if account.deposit_minor > standing.required_minor && !standing.owes() {
            actions.push("return_deposit");
        }
        if account.advance_minor > 0 {
            actions.push("repay_advance");
        }
    }
    actions
}

fn standing(db: &impl Read, id: &SellerId, now: Instant, parameters: &Parameters) -> Result<Standing> {
    let account = seller_account::find(db, id)?.ok_or(AppError::NotFound)?.aggregate;
    let raised = score_of(db, &format!("seller:{id}"), now, parameters)? < parameters.seller_review_below;
    let self_operated = seller::find(db, id)?.is_some_and(|shop| shop.self_operated);
    let required_minor =
        Funds { self_operated, raised, ..Funds::default() }.required_minor(account.currency, parameters);
    let (mut payable_minor, mut foreign) = (0, Vec::new());
    for (_, currency, minor) in account_balance::find_all(db, &Account::SellerPayable(id.to_string()))? {
        match currency == account.currency {
            true => payable_minor = minor,
            false if minor != 0 => foreign.push(Money::new(minor, currency)),
            false => {}
        }
    }
    Ok(Standing { account, payable_minor, foreign, required_minor, raised: raised && !self_operated })
}

fn funds_view(
    db: &impl Read,
    lookup: &mut Lookup,
    seller: &SellerId,
    now: Instant,
    parameters: &Parameters,
) -> Result<SellerFundsView> {
    let standing = standing(db, seller, now, parameters)?;
    Ok(SellerFundsView {
        seller: lookup.seller(db, seller)?,
        payable: standing.money(standing.payable_minor),
        debt: standing.money((-standing.payable_minor).max(0)),
        advance: standing.money(standing.account.advance_minor),
        deposit: standing.money(standing.account.deposit_minor),
        required_deposit: standing.money(standing.required_minor),
        lacking_deposit: standing.money(standing.lacking_minor()),
    })
}

fn banked(input: &BankedInput) -> Result<(Money, String)> {
    Ok((text::amount("amount", &input.amount, CURRENCY)?, text::line("reference", &input.reference, 1, 64)?))
}

fn ahead(at: Instant, now: Instant) -> Option<crate::views::When> {
    Some(at).filter(|at| *at > now).map(Into::into)
}

fn last_four(number: &str) -> &str {
    number.get(number.len().saturating_sub(4)..).unwrap_or_default()
}
