//! Rules by which a seller agrees to refunds by himself (S08), and answers to many cases at once.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::{BulkAnswerInput, SellerRuleInput, StatementInput};
use crate::lookup::Lookup;
use crate::order_view::permit;
use crate::principal::Principal;
use crate::seller::{CURRENCY, own_seller};
use crate::text;
use crate::views::{BulkAnswer, MoneyView, SellerRuleView};
use yuanlu_domain::case::Reason;
use yuanlu_domain::ids::{CaseId, ProductId};
use yuanlu_domain::seller_rule::{MOST_RULES, SellerRule};
use yuanlu_storage::{product, seller_rule};

/// Rules shown, ended ones among them.
const MOST_SHOWN: u32 = 50;
/// Cases answered at once.
const MOST_AT_ONCE: usize = 100;

impl App {
    /// One's shop's rules, newest first; ended ones stay readable.
    pub fn seller_rules(&self, who: &Principal) -> Result<Vec<SellerRuleView>> {
        let seller = own_seller(who)?;
        permit(who, Action::AnswerAsSeller, &Object::Shop(&seller))?;
        self.db().snapshot(|db| {
            let mut lookup = Lookup::default();
            let mut views = Vec::new();
            for kept in seller_rule::list(db, &seller, MOST_SHOWN)? {
                let product = match &kept.rule.product {
                    Some(id) => product::find(db, id)?.map(|found| found.page.title),
                    None => None,
                };
                views.push(SellerRuleView {
                    rule: kept.rule.id,
                    most: MoneyView::from(kept.rule.most),
                    reasons: kept.rule.reasons.iter().map(|reason| reason.code()).collect(),
                    product,
                    by: lookup.login(db, &kept.created_by)?,
                    since: kept.created_at.into(),
                    ended_at: kept.ended_at.map(Into::into),
                });
            }
            Ok(views)
        })
    }

    /// Makes a rule: applications up to an amount, for these reasons, are agreed to at once in the shop's name.
    pub fn add_seller_rule(&self, who: &Principal, input: &SellerRuleInput) -> Result<Vec<SellerRuleView>> {
        let seller = own_seller(who)?;
        permit(who, Action::AnswerAsSeller, &Object::Shop(&seller))?;
        let by = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let most = text::amount_in_any("most", &input.most, CURRENCY)?;
        let reasons =
            input.reasons.iter().map(|code| Reason::parse(code).ok_or(AppError::invalid("reasons", "unknown")));
        let mut reasons: Vec<Reason> = reasons.collect::<Result<_>>()?;
        reasons.sort_unstable_by_key(|reason| reason.code());
        reasons.dedup();
        if reasons.is_empty() {
            return Err(AppError::invalid("reasons", "required"));
        }
        let product = match text::given(input.product.as_ref()) {
            Some(id) => {
                let id = ProductId::new(id);
                let found = self.db().read(|db| product::find(db, &id))?.filter(|found| found.offer.seller == seller);
                found.ok_or(AppError::invalid("product", "unknown"))?;
                Some(id)
            }
            None => None,
        };
        let now = self.now();
        let rule = SellerRule { id: self.ids().text(now), by: by.clone(), most, reasons, product };
        self.write(move |tx, now| {
            if seller_rule::standing(tx, &[seller.as_str()])?.len() >= MOST_RULES {
                return Err(AppError::Refused(yuanlu_domain::Refusal::NoRoom { most: MOST_RULES as u32 }));
            }
            Ok(seller_rule::insert(tx, &seller, &rule, &by, now)?)
        })?;
        self.seller_rules(who)
    }

    /// Ends a rule. What it has agreed to stays agreed.
    pub fn end_seller_rule(&self, who: &Principal, rule: &str) -> Result<Vec<SellerRuleView>> {
        let seller = own_seller(who)?;
        permit(who, Action::AnswerAsSeller, &Object::Shop(&seller))?;
        if !self.seller_rules(who)?.iter().any(|own| own.rule == rule) {
            return Err(AppError::NotFound);
        }
        let rule = rule.to_owned();
        self.write(move |tx, now| Ok(seller_rule::end(tx, &seller, &rule, now)?))?;
        self.seller_rules(who)
    }

    /// Answers many cases alike: agrees to each, or contests each in the same words. Each is answered for itself; what is
    /// refused for one is said of it and hinders no other.
    pub fn answer_many(&self, who: &Principal, input: &BulkAnswerInput, key: Option<&str>) -> Result<Vec<BulkAnswer>> {
        let seller = own_seller(who)?;
        permit(who, Action::AnswerAsSeller, &Object::Shop(&seller))?;
        if input.cases.is_empty() {
            return Err(AppError::invalid("cases", "required"));
        }
        if input.cases.len() > MOST_AT_ONCE {
            return Err(AppError::invalid("cases", "too_large"));
        }
        let words = match input.answer.as_str() {
            "agree" => None,
            "contest" => Some(text::words("words", &input.words, 1, 2000)?),
            _ => return Err(AppError::invalid("answer", "unknown")),
        };
        let mut answers = Vec::new();
        for case in &input.cases {
            let id = CaseId::new(case.clone());
            // One sending is many answers, each under a key of its own.
            let key = key.map(|key| format!("{key}:{case}"));
            let key = key.as_deref();
            let outcome = match &words {
                None => self.agree(who, &id, key),
                Some(words) => {
                    let statement = StatementInput { words: words.clone(), evidence: Vec::new() };
                    self.contest(who, &id, &statement, key)
                }
            };
            answers.push(match outcome {
                Ok(view) => BulkAnswer {
                    case: case.clone(),
                    title: view.summary.title,
                    state: Some(view.summary.state),
                    refused: None,
                },
                Err(error @ (AppError::Unavailable | AppError::NotSignedIn)) => return Err(error),
                Err(error) => {
                    let title = self.load_case(who, &id).map(|view| view.summary.title).unwrap_or_default();
                    BulkAnswer { case: case.clone(), title, state: None, refused: Some(error) }
                }
            });
        }
        Ok(answers)
    }
}
