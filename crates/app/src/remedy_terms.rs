//! What the rules an order keeps say about going on after a decision (R19, R20, R34), and about offers (R33).

use crate::app::App;
use crate::authorize::Action;
use crate::errors::{AppError, Result};
use crate::principal::Principal;
use crate::views::{DueView, MoneyView, RemedyTermsView};
use yuanlu_domain::decide::award::unit_limit;
use yuanlu_domain::decide::offer::MOST_EXTENSION_HOURS;
use yuanlu_domain::hearing::Hearing;
use yuanlu_domain::ids::CaseId;

impl App {
    /// The limits for this case, so that they can be said before they are needed.
    pub fn remedy_terms(&self, who: &Principal, case: &CaseId) -> Result<RemedyTermsView> {
        let (file, ordinal) = self.case_file(who, Action::ViewCase, case)?;
        let case = file.case(ordinal).ok_or(AppError::NotFound)?;
        let policy = self.policy_of(&file.policy)?;
        let parameters = policy.parameters();
        let complain_until = case
            .settled_at()
            .map(|settled_at| self.calendar().natural_days_after(settled_at, parameters.complaint_days));
        let made = file.offers.iter().filter(|offer| offer.case == Some(ordinal)).count();
        let units = case.units.iter().filter_map(|no| file.unit(*no));
        let most = units.map(|unit| unit_limit(&file, case.received_face_minor, unit)).sum();
        Ok(RemedyTermsView {
            appeal_days: parameters.appeal_working_days,
            appeal_decision_days: parameters.appeal_decision_working_days,
            complaint_days: parameters.complaint_days,
            complaint_decision_days: parameters.complaint_decision_working_days,
            objection_days: parameters.objection_days,
            complain_until: complain_until.as_ref().map(DueView::from),
            appealed: case.opened(Hearing::Appeal) >= parameters.most_appeals as usize,
            offer_answer_days: parameters.offer_answer_working_days,
            offers_left: parameters.most_offers.saturating_sub(u32::try_from(made).unwrap_or(u32::MAX)),
            most_extension_hours: MOST_EXTENSION_HOURS,
            offer_most: MoneyView::new(most, file.currency),
            unmanned_factor: parameters.small_house_overdue_factor,
        })
    }
}
