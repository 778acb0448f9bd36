//! What may be asked of a channel.

use crate::callback::PaymentOp;
use crate::wechat::AbnormalTo;
use jiff::civil::Date;
use std::fmt;
use yuanlu_domain::bill::BillKind;
use yuanlu_domain::ids::ChannelNumber;
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// What may be asked of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// Prepare a payment at the channel, where [`crate::callback::Cashier::Ask`] says that it must be asked first.
    Pay(PaymentOp),
    /// What became of a payment?
    QueryPayment {
        /// Our number of the payment.
        no: ChannelNumber,
        /// When it was begun ([`PaymentOp::since`]).
        since: Instant,
        /// The channel's own name of what it prepared, where it gave one.
        prepared: Option<String>,
    },
    /// Close a payment that nobody is to make any more.
    ClosePayment {
        /// Our number of the payment.
        no: ChannelNumber,
        /// When it was begun ([`PaymentOp::since`]).
        since: Instant,
        /// The channel's own name of what it prepared, where it gave one.
        prepared: Option<String>,
    },
    /// Give money back by the payment it came with.
    Refund {
        /// Our number for the refund; fixed when it was decided.
        no: ChannelNumber,
        /// Our number of the payment.
        payment_no: ChannelNumber,
        /// The channel's number of the payment.
        payment_ref: String,
        /// How much.
        amount: Money,
        /// How much the payment was.
        total: Money,
        /// What the payer may read: the order number, never more.
        reason: String,
        /// When this number was first sent, now or earlier: a part of its name at some channels.
        since: Instant,
    },
    /// What became of a refund?
    QueryRefund {
        /// Our number for the refund.
        no: ChannelNumber,
        /// Our number of the payment.
        payment_no: ChannelNumber,
        /// The channel's number of the payment.
        payment_ref: String,
        /// How much it was for; another sum in the answer goes to a person.
        amount: Money,
        /// When this number was first sent.
        since: Instant,
    },
    /// Send money to an account in a name: the negotiated route, a new payout with a number of its own.
    Remit {
        /// Our number.
        no: ChannelNumber,
        /// To whom.
        payee: Payee,
        /// How much.
        amount: Money,
        /// What the payee may read: the order number, never more.
        reason: String,
    },
    /// What became of a remittance?
    QueryRemit {
        /// Our number.
        no: ChannelNumber,
        /// How much it was for.
        amount: Money,
    },
    /// Send an abnormal refund on to a card of the payer, under its own number.
    Finish {
        /// Our number for the refund.
        no: ChannelNumber,
        /// The channel's number for it.
        refund_ref: String,
        /// How much it was for.
        amount: Money,
        /// Which card.
        to: AbnormalTo,
    },
    /// Where is the bill of a day?
    FetchBill {
        /// The day, as the channel cuts it.
        date: Date,
        /// Which bill.
        kind: BillKind,
    },
}

impl Op {
    /// The number it is about; none for a bill.
    pub fn no(&self) -> Option<&ChannelNumber> {
        match self {
            Self::Pay(op) => Some(&op.no),
            Self::Refund { no, .. }
            | Self::QueryRefund { no, .. }
            | Self::QueryPayment { no, .. }
            | Self::ClosePayment { no, .. }
            | Self::Remit { no, .. }
            | Self::Finish { no, .. }
            | Self::QueryRemit { no, .. } => Some(no),
            Self::FetchBill { .. } => None,
        }
    }

    /// The payment that the channel locks while it answers: calls about one payment keep [`crate::Pace`] apart.
    pub fn payment_no(&self) -> Option<&ChannelNumber> {
        match self {
            Self::Refund { payment_no, .. } | Self::QueryRefund { payment_no, .. } => Some(payment_no),
            _ => None,
        }
    }
}

/// Who receives a remittance. Personal data: shown by no `Debug`, written to no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Payee {
    /// The account as the channel names it: a login, a user number, an openid.
    pub account: String,
    /// The name on it; the channel compares it with its own.
    pub name: String,
}

impl fmt::Debug for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payee")
    }
}

/// Why an operation cannot be said to this channel; nothing was sent and nothing will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impossible {
    /// The channel has no such operation, or it is not contracted.
    NoSuchOperation,
    /// The channel does not take this currency.
    Currency,
    /// Nothing, less than nothing, or more than the channel's field holds.
    Amount,
    /// The number does not fit the channel's rules for numbers.
    Number,
    /// A text does not fit: the subject, the payee, an address.
    Text,
    /// A file is of a kind that the channel does not take, or too large.
    File,
}

impl Impossible {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoSuchOperation => "no_such_operation",
            Self::Currency => "currency_not_taken",
            Self::Amount => "amount_not_taken",
            Self::Number => "number_not_taken",
            Self::Text => "text_not_taken",
            Self::File => "file_not_taken",
        }
    }
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Impossible {}

/// How gently a channel wants to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Least seconds between two calls about refunds of one payment.
    pub payment_gap_seconds: u32,
    /// Least seconds from a refund to the first question about it.
    pub first_question_seconds: u32,
    /// Most calls a second, all together.
    pub per_second: u32,
}

impl Pace {
    /// No limit is known.
    pub const FREE: Self = Self { payment_gap_seconds: 0, first_question_seconds: 0, per_second: u32::MAX };
}
