//! Batches of redemption codes: asked for by finance, agreed to by a second person where they are worth much, used once.

use super::Draft;
use crate::actor::{Actor, Role};
use crate::code_batch::{BatchState, CodeBatch, CodesAct, CodesEvent, MOST_CODES, Worth};
use crate::desk::{DeskEvent, DeskFile};
use crate::ids::{AccountId, DeskId};
use crate::projection::Subject;
use crate::refusal::Refusal;
use crate::time::Instant;
use crate::wallet::LotSource;
use yuanlu_money::Money;

/// Working days after which whoever a batch waits for is reminded.
const BATCH_DAYS: u32 = 3;

impl Draft<'_, '_> {
    pub(super) fn codes_act(&mut self, desk: &DeskId, act: &CodesAct) -> Result<(), Refusal> {
        match act {
            CodesAct::Ask { worth, value, codes, last_day } => {
                self.ask_for_codes(desk, *worth, *value, *codes, *last_day)
            }
            CodesAct::Approve => self.approve_codes(),
            CodesAct::Issue => {
                self.issuer()?;
                self.in_state(|state| *state == BatchState::Ready)?;
                self.emit_codes(CodesEvent::Issued)
            }
            CodesAct::Redeem { code, account } => self.redeem_code(*code, account),
            CodesAct::Withdraw => {
                self.issuer()?;
                self.in_state(BatchState::is_open)?;
                self.emit_codes(CodesEvent::Withdrawn)
            }
            CodesAct::Wake { subject } => self.wake_codes(subject),
        }
    }

    fn batch(&self) -> Result<&CodeBatch, Refusal> {
        match &self.desk {
            Some(DeskFile::Codes(batch)) => Ok(batch),
            _ => Err(Refusal::NotFound),
        }
    }

    fn in_state(&self, fits: impl Fn(&BatchState) -> bool) -> Result<(), Refusal> {
        let state = &self.batch()?.state;
        if fits(state) { Ok(()) } else { Err(Refusal::WrongState { state: state.code() }) }
    }

    fn issuer(&self) -> Result<AccountId, Refusal> {
        match self.by {
            Actor::Staff { account, role: Role::Finance | Role::Admin } => Ok(account.clone()),
            _ => Err(Refusal::NotYours),
        }
    }

    fn batch_due(&self) -> Instant {
        self.cx.calendar.working_days_after(self.cx.now, BATCH_DAYS).too_late_from
    }

    fn ask_for_codes(
        &mut self,
        desk: &DeskId,
        worth: Worth,
        value: Money,
        codes: u32,
        last_day: jiff::civil::Date,
    ) -> Result<(), Refusal> {
        self.issuer()?;
        if self.desk.is_some() {
            return Err(Refusal::AlreadyExists);
        }
        if codes == 0 || codes > MOST_CODES {
            return Err(Refusal::Quantity { most: MOST_CODES });
        }
        let total = value.minor().checked_mul(i64::from(codes)).filter(|_| value.is_positive());
        let total = total.ok_or(Refusal::BadAmount)?;
        let expires_at = Instant::start_of(last_day.tomorrow().map_err(|_| Refusal::BadAmount)?);
        if expires_at <= self.cx.now {
            return Err(Refusal::TooLate { since: expires_at });
        }
        let needs_two = total > self.cx.policy.parameters().second_approval_above_minor;
        let due = self.batch_due();
        self.emit_codes(CodesEvent::Asked { desk: desk.clone(), worth, value, codes, expires_at, needs_two, due })
    }

    fn approve_codes(&mut self) -> Result<(), Refusal> {
        let account = self.issuer()?;
        self.in_state(|state| *state == BatchState::Waiting)?;
        let batch = self.batch()?;
        let before: Vec<AccountId> = batch.asked_by.iter().cloned().collect();
        let alone = self.four_eyes(&account, &before, batch.asked_at)?;
        let due = self.batch_due();
        self.emit_codes(CodesEvent::Approved { alone, due })
    }

    /// What a code is worth goes into the wallet in the same commit in which the batch counts it as used.
    fn redeem_code(&mut self, code: u32, account: &AccountId) -> Result<(), Refusal> {
        if !matches!(self.by, Actor::Buyer { party } if party.account() == Some(account)) {
            return Err(Refusal::NotFound);
        }
        let batch = self.batch().map_err(|_| Refusal::CodeUnknown)?;
        if batch.used.contains(&code) {
            return Err(Refusal::CodeUsed);
        }
        match batch.state {
            BatchState::Withdrawn => return Err(Refusal::CodeWithdrawn),
            BatchState::Expired => return Err(Refusal::CodeExpired),
            BatchState::Waiting | BatchState::Ready => return Err(Refusal::CodeUnknown),
            BatchState::Issued if batch.expires_at <= self.cx.now => return Err(Refusal::CodeExpired),
            BatchState::Issued if code == 0 || code > batch.codes => return Err(Refusal::CodeUnknown),
            BatchState::Issued => {}
        }
        let (value, voucher) = (Money::new(batch.value_minor, batch.currency), batch.worth == Worth::Voucher);
        let source = LotSource::Code { batch: batch.desk.clone(), code };
        self.make_room(account, value)?;
        self.emit_codes(CodesEvent::Redeemed { code, account: account.clone() })?;
        self.add_lot(value.minor(), voucher, source).map(drop)
    }

    fn wake_codes(&mut self, subject: &Subject) -> Result<(), Refusal> {
        let now = self.cx.now;
        let batch = self.batch()?;
        let due = batch.timer().filter(|timer| timer.subject == *subject && timer.due <= now);
        if *self.by != Actor::Program || due.is_none() {
            return Err(Refusal::NothingDue);
        }
        match batch.expires_at <= now {
            true => self.emit_codes(CodesEvent::Expired),
            false => {
                let due = self.batch_due();
                self.emit_codes(CodesEvent::Reminded { due })
            }
        }
    }

    fn emit_codes(&mut self, event: CodesEvent) -> Result<(), Refusal> {
        self.emit_desk(DeskEvent::Codes(event))
    }
}
