//! Staff's work on cases and money. Every act leaves an audit row in the same commit.

use crate::app::App;
use crate::authorize::{Action, JUDGES, Object};
use crate::case_view::desk_roles;
use crate::errors::{AppError, Result};
use crate::inputs::{AnswersInput, ApproveInput, AskInput, CouponInput, Page, RejectInput};
use crate::order_view::{object, permit};
use crate::payout_view::payout_view;
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::submit::FINANCE;
use crate::text;
use crate::views::{BalanceView, CaseSummary, CaseView, Listing, MOST_COUNTED, PayoutView};
use serde_json::json;
use yuanlu_domain::Role;
use yuanlu_domain::case::{Desk, EvidenceKind, RejectCode, ReviewAnswers};
use yuanlu_domain::command::{Act, OrderAct, WalletAct};
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::PayoutState;
use yuanlu_domain::turn::Who;
use yuanlu_money::Money;
use yuanlu_storage::personal::PersonalRow;
use yuanlu_storage::{account, order_file, refund_case};

const DESKS: [(&str, Desk); 3] = [("review", Desk::Review), ("senior", Desk::Senior), ("risk", Desk::Risk)];

impl App {
    /// A staff queue, the most urgent first: `review`, `senior`, `risk`.
    pub fn queue(&self, who: &Principal, desk: &str, page: &Page) -> Result<Listing<CaseSummary>> {
        permit(who, Action::ViewQueue, &Object::Nothing)?;
        let found = DESKS.into_iter().find(|(code, _)| *code == desk);
        let (_, desk) = found.ok_or(AppError::invalid("desk", "unknown"))?;
        self.cases_of_turn(who, Who::from(desk), page)
    }

    fn cases_of_turn(&self, who: &Principal, turn: Who, page: &Page) -> Result<Listing<CaseSummary>> {
        let after =
            page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|_| text::cursor(page)).transpose()?;
        self.db().snapshot(|db| {
            let found = refund_case::queue(db, turn.code(), after.as_ref(), page.rows() + 1)?;
            self.case_listing(db, who, found, page, |row| {
                text::cursor_text(row.turn_due.map_or(i64::MAX, |due| due.micros()), row.case.as_str())
            })
        })
    }

    /// How many cases wait in each queue, payouts of finance included.
    pub fn queue_counts(&self, who: &Principal) -> Result<Vec<(&'static str, u64)>> {
        permit(who, Action::ViewQueue, &Object::Nothing)?;
        let desks = [
            ("review", Who::Reviewer),
            ("senior", Who::SeniorReviewer),
            ("risk", Who::Risk),
            ("panel", Who::Panel),
            ("finance", Who::Finance),
        ];
        self.db().snapshot(|db| {
            let count = |(desk, who): (&'static str, Who)| {
                let found = refund_case::count_waiting(db, who.code(), MOST_COUNTED)?;
                Ok((desk, u64::try_from(found).unwrap_or_default()))
            };
            desks.into_iter().map(count).collect()
        })
    }

    /// Takes a case.
    pub fn claim(&self, who: &Principal, case: &CaseId) -> Result<CaseView> {
        self.judge(who, case, "claim_case", None, |case| Ok((OrderAct::ClaimCase { case }, None)))?;
        self.load_case(who, case)
    }

    /// Asks the buyer for material.
    pub fn ask_material(&self, who: &Principal, case: &CaseId, input: &AskInput) -> Result<CaseView> {
        let kinds =
            input.wanted.iter().map(|code| EvidenceKind::parse(code).ok_or(AppError::invalid("wanted", "unknown")));
        let wanted = kinds.collect::<Result<Vec<_>>>()?;
        let (order, _) = case.parts().ok_or(AppError::NotFound)?;
        let words = text::words("words", &input.words, 0, 2000)?;
        let (row, words) = self.personal(&order, "words", &words)?.unzip();
        self.judge(who, case, "ask_material", None, |case| Ok((OrderAct::AskMaterial { case, wanted, words }, row)))?;
        self.load_case(who, case)
    }

    /// Passes the case to the seller, once.
    pub fn pass_to_seller(&self, who: &Principal, case: &CaseId) -> Result<CaseView> {
        self.judge(who, case, "pass_to_seller", None, |case| Ok((OrderAct::PassToSeller { case }, None)))?;
        self.load_case(who, case)
    }

    /// Approves, in full or in part.
    pub fn approve(&self, who: &Principal, case: &CaseId, input: &ApproveInput, key: Option<&str>) -> Result<CaseView> {
        self.judge_approve(who, case, input, key)?;
        self.load_case(who, case)
    }

    pub(crate) fn judge_approve(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &ApproveInput,
        key: Option<&str>,
    ) -> Result<()> {
        let (file, ordinal) = self.judged_file(who, case)?;
        let amount = match text::given(input.amount.as_ref()) {
            Some(amount) => text::amount("amount", amount, file.currency)?,
            None => as_claimed(&file, ordinal),
        };
        let words = text::words("words", &input.words, 0, 2000)?;
        let (row, words) = self.personal(&file.order, "words", &words)?.unzip();
        let answers = answers(input.answers);
        let once = serde_json::to_value(input).map_err(|_| AppError::Unavailable)?;
        self.judge(who, case, "approve", Some((key, once)), |case| {
            Ok((OrderAct::Approve { case, amount, answers, words }, row))
        })
    }

    /// Rejects, with words the buyer can act on.
    pub fn reject(&self, who: &Principal, case: &CaseId, input: &RejectInput, key: Option<&str>) -> Result<CaseView> {
        self.judge_reject(who, case, input, key)?;
        self.load_case(who, case)
    }

    pub(crate) fn judge_reject(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &RejectInput,
        key: Option<&str>,
    ) -> Result<()> {
        let (order, _) = case.parts().ok_or(AppError::NotFound)?;
        let code = RejectCode::parse(&input.code).ok_or(AppError::invalid("code", "unknown"))?;
        let words = text::words("words", &input.words, 1, 2000)?;
        let (row, words) = self.personal(&order, "words", &words)?.ok_or(AppError::invalid("words", "required"))?;
        let clause = text::given(input.clause.as_ref()).map(str::to_owned);
        let answers = answers(input.answers);
        let once = serde_json::to_value(input).map_err(|_| AppError::Unavailable)?;
        self.judge(who, case, "reject", Some((key, once)), |case| {
            Ok((OrderAct::Reject { case, code, clause, answers, words }, Some(row)))
        })
    }

    /// The file of a case the asker may judge: by his role, or because he was invited to (R35).
    pub(crate) fn judged_file(&self, who: &Principal, case: &CaseId) -> Result<(OrderFile, u16)> {
        let (order, ordinal) = case.parts().ok_or(AppError::NotFound)?;
        let file = self.db().read(|db| order_file::find(db, &order))?.ok_or(AppError::NotFound)?.aggregate;
        let sitting = file.case(ordinal).ok_or(AppError::NotFound)?.sitting();
        let invited = sitting.and_then(|sitting| sitting.invited.as_ref());
        if invited.is_some() && invited == who.account() {
            permit(who, Action::SitOnPanel, &Object::Nothing)?;
        } else {
            permit(who, Action::JudgeCase, &object(&file))?;
        }
        Ok((file, ordinal))
    }

    pub(crate) fn judge(
        &self,
        who: &Principal,
        case: &CaseId,
        route: &'static str,
        once: Option<(Option<&str>, serde_json::Value)>,
        act: impl FnOnce(u16) -> Result<(OrderAct, Option<PersonalRow>)>,
    ) -> Result<()> {
        let (file, ordinal) = self.judged_file(who, case)?;
        let sitting = file.case(ordinal).and_then(|case| case.sitting());
        let roles = match sitting {
            Some(sitting) if sitting.invited.is_some() && sitting.invited.as_ref() == who.account() => {
                &[Role::Arbitrator][..]
            }
            Some(sitting) => desk_roles(sitting.desk),
            None => JUDGES,
        };
        let (act, row) = act(ordinal)?;
        let audit = self.audit_row(who, route, case.as_str(), json!({}))?;
        let (key, input) = once.unwrap_or_default();
        self.order_request(who, who.as_staff(roles), &file.order, act)
            .once(route, key, &(case, input))?
            .with(row)
            .and([audit])
            .send()?;
        Ok(())
    }

    /// Payouts that wait for finance: held, stuck or overdue at the channel.
    pub fn payouts(&self, who: &Principal, page: &Page) -> Result<Listing<PayoutView>> {
        permit(who, Action::ViewPayouts, &Object::Nothing)?;
        let after =
            page.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(|_| text::cursor(page)).transpose()?;
        self.db().snapshot(|db| {
            let mut rows = refund_case::queue(db, Who::Finance.code(), after.as_ref(), page.rows() + 1)?;
            let next = text::cut(&mut rows, page, |row| {
                text::cursor_text(row.turn_due.map_or(i64::MAX, |due| due.micros()), row.case.as_str())
            });
            let mut items = Vec::new();
            for row in &rows {
                let Some(stored) = order_file::find(db, &row.order)? else { continue };
                let file = stored.aggregate;
                let waiting = file.payouts_of(row.ordinal).filter(|payout| {
                    let in_hand = matches!(
                        payout.state,
                        PayoutState::Held | PayoutState::AtBank { .. } | PayoutState::Stuck { .. }
                    );
                    let arrived = matches!(payout.state, PayoutState::Arrived { .. });
                    let traced = payout.traced_since.is_some() && payout.holds_money() && !arrived;
                    in_hand || traced || payout.doubt.is_some()
                });
                let texts = crate::case_view::texts_of(db, &file)?;
                for payout in waiting {
                    let mut view = payout_view(who, &file, payout);
                    self.fill_in(who, &file, &texts, &mut view);
                    items.push(view);
                }
            }
            Ok(Listing { items, next })
        })
    }

    /// Releases a payout as a second person (four eyes).
    pub fn approve_payout(&self, who: &Principal, order: &OrderId, payout: u16) -> Result<PayoutView> {
        self.finance_act(
            who,
            Action::ApprovePayout,
            "approve_payout",
            order,
            payout,
            OrderAct::ApprovePayout { payout },
        )
    }

    /// Sends a stuck payout on.
    pub fn resume_payout(&self, who: &Principal, order: &OrderId, payout: u16) -> Result<PayoutView> {
        self.finance_act(who, Action::ResumePayout, "resume_payout", order, payout, OrderAct::ResumePayout { payout })
    }

    fn finance_act(
        &self,
        who: &Principal,
        action: Action,
        route: &'static str,
        order: &OrderId,
        payout: u16,
        act: OrderAct,
    ) -> Result<PayoutView> {
        let file = self.file_for(who, action, order)?;
        let number = file.payout(payout).ok_or(AppError::NotFound)?.no.to_string();
        let audit = self.audit_row(who, route, order.as_str(), json!({ "no": number }))?;
        self.order_request(who, who.as_staff(FINANCE), order, act).and([audit]).send()?;
        let file = self.file_for(who, action, order)?;
        file.payout(payout).map(|payout| payout_view(who, &file, payout)).ok_or(AppError::NotFound)
    }

    /// Credits a buyer's balance against money the platform holds.
    pub fn credit_balance(&self, who: &Principal, login: &str, amount: &str, key: Option<&str>) -> Result<BalanceView> {
        let amount = text::amount("amount", amount, CURRENCY)?;
        self.give(who, login, "credit_balance", WalletAct::Credit { amount }, key)
    }

    /// Gives a buyer a voucher at the platform's cost.
    pub fn give_voucher(&self, who: &Principal, login: &str, amount: &str, key: Option<&str>) -> Result<BalanceView> {
        let amount = text::amount("amount", amount, CURRENCY)?;
        self.give(who, login, "give_voucher", WalletAct::GiveVoucher { amount }, key)
    }

    /// Gives a buyer a coupon.
    pub fn grant_coupon(
        &self,
        who: &Principal,
        login: &str,
        input: &CouponInput,
        key: Option<&str>,
    ) -> Result<BalanceView> {
        let value = text::amount("amount", &input.amount, CURRENCY)?;
        let least = text::amount("least", &input.least, CURRENCY)?;
        if least.minor() <= value.minor() {
            return Err(AppError::invalid("least", "too_small"));
        }
        let last_day = input.last_day.parse().map_err(|_| AppError::invalid("last_day", "not_a_date"))?;
        if last_day < self.now().date() {
            return Err(AppError::invalid("last_day", "past"));
        }
        self.give(who, login, "grant_coupon", WalletAct::GrantCoupon { value, least, last_day }, key)
    }

    fn give(
        &self,
        who: &Principal,
        login: &str,
        route: &'static str,
        act: WalletAct,
        key: Option<&str>,
    ) -> Result<BalanceView> {
        permit(who, Action::CreditBalance, &Object::Nothing)?;
        let login = text::login(login)?;
        let found = self.db().read(|db| account::find_by_login(db, &login))?;
        let account = found.ok_or(AppError::invalid("login", "unknown"))?.id;
        let audit = self.audit_row(who, route, account.as_str(), json!({ "gave": act }))?;
        let given = Act::Wallet { account: account.clone(), act: act.clone() };
        self.request(who, who.as_staff(FINANCE), given).once(route, key, &(&account, act))?.and([audit]).send()?;
        self.balance_of(&account)
    }
}

pub(crate) fn answers(input: AnswersInput) -> ReviewAnswers {
    ReviewAnswers { order_state: input.order_state, evidence: input.evidence, ground: input.ground }
}

/// What was claimed, as far as it can still go back (R12).
fn as_claimed(file: &OrderFile, ordinal: u16) -> Money {
    let case = file.case(ordinal);
    let units = case.map(|case| case.units.as_slice()).unwrap_or_default();
    let left: i64 = units.iter().filter_map(|no| file.unit(*no)).map(|unit| unit.refundable_minor()).sum();
    let claimed = case.map_or(0, |case| case.claimed_minor);
    Money::new(if units.is_empty() { claimed } else { claimed.min(left) }, file.currency)
}
