//! Payments that nobody is to make any more: they are closed at their channels, so that nobody pays for nothing.

use super::Draft;
use crate::actor::Actor;
use crate::event::{OrderEvent, Tender};
use crate::ids::ChannelNumber;
use crate::order_file::{Payment, PaymentState};
use crate::refusal::Refusal;

impl Draft<'_, '_> {
    /// The order needs no other payment: what is still open at channels is to be closed there. A declined one is, too, for
    /// payers try again under its number.
    pub(super) fn close_other_payments(&mut self) -> Result<(), Refusal> {
        let could_come = |payment: &&Payment| {
            matches!(payment.tender, Tender::Channel { .. })
                && matches!(payment.state, PaymentState::Open | PaymentState::Declined { .. })
        };
        let open: Vec<u16> = self.file()?.payments.iter().filter(could_come).map(|payment| payment.ordinal).collect();
        open.into_iter().try_for_each(|ordinal| self.emit(OrderEvent::PaymentClosing { ordinal }))
    }

    /// Its channel says that such a payment is closed.
    pub(super) fn payment_closed(&mut self, no: &ChannelNumber) -> Result<(), Refusal> {
        let Actor::Channel { channel } = self.by else { return Err(Refusal::NotYours) };
        let here = Tender::Channel { channel: channel.clone() };
        let closing = |p: &&Payment| p.no == *no && p.tender == here && p.state == PaymentState::Closing;
        let ordinal = self.file()?.payments.iter().find(closing).ok_or(Refusal::NothingDue)?.ordinal;
        self.emit(OrderEvent::PaymentClosed { ordinal })
    }
}
