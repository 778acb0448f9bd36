//! Redemption codes (S18): batches that finance gives out, and the use of a code. A code is shown once, when it is made;
//! afterwards only its keyed hash is known.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::codes::folded;
use crate::desk_list::open_then_over;
use crate::errors::{AppError, Result};
use crate::inputs::{CodeBatchInput, Page};
use crate::limits::Tried;
use crate::lookup::Lookup;
use crate::order_view::{may, permit};
use crate::principal::Principal;
use crate::random;
use crate::seller::CURRENCY;
use crate::submit::FINANCE;
use crate::text;
use crate::views::{CodeBatchView, Listing, MoneyView, RedeemedView};
use serde_json::json;
use yuanlu_blobs::Secret;
use yuanlu_domain::code_batch::{BatchState, CodeBatch, CodesAct, MOST_CODES, Worth};
use yuanlu_domain::command::Act;
use yuanlu_domain::desk::{DeskAct, DeskFile};
use yuanlu_domain::ids::DeskId;
use yuanlu_domain::{Actor, Refusal};
use yuanlu_money::Money;
use yuanlu_storage::aggregate::Stored;
use yuanlu_storage::{Read, Stmt, desk, redemption_code};

/// The kind of desk that a batch is.
const KIND: &str = "code_batch";
/// Characters of a code: 80 bits, so that none is ever guessed.
const CHARACTERS: usize = 16;
/// Crockford's alphabet: nothing in it is read as something else.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl App {
    /// Asks for a batch of codes. What is worth much waits for a second person.
    pub fn ask_code_batch(&self, who: &Principal, input: &CodeBatchInput, key: Option<&str>) -> Result<CodeBatchView> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        let worth = Worth::parse(input.worth.trim()).ok_or(AppError::invalid("worth", "unknown"))?;
        let value = text::amount("amount", &input.amount, CURRENCY)?;
        let codes = input.quantity;
        if codes == 0 {
            return Err(AppError::invalid("quantity", "too_small"));
        }
        if codes > MOST_CODES {
            return Err(AppError::invalid("quantity", "too_large"));
        }
        let last_day = input.last_day.trim().parse().map_err(|_| AppError::invalid("last_day", "not_a_date"))?;
        if last_day < self.now().date() {
            return Err(AppError::invalid("last_day", "past"));
        }
        let batch = self.ids().code_batch(self.now());
        let act = CodesAct::Ask { worth, value, codes, last_day };
        let audit =
            self.audit_row(who, "ask_code_batch", batch.as_str(), json!({ "amount": value, "codes": codes }))?;
        let asked = self
            .codes_request(who, who.as_staff(FINANCE), &batch, act)
            .once("ask_code_batch", key, input)?
            .and([audit])
            .send()?;
        self.code_batch(who, &asked.desk.unwrap_or(batch))
    }

    /// Batches that wait or whose codes are out, then those that are over.
    pub fn code_batches(&self, who: &Principal, page: &Page) -> Result<Listing<CodeBatchView>> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let (open, next) = open_then_over(db, KIND, page)?;
            let mut lookup = Lookup::default();
            let view = |stored| batch_view(db, &mut lookup, who, &of_desk(stored)?);
            Ok(Listing { items: open.into_iter().map(view).collect::<Result<_>>()?, next })
        })
    }

    /// One batch.
    pub fn code_batch(&self, who: &Principal, batch: &DeskId) -> Result<CodeBatchView> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        self.db().snapshot(|db| {
            let batch = of_desk(desk::find(db, batch)?.ok_or(AppError::NotFound)?)?;
            batch_view(db, &mut Lookup::default(), who, &batch)
        })
    }

    /// Agrees to a batch as a second person.
    pub fn approve_code_batch(&self, who: &Principal, batch: &DeskId) -> Result<CodeBatchView> {
        self.codes_act(who, batch, "approve_code_batch", CodesAct::Approve, Vec::new())
    }

    /// Withdraws whatever of a batch nobody has used.
    pub fn withdraw_code_batch(&self, who: &Principal, batch: &DeskId) -> Result<CodeBatchView> {
        self.codes_act(who, batch, "withdraw_code_batch", CodesAct::Withdraw, Vec::new())
    }

    /// Makes the codes of a batch. They are answered this once and can never be read again.
    pub fn take_codes(&self, who: &Principal, batch: &DeskId) -> Result<Vec<Secret<String>>> {
        let count = self.code_batch(who, batch)?.codes;
        let mut codes = Vec::with_capacity(count as usize);
        let mut rows = Vec::with_capacity(count as usize);
        for ordinal in 1..=count {
            let code = fresh_code()?;
            rows.push(redemption_code::adding(&self.redemption_index(code.expose()), batch, ordinal));
            codes.push(code);
        }
        self.codes_act(who, batch, "take_codes", CodesAct::Issue, rows)?;
        Ok(codes)
    }

    /// Uses a code: what it is worth goes into one's own wallet. Wrong ones are counted against whoever tries.
    pub fn redeem_code(&self, who: &Principal, code: &str, key: Option<&str>) -> Result<RedeemedView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        permit(who, Action::OwnAccount, &Object::Account(&account))?;
        let code = text::line("code", code, 1, 64)?;
        let now = self.now();
        self.count_tries(&[(Tried::RedemptionCode, account.as_str())], now)?;
        let index = self.redemption_index(&code);
        let found = self.db().read(|db| redemption_code::find(db, &index))?;
        let (batch, ordinal) = found.ok_or(Refusal::CodeUnknown)?;
        let act = CodesAct::Redeem { code: ordinal, account: account.clone() };
        self.codes_request(who, who.as_buyer(), &batch, act).once("redeem_code", key, &(&batch, ordinal))?.send()?;
        self.forgive_tries(&[(Tried::RedemptionCode, account.as_str())]);
        let batch = of_desk(self.db().read(|db| desk::find(db, &batch))?.ok_or(AppError::NotFound)?)?;
        Ok(RedeemedView {
            amount: Money::new(batch.value_minor, batch.currency).into(),
            worth: batch.worth.code(),
            balance: self.balance_of(&account)?,
        })
    }

    fn codes_act(
        &self,
        who: &Principal,
        batch: &DeskId,
        route: &'static str,
        act: CodesAct,
        rows: Vec<Stmt>,
    ) -> Result<CodeBatchView> {
        permit(who, Action::ManageFunds, &Object::Nothing)?;
        let audit = self.audit_row(who, route, batch.as_str(), json!({}))?;
        self.codes_request(who, who.as_staff(FINANCE), batch, act).and(rows).and([audit]).send()?;
        self.code_batch(who, batch)
    }

    fn codes_request(&self, who: &Principal, by: Actor, batch: &DeskId, act: CodesAct) -> crate::submit::Request<'_> {
        self.request(who, by, Act::Desk { desk: batch.clone(), act: DeskAct::Codes(act) })
    }

    fn redemption_index(&self, code: &str) -> String {
        // What people mistake for each other is the same character.
        let read = |c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let code: Secret<String> = Secret::new(folded(code).expose().chars().map(read).collect());
        self.vault().blind_index("redemption code", code.expose().as_bytes())
    }
}

/// A code as people type it: `7QKD-M2XV-…`.
fn fresh_code() -> Result<Secret<String>> {
    let bytes = Secret::new(random::bytes::<CHARACTERS>()?);
    let mut code = String::with_capacity(CHARACTERS + CHARACTERS / 4);
    for (n, byte) in bytes.expose().iter().enumerate() {
        if n > 0 && n % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    Ok(Secret::new(code))
}

fn of_desk(stored: Stored<DeskFile>) -> Result<CodeBatch> {
    match stored.aggregate {
        DeskFile::Codes(batch) => Ok(batch),
        _ => Err(AppError::NotFound),
    }
}

fn batch_view(db: &impl Read, lookup: &mut Lookup, who: &Principal, batch: &CodeBatch) -> Result<CodeBatchView> {
    let money = |minor| MoneyView::from(Money::new(minor, batch.currency));
    let mut actions = Vec::new();
    if may(who, Action::ManageFunds, &Object::Nothing) {
        match batch.state {
            BatchState::Waiting => actions.extend(["approve", "withdraw"]),
            BatchState::Ready => actions.extend(["take", "withdraw"]),
            BatchState::Issued => actions.push("withdraw"),
            BatchState::Expired | BatchState::Withdrawn => {}
        }
    }
    let login = |account: &Option<_>, lookup: &mut Lookup| -> Result<Option<String>> {
        account.as_ref().map(|account| lookup.login(db, account)).transpose()
    };
    Ok(CodeBatchView {
        batch: batch.desk.to_string(),
        state: batch.state.code(),
        worth: batch.worth.code(),
        value: money(batch.value_minor),
        codes: batch.codes,
        total: money(batch.total_minor()),
        used: batch.codes - batch.unused(),
        owed: money(batch.owed_minor()),
        until: batch.expires_at.plus_micros(-1).into(),
        needs_two: batch.needs_two,
        asked_by: login(&batch.asked_by, lookup)?,
        asked_at: batch.asked_at.into(),
        approved_by: login(&batch.approved_by, lookup)?,
        actions,
    })
}
