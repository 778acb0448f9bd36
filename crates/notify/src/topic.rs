//! What a notice is about decides whether a person may silence it.

use serde::{Deserialize, Serialize};

/// Ways out of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// E-mail.
    Mail,
    /// Short message.
    Sms,
    /// A call to a seller's own program.
    Webhook,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Mail, Self::Sms, Self::Webhook];

    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Webhook => "webhook",
        }
    }

    /// The way with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }

    /// How often it is tried: a webhook's receiver may be down for a day, a short message is only worth something soon.
    pub fn most_attempts(self) -> u32 {
        match self {
            Self::Mail => 9,
            Self::Sms => 3,
            Self::Webhook => 10,
        }
    }
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A decision about the person's rights.
    Decision,
    /// The person's money.
    Money,
    /// Something is to be done until an instant.
    Deadline,
    /// Access to the account.
    Access,
    /// An order goes its way.
    Order,
    /// Somebody wrote.
    Message,
    /// The day of a shop.
    Digest,
    /// Work at a desk of the platform.
    Desk,
}

impl Topic {
    /// Topics a person can choose about.
    pub const CHOSEN: [Self; 7] =
        [Self::Decision, Self::Money, Self::Deadline, Self::Order, Self::Message, Self::Digest, Self::Desk];

    /// What the notice with this code is about.
    pub fn of(kind: &str) -> Self {
        match kind {
            "reminder" | "seller_asked" | "material_asked" | "offer_made" | "offer_ending" | "window_closing"
            | "appeal_ending" | "confirm_ending" | "lot_expiring" | "panel_seat" | "panel_votes" | "panel_invited"
            | "tip_off_asked" | "admission_approved" | "route_needed" | "order_to_deliver" | "code_to_cancel"
            | "deposit_short" => Self::Deadline,
            "case_completed"
            | "incident_sum"
            | "account_paid"
            | "extra_payment"
            | "switch_reversed"
            | "doubt_answered"
            | "payout_traced"
            | "topped_up"
            | "debt_from_deposit"
            | "debt_advanced"
            | "deposit_paid"
            | "deposit_returned"
            | "withdrawal_executed"
            | "withdrawal_refused"
            | "withdrawal_stopped"
            | "advance_repaid"
            | "earnings_exchanged"
            | "payout_account_set"
            | "sold_out" => Self::Money,
            "code_issued" | "credited" | "order_expired" | "order_paid" | "order_settled" | "offer_accepted"
            | "offer_declined" => Self::Order,
            "message" | "support_answered" | "support_ended" | "refund_prepared" | "review_written"
            | "review_replied" => Self::Message,
            "digest" => Self::Digest,
            "contact_code" | "password_reset" => Self::Access,
            "payout_overdue"
            | "incident_to_approve"
            | "incident_waits"
            | "incident_over"
            | "payout_stuck"
            | "account_to_check"
            | "account_to_pay"
            | "card_named"
            | "arrival_doubted"
            | "outside_registered"
            | "outside_reopened"
            | "outside_warning"
            | "outside_overdue"
            | "outside_call_failed"
            | "paid_twice"
            | "paid_outside"
            | "outside_returned"
            | "withdrawal_waiting"
            | "withdrawal_overdue"
            | "support_asked"
            | "support_overdue"
            | "review_appealed"
            | "admission_applied"
            | "admission_overdue"
            | "admission_deposit"
            | "hearing_unclaimed"
            | "hearing_overdue" => Self::Desk,
            // Decisions, and whatever is new: better told too much than silenced.
            _ => Self::Decision,
        }
    }

    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Money => "money",
            Self::Deadline => "deadline",
            Self::Access => "access",
            Self::Order => "order",
            Self::Message => "message",
            Self::Digest => "digest",
            Self::Desk => "desk",
        }
    }

    /// The topic with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::CHOSEN.into_iter().find(|topic| topic.code() == code)
    }

    /// Whether a person has to be reached, whatever he chose: decisions, money and deadlines.
    pub fn must_reach(self) -> bool {
        matches!(self, Self::Decision | Self::Money | Self::Deadline | Self::Access)
    }

    /// The ways of somebody who chose nothing.
    pub fn usual(self) -> &'static [Way] {
        match self {
            Self::Decision | Self::Money => &[Way::Mail],
            Self::Deadline => &[Way::Mail, Way::Sms],
            Self::Order | Self::Digest => &[Way::Mail],
            Self::Access | Self::Message | Self::Desk => &[],
        }
    }
}

/// The ways a notice goes to a person: as he chose, among those there are. What must reach him goes by one of them even
/// when he chose none.
pub fn ways(topic: Topic, chosen: Option<&[Way]>, there: &[Way]) -> Vec<Way> {
    let wanted = chosen.unwrap_or_else(|| topic.usual());
    let mut ways: Vec<Way> = there.iter().copied().filter(|way| wanted.contains(way)).collect();
    if ways.is_empty() && topic.must_reach() {
        ways.extend(there.iter().copied().filter(|way| *way != Way::Webhook).min());
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_law_wants_told_cannot_be_silenced() {
        let both = [Way::Mail, Way::Sms];
        for topic in Topic::CHOSEN {
            let silenced = ways(topic, Some(&[]), &both);
            assert_eq!(silenced, if topic.must_reach() { vec![Way::Mail] } else { vec![] }, "{topic:?}");
            assert_eq!(ways(topic, Some(&[Way::Sms]), &both), [Way::Sms]);
            assert_eq!(ways(topic, Some(&both), &[]), [], "no address, no message");
        }
        assert_eq!(ways(Topic::Money, Some(&[Way::Sms]), &[Way::Mail]), [Way::Mail], "his choice is not there");
        assert_eq!(ways(Topic::Message, None, &both), []);
        assert_eq!(ways(Topic::Deadline, None, &both), both);
    }

    #[test]
    fn every_sentence_has_its_topic() {
        let words: toml::Table = crate::WORDS.parse().unwrap();
        for (kind, pair) in &words {
            let pair = pair.as_array().unwrap();
            assert_eq!(pair.len(), 2, "{kind}");
            assert!(pair.iter().all(|text| !text.as_str().unwrap().is_empty()), "{kind}");
        }
        for kind in ["case_approved", "case_rejected", "remedy_closed", "blocked"] {
            assert_eq!(Topic::of(kind), Topic::Decision);
        }
        assert_eq!(Topic::of("case_completed"), Topic::Money);
        assert_eq!(Topic::of("reminder"), Topic::Deadline);
        assert_eq!(Topic::parse("money"), Some(Topic::Money));
        assert_eq!(Topic::parse("access"), None, "nobody chooses about it");
    }
}
