//! What follows from an admission: who is told.

use yuanlu_domain::Party;
use yuanlu_domain::admission::{Admission, AdmissionEvent, AdmissionState};
use yuanlu_domain::desk::DeskEvent;
use yuanlu_domain::ids::Ids;
use yuanlu_domain::time::Instant;
use yuanlu_storage::notice::Notice;

/// Administrators are told of an application and of one that is late, finance of a deposit to come, the applicant of all
/// that is decided.
pub(super) fn notices(admission: &Admission, events: &[&DeskEvent], now: Instant, ids: &mut Ids) -> Vec<Notice> {
    let applicant = || Party::Account(admission.applicant.clone()).to_string();
    let told = events.iter().flat_map(|event| {
        let DeskEvent::Admission(event) = event else { return Vec::new() };
        match **event {
            AdmissionEvent::Applied { .. } => vec![("role:admin".to_owned(), "admission_applied")],
            AdmissionEvent::Escalated { .. } => vec![("role:admin".to_owned(), "admission_overdue")],
            AdmissionEvent::Approved { .. } => {
                vec![(applicant(), "admission_approved"), ("role:finance".to_owned(), "admission_deposit")]
            }
            AdmissionEvent::Admitted { .. } => vec![(applicant(), "admission_admitted")],
            AdmissionEvent::Rejected { .. } => vec![(applicant(), "admission_rejected")],
            AdmissionEvent::Lapsed => vec![(applicant(), "admission_lapsed")],
            AdmissionEvent::Added { .. } | AdmissionEvent::Withdrawn => Vec::new(),
        }
    });
    let (amount_minor, currency) = match &admission.state {
        AdmissionState::AwaitingDeposit { deposit, .. } => (Some(deposit.minor()), deposit.currency().code()),
        _ => (None, ""),
    };
    told.map(|(recipient, kind)| Notice {
        recipient,
        id: ids.text(now),
        kind: kind.to_owned(),
        order: admission.desk.to_string(),
        case: None,
        amount_minor,
        currency: currency.to_owned(),
        due: admission.timer().map(|timer| timer.due),
        at: now,
        read_at: None,
    })
    .collect()
}
