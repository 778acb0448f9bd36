//! Appeals, complaints and objections (R19, R20, R34), and taking a decision back (R17).

use crate::app::App;
use crate::authorize::Action;
use crate::conduct::Written;
use crate::errors::{AppError, Result};
use crate::inputs::{DismissInput, RemedyInput, UpholdInput};
use crate::limits::Tried;
use crate::principal::Principal;
use crate::staff::answers;
use crate::text;
use crate::views::CaseView;
use yuanlu_domain::case::RemedyGround;
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::hearing::Hearing;
use yuanlu_domain::ids::CaseId;

impl App {
    /// Opens an appeal, a complaint or, as the seller, an objection.
    pub fn open_remedy(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &RemedyInput,
        key: Option<&str>,
    ) -> Result<CaseView> {
        let ground = RemedyGround::parse(input.ground.trim()).ok_or(AppError::invalid("ground", "unknown"))?;
        let of_seller = ground.hearing() == Hearing::Objection;
        let action = if of_seller { Action::AnswerAsSeller } else { Action::ActOnOwnCase };
        let (file, ordinal) = self.case_file(who, action, case)?;
        self.limiter().take(Tried::Apply, &who.key(), self.clock().real_now())?;
        let claimed = text::given(input.amount.as_ref())
            .map(|amount| text::amount("amount", amount, file.currency))
            .transpose()?;
        text::words("words", &input.words, 1, 2000)?;
        let statement = self.statement(who, &file, &input.words, &input.evidence)?;
        let rule = text::given(input.rule.as_ref()).map(str::to_uppercase);
        let subject = if of_seller { format!("seller:{}", file.seller) } else { file.buyer.to_string() };
        let written = Written { subject: &subject, order: file.order.as_str(), case: case.as_str() };
        let rows = self.said(written, &statement)?;
        let (words, evidence) = (statement.words, statement.evidence);
        let act = OrderAct::OpenRemedy { case: ordinal, ground, rule, claimed, words, evidence };
        let by = if of_seller { who.as_seller(&file.seller) } else { who.as_buyer() };
        self.order_request(who, by, &file.order, act)
            .once("open_remedy", key, &(case, input))?
            .with(statement.rows)
            .and(rows)
            .send()?;
        self.load_case(who, case)
    }

    /// Withdraws what one opened.
    pub fn withdraw_remedy(&self, who: &Principal, case: &CaseId, key: Option<&str>) -> Result<CaseView> {
        let (file, ordinal, by) = self.party_file(who, case)?;
        self.order_request(who, by, &file.order, OrderAct::WithdrawRemedy { case: ordinal })
            .once("withdraw_remedy", key, case)?
            .send()?;
        self.load_case(who, case)
    }

    /// Finds a remedy right.
    pub fn uphold(&self, who: &Principal, case: &CaseId, input: &UpholdInput, key: Option<&str>) -> Result<CaseView> {
        self.judge_uphold(who, case, input, key)?;
        self.load_case(who, case)
    }

    pub(crate) fn judge_uphold(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &UpholdInput,
        key: Option<&str>,
    ) -> Result<()> {
        let (file, _) = self.judged_file(who, case)?;
        let amount_minor = text::amount_or_zero("amount", &input.amount, file.currency)?.minor();
        let words = text::words("words", &input.words, 0, 2000)?;
        let (row, words) = self.personal(&file.order, "words", &words)?.unzip();
        let answers = answers(input.answers);
        let once = serde_json::to_value(input).map_err(|_| AppError::Unavailable)?;
        self.judge(who, case, "uphold", Some((key, once)), |case| {
            Ok((OrderAct::Uphold { case, amount_minor, answers, words }, row))
        })
    }

    /// Finds a remedy wrong, with words whoever opened it can understand.
    pub fn dismiss(&self, who: &Principal, case: &CaseId, input: &DismissInput, key: Option<&str>) -> Result<CaseView> {
        self.judge_dismiss(who, case, input, key)?;
        self.load_case(who, case)
    }

    pub(crate) fn judge_dismiss(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &DismissInput,
        key: Option<&str>,
    ) -> Result<()> {
        let (order, _) = case.parts().ok_or(AppError::NotFound)?;
        let words = text::words("words", &input.words, 1, 2000)?;
        let (row, words) = self.personal(&order, "words", &words)?.ok_or(AppError::invalid("words", "required"))?;
        let answers = answers(input.answers);
        let once = serde_json::to_value(input).map_err(|_| AppError::Unavailable)?;
        self.judge(who, case, "dismiss", Some((key, once)), |case| {
            Ok((OrderAct::Dismiss { case, answers, words }, Some(row)))
        })
    }

    /// Takes one's own decision back before it is sent.
    pub fn take_back(&self, who: &Principal, case: &CaseId) -> Result<CaseView> {
        self.judge(who, case, "take_back", None, |case| Ok((OrderAct::TakeBack { case }, None)))?;
        self.load_case(who, case)
    }
}
