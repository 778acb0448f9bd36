//! What every page shares: language, who is looking, and how amounts and instants are written.

use crate::places::{Desk, Live, Place, Theme};
use crate::problem::WebError;
use crate::text::{Locale, Sentence};
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use yuanlu_app::views::{FindingView, MOST_COUNTED, MoneyView, TimelineStep};
use yuanlu_domain::time::Instant;

/// What handlers of pages answer.
pub type Web = Result<Response, WebError>;

/// A page.
pub fn html(page: &impl Template) -> Web {
    html_with(StatusCode::OK, page)
}

/// A page with a status of its own: a refused form is shown again with 422.
pub fn html_with(status: StatusCode, page: &impl Template) -> Web {
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page.render()?).into_response())
}

/// On to another page after a form.
pub fn go(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}

/// On to another page, which shows the sentence `common.said.<key>` once.
pub fn go_and_say(path: &str, said: Said) -> Response {
    let sign = if path.contains('?') { '&' } else { '?' };
    go(&format!("{path}{sign}said={}", said.0))
}

/// A sentence to show on the next page.
#[derive(Clone, Copy, Debug)]
pub struct Said(&'static str);

/// The sentence `common.said.<key>`.
pub const fn said(key: &'static str) -> Said {
    Said(key)
}

/// The clock of a demo, as its banner shows it.
#[derive(Clone, Debug)]
pub struct DemoClock {
    /// The demo's time.
    pub now: Instant,
    /// The next instant at which something is due.
    pub next: Option<Instant>,
}

/// Who is looking, as the header shows it.
#[derive(Clone, Debug)]
pub struct Looker {
    /// The name shown to himself.
    pub name: String,
    /// Notices he has not read.
    pub unread: u64,
}

/// What the layout needs. Every page's context has one, named `p`.
#[derive(Clone, Debug)]
pub struct Page {
    /// The language.
    pub locale: Locale,
    /// The title.
    pub title: String,
    /// The platform's name.
    pub platform: String,
    /// Path of this page.
    pub path: String,
    /// Path and query of this page, for the language switch.
    pub here: String,
    /// The theme chosen on this device; without one it is the system's.
    pub theme: Option<Theme>,
    /// The main places, for the header.
    pub places: Vec<Place>,
    /// The desk this page is at.
    pub desk: Option<Desk>,
    /// What it is about, if that may change meanwhile.
    pub live: Option<Live>,
    /// Who is looking.
    pub looker: Option<Looker>,
    /// The order whose guest is looking.
    pub guest: Option<String>,
    /// The time by the shop's clock.
    pub now: Instant,
    /// The clock of a demo, for its banner.
    pub demo: Option<DemoClock>,
    /// The ICP filing, for the foot of the page.
    pub filing: Option<String>,
    /// A sentence about what was just done.
    pub said: Option<String>,
    /// A sentence about what is wrong with the form.
    pub error: Option<String>,
    /// The field it is about.
    pub wrong_field: Option<&'static str>,
}

impl Page {
    /// The text of a key.
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        self.locale.t(key)
    }

    /// A text to fill in.
    pub fn say(&self, key: &str) -> Sentence {
        self.locale.say(key)
    }

    /// The word for a stable code.
    pub fn code(&self, kind: &str, code: &str) -> String {
        self.locale.code_text(kind, code)
    }

    /// What was measured about a file, as a sentence.
    pub fn finding(&self, found: &FindingView) -> String {
        let sentence = self.say(&format!("finding.say.{}", found.code));
        let word = |name: &String, value: &String| match name.as_str() {
            "what" | "why" => self.t(&format!("finding.{name}.{value}")).to_owned(),
            _ => value.clone(),
        };
        found.params.iter().fold(sentence, |sentence, (name, value)| sentence.with(name, word(name, value))).into()
    }

    /// The one of two texts that is in the page's language.
    pub fn either<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.locale {
            Locale::Zh => zh,
            Locale::En => en,
        }
    }

    /// A count as people read it; what can be very many is not counted to its end.
    pub fn counted<N: Copy + Into<u64>>(&self, count: &N) -> String {
        match (*count).into() {
            few if few < u64::from(MOST_COUNTED) => few.to_string(),
            _ => format!("{}+", MOST_COUNTED - 1),
        }
    }

    /// An amount with its sign: `¥95.00`.
    pub fn money(&self, money: &MoneyView) -> String {
        Self::signed(money.currency, &money.text)
    }

    /// Digits with the sign of their currency.
    fn signed(currency: &str, digits: &str) -> String {
        let (sign, text) = digits.strip_prefix('-').map_or(("", digits), |text| ("−", text));
        match currency {
            "CNY" => format!("{sign}¥{text}"),
            "USD" => format!("{sign}US${text}"),
            "EUR" => format!("{sign}€{text}"),
            "HKD" => format!("{sign}HK${text}"),
            other => format!("{sign}{other} {text}"),
        }
    }

    /// The word for a code that is one of several kinds; a channel's own word stays as it is.
    pub fn code_of(&self, kinds: &[&str], code: &str) -> String {
        let known = kinds.iter().find(|kind| self.locale.has(&format!("code.{kind}.{code}")));
        known.map_or_else(|| code.to_owned(), |kind| self.code(kind, code))
    }

    /// An instant to the minute, in Shanghai.
    pub fn at(&self, instant: &Instant) -> String {
        instant.minute_text()
    }

    /// A date, in Shanghai.
    pub fn date(&self, instant: &Instant) -> String {
        instant.date_text()
    }

    /// A date without its year, where that is this one: `03-15`.
    pub fn day(&self, instant: &Instant) -> String {
        let (date, today) = (instant.date_text(), self.now.date_text());
        match date.split_once('-') {
            Some((year, day)) if today.starts_with(year) => day.to_owned(),
            _ => date,
        }
    }

    /// What is left until an instant, roughly: the script counts on from there.
    pub fn left(&self, until: &Instant) -> String {
        let minutes = until.micros_since(self.now).max(0) / 60_000_000;
        match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
            (0, 0, m) => self.say("common.left.minutes").with("m", m).into(),
            (0, h, m) => self.say("common.left.hours").with("h", h).with("m", m).into(),
            (d, h, _) => self.say("common.left.days").with("d", d).with("h", h).into(),
        }
    }

    /// Milliseconds since 1970, for the script.
    pub fn millis(&self, instant: &Instant) -> i64 {
        instant.micros() / 1000
    }

    /// A share in basis points as percent: `5`, `2.5`.
    pub fn percent(&self, basis_points: &u32) -> String {
        let (whole, rest) = (basis_points / 100, basis_points % 100);
        match rest {
            0 => format!("{whole}%"),
            r if r % 10 == 0 => format!("{whole}.{}%", r / 10),
            r => format!("{whole}.{r:02}%"),
        }
    }

    /// The beginning of a hash: enough to tell versions apart.
    pub fn short<'a>(&self, hash: &'a str) -> &'a str {
        hash.get(..12).unwrap_or(hash)
    }

    /// The beginning of a text, where a line has room for no more.
    pub fn clip(&self, text: &str) -> String {
        let begun: String = text.chars().take(40).collect();
        if begun.len() < text.len() { begun + "…" } else { begun }
    }

    /// A size in bytes.
    pub fn size(&self, bytes: &u64) -> String {
        crate::problem::size_text(*bytes)
    }

    /// The tone of a state: `good`, `warn`, `bad`, `info` or none.
    pub fn tone(&self, state: &str) -> &'static str {
        match state {
            "completed" | "arrived" | "executed" | "credited" | "revealed" | "approve" | "paid" | "reversed" => "good",
            "upheld" | "replaced" | "accepted" | "shown" | "restored" => "good",
            "awaiting_support" | "offer_made" | "awaiting_buyer" | "awaiting_reporter" | "awaiting_route"
            | "awaiting_payment" | "sold_out" | "open" | "stuck" | "held" | "appealed" | "contact"
            | "several_accounts" | "forgery_hint" | "paused" => "warn",
            "rejected" | "reject" | "stopped" | "refused" | "declined" | "quarantined" | "dismissed" | "standing"
            | "abuse" | "threat" | "hidden" | "kept_hidden" => "bad",
            "before_panel" | "awaiting_seller" | "under_review" | "refunding" | "awaiting" | "sealed" | "due"
            | "calling" | "waiting" | "running" | "approved" | "seller" | "reviewer" | "risk" | "at_risk" => "info",
            _ => "",
        }
    }

    /// This page in the other language.
    pub fn language_link(&self) -> String {
        self.link_with("lang", self.either("en", "zh"))
    }

    /// This page in another theme: `light`, `dark`, or `auto` for the system's.
    pub fn theme_link(&self, theme: &str) -> String {
        self.link_with("theme", theme)
    }

    /// This page with another value in its query.
    fn link_with(&self, name: &str, value: &str) -> String {
        let query = self.here.split_once('?').map_or("", |(_, query)| query);
        let of = |pair: &str, name: &str| pair.split_once('=').is_some_and(|(n, _)| n == name);
        let kept = query.split('&').filter(|pair| !pair.is_empty() && !of(pair, name) && !of(pair, "said"));
        let start = format!("{}?{name}={value}", crate::form::own_path(&self.path));
        kept.fold(start, |link, pair| format!("{link}&{pair}"))
    }

    /// The chosen theme's code; `auto` without a choice.
    pub fn theme_code(&self) -> &'static str {
        self.theme.map_or("auto", Theme::code)
    }

    /// The name of the place at this desk.
    pub fn place(&self) -> &str {
        self.desk.as_ref().map_or(self.title.as_str(), |desk| self.locale.t(desk.here()))
    }

    /// With a title of its own.
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// Like [`Page::refused`], with a sentence of its own for wrong credentials.
    pub fn refused_as(self, error: &yuanlu_app::AppError, key: &str) -> Self {
        let locale = self.locale;
        let mut page = self.refused(error);
        if *error == yuanlu_app::AppError::WrongCredentials {
            page.error = Some(locale.t(key).to_owned());
        }
        page
    }

    /// With the sentence of an error over the form.
    pub fn refused(mut self, error: &yuanlu_app::AppError) -> Self {
        self.error = Some(crate::problem::sentence(error, self.locale));
        self.wrong_field = crate::problem::field_of(error);
        self
    }

    /// One step of a history as a sentence.
    pub fn step(&self, step: &TimelineStep) -> String {
        let words_only = step.code == "material_given" && step.params.get("files").is_some_and(|files| files == "0");
        let key = format!("event.{}", if words_only { "words_given" } else { step.code });
        if !self.locale.has(&key) {
            return step.code.to_owned();
        }
        let currency = step.params.get("currency");
        let word = |name: &str, value: &str| match name {
            "amount" | "fee" => currency.map_or_else(|| value.to_owned(), |currency| Self::signed(currency, value)),
            "reason" | "desk" | "ground" => self.code(name, value),
            "reject" => self.code("outcome", value),
            "outcome" => self.code("class", value),
            "tip_off_outcome" | "agency" | "saying" | "outside_result" => self.code(name, value),
            "resolution" => self.code("exception_way", value),
            "to" => self.code("tender", value),
            "kind" => self.code("account_kind", value),
            "wanted" => {
                let kinds: Vec<_> = value.split(' ').map(|kind| self.code("evidence", kind)).collect();
                kinds.join(self.either("、", ", "))
            }
            _ => value.to_owned(),
        };
        let filled = step.params.iter().map(|(name, value)| (name, word(name, value)));
        let sentence = filled.fold(self.say(&key), |sentence, (name, value)| sentence.with(name, value));
        sentence.into()
    }

    /// Whose step it is. What the program made of a buyer's act in the same moment is the program's.
    pub fn step_by(&self, step: &TimelineStep) -> &'static str {
        let own = matches!(
            step.code,
            "case_opened"
                | "material_given"
                | "person_asked"
                | "case_withdrawn"
                | "offer_accepted"
                | "offer_declined"
                | "appeal_opened"
                | "complaint_opened"
                | "remedy_withdrawn"
                | "account_named"
                | "card_named"
                | "arrival_doubted"
        );
        let done = matches!(step.code, "code_revealed" | "payment_succeeded");
        if step.by == "buyer" && !own && !done { "program" } else { step.by }
    }

    /// A browser's own name in two words: `Firefox · Android`.
    pub fn device(&self, user_agent: &str) -> String {
        let named = |names: &[(&str, &'static str)]| {
            names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
        };
        let browser = named(&[
            ("MicroMessenger", "WeChat"),
            ("Edg", "Edge"),
            ("Firefox", "Firefox"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
        ]);
        let system = named(&[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ]);
        match (browser, system) {
            (Some(browser), Some(system)) => format!("{browser} · {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) if user_agent.trim().is_empty() => self.t("account.sessions.unknown").to_owned(),
            (None, None) => user_agent.chars().take(40).collect(),
        }
    }

    /// A notice as a sentence.
    pub fn notice(&self, code: &str) -> String {
        self.code("notice", code)
    }

    /// Why a message was not taken, as a sentence: never what the other side said.
    pub fn message_fault(&self, code: &str) -> String {
        let word = match code {
            "smtp_550" | "smtp_551" | "smtp_553" | "bounced_before" | "http_410" => "nobody",
            "smtp_time_out" | "smtp_connection" | "time_out" | "connection_lost" => "connection",
            "not_reached" | "smtp_tls" => "not_reached",
            "no_address" | "no_way" => "address",
            "daily_cap" => "cap",
            "no_template" => "template",
            code if code.starts_with("smtp_4") => "deferred",
            code if code.starts_with("smtp_5") || code.starts_with("http_") => "refused",
            _ => "other",
        };
        self.code("message_fault", word)
    }

    /// Where a notice about a case leads: arbitrators have a room of their own.
    pub fn case_link(&self, code: &str, case: &str) -> String {
        match code {
            "panel_seat" | "panel_votes" | "panel_invited" => format!("/panel/{case}"),
            "hearing_unclaimed" | "hearing_overdue" => format!("/staff/cases/{case}"),
            _ => format!("/c/{case}"),
        }
    }

    /// Where a notice about a seller's money leads.
    pub fn funds_link(&self, code: &str) -> Option<&'static str> {
        match code {
            "withdrawal_waiting" | "withdrawal_overdue" => Some("/staff/withdrawals"),
            "deposit_paid"
            | "incident_sum"
            | "deposit_returned"
            | "debt_from_deposit"
            | "debt_advanced"
            | "advance_repaid"
            | "earnings_exchanged"
            | "payout_account_set"
            | "withdrawal_executed"
            | "withdrawal_refused"
            | "withdrawal_stopped" => Some("/seller/account"),
            _ => None,
        }
    }

    /// Where a notice about an admission leads: its applicant to his own, staff to theirs.
    pub fn admission_link(&self, code: &str, admission: &Option<String>) -> String {
        match (code, admission) {
            ("admission_applied" | "admission_overdue" | "admission_deposit", Some(id)) => {
                format!("/staff/admissions/{id}")
            }
            _ => "/sell".to_owned(),
        }
    }

    /// Where a notice about an order, and no case of it, leads.
    pub fn notice_link(&self, code: &str, order: &str) -> String {
        match code {
            "message" | "offer_made" | "offer_accepted" | "offer_declined" => format!("/orders/{order}/thread"),
            "refund_prepared" => format!("/o/{order}/refund"),
            _ => format!("/o/{order}"),
        }
    }

    /// Why an application cannot be filed.
    pub fn refusal(&self, code: &str, detail: &Option<String>) -> String {
        crate::problem::refusal_sentence(code, detail.clone(), self.locale)
    }

    /// Whether the error is about this field.
    pub fn is_wrong(&self, field: &str) -> bool {
        self.wrong_field == Some(field)
    }

    /// Whether the refused form is the one that posts to an address ending like this: of forms on one page, only that one
    /// shows the error and what was typed.
    pub fn refuses(&self, end: impl AsRef<str>) -> bool {
        self.error.is_some() && self.path.ends_with(end.as_ref())
    }

    /// Path of the style sheet.
    pub fn style(&self) -> &'static str {
        crate::assets::style()
    }

    /// Path of the script.
    pub fn script(&self) -> &'static str {
        crate::assets::script()
    }

    /// The script for files.
    pub fn files_script(&self) -> &'static str {
        crate::assets::files_script()
    }

    /// Path of the icon.
    pub fn icon(&self) -> &'static str {
        crate::assets::icon()
    }
}
