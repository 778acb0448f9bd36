//! Topping one's balance up through a channel (S17).

use crate::app::App;
use crate::cashier::{AskInput, ToPay};
use crate::engine::EngineError;
use crate::errors::{AppError, Result};
use crate::inputs::{Origin, TopUpInput};
use crate::jobs::OpenPayment;
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::text;
use crate::views::{CashierView, MoneyView, TopUpTerms, TopUpView};
use yuanlu_domain::command::{Act, Command, WalletAct};
use yuanlu_domain::ids::{AccountId, ChannelId, ChannelNumber};
use yuanlu_domain::time::Instant;
use yuanlu_domain::top_up::{KIND, TopUp, TopUpState};
use yuanlu_domain::wallet::Wallet;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_money::{Currency, Money};
use yuanlu_storage::{top_up, wallet};

/// How many a list shows.
const SHOWN: usize = 20;

impl App {
    /// Within which limits a balance can be topped up, and what balance is.
    pub fn top_up_terms(&self) -> Result<TopUpTerms> {
        let policy = self.policy_now()?;
        let parameters = policy.parameters();
        let money = |minor| MoneyView::new(minor, CURRENCY);
        Ok(TopUpTerms {
            least: money(parameters.top_up_least_minor),
            most: money(parameters.top_up_most_minor),
            most_held: money(parameters.balance_most_minor),
            years: parameters.lot_years,
            warning_days: vec![parameters.first_lot_warning_days, parameters.last_lot_warning_days],
            channels: self.channels().iter().map(ToString::to_string).collect(),
        })
    }

    /// Begins a top-up; the same sum at the same channel is begun once while it waits.
    pub fn begin_top_up(&self, who: &Principal, input: &TopUpInput, key: Option<&str>) -> Result<TopUpView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let amount = text::amount("amount", &input.amount, CURRENCY)?;
        let channel = self.channels().iter().find(|channel| channel.as_str() == input.channel);
        let channel = channel.cloned().ok_or(AppError::invalid("channel", "unknown"))?;
        let act = WalletAct::BeginTopUp { channel: channel.clone(), amount, confirmed: input.confirmed };
        let act = Act::Wallet { account: account.clone(), act };
        let request = self.request(who, who.as_buyer(), act).once("begin_top_up", key, input)?;
        match request.send() {
            // It waits already.
            Ok(_) | Err(AppError::Refused(Refusal::NothingDue)) => {}
            Err(error) => return Err(error),
        }
        let wallet = self.wallet_of(&account)?;
        let same = |top_up: &&TopUp| top_up.channel == channel && top_up.amount_minor == amount.minor();
        wallet.top_ups.iter().rev().find(same).map(|found| view(found, wallet.currency)).ok_or(AppError::Conflict)
    }

    /// One's own top-ups, newest first.
    pub fn list_top_ups(&self, who: &Principal) -> Result<Vec<TopUpView>> {
        let account = who.account().ok_or(AppError::NotSignedIn)?;
        match self.db().read(|db| wallet::find(db, account))? {
            None => Ok(Vec::new()),
            Some(stored) => {
                let wallet = stored.aggregate;
                Ok(wallet.top_ups.iter().rev().take(SHOWN).map(|one| view(one, wallet.currency)).collect())
            }
        }
    }

    /// One of one's own top-ups.
    pub fn load_top_up(&self, who: &Principal, no: &ChannelNumber) -> Result<TopUpView> {
        let (top_up, currency) = self.own_top_up(who, no)?;
        Ok(view(&top_up, currency))
    }

    /// Wants the channel of one's open top-up asked how one gets to its cashier.
    pub fn ask_top_up_cashier(
        &self,
        who: &Principal,
        no: &ChannelNumber,
        input: &AskInput,
        origin: &Origin,
    ) -> Result<CashierView> {
        let (top_up, currency) = self.own_top_up(who, no)?;
        if top_up.state != TopUpState::Open {
            return Err(Refusal::WrongState { state: top_up.state.code() }.into());
        }
        let to_pay = ToPay {
            amount: Money::new(top_up.amount_minor, currency),
            subject: top_up.no.to_string(),
            no: top_up.no,
            channel: top_up.channel,
            pay_until: top_up.pay_until,
            since: top_up.begun_at,
        };
        self.want_cashier(&to_pay, input, origin)
    }

    /// How one gets to the cashier for one's top-up; none where the channel was never asked.
    pub fn load_top_up_cashier(&self, who: &Principal, no: &ChannelNumber) -> Result<Option<CashierView>> {
        self.own_top_up(who, no)?;
        self.known_cashier(no)
    }

    /// Open top-ups begun from `from` until before `before`, oldest first, after the given one.
    pub fn open_top_ups(
        &self,
        from: Instant,
        before: Instant,
        after: Option<&OpenPayment>,
        limit: usize,
    ) -> Result<Vec<OpenPayment>> {
        let after = after.map_or((from, ""), |payment| (payment.since, payment.no.as_str()));
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let found = self.db().read(|db| top_up::list_open(db, after, before, limit))?;
        let prefix = &self.db().meta().number_prefix;
        let each = found.into_iter().filter_map(|row| {
            Some(OpenPayment { since: row.begun_at, order: row.no.order(prefix)?, no: row.no, channel: row.channel })
        });
        Ok(each.collect())
    }

    /// Whose top-up a number is.
    pub(crate) fn top_up_account(&self, no: &ChannelNumber) -> Result<Option<AccountId>> {
        if no.kind(&self.db().meta().number_prefix) != Some(KIND) {
            return Ok(None);
        }
        Ok(self.db().read(|db| top_up::find_account(db, no))?)
    }

    /// A channel's word about a top-up: done, nothing new, or `Err` with what the rules say.
    pub(crate) fn hear_top_up(&self, channel: &ChannelId, account: AccountId, act: WalletAct) -> Result<()> {
        let by = Actor::Channel { channel: channel.clone() };
        let command = Command { by, act: Act::Wallet { account, act } };
        match self.run_commands(vec![command]).pop() {
            Some(Ok(())) | Some(Err(EngineError::Refused(Refusal::NothingDue))) => Ok(()),
            Some(Err(error)) => Err(error.into()),
            None => Err(AppError::Unavailable),
        }
    }

    fn own_top_up(&self, who: &Principal, no: &ChannelNumber) -> Result<(TopUp, Currency)> {
        let account = who.account().ok_or(AppError::NotSignedIn)?;
        let wallet = self.wallet_of(account)?;
        let found = wallet.top_up(no).cloned().ok_or(AppError::NotFound)?;
        Ok((found, wallet.currency))
    }

    fn wallet_of(&self, account: &AccountId) -> Result<Wallet> {
        Ok(self.db().read(|db| wallet::find(db, account))?.ok_or(AppError::NotFound)?.aggregate)
    }
}

fn view(top_up: &TopUp, currency: Currency) -> TopUpView {
    TopUpView {
        no: top_up.no.to_string(),
        channel: top_up.channel.to_string(),
        amount: MoneyView::new(top_up.amount_minor, currency),
        state: top_up.state.code(),
        begun_at: top_up.begun_at.into(),
        pay_until: top_up.pay_until.into(),
        paid_at: match &top_up.state {
            TopUpState::Paid { at, .. } => Some((*at).into()),
            TopUpState::Open | TopUpState::Closing | TopUpState::Closed => None,
        },
    }
}
