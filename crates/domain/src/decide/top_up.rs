//! Topping a balance up through a channel (S17).

use super::Draft;
use crate::actor::Actor;
use crate::ids::{AccountId, ChannelId, ChannelNumber};
use crate::refusal::Refusal;
use crate::top_up::{self, MOST_OPEN, TopUp, TopUpEvent, TopUpState};
use crate::wallet::{LotSource, WalletEvent};
use yuanlu_money::Money;

impl Draft<'_, '_> {
    /// Begins a top-up. The same sum at the same channel is begun once while it waits: two clicks are one payment.
    pub(super) fn begin_top_up(
        &mut self,
        account: &AccountId,
        channel: &ChannelId,
        amount: Money,
        confirmed: bool,
    ) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Buyer { party } if party.account() == Some(account)) {
            return Err(Refusal::NotFound);
        }
        let parameters = self.cx.policy.parameters();
        let limits = (parameters.top_up_least_minor, parameters.top_up_most_minor, parameters.balance_most_minor);
        let hours = parameters.payment_hours;
        let (least, most, most_held) = limits;
        if !confirmed {
            return Err(Refusal::ConfirmationNeeded);
        }
        if self.wallet.as_ref().is_some_and(|wallet| wallet.currency != amount.currency()) {
            return Err(Refusal::BadAmount);
        }
        if !(least..=most).contains(&amount.minor()) {
            let money = |minor| Money::new(minor, amount.currency());
            return Err(Refusal::TopUpAmount { least: money(least), most: money(most) });
        }
        let now = self.cx.now;
        let open = |top_up: &&TopUp| top_up.state == TopUpState::Open && now < top_up.pay_until;
        let waiting: Vec<&TopUp> = self.wallet.iter().flat_map(|wallet| &wallet.top_ups).filter(open).collect();
        if waiting.iter().any(|top_up| top_up.channel == *channel && top_up.amount_minor == amount.minor()) {
            return Err(Refusal::NothingDue);
        }
        let held = self.wallet.as_ref().map_or(0, |wallet| wallet.held_minor());
        // What waits could come any moment.
        let coming: i64 = waiting.iter().map(|top_up| top_up.amount_minor).sum();
        if waiting.len() >= MOST_OPEN || held.saturating_add(coming).saturating_add(amount.minor()) > most_held {
            return Err(Refusal::BalanceFull { most: Money::new(most_held, amount.currency()) });
        }
        if self.wallet.is_none() {
            self.open_wallet(account, amount.currency())?;
        }
        let ordinal = self.wallet.as_ref().map_or(0, |wallet| wallet.top_ups.len());
        let ordinal = u32::try_from(ordinal + 1).map_err(|_| Refusal::OnlyOnce)?;
        // A number of its own, drawn like an order's, so that it fits every channel and names nobody.
        let serial = self.cx.ids.order(now);
        let top_up = TopUp {
            ordinal,
            no: ChannelNumber::compose(&self.cx.facts.number_prefix, &serial, top_up::KIND, 1),
            channel: channel.clone(),
            amount_minor: amount.minor(),
            begun_at: now,
            pay_until: self.cx.calendar.hours_after(now, hours).too_late_from,
            state: TopUpState::Open,
        };
        self.emit_wallet(WalletEvent::TopUp(TopUpEvent::Begun { top_up }))
    }

    /// The channel says it was paid: credited once and in full, also when that is said late. Another sum or a second payment
    /// is refused here and waits for finance.
    pub(super) fn top_up_succeeded(
        &mut self,
        no: &ChannelNumber,
        channel_ref: &str,
        amount: Money,
    ) -> Result<(), Refusal> {
        let Actor::Channel { channel } = self.by else { return Err(Refusal::NotYours) };
        let wallet = self.wallet.as_ref().ok_or(Refusal::NotFound)?;
        let top_up = wallet.top_up(no).filter(|top_up| top_up.channel == *channel).ok_or(Refusal::NotFound)?;
        match &top_up.state {
            TopUpState::Paid { channel_ref: seen, .. } if seen == channel_ref => return Err(Refusal::NothingDue),
            TopUpState::Paid { .. } => return Err(Refusal::OnlyOnce),
            TopUpState::Open | TopUpState::Closing | TopUpState::Closed => {}
        }
        if amount != Money::new(top_up.amount_minor, wallet.currency) {
            return Err(Refusal::BadAmount);
        }
        let ordinal = top_up.ordinal;
        let source = LotSource::TopUp { ordinal, channel: channel.clone() };
        self.emit_wallet(WalletEvent::TopUp(TopUpEvent::Paid { ordinal, channel_ref: channel_ref.to_owned() }))?;
        self.add_lot(amount.minor(), false, source).map(drop)
    }

    /// The channel says it is closed.
    pub(super) fn top_up_closed(&mut self, no: &ChannelNumber) -> Result<(), Refusal> {
        let Actor::Channel { channel } = self.by else { return Err(Refusal::NotYours) };
        let found = self.wallet.as_ref().and_then(|wallet| wallet.top_up(no)).ok_or(Refusal::NotFound)?;
        if found.channel != *channel || found.state != TopUpState::Closing {
            return Err(Refusal::NothingDue);
        }
        let ordinal = found.ordinal;
        self.emit_wallet(WalletEvent::TopUp(TopUpEvent::Closed { ordinal }))
    }

    /// Nobody paid in time.
    pub(super) fn top_up_expired(&mut self, ordinal: u32) -> Result<(), Refusal> {
        self.emit_wallet(WalletEvent::TopUp(TopUpEvent::Expired { ordinal }))
    }
}
