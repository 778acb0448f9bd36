//! What follows from a mass incident (S29): what became of each order stands in its row, and who is told of it.

use yuanlu_domain::case::DecidedBy;
use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::event::OrderEvent;
use yuanlu_domain::ids::{DeskId, Ids};
use yuanlu_domain::incident::{Incident, IncidentEvent};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::time::Instant;
use yuanlu_domain::turn::Who;
use yuanlu_money::Currency;
use yuanlu_storage::notice::Notice;
use yuanlu_storage::{StorageError, Tx, incident};

/// An order that was refunded because of an incident.
pub(super) struct Refunded {
    incident: DeskId,
    /// The first case it was refunded in.
    pub(super) case: u16,
    /// How much, in all cases together.
    pub(super) minor: i64,
    /// When the last of it should have arrived.
    pub(super) expected: Option<Instant>,
    /// A case that was open was decided.
    joined: bool,
}

impl Refunded {
    /// What the events of a command say.
    pub(super) fn of(file: &OrderFile, events: &[&OrderEvent]) -> Option<Self> {
        let mut refunded: Option<Self> = None;
        let opened = |ordinal: u16| {
            events.iter().any(|event| matches!(event, OrderEvent::CaseOpened { case, .. } if *case == ordinal))
        };
        for event in events {
            let OrderEvent::CaseApproved { case, decision, .. } = event else { continue };
            if decision.by != DecidedBy::Incident {
                continue;
            }
            let all = refunded.get_or_insert_with(|| Self {
                incident: decision.row.as_str().into(),
                case: *case,
                minor: 0,
                expected: None,
                joined: false,
            });
            all.minor += decision.net_minor();
            all.joined |= !opened(*case);
            let due = file.payouts_of(*case).map(|payout| payout.expected.too_late_from).max();
            all.expected = all.expected.max(due);
        }
        refunded
    }

    pub(super) fn write(&self, tx: &Tx<'_>, file: &OrderFile) -> Result<(), StorageError> {
        incident::done(tx, &self.incident, &file.order, self.minor, self.case, self.joined, file.last_at)
    }
}

/// Finance is told what waits for it and what is over; each seller, in sum, what his buyers were refunded.
pub(super) fn notices(incident: &Incident, events: &[&DeskEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let mut told = Vec::new();
    let finance = format!("role:{}", Who::Finance.code());
    let mut tell = |recipient: &str, kind: &str, sum: Option<(i64, Currency)>, due: Option<Instant>| {
        told.push(Notice {
            recipient: recipient.to_owned(),
            id: ids.text(now),
            kind: kind.to_owned(),
            order: incident.desk.to_string(),
            case: None,
            amount_minor: sum.map(|(minor, _)| minor),
            currency: sum.map(|(_, currency)| currency.code().to_owned()).unwrap_or_default(),
            due,
            at: now,
            read_at: None,
        });
    };
    for event in events {
        let DeskEvent::Incident(event) = event else { continue };
        match event.as_ref() {
            IncidentEvent::Frozen { due, .. } => tell(&finance, "incident_to_approve", None, Some(*due)),
            IncidentEvent::Reminded { due } => tell(&finance, "incident_waits", None, Some(*due)),
            IncidentEvent::Finished { result } => {
                for sum in &result.sellers {
                    let recipient = format!("seller:{}", sum.seller);
                    tell(&recipient, "incident_sum", Some((sum.minor, sum.currency)), None);
                }
                tell(&finance, "incident_over", None, None);
            }
            IncidentEvent::Proposed { .. }
            | IncidentEvent::Approved { .. }
            | IncidentEvent::Paused { .. }
            | IncidentEvent::Resumed { .. }
            | IncidentEvent::RateSet { .. }
            | IncidentEvent::Cancelled { .. } => {}
        }
    }
    told
}
