//! Admissions of sellers: applied for by anybody who is signed in, decided by staff, opened by the deposit (S27).

use super::Draft;
use super::seller::Funds;
use crate::actor::{Actor, Role};
use crate::admission::{
    AGAIN_DAYS, ANSWER_DAYS, Admission, AdmissionAct, AdmissionEvent, AdmissionState, DEPOSIT_DAYS, MOST_APPLICATIONS,
    MOST_FILES, Petition,
};
use crate::case::EvidenceRef;
use crate::desk::{DeskEvent, DeskFile};
use crate::ids::{DeskId, SellerId};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::seller_account::SellerEvent;
use yuanlu_money::Money;

impl Draft<'_, '_> {
    pub(super) fn admission_act(&mut self, desk: &DeskId, act: &AdmissionAct) -> Result<(), Refusal> {
        match act {
            AdmissionAct::Apply { petition } => self.apply_for_admission(desk, petition),
            AdmissionAct::Add { evidence } => self.add_to_admission(evidence),
            AdmissionAct::Withdraw => {
                self.only_applicant()?;
                if !self.admission()?.state.is_open() {
                    return Err(self.admission_is_elsewhere());
                }
                self.emit_admission(AdmissionEvent::Withdrawn)
            }
            AdmissionAct::Approve { seller, deposit } => self.approve_admission(seller, *deposit),
            AdmissionAct::Reject { words, mend } => {
                self.admission_judge(&[Role::Admin])?;
                self.at_staff()?;
                self.emit_admission(AdmissionEvent::Rejected { words: words.clone(), mend: mend.clone() })
            }
            AdmissionAct::RecordDeposit { seller, amount } => self.record_first_deposit(seller, *amount),
            AdmissionAct::Wake { subject } => self.wake_admission(subject),
        }
    }

    fn admission(&self) -> Result<&Admission, Refusal> {
        match &self.desk {
            Some(DeskFile::Admission(admission)) => Ok(admission),
            _ => Err(Refusal::NotFound),
        }
    }

    fn admission_is_elsewhere(&self) -> Refusal {
        self.admission().map_or(Refusal::NotFound, |admission| Refusal::WrongState { state: admission.state.code() })
    }

    fn at_staff(&self) -> Result<(), Refusal> {
        match self.admission()?.state {
            AdmissionState::AtStaff { .. } => Ok(()),
            _ => Err(self.admission_is_elsewhere()),
        }
    }

    fn only_applicant(&self) -> Result<(), Refusal> {
        let applicant = &self.admission()?.applicant;
        match self.by {
            Actor::Applicant { account } if account == applicant => Ok(()),
            _ => Err(Refusal::NotFound),
        }
    }

    /// Nobody lets himself in.
    fn admission_judge(&self, roles: &[Role]) -> Result<(), Refusal> {
        match self.by {
            Actor::Staff { account, .. } if *account == self.admission()?.applicant => Err(Refusal::Conflicted),
            Actor::Staff { role, .. } if roles.contains(role) => Ok(()),
            _ => Err(Refusal::NotYours),
        }
    }

    fn apply_for_admission(&mut self, desk: &DeskId, petition: &Petition) -> Result<(), Refusal> {
        let Actor::Applicant { account } = self.by else { return Err(Refusal::NotYours) };
        if *desk != Admission::number_of(account) {
            return Err(Refusal::NotYours);
        }
        match &self.desk {
            None => {}
            Some(DeskFile::Admission(before)) => {
                if !before.state.can_apply_again() {
                    return Err(Refusal::AlreadyExists);
                }
                if before.applications >= MOST_APPLICATIONS {
                    return Err(Refusal::NoRoom { most: MOST_APPLICATIONS });
                }
            }
            Some(_) => return Err(Refusal::NotFound),
        }
        if petition.evidence.len() > MOST_FILES {
            return Err(Refusal::NoRoom { most: MOST_FILES as u32 });
        }
        let due = self.cx.calendar.working_days_after(self.cx.now, ANSWER_DAYS);
        self.emit_admission(AdmissionEvent::Applied { desk: desk.clone(), petition: petition.clone(), due })
    }

    fn add_to_admission(&mut self, evidence: &[EvidenceRef]) -> Result<(), Refusal> {
        self.only_applicant()?;
        self.at_staff()?;
        if evidence.is_empty() {
            return Err(Refusal::Missing { field: "file" });
        }
        if self.admission()?.petition.evidence.len() + evidence.len() > MOST_FILES {
            return Err(Refusal::NoRoom { most: MOST_FILES as u32 });
        }
        self.emit_admission(AdmissionEvent::Added { evidence: evidence.to_vec() })
    }

    /// What the operator asks of a seller of good standing (R27) is the deposit; nothing asked, the shop opens at once.
    fn approve_admission(&mut self, seller: &SellerId, deposit: Money) -> Result<(), Refusal> {
        self.admission_judge(&[Role::Admin])?;
        self.at_staff()?;
        let required = Funds::default().required_minor(deposit.currency(), self.cx.policy.parameters());
        if deposit.minor() != required {
            return Err(Refusal::BelowDeposit { required: Money::new(required, deposit.currency()) });
        }
        if required == 0 {
            return self.admit(seller, deposit);
        }
        let due = self.cx.calendar.working_days_after(self.cx.now, DEPOSIT_DAYS);
        self.emit_admission(AdmissionEvent::Approved { deposit, due })
    }

    fn record_first_deposit(&mut self, seller: &SellerId, amount: Money) -> Result<(), Refusal> {
        self.admission_judge(&[Role::Finance, Role::Admin])?;
        let AdmissionState::AwaitingDeposit { deposit, .. } = &self.admission()?.state else {
            return Err(self.admission_is_elsewhere());
        };
        if amount.currency() != deposit.currency() || !amount.is_positive() {
            return Err(Refusal::BadAmount);
        }
        if amount.minor() < deposit.minor() {
            return Err(Refusal::BelowDeposit { required: *deposit });
        }
        self.admit(seller, amount)
    }

    fn admit(&mut self, seller: &SellerId, deposit: Money) -> Result<(), Refusal> {
        if self.seller.is_some() {
            return Err(Refusal::AlreadyExists);
        }
        self.emit_admission(AdmissionEvent::Admitted { seller: seller.clone() })?;
        self.emit_seller(SellerEvent::Opened { seller: seller.clone(), currency: deposit.currency() })?;
        match deposit.is_positive() {
            true => self.emit_seller(SellerEvent::DepositPaid { amount_minor: deposit.minor() }),
            false => Ok(()),
        }
    }

    /// Staff that is late is asked again, day by day; a deposit that does not come ends the application.
    fn wake_admission(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let admission = self.admission()?;
        let due = admission.timer().filter(|timer| timer.subject == *subject && timer.due <= self.cx.now);
        if *self.by != Actor::Program || due.is_none() {
            return Err(Refusal::NothingDue);
        }
        match admission.state {
            AdmissionState::AwaitingDeposit { .. } => self.emit_admission(AdmissionEvent::Lapsed),
            _ => {
                let due = self.cx.calendar.working_days_after(self.cx.now, AGAIN_DAYS);
                self.emit_admission(AdmissionEvent::Escalated { due })
            }
        }
    }

    fn emit_admission(&mut self, event: AdmissionEvent) -> Result<(), Refusal> {
        self.emit_desk(DeskEvent::Admission(Box::new(event)))
    }
}
