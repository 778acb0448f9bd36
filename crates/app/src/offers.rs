//! Offers of sellers and the buyers' answers (R33, R26).

use crate::app::App;
use crate::authorize::Action;
use crate::conduct::Written;
use crate::errors::{AppError, Result};
use crate::inputs::OfferInput;
use crate::principal::Principal;
use crate::text;
use crate::views::{CaseView, ThreadView};
use yuanlu_domain::case::Reason;
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::decide::offer::MOST_EXTENSION_HOURS;
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_domain::offer::OfferTerms;
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::time::Instant;

impl App {
    /// Offers something in a case.
    pub fn make_offer(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &OfferInput,
        key: Option<&str>,
    ) -> Result<CaseView> {
        let (file, ordinal) = self.case_file(who, Action::AnswerAsSeller, case)?;
        self.offer(who, &file, Some(ordinal), input, key)?;
        self.load_case(who, case)
    }

    /// Offers something before any case.
    pub fn make_early_offer(
        &self,
        who: &Principal,
        order: &OrderId,
        input: &OfferInput,
        key: Option<&str>,
    ) -> Result<ThreadView> {
        let file = self.file_for(who, Action::AnswerAsSeller, order)?;
        self.offer(who, &file, None, input, key)?;
        self.thread(who, order)
    }

    fn offer(
        &self,
        who: &Principal,
        file: &OrderFile,
        case: Option<u16>,
        input: &OfferInput,
        key: Option<&str>,
    ) -> Result<()> {
        let terms = match input.kind.trim() {
            "refund" => {
                let amount = text::given(input.amount.as_ref()).ok_or(AppError::invalid("amount", "required"))?;
                OfferTerms::Refund { amount_minor: text::amount("amount", amount, file.currency)?.minor() }
            }
            "replacement" => OfferTerms::Replacement,
            "more_time" => {
                let until = text::given(input.until.as_ref()).ok_or(AppError::invalid("until", "required"))?;
                let until = Instant::parse_shanghai(until).ok_or(AppError::invalid("until", "unreadable"))?;
                let now = self.now();
                if until <= now {
                    return Err(AppError::invalid("until", "past"));
                }
                if until > now.plus_hours(MOST_EXTENSION_HOURS) {
                    return Err(AppError::invalid("until", "too_far"));
                }
                OfferTerms::MoreTime { until }
            }
            _ => return Err(AppError::invalid("kind", "unknown")),
        };
        let reason = text::given(input.reason.as_ref())
            .map(|code| Reason::parse(code).ok_or(AppError::invalid("reason", "unknown")))
            .transpose()?;
        let words = text::words("words", &input.words, 0, 2000)?;
        let (row, words) = self.personal(&file.order, "words", &words)?.unzip();
        let subject = format!("seller:{}", file.seller);
        let id = case.map(|ordinal| file.case_id(ordinal).to_string()).unwrap_or_default();
        let written = Written { subject: &subject, order: file.order.as_str(), case: &id };
        let flags = self.flag_words(written, row.as_ref());
        let act = OrderAct::MakeOffer { case, units: input.units.clone(), reason, terms, words };
        self.order_request(who, who.as_seller(&file.seller), &file.order, act)
            .once("make_offer", key, &(&file.order, case, input))?
            .with(row)
            .and(flags)
            .send()?;
        Ok(())
    }

    /// Accepts or declines an offer; answers the case it settled, where there is one.
    pub fn answer_offer(
        &self,
        who: &Principal,
        order: &OrderId,
        offer: u16,
        accept: bool,
        key: Option<&str>,
    ) -> Result<Option<CaseView>> {
        let file = self.file_for(who, Action::ActOnOwnCase, order)?;
        let of_case = file.offer(offer).ok_or(AppError::NotFound)?.case;
        let answer = self
            .order_request(who, who.as_buyer(), order, OrderAct::AnswerOffer { offer, accept })
            .once("answer_offer", key, &(order, offer, accept))?
            .send()?;
        match of_case.or(answer.case) {
            Some(case) => self.load_case(who, &CaseId::of(order, case)).map(Some),
            None => Ok(None),
        }
    }
}
