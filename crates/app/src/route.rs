//! Other roads than the original one (R14), and money that cannot be found (R15): what buyers and finance do about it.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::inputs::{AccountInput, RouteInput};
use crate::order_view::{may, object};
use crate::principal::Principal;
use crate::submit::FINANCE;
use crate::text;
use crate::views::{AccountView, CaseView, PayoutView};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt;
use yuanlu_domain::case::PersonalRef;
use yuanlu_domain::command::OrderAct;
use yuanlu_domain::ids::{CaseId, OrderId};
use yuanlu_domain::order_file::OrderFile;
use yuanlu_domain::payout::{Destination, Payout};
use yuanlu_domain::route::{AccountKind, RouteAct};
use yuanlu_storage::personal::{self, PersonalRow};

const MOST_WORDS: usize = 2000;

/// An account as it stands in its erasable row. Personal data: shown by no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name on it.
    pub holder: String,
    /// Its number.
    pub number: String,
    /// The bank, for a card.
    #[serde(default)]
    pub bank: String,
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Named")
    }
}

impl Named {
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What somebody typed, in a shape that a channel or a bank takes.
    fn typed(kind: AccountKind, input: &AccountInput) -> Result<Self> {
        let holder = text::line("holder", &input.holder, 2, 64)?;
        let number = text::line("number", &input.number, 3, 64)?;
        let (number, bank) = match kind {
            AccountKind::BankCard => {
                let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
                if !(12..=19).contains(&digits.len()) || !is_card_number(&digits) {
                    return Err(AppError::invalid("number", "not_a_card"));
                }
                (digits, text::line("bank", &input.bank, 2, 64)?)
            }
            AccountKind::Alipay | AccountKind::Wechat => {
                if number.chars().any(|c| c.is_whitespace() || !c.is_ascii()) {
                    return Err(AppError::invalid("number", "unreadable"));
                }
                (number, String::new())
            }
        };
        Ok(Self { holder, number, bank })
    }

    /// Enough to recognise it, too little to use it.
    pub(crate) fn masked(&self, kind: Option<AccountKind>) -> AccountView {
        let first: String = self.holder.chars().take(1).collect();
        let length = self.number.chars().count();
        let last: String = self.number.chars().skip(length.saturating_sub(4.min(length / 2))).collect();
        AccountView {
            kind: kind.unwrap_or(AccountKind::BankCard).code(),
            holder: format!("{first}**"),
            number: format!("****{last}"),
            bank: self.bank.clone(),
        }
    }

    fn open(self, kind: Option<AccountKind>) -> AccountView {
        let kind = kind.unwrap_or(AccountKind::BankCard).code();
        AccountView { kind, holder: self.holder, number: self.number, bank: self.bank }
    }
}

/// The check digit of card numbers (Luhn).
fn is_card_number(digits: &str) -> bool {
    let sum = digits.bytes().rev().enumerate().try_fold(0u32, |sum, (place, digit)| {
        let digit = u32::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?);
        let doubled = if place % 2 == 0 { digit } else { digit * 2 };
        Some(sum + doubled / 10 + doubled % 10)
    });
    sum.is_some_and(|sum| sum % 10 == 0)
}

/// The personal text that says where a payout goes.
pub(crate) fn account_of(payout: &Payout) -> Option<(Option<AccountKind>, &PersonalRef)> {
    match &payout.destination {
        Destination::Account { kind, account, .. } => Some((Some(*kind), account)),
        Destination::Original { .. } => payout.card.as_ref().map(|card| (None, card)),
        Destination::Balance { .. } | Destination::Voucher { .. } => None,
    }
}

impl App {
    fn account_row(&self, order: &OrderId, named: &Named) -> Result<(PersonalRow, PersonalRef)> {
        let content = serde_json::to_string(named).map_err(|_| AppError::Unavailable)?;
        self.personal(order, "account", &content)?.ok_or(AppError::Unavailable)
    }

    /// Names an account in the place of the one that is closed, with a proof of closure (R14).
    pub fn name_account(
        &self,
        who: &Principal,
        case: &CaseId,
        input: &AccountInput,
        key: Option<&str>,
    ) -> Result<CaseView> {
        let (file, ordinal) = self.case_file(who, Action::ActOnOwnCase, case)?;
        let kind = AccountKind::parse(&input.kind).ok_or(AppError::invalid("kind", "unknown"))?;
        let (row, account) = self.account_row(&file.order, &Named::typed(kind, input)?)?;
        let evidence = self.named_evidence(who, &file, &input.evidence)?;
        let act = OrderAct::Route(RouteAct::NameAccount { case: ordinal, kind, account, evidence });
        self.order_request(who, who.as_buyer(), &file.order, act)
            .once("name_account", key, &(case, input))?
            .with([row])
            .send()?;
        self.load_case(who, case)
    }

    /// Names a bank card for a refund that is abnormal at the channel (R14).
    pub fn name_card(
        &self,
        who: &Principal,
        case: &CaseId,
        payout: u16,
        input: &AccountInput,
        key: Option<&str>,
    ) -> Result<CaseView> {
        let file = self.own_payout(who, case, payout)?;
        let (row, card) = self.account_row(&file.order, &Named::typed(AccountKind::BankCard, input)?)?;
        let act = OrderAct::Route(RouteAct::NameCard { payout, card });
        self.order_request(who, who.as_buyer(), &file.order, act)
            .once("name_card", key, &(case, payout, input))?
            .with([row])
            .send()?;
        self.load_case(who, case)
    }

    /// "It has not arrived": until its time is over the answer says until when to wait, then it is looked for (R15).
    pub fn doubt_arrival(&self, who: &Principal, case: &CaseId, payout: u16, key: Option<&str>) -> Result<CaseView> {
        let file = self.own_payout(who, case, payout)?;
        let act = OrderAct::Route(RouteAct::DoubtArrival { payout });
        self.order_request(who, who.as_buyer(), &file.order, act)
            .once("doubt_arrival", key, &(case, payout))?
            .send()?;
        self.load_case(who, case)
    }

    /// The file of a payout of the buyer's own case.
    fn own_payout(&self, who: &Principal, case: &CaseId, payout: u16) -> Result<OrderFile> {
        let (file, ordinal) = self.case_file(who, Action::ActOnOwnCase, case)?;
        match file.payout(payout) {
            Some(found) if found.case == ordinal => Ok(file),
            _ => Err(AppError::NotFound),
        }
    }

    /// What finance does about the road of a payout. Every step stands in the audit log.
    pub fn act_on_route(
        &self,
        who: &Principal,
        order: &OrderId,
        payout: u16,
        input: &RouteInput,
        key: Option<&str>,
    ) -> Result<PayoutView> {
        let file = self.file_for(who, Action::ApprovePayout, order)?;
        let number = file.payout(payout).ok_or(AppError::NotFound)?.no.to_string();
        let mut rows = Vec::new();
        let act = self.read_route_act(who, &file, payout, input, &mut rows)?;
        let audit = self.audit_row(who, &input.act, order.as_str(), json!({ "no": number }))?;
        self.order_request(who, who.as_staff(FINANCE), order, OrderAct::Route(act))
            .once("act_on_route", key, &(order, payout, input))?
            .with(rows)
            .and([audit])
            .send()?;
        self.load_payout(who, order, payout)
    }

    fn read_route_act(
        &self,
        who: &Principal,
        file: &OrderFile,
        payout: u16,
        input: &RouteInput,
        rows: &mut Vec<PersonalRow>,
    ) -> Result<RouteAct> {
        let mut words = || {
            let words = text::words("words", &input.words, 4, MOST_WORDS)?;
            let (row, reference) = self.personal(&file.order, "words", &words)?.ok_or(AppError::Unavailable)?;
            rows.push(row);
            Ok::<_, AppError>(reference)
        };
        let evidence = || self.named_evidence(who, file, &input.evidence);
        Ok(match input.act.as_str() {
            "check_account" => RouteAct::CheckAccount { payout },
            "refuse_account" => RouteAct::RefuseAccount { payout, words: words()? },
            "remit" => {
                RouteAct::Remit { payout, channel: text::line("channel", &input.channel, 1, 32)?.as_str().into() }
            }
            "record_transfer" => {
                RouteAct::RecordTransfer { payout, reference: text::line("reference", &input.reference, 4, 64)? }
            }
            "record_arrival" => RouteAct::RecordArrival { payout, evidence: evidence()? },
            "record_return" => RouteAct::RecordReturn { payout, evidence: evidence()? },
            "record_release" => RouteAct::RecordRelease { payout, evidence: evidence()? },
            "refuse_release" => RouteAct::RefuseRelease { payout, words: words()? },
            "finish_at_channel" => RouteAct::FinishAtChannel { payout },
            "answer_doubt" => RouteAct::AnswerDoubt { payout, words: words()? },
            "reverse_switch" => RouteAct::ReverseSwitch { payout, words: words()? },
            _ => return Err(AppError::invalid("act", "unknown")),
        })
    }

    /// A payout as finance sees it.
    pub fn load_payout(&self, who: &Principal, order: &OrderId, payout: u16) -> Result<PayoutView> {
        let file = self.file_for(who, Action::ViewPayouts, order)?;
        let found = file.payout(payout).ok_or(AppError::NotFound)?;
        let mut view = crate::payout_view::payout_view(who, &file, found);
        let texts = self.db().read(|db| crate::case_view::texts_of(db, &file))?;
        self.fill_in(who, &file, &texts, &mut view);
        Ok(view)
    }

    /// The account a payout goes to, unmasked; who looked stands in the audit log.
    pub fn reveal_account(&self, who: &Principal, order: &OrderId, payout: u16) -> Result<AccountView> {
        let file = self.file_for(who, Action::ViewPayouts, order)?;
        let found = file.payout(payout).ok_or(AppError::NotFound)?;
        let (kind, reference) = account_of(found).ok_or(AppError::NotFound)?;
        let text = self.db().read(|db| personal::find(db, &reference.id))?.ok_or(AppError::NotFound)?;
        let named = Named::read(&text).ok_or(AppError::Unavailable)?;
        let audit = self.audit_row(who, "reveal_account", order.as_str(), json!({ "no": found.no.to_string() }))?;
        self.write(move |tx, _| Ok(tx.run(&audit)?))?;
        Ok(named.open(kind))
    }
}

/// Whether somebody may read papers about where money goes: its buyer and finance.
pub(crate) fn may_read_papers(who: &Principal, file: &OrderFile) -> bool {
    may(who, Action::ActOnOwnCase, &object(file)) || may(who, Action::ViewPayouts, &Object::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(number: &str) -> AccountInput {
        AccountInput {
            holder: "张三丰".into(),
            number: number.into(),
            bank: "工商银行".into(),
            ..AccountInput::default()
        }
    }

    #[test]
    fn a_card_number_has_a_check_digit() {
        let typed = |number: &str| Named::typed(AccountKind::BankCard, &input(number)).map(|named| named.number);
        assert_eq!(typed("6222 0212 3456 7890 003").as_deref(), Ok("6222021234567890003"));
        for bad in ["6222021234567890004", "1234", "622202123456789012a", "", "0000-0000-0000-0000-0000-0"] {
            assert!(typed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_mask_shows_enough_to_recognise_and_too_little_to_use() {
        let named = Named::typed(AccountKind::Alipay, &input("zhang@example.com")).unwrap();
        let masked = named.masked(Some(AccountKind::Alipay));
        assert_eq!((masked.holder.as_str(), masked.number.as_str()), ("张**", "****.com"));
        let short = Named { number: "abc".into(), ..named.clone() };
        assert_eq!(short.masked(None).number, "****c");
        assert_eq!(format!("{named:?}"), "Named");
    }
}
