//! What a recipient's form asks, filled in to be copied; and advice in plain words.

use super::Block;
use crate::page::Page;
use crate::text::Locale;
use yuanlu_app::views::MoneyView;
use yuanlu_app::{PackageFacts, Variant};
use yuanlu_money::Currency;

/// The fields of a recipient's form.
pub(crate) fn fields(p: &Page, facts: &PackageFacts) -> Vec<Block> {
    let form = Form { p, facts };
    match facts.variant {
        Variant::Buyer | Variant::Seller => form.core(),
        Variant::Regulator => [form.person(true), form.respondent(), form.core()].concat(),
        Variant::Association => [form.person(false), form.respondent(), form.core()].concat(),
        Variant::Heimao => form.heimao(),
        Variant::Court => {
            [vec![form.named("court_cause")], form.person(false), form.respondent(), form.core()].concat()
        }
        Variant::Police => [form.person(false), form.respondent(), form.police()].concat(),
        Variant::Card => form.card(),
    }
}

struct Form<'a> {
    p: &'a Page,
    facts: &'a PackageFacts,
}

impl Form<'_> {
    fn label(&self, name: &str) -> String {
        self.p.t(&format!("paper.field.{name}")).to_owned()
    }

    fn row(&self, name: &str, value: impl Into<String>) -> Block {
        Block::Row(self.label(name), value.into())
    }

    fn named(&self, name: &str) -> Block {
        self.row(name, self.p.t(&format!("paper.field.{name}_text")))
    }

    fn blank(&self, name: &str) -> Block {
        self.row(name, self.p.t("paper.field.blank"))
    }

    fn person(&self, consents: bool) -> Vec<Block> {
        let mut rows: Vec<Block> =
            ["complainant", "phone", "identity", "address"].iter().map(|name| self.blank(name)).collect();
        if consents {
            rows.extend(["consent_public", "consent_mediation"].iter().map(|name| self.blank(name)));
        }
        rows
    }

    fn respondent(&self) -> Vec<Block> {
        let about = &self.facts.about;
        let text = self.p.say("paper.field.respondent_text").with("seller", &self.facts.case.order.seller.name);
        let ask = self.p.t("paper.field.ask_platform");
        vec![
            self.row("respondent", text.with("platform", &about.platform).with("url", &about.url)),
            self.row("respondent_phone", ask),
            self.row("respondent_address", ask),
        ]
    }

    /// Time, place, content, amount, dispute and proof: what every form asks in one way or another.
    fn core(&self) -> Vec<Block> {
        let (p, case) = (self.p, &self.facts.case);
        let paid = case.order.paid_at.map(|at| p.at(&at)).unwrap_or_default();
        let payments: Vec<String> =
            case.order.payments.iter().map(|paid| format!("{} {}", p.code("tender", &paid.how), paid.no)).collect();
        vec![
            self.row("when", paid),
            self.row("where", p.say("paper.field.online").with("url", &self.facts.about.url)),
            self.row("what", case.summary.title.clone()),
            self.row("amount", p.money(&case.summary.claimed)),
            self.row("order", case.order.order.clone()),
            self.row("payment", payments.join(p.either("；", "; "))),
            self.row("dispute", self.dispute()),
            self.row("claim", self.claim()),
            self.tried(),
            self.proof(),
        ]
    }

    fn tried(&self) -> Block {
        let case = &self.facts.case;
        let tried = self.p.say("paper.field.tried_text").with("messages", self.facts.thread.messages.len());
        self.row("tried", tried.with("steps", case.timeline.len()))
    }

    fn proof(&self) -> Block {
        let proof = self.p.say("paper.field.proof_text").with("id", &self.facts.about.id);
        self.row("proof", proof.with("items", self.facts.items.len()))
    }

    fn dispute(&self) -> String {
        let (p, case) = (self.p, &self.facts.case);
        let said = p.say("paper.field.dispute_text").with("platform", &self.facts.about.platform);
        let said = said.with("paid_at", case.order.paid_at.map(|at| p.at(&at)).unwrap_or_default());
        let said = said.with("seller", &case.order.seller.name).with("title", &case.summary.title);
        let said = said.with("paid", p.money(&case.order.total)).with("reason", p.code("reason", case.summary.reason));
        let said =
            said.with("applied_at", p.at(&case.summary.applied_at)).with("claimed", p.money(&case.summary.claimed));
        let said = said.with("case", &case.summary.case).with("state", p.code("state", case.summary.state));
        said.with("outcome", self.outcome()).into()
    }

    fn outcome(&self) -> String {
        let (p, case) = (self.p, &self.facts.case);
        let refused = case.breakdown.as_ref().map(|sums| &sums.refused).filter(|refused| !refused.is_zero());
        let approved = p.money(&case.summary.approved);
        let said = match (case.summary.state, case.summary.outcome_code, refused) {
            ("rejected" | "closed", Some(code), _) => {
                p.say("paper.field.outcome_rejected").with("code", p.code("outcome", code))
            }
            (_, _, Some(refused)) if !case.summary.approved.is_zero() => {
                p.say("paper.field.outcome_partial").with("approved", approved).with("refused", p.money(refused))
            }
            _ if !case.summary.approved.is_zero() => {
                let credited = p.money(&case.summary.credited);
                p.say("paper.field.outcome_paid").with("approved", approved).with("credited", credited)
            }
            _ => p.say("paper.field.outcome_open"),
        };
        said.into()
    }

    /// What was asked for and has not come back.
    fn open_amount(&self) -> MoneyView {
        let row = &self.facts.case.summary;
        MoneyView::new((row.claimed.minor - row.credited.minor).max(0), currency(row.claimed.currency))
    }

    fn claim(&self) -> String {
        let open = self.open_amount();
        if open.is_zero() {
            return self.p.t("paper.field.claim_done").to_owned();
        }
        self.p.say("paper.field.claim_refund").with("amount", self.p.money(&open)).into()
    }

    fn heimao(&self) -> Vec<Block> {
        let (p, case) = (self.p, &self.facts.case);
        let title = p.say("paper.field.heimao_title_text").with("platform", &self.facts.about.platform);
        let title = title.with("title", &case.summary.title).with("reason", p.code("reason", case.summary.reason));
        vec![
            self.row("heimao_title", title.with("amount", p.money(&self.open_amount()))),
            self.row("heimao_to", self.facts.about.platform.clone()),
            self.row("heimao_problem", p.code("reason", case.summary.reason)),
            self.row("claim", self.claim()),
            self.row("amount", p.money(&self.open_amount())),
            self.row("order", case.order.order.clone()),
            self.row("dispute", self.dispute()),
            self.proof(),
        ]
    }

    fn police(&self) -> Vec<Block> {
        let (p, case) = (self.p, &self.facts.case);
        let money = case.order.payments.iter().map(|paid| {
            let at = paid.at.map(|at| p.at(&at)).unwrap_or_default();
            format!("{at} {} {} {}", p.money(&paid.amount), p.code("tender", &paid.how), paid.no)
        });
        vec![
            self.row("police_course", self.dispute()),
            self.row("police_money", money.collect::<Vec<_>>().join("；")),
            self.row("amount", p.money(&case.summary.claimed)),
            self.proof(),
        ]
    }

    fn card(&self) -> Vec<Block> {
        let (p, case) = (self.p, &self.facts.case);
        let english = Locale::En.code_text("reason", case.summary.reason);
        let reason = p.say("paper.field.card_reason_text").with("reason_en", &english);
        let summary = p.say("paper.field.card_summary_text").with("reason_en", &english);
        let summary = summary.with("paid", p.money(&case.order.total)).with("claimed", p.money(&case.summary.claimed));
        let summary =
            summary.with("approved", p.money(&case.summary.approved)).with("credited", p.money(&case.summary.credited));
        let summary = summary.with("paid_at", case.order.paid_at.map(|at| p.at(&at)).unwrap_or_default());
        [vec![self.row("card_reason", reason), self.row("card_summary", summary)], self.core()].concat()
    }
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap_or(Currency::Cny)
}

/// Advice for a recipient, and what a large sum or suspected fraud adds to it.
pub(crate) fn advice(p: &Page, facts: &PackageFacts) -> Vec<String> {
    let mut keys = vec!["not_legal"];
    if facts.fraud {
        keys.extend(["police_now", "no_more_money"]);
    }
    let mut said: Vec<String> = Vec::new();
    if facts.large {
        let line = facts.policy.parameters.get("large_above_minor").copied().unwrap_or_default();
        let amount = p.money(&MoneyView::new(line, Currency::Cny));
        said.push(p.say("paper.advice.large").with("amount", amount).into());
    }
    keys.extend(["one_way", "sum", "keep", "true"]);
    let own = match facts.variant {
        Variant::Regulator => Some("regulator"),
        Variant::Heimao => Some("heimao_way"),
        Variant::Association => Some("association_way"),
        Variant::Court => Some("court_way"),
        Variant::Police => Some("police_way"),
        Variant::Card => Some("card_way"),
        Variant::Buyer | Variant::Seller => None,
    };
    keys.extend(own);
    if facts.large {
        keys.extend(["regulator", "court_way"]);
    }
    if facts.large || facts.fraud {
        keys.push("police_way");
    }
    keys.push("platform_still");
    let mut once: Vec<&str> = Vec::new();
    for key in keys {
        if !once.contains(&key) {
            once.push(key);
        }
    }
    let mut all: Vec<String> = once.into_iter().map(|key| p.t(&format!("paper.advice.{key}")).to_owned()).collect();
    all.splice(1..1, said);
    all
}

/// Fields and advice on a page, before anything is made.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Names and values.
    pub fields: Vec<(String, String)>,
    /// Advice, where the stronger package is due.
    pub advice: Vec<String>,
}

impl Preview {
    /// In the words of the package itself.
    pub fn of(app: &yuanlu_app::App, facts: &PackageFacts) -> Self {
        let p = super::words(app);
        let row = |block| match block {
            Block::Row(name, value) => Some((name, value)),
            _ => None,
        };
        let advice = if facts.about.strong { advice(&p, facts) } else { Vec::new() };
        Self { fields: fields(&p, facts).into_iter().filter_map(row).collect(), advice }
    }
}
