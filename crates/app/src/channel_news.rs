//! What channels say, once it is verified. Said again it is nothing new; what fits nothing is kept for a person.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::principal::Principal;
use yuanlu_domain::command::{OrderAct, WalletAct};
use yuanlu_domain::ids::{AccountId, ChannelId, ChannelNumber, OrderId};
use yuanlu_domain::payout::Outcome;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_money::Money;
use yuanlu_storage::unmatched::{self, Unmatched};
use yuanlu_storage::{order_file, payer};

impl App {
    /// A payment succeeded.
    pub fn payment_succeeded(
        &self,
        channel: &ChannelId,
        no: &ChannelNumber,
        channel_ref: &str,
        amount: Money,
    ) -> Result<()> {
        if let Some(account) = self.top_up_account(no)? {
            return self.top_up_paid(channel, account, no, channel_ref, amount);
        }
        let act = OrderAct::PaymentSucceeded { no: no.clone(), channel_ref: channel_ref.to_owned(), amount };
        let about = format!("payment {channel_ref}");
        match self.order_of(no) {
            Some(order) if self.heard(channel, no, &order, act, &about, Some(amount))? => return Ok(()),
            Some(_) => {}
            None => self.keep_unmatched(channel, &about, no.as_str(), Some(amount))?,
        }
        self.raise_stranger(channel, no.as_str(), channel_ref, amount)
    }

    /// A top-up was paid. What the rules do not take, another sum or a second payment, waits for finance.
    fn top_up_paid(
        &self,
        channel: &ChannelId,
        account: AccountId,
        no: &ChannelNumber,
        channel_ref: &str,
        amount: Money,
    ) -> Result<()> {
        let act = WalletAct::TopUpSucceeded { no: no.clone(), channel_ref: channel_ref.to_owned(), amount };
        match self.hear_top_up(channel, account, act) {
            Err(AppError::NotFound | AppError::Forbidden | AppError::Refused(_)) => {
                self.keep_unmatched(channel, &format!("top_up {}", short(channel_ref)), no.as_str(), Some(amount))
            }
            other => other,
        }
    }

    /// Who paid an order, as the channel names him; kept as a keyed hash only. Said again it is nothing new.
    pub fn payer_named(&self, channel: &ChannelId, no: &ChannelNumber, payer: &str) -> Result<()> {
        let Some(order) = self.order_of(no) else { return Ok(()) };
        let known = self
            .db()
            .read(|db| order_file::find(db, &order))?
            .is_some_and(|stored| stored.aggregate.payments.iter().any(|payment| payment.no == *no));
        if !known || payer.trim().is_empty() {
            return Ok(());
        }
        let index = self.vault().blind_index("payer", format!("{channel}\0{}", payer.trim()).as_bytes());
        self.write(move |tx, now| Ok(payer::insert(tx, &index, &order, now)?))
    }

    /// A payment was declined.
    pub fn payment_declined(&self, channel: &ChannelId, no: &ChannelNumber, code: &str) -> Result<()> {
        // A payer whom his bank turned down may try again while there is time.
        if self.top_up_account(no)?.is_some() {
            return Ok(());
        }
        let act = OrderAct::PaymentDeclined { no: no.clone(), code: short(code) };
        match self.order_of(no) {
            Some(order) => self.heard(channel, no, &order, act, "decline", None).map(drop),
            None => self.keep_unmatched(channel, "decline", no.as_str(), None),
        }
    }

    /// A payment that nobody is to make any more is closed there. What was settled meanwhile stays settled.
    pub fn payment_closed(&self, channel: &ChannelId, no: &ChannelNumber) -> Result<()> {
        if let Some(account) = self.top_up_account(no)? {
            return self.hear_top_up(channel, account, WalletAct::TopUpClosed { no: no.clone() });
        }
        let Some(order) = self.order_of(no) else { return Ok(()) };
        let by = Actor::Channel { channel: channel.clone() };
        match self.order_request(&Principal::Program, by, &order, OrderAct::PaymentClosed { no: no.clone() }).send() {
            Ok(_) | Err(AppError::Refused(Refusal::NothingDue)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Something happened to a refund and the channel does not say how much it is for: it has it, and is asked.
    pub fn refund_stirred(&self, channel: &ChannelId, no: &ChannelNumber, channel_ref: String) -> Result<()> {
        self.refund_news(channel, no, None, Outcome::Accepted { channel_ref })
    }

    /// News of a refund, by callback. Another sum than ours is not believed: finance looks.
    pub fn refund_reported(
        &self,
        channel: &ChannelId,
        no: &ChannelNumber,
        amount: Money,
        outcome: Outcome,
    ) -> Result<()> {
        self.refund_news(channel, no, Some(amount), outcome)
    }

    fn refund_news(
        &self,
        channel: &ChannelId,
        no: &ChannelNumber,
        amount: Option<Money>,
        outcome: Outcome,
    ) -> Result<()> {
        let Some(order) = self.order_of(no) else {
            return self.keep_unmatched(channel, "refund", no.as_str(), amount);
        };
        let file = self.db().read(|db| order_file::find(db, &order))?.map(|stored| stored.aggregate);
        let payout = file.as_ref().and_then(|file| {
            file.payouts.iter().find(|payout| payout.no == *no && payout.destination.channel() == Some(channel))
        });
        let Some((file, payout)) = file.as_ref().zip(payout) else {
            return self.keep_unmatched(channel, "refund", no.as_str(), amount);
        };
        if amount.is_some_and(|amount| amount != Money::new(payout.amount_minor, file.currency)) {
            return self.keep_unmatched(channel, "refund_amount", no.as_str(), amount);
        }
        let act = OrderAct::RecordOutcome { payout: payout.ordinal, attempt: None, outcome };
        self.heard(channel, no, &order, act, "refund_state", amount).map(drop)
    }

    /// Truly from the channel, and nothing this program knows.
    pub fn callback_unmatched(&self, channel: &ChannelId, about: &str) -> Result<()> {
        self.keep_unmatched(channel, &short(about), "", None)
    }

    /// Tells an order; whether it could make anything of it.
    fn heard(
        &self,
        channel: &ChannelId,
        no: &ChannelNumber,
        order: &OrderId,
        act: OrderAct,
        about: &str,
        amount: Option<Money>,
    ) -> Result<bool> {
        let by = Actor::Channel { channel: channel.clone() };
        match self.order_request(&Principal::Program, by, order, act).urgent().send() {
            Ok(_) | Err(AppError::Refused(Refusal::NothingDue)) => Ok(true),
            Err(AppError::NotFound | AppError::Forbidden | AppError::Refused(_)) => {
                self.keep_unmatched(channel, about, no.as_str(), amount).map(|()| false)
            }
            Err(error) => Err(error),
        }
    }

    fn order_of(&self, no: &ChannelNumber) -> Option<OrderId> {
        no.order(&self.db().meta().number_prefix)
    }

    fn keep_unmatched(&self, channel: &ChannelId, about: &str, number: &str, amount: Option<Money>) -> Result<()> {
        let now = self.now();
        let row = Unmatched {
            id: self.ids().text(now),
            channel: channel.to_string(),
            about: about.to_owned(),
            number: short(number),
            amount_minor: amount.map(Money::minor),
            currency: amount.map(|amount| amount.currency().code().to_owned()).unwrap_or_default(),
            seen_at: now,
        };
        tracing::warn!(channel = %channel, about, number, "a channel's message fits nothing; kept for finance");
        self.write(move |tx, _| Ok(unmatched::insert(tx, &row)?))
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
