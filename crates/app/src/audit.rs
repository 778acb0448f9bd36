//! What an auditor asks: whether everything agrees, what an account holds, what is waited for. And the policy of a platform
//! of his own, where he tries one out.

use crate::app::App;
use crate::authorize::{Action, Object};
use crate::errors::{AppError, Result};
use crate::order_view::permit;
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::views::{MoneyView, WaitView, When};
use yuanlu_domain::ids::OrderId;
use yuanlu_domain::policy::Policy;
use yuanlu_ledger::{Account, Side};
use yuanlu_storage::aggregate::Kind;
use yuanlu_storage::{policy, timer, transfer, verify};

impl App {
    /// Checks rows, journals, books and seals against each other: a sentence for each difference, none when all is well.
    pub fn audit_books(&self, who: &Principal) -> Result<Vec<String>> {
        permit(who, Action::ViewAudit, &Object::Nothing)?;
        let key = self.seal_public_key()?;
        let report = verify::verify(self.db(), key.as_deref(), |_| {})?;
        Ok(report.differences.iter().map(ToString::to_string).collect())
    }

    /// What an account of the ledger (`escrow:YL7K2`) holds, counted on the side on which it normally grows.
    pub fn account_balance(&self, who: &Principal, account: &str) -> Result<MoneyView> {
        permit(who, Action::ViewAudit, &Object::Nothing)?;
        let account: Account = account.parse().map_err(|_| AppError::invalid("account", "unknown"))?;
        let net = self.db().read(|db| transfer::net(db, &account, CURRENCY))?;
        let held = match account.side() {
            Side::Credit => net,
            Side::Debit => -net,
        };
        Ok(MoneyView::new(held, CURRENCY))
    }

    /// What an order waits for.
    pub fn waits(&self, who: &Principal, order: &OrderId) -> Result<Vec<WaitView>> {
        permit(who, Action::ViewAudit, &Object::Nothing)?;
        let found = self.db().read(|db| timer::list(db, Kind::Order, order.as_str()))?;
        let view = |waiting: timer::Waiting| WaitView {
            subject: waiting.subject.to_string(),
            who: waiting.who,
            due: When(waiting.due.plus_micros(-1)),
            on_silence: waiting.on_silence,
        };
        Ok(found.into_iter().map(view).collect())
    }

    /// Puts a policy on the shelf, in force for new orders from the day it names. For platforms on which policies are
    /// tried out: only the program itself may, and nothing is told to anybody.
    pub fn try_policy(&self, who: &Principal, text: &str) -> Result<String> {
        if !matches!(who, Principal::Program) {
            return Err(AppError::Forbidden);
        }
        let read = Policy::load(text).map_err(|_| AppError::invalid("policy", "unreadable"))?;
        let hash = read.hash().to_string();
        self.write(move |tx, _| Ok(policy::put(tx, &read, "program")?))?;
        Ok(hash)
    }
}
