//! What people see and set about themselves.

use crate::app::App;
use crate::errors::{AppError, Result};
use crate::inputs::Page;
use crate::lookup::Lookup;
use crate::people::codes;
use crate::principal::Principal;
use crate::seller::CURRENCY;
use crate::text;
use crate::views::{BalanceView, CouponView, Listing, LotView, MeView, MoneyView, NoticeView, SessionView};
use yuanlu_domain::command::{Act, WalletAct};
use yuanlu_domain::ids::{AccountId, CaseId, OrderId};
use yuanlu_storage::notice::{self, Notice};
use yuanlu_storage::{account, session, wallet};

impl App {
    /// The signed-in person about himself.
    pub fn me(&self, who: &Principal) -> Result<MeView> {
        let person = who.person().ok_or(AppError::NotSignedIn)?;
        self.db().snapshot(|db| {
            let account = account::find(db, &person.account)?.ok_or(AppError::NotSignedIn)?;
            let mut lookup = Lookup::default();
            Ok(MeView {
                account: account.id.to_string(),
                login: account.login,
                roles: codes(&account.roles),
                seller: account.seller.as_ref().map(|id| lookup.seller(db, id)).transpose()?,
                second_factor: person.second_factor,
                totp_enrolled: account.totp.is_some(),
                totp_required: account.roles.iter().any(|role| role.needs_second_factor()),
                language: account.language,
            })
        })
    }

    /// Where one is signed in; `current` is the session of this request.
    pub fn sessions(&self, who: &Principal, current: &str) -> Result<Vec<SessionView>> {
        let id = who.account().ok_or(AppError::NotSignedIn)?;
        let now = self.clock().real_now();
        let found = self.db().read(|db| session::list(db, id, now))?;
        let view = |session: session::Session| SessionView {
            current: session.id == current,
            id: session.id,
            kind: session.kind,
            user_agent: session.user_agent,
            address: session.address,
            created_at: session.created_at.into(),
            seen_at: session.seen_at.into(),
        };
        Ok(found.into_iter().map(view).collect())
    }

    /// Ends one of one's sessions.
    pub fn revoke(&self, who: &Principal, session_id: &str) -> Result<()> {
        let (account, id) = (who.account().ok_or(AppError::NotSignedIn)?.clone(), session_id.to_owned());
        self.write(move |tx, _| if session::revoke(tx, &id, &account)? { Ok(()) } else { Err(AppError::NotFound) })
    }

    /// Sets the language of pages.
    pub fn set_language(&self, who: &Principal, language: &str) -> Result<()> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        if !matches!(language, "zh" | "en") {
            return Err(AppError::invalid("language", "unknown"));
        }
        let language = language.to_owned();
        self.write(move |tx, _| Ok(account::set_language(tx, &account, &language)?))
    }

    /// One's balance, lot by lot.
    pub fn balance(&self, who: &Principal) -> Result<BalanceView> {
        self.balance_of(who.account().ok_or(AppError::NotSignedIn)?)
    }

    pub(crate) fn balance_of(&self, account: &AccountId) -> Result<BalanceView> {
        let now = self.now();
        let Some(stored) = self.db().read(|db| wallet::find(db, account))? else {
            let nothing = MoneyView::new(0, CURRENCY);
            return Ok(BalanceView {
                spendable: nothing.clone(),
                held: nothing,
                lots: Vec::new(),
                coupons: Vec::new(),
            });
        };
        let wallet = stored.aggregate;
        let mut lots: Vec<_> = wallet.lots.iter().collect();
        lots.sort_by_key(|lot| (lot.expires_at, lot.ordinal));
        let view = |lot: &yuanlu_domain::wallet::Lot| LotView {
            lot: lot.ordinal,
            left: MoneyView::new(lot.left_minor, wallet.currency),
            until: lot.expires_at.plus_micros(-1).into(),
            expired: lot.expires_at <= now,
            soon: now < lot.expires_at && lot.expires_at.plus_days(-i64::from(wallet.warning_days.0)) <= now,
            voucher: lot.voucher,
        };
        let coupons = wallet.coupons.iter().map(|coupon| CouponView {
            coupon: coupon.ordinal,
            off: MoneyView::new(coupon.value_minor, wallet.currency),
            least: MoneyView::new(coupon.least_minor, wallet.currency),
            until: coupon.expires_at.plus_micros(-1).into(),
            expired: coupon.expires_at <= now,
        });
        Ok(BalanceView {
            spendable: MoneyView::new(wallet.spendable_minor(now), wallet.currency),
            held: MoneyView::new(wallet.held_minor(), wallet.currency),
            coupons: coupons.collect(),
            lots: lots.into_iter().map(view).collect(),
        })
    }

    /// Has an expired lot granted again (R37).
    pub fn regrant_lot(&self, who: &Principal, lot: u32) -> Result<BalanceView> {
        let account = who.account().ok_or(AppError::NotSignedIn)?.clone();
        let act = Act::Wallet { account: account.clone(), act: WalletAct::Regrant { lot } };
        self.request(who, who.as_buyer(), act).send()?;
        self.balance_of(&account)
    }

    /// Notices, newest first: to oneself, and to the seller one works for.
    pub fn notices(&self, who: &Principal, page: &Page) -> Result<Listing<NoticeView>> {
        let before = page.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let mut found = Vec::new();
        for recipient in recipients(who)? {
            found.extend(self.db().read(|db| notice::list(db, &recipient, before, page.rows() + 1))?);
        }
        found.sort_by(|a, b| b.id.cmp(&a.id));
        let next = text::cut(&mut found, page, |notice| notice.id.clone());
        Ok(Listing { items: found.iter().map(notice_view).collect(), next })
    }

    /// How many notices are not read.
    pub fn unread_notices(&self, who: &Principal) -> Result<u64> {
        let mut count = 0;
        for recipient in recipients(who)? {
            count += self.db().read(|db| notice::count_unread(db, &recipient))?;
        }
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Marks all notices as read.
    pub fn read_notices(&self, who: &Principal) -> Result<()> {
        let recipients = recipients(who)?;
        self.write(move |tx, now| {
            for recipient in &recipients {
                notice::mark_read(tx, recipient, "~", now)?;
            }
            Ok(())
        })
    }
}

fn recipients(who: &Principal) -> Result<Vec<String>> {
    let own = who.party().ok_or(AppError::NotSignedIn)?.to_string();
    let shop = who.person().and_then(|person| person.seller.as_ref()).map(|seller| format!("seller:{seller}"));
    // What a desk is told is told to everybody who works at it; read by one, it is read.
    let desks = who.person().into_iter().flat_map(|person| &person.roles).filter(|role| role.is_staff());
    let desks = desks.map(|role| format!("role:{}", role.code()));
    Ok([Some(own), shop].into_iter().flatten().chain(desks).collect())
}

fn notice_view(notice: &Notice) -> NoticeView {
    let order = OrderId::from(notice.order.as_str());
    let about_tip_off = notice.kind.starts_with("tip_off");
    let about_incident = notice.kind.starts_with("incident_") && notice.case.is_none();
    let about_outside = notice.order.starts_with('W') && notice.kind.starts_with("outside");
    let about_support = notice.kind.starts_with("support_");
    let about_review = notice.kind.starts_with("review_");
    let about_admission = notice.kind.starts_with("admission_");
    NoticeView {
        id: notice.id.clone(),
        code: notice.kind.clone(),
        case: notice.case.map(|ordinal| CaseId::of(&order, ordinal).to_string()),
        order: Some(notice.order.clone()).filter(|order| {
            let about_desk =
                about_tip_off || about_outside || about_support || about_review || about_incident || about_admission;
            !order.is_empty() && !about_desk
        }),
        outside: Some(notice.order.clone()).filter(|_| about_outside),
        tip_off: Some(notice.order.clone()).filter(|_| about_tip_off),
        incident: Some(notice.order.clone()).filter(|_| about_incident && notice.kind != "incident_sum"),
        conversation: Some(notice.order.clone()).filter(|_| about_support),
        review: Some(notice.order.clone()).filter(|_| about_review),
        admission: Some(notice.order.clone()).filter(|_| about_admission),
        amount: notice.amount_minor.map(|minor| {
            let currency = yuanlu_money::Currency::parse(&notice.currency).unwrap_or(CURRENCY);
            MoneyView::new(minor, currency)
        }),
        due: notice.due.map(|due| due.plus_micros(-1).into()),
        at: notice.at.into(),
        read_at: notice.read_at.map(crate::views::When),
    }
}
