//! What an exception is about, and the number that follows from it.

use super::BillFile;
use super::missing::entry_of;
use jiff::civil::Date;
use ring::digest::{SHA256, digest};
use yuanlu_domain::bill::{BillEntry, BillLine, ChannelEntry, Difference, Found, is_top_up};
use yuanlu_domain::bill_exception::{Matter, Side};
use yuanlu_domain::ids::{ChannelId, ChannelNumber, DeskId, OrderId};
use yuanlu_domain::time::Instant;
use yuanlu_money::Money;

/// Crockford's alphabet, as in every number that people type.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of an exception: the same difference of the same thing has one.
fn number(channel: &ChannelId, difference: Difference, entry: &str, no: &str, reference: &str) -> DeskId {
    let text = [channel.as_str(), difference.code(), entry, no, reference].join("\0");
    let hash = digest(&SHA256, text.as_bytes());
    let characters = hash.as_ref().iter().take(16).map(|b| char::from(ALPHABET[usize::from(b & 31)]));
    DeskId::new(format!("X{}", characters.collect::<String>()))
}

/// What a line is called by: of payouts, only our number.
fn named(line: &BillLine) -> (&str, &str) {
    match line.entry {
        BillEntry::Payment | BillEntry::Other(_) => (line.payment_no.as_str(), &line.payment_ref),
        _ if line.refund_no.as_str().is_empty() => ("", &line.payment_ref),
        _ => (line.refund_no.as_str(), ""),
    }
}

pub(super) fn exception_id(channel: &ChannelId, difference: Difference, line: &BillLine) -> DeskId {
    let (no, reference) = named(line);
    number(channel, difference, line.entry.code(), no, reference)
}

/// The number of the exception that a bill lacks something.
pub(super) fn missing_id(ours: &ChannelEntry) -> DeskId {
    let reference = if ours.incoming { ours.channel_ref.as_str() } else { "" };
    number(&ours.channel, Difference::MissingThere, entry_of(ours).code(), ours.no.as_str(), reference)
}

/// The number of the exception about a payment that fits nothing, however it was heard of.
pub(crate) fn stranger_id(channel: &ChannelId, difference: Difference, no: &str, reference: &str) -> DeskId {
    number(channel, difference, "payment", no, reference)
}

pub(super) fn side_of(ours: &ChannelEntry) -> Side {
    Side { amount: ours.amount, state: ours.state.code().to_owned(), at: ours.at }
}

pub(super) fn matter_of_line(file: &BillFile<'_>, line: &BillLine, found: &Found, prefix: &str) -> Matter {
    let order = order_of(line.no(), found.ours.as_ref(), prefix);
    Matter {
        channel: file.channel.clone(),
        day: file.day,
        difference: found.difference,
        entry: line.entry.code().to_owned(),
        no: line.no().clone(),
        channel_ref: line.payment_ref.clone(),
        order,
        ours: found.ours.as_ref().map(side_of),
        theirs: Some(Side { amount: line.amount, state: line.state.clone(), at: line.at }),
        delta: Money::new(found.delta_minor, line.amount.currency()),
    }
}

/// The order that a number belongs to; a top-up's belongs to none.
fn order_of(no: &ChannelNumber, ours: Option<&ChannelEntry>, prefix: &str) -> Option<OrderId> {
    let order = || ours.map(|ours| ours.owner.as_str().into()).or_else(|| no.order(prefix));
    if is_top_up(no, prefix) { None } else { order() }
}

pub(super) fn matter_of_missing(file: &BillFile<'_>, found: &Found, ours: &ChannelEntry, prefix: &str) -> Matter {
    Matter {
        channel: file.channel.clone(),
        day: file.day,
        difference: found.difference,
        entry: entry_of(ours).code().to_owned(),
        no: ours.no.clone(),
        channel_ref: ours.channel_ref.clone(),
        order: order_of(&ours.no, Some(ours), prefix),
        ours: Some(side_of(ours)),
        theirs: None,
        delta: Money::new(found.delta_minor, ours.amount.currency()),
    }
}

/// A payment that a channel told us of and that fits nothing.
pub(crate) fn matter_of_stranger(
    (channel, day): (&ChannelId, Date),
    difference: Difference,
    (no, channel_ref): (&str, &str),
    amount: Money,
    at: Instant,
) -> Matter {
    Matter {
        channel: channel.clone(),
        day,
        difference,
        entry: "payment".to_owned(),
        no: no.into(),
        channel_ref: channel_ref.to_owned(),
        order: None,
        ours: None,
        theirs: Some(Side { amount, state: String::new(), at: Some(at) }),
        delta: amount,
    }
}
