//! An entry of an order's journal as its history tells it: read in one pass, without what nobody is told.

use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};
use std::fmt;
use yuanlu_domain::Actor;
use yuanlu_domain::calendar::Deadline;
use yuanlu_domain::case::{DecidedBy, PersonalRef, RejectCode, UnitAward};
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::time::Instant;

/// An entry.
#[derive(Debug, Deserialize)]
pub(crate) struct ToldEntry {
    pub(crate) at: Instant,
    pub(crate) by: Actor,
    pub(crate) events: Vec<Told>,
}

/// An event.
#[derive(Debug)]
pub(crate) enum Told {
    /// Of no case, or of nobody's interest.
    Nothing,
    Approved(Ruled),
    Rejected(Ruled),
    /// A sum is on its way; by its number the file says all of it.
    PayoutDecided(u16),
    Other(Box<OrderEvent>),
}

/// `CaseApproved` and `CaseRejected` without the facts, which are most of them.
#[derive(Debug, Deserialize)]
pub(crate) struct Ruled {
    pub(crate) case: u16,
    pub(crate) decision: Decided,
    #[serde(default)]
    pub(crate) appeal_until: Option<Deadline>,
}

/// `PayoutDecided` without what its file holds.
#[derive(Deserialize)]
struct Decision {
    payout: Ordinal,
}

#[derive(Deserialize)]
struct Ordinal {
    ordinal: u16,
}

/// What is told of a decision.
#[derive(Debug, Deserialize)]
pub(crate) struct Decided {
    pub(crate) by: DecidedBy,
    #[serde(default)]
    pub(crate) awards: Vec<UnitAward>,
    #[serde(default)]
    pub(crate) code: Option<RejectCode>,
    #[serde(default)]
    pub(crate) words: Option<PersonalRef>,
}

/// Events without a sentence that stand in nearly every journal. Others are read and found to have none.
const UNTOLD: &[&str] = &["placed", "payment_opened", "reminder_set", "settled", "order_completed"];

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(event: D) -> Result<Self, D::Error> {
        event.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Told;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Told, E> {
        OrderEvent::deserialize(StrDeserializer::new(name)).map(|event| Told::Other(Box::new(event)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Told, A::Error> {
        let name = map.next_key::<&str>()?.ok_or_else(|| A::Error::custom("an event without a name"))?;
        match name {
            "case_approved" => map.next_value().map(Told::Approved),
            "case_rejected" => map.next_value().map(Told::Rejected),
            "payout_decided" => map.next_value::<Decision>().map(|event| Told::PayoutDecided(event.payout.ordinal)),
            _ if UNTOLD.contains(&name) => map.next_value::<IgnoredAny>().map(|_| Told::Nothing),
            _ => {
                let event = OrderEvent::deserialize(MapAccessDeserializer::new(Named { name: Some(name), map }))?;
                return Ok(Told::Other(Box::new(event)));
            }
        }
        .and_then(|told| map.next_key::<IgnoredAny>().map(|_| told))
    }
}

/// A map whose first key was looked at.
struct Named<'de, A> {
    name: Option<&'de str>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Named<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.name.take() {
            Some(name) => seed.deserialize(de::value::BorrowedStrDeserializer::new(name)).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

impl Told {
    /// What the rules made of an act, and nobody did himself: whose turn came, an automatic verdict, money on its way.
    pub(crate) fn follows_from_rules(&self) -> bool {
        match self {
            Self::Approved(ruled) | Self::Rejected(ruled) => ruled.decision.by == DecidedBy::Automatic,
            Self::Other(event) => matches!(
                **event,
                OrderEvent::SellerAsked { .. }
                    | OrderEvent::ReviewStarted { .. }
                    | OrderEvent::PaidToBalance { .. }
                    | OrderEvent::CouponRestored
                    | OrderEvent::CodeIssued { .. }
                    | OrderEvent::SoldOut { .. }
                    | OrderEvent::CaseCompleted { .. }
                    | OrderEvent::TurnReminded { .. }
                    | OrderEvent::ReviewWarned { .. }
                    | OrderEvent::PanelVoting { .. }
                    | OrderEvent::OfferLapsed { .. }
                    | OrderEvent::UnitReplaced { .. }
            ),
            Self::PayoutDecided(_) => true,
            Self::Nothing => false,
        }
    }
}

impl Decided {
    /// The fee kept, in minor units.
    pub(crate) fn fee_minor(&self) -> i64 {
        self.awards.iter().map(|award| award.fee_minor).sum()
    }

    /// What is paid out, in minor units.
    pub(crate) fn net_minor(&self) -> i64 {
        self.awards.iter().map(|award| award.approved_minor).sum::<i64>() - self.fee_minor()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told(events: Value) -> Vec<Told> {
        let body = json!({"at": 0, "by": "program", "events": events}).to_string();
        serde_json::from_str::<ToldEntry>(&body).unwrap().events
    }

    #[test]
    fn every_form_of_an_event_is_read() {
        let decision = json!({"at": 1, "by": "automatic", "awards": [
            {"unit": 1, "refundable_minor": 900, "approved_minor": 800, "fee_minor": 40}], "refused_minor": 0,
            "row": "r", "rules": [], "policy": "p", "facts": [{"anything": ["is", {"passed": "over"}]}]});
        let events = told(json!([
            {"placed": {"whatever": [1, {"a": 2}]}},
            "coupon_restored",
            {"case_approved": {"case": 2, "decision": decision}},
            {"payout_decided": {"payout": {"ordinal": 3, "whatever": {"a": 1}}}},
            {"case_withdrawn": {"case": 2}},
        ]));
        assert!(matches!(events[0], Told::Nothing));
        assert!(matches!(&events[1], Told::Other(event) if **event == OrderEvent::CouponRestored));
        assert!(events[2].follows_from_rules());
        let Told::Approved(ruled) = &events[2] else { panic!("{:?}", events[2]) };
        assert_eq!((ruled.case, ruled.decision.net_minor(), ruled.decision.fee_minor()), (2, 760, 40));
        assert!(matches!(events[3], Told::PayoutDecided(3)) && events[3].follows_from_rules());
        assert!(matches!(&events[4], Told::Other(event) if **event == OrderEvent::CaseWithdrawn { case: 2 }));
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for body in
            [r#"{"at":0,"by":"program","events":[{}]}"#, r#"{"at":0,"by":"program","events":[{"no_event":{}}]}"#]
        {
            assert!(serde_json::from_str::<ToldEntry>(body).is_err(), "{body}");
        }
    }
}
