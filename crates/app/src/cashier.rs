//! Payments for which a channel must be asked how the payer gets to its cashier. Whoever chooses such a channel only has
//! it noted here; a job asks, and what the channel answered waits for the payer's page.

use crate::app::App;
use crate::authorize::Action;
use crate::engine::Lane;
use crate::errors::{AppError, Result};
use crate::inputs::Origin;
use crate::principal::Principal;
use crate::views::{CashierForm, CashierView};
use yuanlu_domain::event::Tender;
use yuanlu_domain::ids::{ChannelId, ChannelNumber, OrderId};
use yuanlu_domain::order_file::{OrderFile, OrderStatus, Payment, PaymentState};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;
use yuanlu_storage::cashier::{self, Prepared, Row};

pub use yuanlu_storage::cashier::{Ask, Claimed as DueAsk, Way};

/// What a channel is asked on behalf of a payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskInput {
    /// Code of where he sits: `page`, `mobile`, `qr`.
    pub scene: String,
    /// Where he comes back to.
    pub return_url: String,
    /// He asks for another try where the channel refused.
    pub again: bool,
}

/// What a channel answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CashierAnswer {
    /// This is the way.
    Ready {
        /// The way.
        way: Way,
        /// The channel's own name of what it prepared, where only that name closes it.
        reference: Option<String>,
        /// From when it no longer leads to the cashier.
        expires_at: Instant,
    },
    /// Not this way.
    Refused {
        /// The channel's code.
        code: String,
    },
    /// Nobody knows.
    Later {
        /// What was seen.
        code: String,
        /// When it is asked again.
        due: Instant,
    },
}

/// What an open payment is: everything a channel is told of it.
pub(crate) struct ToPay {
    pub(crate) no: ChannelNumber,
    pub(crate) channel: ChannelId,
    pub(crate) amount: Money,
    pub(crate) subject: String,
    pub(crate) pay_until: Instant,
    pub(crate) since: Instant,
}

impl App {
    /// Wants the channel of an order's open payment asked how its payer gets to the cashier. What was asked before
    /// stands; an answer that has expired is asked for anew.
    pub fn ask_cashier(
        &self,
        who: &Principal,
        order: &OrderId,
        channel: &ChannelId,
        input: &AskInput,
        origin: &Origin,
    ) -> Result<CashierView> {
        let file = self.file_for(who, Action::PayOrder, order)?;
        self.want_cashier(&to_pay(&file, channel).ok_or(AppError::Conflict)?, input, origin)
    }

    /// How the payer of an order's open payment gets to the cashier; none where the channel was never asked.
    pub fn load_cashier(&self, who: &Principal, order: &OrderId, channel: &ChannelId) -> Result<Option<CashierView>> {
        let file = self.file_for(who, Action::PayOrder, order)?;
        match to_pay(&file, channel) {
            Some(payment) => self.known_cashier(&payment.no),
            None => Ok(None),
        }
    }

    pub(crate) fn known_cashier(&self, no: &ChannelNumber) -> Result<Option<CashierView>> {
        Ok(self.db().read(|db| cashier::find(db, no))?.map(|row| view(&row)))
    }

    pub(crate) fn want_cashier(&self, payment: &ToPay, input: &AskInput, origin: &Origin) -> Result<CashierView> {
        let now = self.now();
        let found = self.db().read(|db| cashier::find(db, &payment.no))?;
        let stands = |row: &Row| match (&row.way, row.due) {
            (_, Some(_)) => true,
            (Some(_), None) => now < row.expires_at || payment.pay_until <= now,
            (None, None) => !input.again,
        };
        if let Some(row) = found.as_ref().filter(|row| stands(row)) {
            return Ok(view(row));
        }
        let no = payment.no.clone();
        if found.is_some() {
            self.write(move |tx, now| Ok(cashier::ask_again(tx, &no, now)?))?;
        } else {
            let ask = Ask {
                amount: payment.amount,
                subject: payment.subject.clone(),
                return_url: input.return_url.clone(),
                pay_until: payment.pay_until,
                since: payment.since,
                scene: input.scene.clone(),
                payer_ip: origin.address.clone(),
            };
            let channel = payment.channel.clone();
            self.write(move |tx, now| Ok(cashier::insert(tx, &no, &channel, &ask, now)?))?;
        }
        self.known_cashier(&payment.no)?.ok_or(AppError::Unavailable)
    }

    /// Claims what channels are to be asked now; nobody else is given it before `leased_until`.
    pub fn claim_asks(&self, now: Instant, leased_until: Instant, limit: usize) -> Result<Vec<DueAsk>> {
        if self.db().read(|db| cashier::count_due(db, now))? == 0 {
            return Ok(Vec::new());
        }
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        Ok(self.engine().write(Lane::Bulk, move |tx, _| cashier::claim(tx, now, leased_until, limit))?)
    }

    /// Keeps what a channel answered. An answer that came twice is kept once.
    pub fn cashier_answered(&self, no: &ChannelNumber, answer: CashierAnswer) -> Result<()> {
        let no = no.clone();
        Ok(self.engine().write(Lane::Bulk, move |tx, now| match &answer {
            CashierAnswer::Ready { way, reference, expires_at } => {
                let prepared = Prepared { way: way.clone(), reference: reference.clone() };
                cashier::answer(tx, &no, Some(&prepared), "", *expires_at)
            }
            CashierAnswer::Refused { code } => cashier::answer(tx, &no, None, code, now),
            CashierAnswer::Later { code, due } => cashier::put_off(tx, &no, code, *due),
        })?)
    }
}

/// The open payment of an order at a channel, while it can be made.
fn to_pay(file: &OrderFile, channel: &ChannelId) -> Option<ToPay> {
    let OrderStatus::AwaitingPayment { pay_until } = file.status else { return None };
    let at = |payment: &&Payment| matches!(&payment.tender, Tender::Channel { channel: at } if at == channel);
    let payment = file.payments.iter().filter(at).rfind(|payment| payment.state == PaymentState::Open)?;
    Some(ToPay {
        no: payment.no.clone(),
        channel: channel.clone(),
        amount: Money::new(payment.amount_minor, file.currency),
        subject: file.order.to_string(),
        pay_until,
        since: file.placed_at,
    })
}

fn view(row: &Row) -> CashierView {
    let blank = CashierView {
        state: "asked",
        scene: row.ask.scene.clone(),
        url: None,
        qr: None,
        form: None,
        struggling: row.tries > 0,
        expires_at: None,
    };
    match (&row.way, row.due) {
        (None, Some(_)) => blank,
        (None, None) => CashierView { state: "refused", ..blank },
        (Some(way), _) => {
            let ready =
                CashierView { state: "ready", struggling: false, expires_at: Some(row.expires_at.into()), ..blank };
            match way.clone() {
                Way::Link(url) => CashierView { url: Some(url), ..ready },
                Way::Qr(text) => CashierView { qr: Some(text), ..ready },
                Way::Form(action, fields) => CashierView { form: Some(CashierForm { action, fields }), ..ready },
            }
        }
    }
}
