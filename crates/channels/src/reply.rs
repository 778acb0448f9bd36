//! What came back from a call, before anybody read it.

use crate::callback::Cashier;
use yuanlu_money::Money;

/// What came back from a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An HTTP answer, not yet verified.
    Http {
        /// Status code.
        status: u16,
        /// Headers, names in lower case.
        headers: Vec<(String, String)>,
        /// The exact bytes.
        body: Vec<u8>,
    },
    /// Sent, and no answer in time: nobody knows (T08).
    TimedOut,
    /// Sent, at least in part, and the connection broke: nobody knows.
    ConnectionLost,
    /// Provably not one byte left us: no connection, or the breaker is open (T11).
    NotSent,
}

impl Reply {
    /// From an answer of the `http` crate.
    pub fn from_http(response: http::Response<Vec<u8>>) -> Self {
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        Self::Http { status: response.status().as_u16(), headers: headers.collect(), body: response.into_body() }
    }
}

/// What a channel says about a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentWord {
    /// Paid: every transaction under the number, for a payer can pay twice.
    Succeeded {
        /// The channel's number and the sum of each.
        transactions: Vec<(String, Money)>,
    },
    /// Declined.
    Declined {
        /// The channel's code.
        code: String,
    },
    /// The payer has not finished.
    Open,
    /// The channel has never heard of it, or has closed it: no money came and none will.
    NotFound,
    /// Nobody knows.
    Unknown {
        /// What was seen.
        code: String,
    },
}

/// What a channel says about a payment that was to be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CashierWord {
    /// This is how the payer pays, and the channel's own name of what it prepared, where only that name closes it.
    Ready(Cashier, Option<String>),
    /// Not this way, or not any more.
    Refused {
        /// The channel's code.
        code: String,
    },
    /// Nobody knows: the same question again.
    Unknown {
        /// What was seen.
        code: String,
    },
}
