//! The evidence package in words: one printable document, fields to copy, advice, and a note on how to check it all.

use super::{Block, certificate, complaint, plain, print, unprinted, words};
use crate::page::Page;
use crate::web::policy_words::{self, SECTIONS};
use std::io::Write;
use yuanlu_app::views::{DecisionView, PaperView, TermsView};
use yuanlu_app::{App, PRINT, PackageFacts, Principal, Rendered, Result, Variant};
use yuanlu_domain::case::UnitGround;
use yuanlu_domain::ids::CaseId;
use yuanlu_domain::policy::Fact;
use yuanlu_domain::time::Instant;
use yuanlu_paper::Sheet;

/// Makes a package and writes it.
pub fn write<W: Write>(
    app: &App,
    who: &Principal,
    case: &CaseId,
    variant: Variant,
    fraud: bool,
    out: W,
) -> Result<(W, PaperView)> {
    app.make_package(who, case, variant, fraud, out, |facts| render(app, facts))
}

/// Makes the printable document alone.
pub fn write_print(app: &App, who: &Principal, case: &CaseId, variant: Variant, fraud: bool) -> Result<Vec<u8>> {
    let mut pdf = Vec::new();
    app.make_package(who, case, variant, fraud, std::io::sink(), |facts| {
        let files = render(app, facts)?;
        pdf = files.iter().find(|(name, _)| name == PRINT).map(|(_, content)| content.clone()).unwrap_or_default();
        Ok(files)
    })?;
    Ok(pdf)
}

/// The files of a package in words.
pub fn render(app: &App, facts: &PackageFacts) -> Result<Rendered> {
    let p = words(app);
    let fields = complaint::fields(&p, facts);
    let mut files = vec![
        ("README.txt".to_owned(), with_mark(&readme(&p, facts))),
        (PRINT.to_owned(), app.sign_print(pdf(&p, facts, &fields)?)?),
        ("complaint.txt".to_owned(), with_mark(&plain(&fields))),
    ];
    let advice = complaint::advice(&p, facts);
    if facts.about.strong {
        files.push(("advice.txt".to_owned(), with_mark(&(advice.join("\r\n\r\n") + "\r\n"))));
    }
    if let Some(document) = &facts.certificate {
        files.push((yuanlu_paper::package::CERTIFICATE_PDF.to_owned(), certificate::pdf(app, document)?));
    }
    Ok(files)
}

/// Text files begin with a mark by which every system knows them as UTF-8.
fn with_mark(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").into_bytes()
}

fn readme(p: &Page, facts: &PackageFacts) -> String {
    let about = &facts.about;
    let mut blocks = vec![Block::Heading(title(p, facts)), Block::Text(p.t("paper.package.readme").to_owned())];
    blocks.extend(facts.items.iter().map(|item| Block::Row(item.path.clone(), p.code("evidence", item.view.kind))));
    blocks.push(Block::Text(String::new()));
    blocks.push(Block::Text(p.say("paper.package.readme_check").with("url", &about.url).into()));
    plain(&blocks)
}

fn title(p: &Page, facts: &PackageFacts) -> String {
    let variant = p.t(&format!("paper.variant.{}", facts.variant.code())).to_owned();
    let said = p.say("paper.package.report_under").with("variant", variant).with("case", &facts.about.case);
    said.with("at", &facts.about.made_at).into()
}

fn pdf(p: &Page, facts: &PackageFacts, fields: &[Block]) -> Result<Vec<u8>> {
    let about = &facts.about;
    let foot = p.say("paper.foot").with("platform", &about.platform).with("case", &about.case).with("url", &about.url);
    let name = p.t("paper.package.report_title");
    let mut sheet = Sheet::new(name, &foot.text()).map_err(unprinted)?;
    sheet.title(name, &title(p, facts));
    let parts = parts(p, facts, fields);
    print(&mut sheet, &[Block::Heading(p.t("paper.package.contents").to_owned())]);
    for (heading, _) in &parts {
        sheet.text(heading);
    }
    if !facts.variant.is_word_for_word() {
        sheet.note(p.t("paper.masked_note"));
    }
    for (heading, blocks) in &parts {
        print(&mut sheet, &[Block::Heading(heading.clone())]);
        print(&mut sheet, blocks);
    }
    sheet.print().map_err(unprinted)
}

/// Headings and what stands under them.
fn parts(p: &Page, facts: &PackageFacts, fields: &[Block]) -> Vec<(String, Vec<Block>)> {
    let report = Report { p, facts };
    let heading = |name: &str| p.t(&format!("paper.package.{name}")).to_owned();
    let mut parts = vec![
        (heading("parties"), report.parties()),
        (heading("contract"), report.contract()),
        (heading("payment"), report.payment()),
        (heading("course"), report.course()),
        (heading("thread"), report.thread()),
        (heading("evidence"), report.evidence()),
        (heading("decisions"), report.decisions()),
        (heading("certificate"), report.certificate()),
        (heading("proof"), report.proof()),
        (heading("policy"), report.policy()),
        (heading("fields"), fields.to_vec()),
    ];
    if facts.about.strong {
        let advice = complaint::advice(p, facts).into_iter().map(Block::Text).collect();
        parts.push((heading("advice"), advice));
    }
    parts
}

struct Report<'a> {
    p: &'a Page,
    facts: &'a PackageFacts,
}

impl Report<'_> {
    /// Free text as this recipient may read it.
    fn free(&self, text: &str) -> String {
        self.facts.readable(text)
    }

    fn row(&self, key: &str, value: impl Into<String>) -> Block {
        Block::Row(self.p.t(key).to_owned(), value.into())
    }

    fn at(&self, at: &Instant) -> String {
        self.p.at(at)
    }

    fn parties(&self) -> Vec<Block> {
        let (p, case) = (self.p, &self.facts.case);
        let buyer = if self.facts.buyer.is_empty() { p.t("paper.certificate.guest") } else { &self.facts.buyer };
        vec![
            self.row("paper.certificate.buyer", buyer),
            self.row("paper.certificate.seller", case.order.seller.name.clone()),
            self.row("paper.package.platform", format!("{}　{}", self.facts.about.platform, self.facts.about.url)),
            self.row("paper.certificate.order", case.order.order.clone()),
            self.row("paper.certificate.case", case.summary.case.clone()),
            self.row("paper.package.reason", p.code("reason", case.summary.reason)),
            self.row("paper.package.claim", p.money(&case.summary.claimed)),
            self.row("paper.package.stands", p.code("state", case.summary.state)),
        ]
    }

    fn contract(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (page, line) in self.facts.sold.iter().zip(&self.facts.case.order.lines) {
            blocks.push(Block::Subheading(format!("{} × {}", page.title, line.quantity)));
            blocks.push(Block::Note(self.p.say("paper.package.sold_version").with("n", page.version).into()));
            for text in [&page.description, &page.how_to_use] {
                if !text.is_empty() {
                    blocks.push(Block::Text(self.free(text)));
                }
            }
            blocks.extend(
                terms(self.p, &line.terms, line.confirmed).into_iter().map(|line| Block::Text(format!("· {line}"))),
            );
        }
        blocks
    }

    fn payment(&self) -> Vec<Block> {
        let (p, case) = (self.p, &self.facts.case);
        let mut blocks = vec![
            self.row("paper.field.when", case.order.paid_at.map(|at| self.at(&at)).unwrap_or_default()),
            self.row("paper.certificate.paid", p.money(&case.order.total)),
        ];
        let at = |at: Option<yuanlu_app::views::When>| at.map(|at| p.at(&at)).unwrap_or_default();
        let paid = case.order.payments.iter().map(|paid| {
            vec![
                at(paid.at),
                p.code("tender", &paid.how),
                paid.no.clone(),
                p.money(&paid.amount),
                p.code("payment", paid.state),
            ]
        });
        let column = |key: &str, share: u8| (p.t(key).to_owned(), share);
        blocks.push(Block::Table(
            vec![
                column("paper.log.at", 22),
                column("paper.certificate.channel", 16),
                column("paper.certificate.no", 32),
                column("paper.field.amount", 15),
                column("paper.certificate.state", 15),
            ],
            paid.collect(),
        ));
        let units = case.order.units.iter().filter(|unit| case.units.contains(&unit.no)).map(|unit| {
            let name = format!("#{} {}", unit.no, unit.title);
            vec![name, p.code("unit", unit.state), at(unit.available_at), at(unit.revealed_at), p.money(&unit.paid)]
        });
        blocks.push(Block::Table(
            vec![
                column("paper.certificate.goods", 32),
                column("paper.certificate.state", 18),
                column("paper.package.available", 18),
                column("paper.package.revealed", 18),
                column("paper.certificate.paid", 14),
            ],
            units.collect(),
        ));
        if let Some(sums) = &case.breakdown {
            blocks.push(self.row("paper.certificate.approved", p.money(&sums.gross)));
            blocks.push(self.row("paper.certificate.fee", p.money(&sums.fee)));
            blocks.push(self.row("paper.certificate.refunded", p.money(&sums.net)));
        }
        blocks
    }

    fn course(&self) -> Vec<Block> {
        let p = self.p;
        let step = |step: &yuanlu_app::views::TimelineStep| {
            let words = step.words.as_ref().map(|words| format!("\n“{}”", self.free(words))).unwrap_or_default();
            vec![self.at(&step.at), p.code("who", p.step_by(step)), p.step(step) + &words]
        };
        let rows = self.facts.case.timeline.iter().map(step).collect();
        let columns = [("paper.log.at", 22), ("paper.package.made_by", 14), ("paper.package.what", 64)];
        vec![Block::Table(columns.map(|(key, share)| (p.t(key).to_owned(), share)).to_vec(), rows)]
    }

    fn thread(&self) -> Vec<Block> {
        let p = self.p;
        if self.facts.thread.messages.is_empty() {
            return vec![Block::Text(p.t("paper.package.thread_none").to_owned())];
        }
        let each = self.facts.thread.messages.iter().map(|message| {
            let text = message.text.as_ref().map_or_else(|| p.t("paper.missing").to_owned(), |text| self.free(text));
            Block::Row(format!("{} {}", self.at(&message.at), p.code("who", side(message.side))), text)
        });
        each.collect()
    }

    fn evidence(&self) -> Vec<Block> {
        let p = self.p;
        let said = self.issuers();
        if self.facts.items.is_empty() && !said.is_empty() {
            return said;
        }
        if self.facts.items.is_empty() {
            return vec![Block::Text(p.t("paper.package.evidence_none").to_owned())];
        }
        let mut blocks = Vec::new();
        for item in &self.facts.items {
            let view = &item.view;
            blocks.push(Block::Subheading(format!("{}　{}", item.path, p.code("evidence", view.kind))));
            let about = [p.code("who", view.by), self.at(&view.at), p.size(&view.size), view.media_type.clone()];
            blocks.push(Block::Text(about.join(" · ")));
            blocks.push(self.row("paper.package.sha", view.sha256.clone()));
            if !item.original {
                blocks.push(Block::Note(p.t("paper.package.copy_of").to_owned()));
            }
            blocks.extend(view.findings.iter().map(|found| Block::Text(format!("· {}", p.finding(found)))));
        }
        blocks.extend(said);
        blocks
    }

    /// What issuers said about the codes, with the signed answer where the recipient reads word for word.
    fn issuers(&self) -> Vec<Block> {
        let p = self.p;
        let mut blocks = Vec::new();
        for probe in &self.facts.case.code_probes {
            blocks.push(Block::Subheading(format!("{}　#{}", p.t("probe.title"), probe.unit)));
            blocks.push(Block::Text(p.t(&format!("probe.says.{}", probe.says())).to_owned()));
            if let Some(at) = &probe.used_at {
                blocks.push(Block::Text(p.say("probe.used_at").with("at", self.at(at)).into()));
            }
            if let Some(face) = &probe.face {
                blocks.push(Block::Text(p.say("probe.face").with("amount", p.money(face)).into()));
            }
            if let Some(answer) = probe.answer.as_ref().filter(|_| self.facts.variant.is_word_for_word()) {
                blocks.push(Block::Note(p.t("probe.signed_hint").to_owned()));
                blocks.extend(answer.lines().map(|line| Block::Text(line.to_owned())));
            }
        }
        blocks
    }

    fn decisions(&self) -> Vec<Block> {
        if self.facts.decisions.is_empty() {
            return vec![Block::Text(self.p.t("paper.package.decisions_none").to_owned())];
        }
        self.facts.decisions.iter().flat_map(|decision| self.decision(decision)).collect()
    }

    fn decision(&self, d: &DecisionView) -> Vec<Block> {
        let p = self.p;
        let sentence = if d.sentence_zh.is_empty() { p.code("by_sentence", d.by) } else { d.sentence_zh.clone() };
        let mut blocks =
            vec![Block::Subheading(format!("{}　{}", self.at(&d.at), p.code("by", d.by))), Block::Text(sentence)];
        if let Some(code) = d.code {
            blocks.push(Block::Text(p.code("outcome", code)));
        }
        if let Some(words) = &d.words {
            blocks.push(Block::Text(format!("“{}”", self.free(words))));
        }
        blocks.push(self.row("case.rules", d.rules.join(" ")));
        blocks.push(self.row("case.policy", d.policy.clone()));
        blocks.extend(facts_of(p, d));
        blocks
    }

    fn certificate(&self) -> Vec<Block> {
        match self.facts.certificate.as_ref().and_then(|document| Some((document.certificate()?, document))) {
            Some((says, document)) => certificate::blocks(self.p, &says, document),
            None => vec![Block::Text(self.p.t("paper.package.no_certificate").to_owned())],
        }
    }

    fn proof(&self) -> Vec<Block> {
        let p = self.p;
        let Some(journal) = &self.facts.journal else {
            return vec![Block::Text(p.t("paper.package.journal_seller").to_owned())];
        };
        let head = journal.entries.last().map(|entry| entry.head.clone()).unwrap_or_default();
        let text = p.say("paper.package.journal_text").with("n", journal.entries.len()).with("head", head);
        let mut blocks = vec![Block::Text(text.into())];
        blocks.push(Block::Text(match &journal.proof {
            Some(proof) => {
                let said = p.say("paper.package.proof_text").with("seq", proof.seq).with("n", proof.seal.n);
                let said = said.with("at", self.at(&Instant(proof.seal.at))).with("path", proof.path.len());
                said.with("log", proof.log_path.len()).into()
            }
            None => p.t("paper.certificate.unproved").to_owned(),
        }));
        if matches!(self.facts.variant, Variant::Court | Variant::Police) || self.facts.about.strong {
            blocks.push(Block::Text(p.t("paper.package.custody").to_owned()));
        }
        blocks
    }

    fn policy(&self) -> Vec<Block> {
        let (p, policy) = (self.p, &self.facts.policy);
        let named = p.say("paper.package.policy_of").with("version", &policy.version).with("hash", &policy.hash);
        let mut blocks = vec![Block::Note(named.into())];
        for (name, lines) in SECTIONS {
            blocks.push(Block::Subheading(p.t(&format!("rules.section.{name}")).to_owned()));
            blocks.extend(lines.iter().filter_map(|key| policy_words::line(p, policy, key)).map(Block::Text));
        }
        blocks.push(Block::Subheading(p.t("rules.table").to_owned()));
        for rule in &policy.rules {
            let when = policy_words::conditions(p, &rule.when);
            let sentence = policy_words::sentence(p, policy, rule);
            let then = policy_words::then(p, rule.then);
            blocks.push(Block::Row(format!("{} {}", rule.rules.join(" "), then), format!("{when}。{sentence}")));
        }
        blocks
    }
}

fn side(code: &'static str) -> &'static str {
    if code == "platform" { "staff" } else { code }
}

/// The facts a decision rests on, in words: a line per unit.
fn facts_of(p: &Page, d: &DecisionView) -> Vec<Block> {
    let line = |ground: &UnitGround| {
        let facts = serde_json::to_value(ground.facts).unwrap_or_default();
        let known = Fact::ALL.iter().filter_map(|fact| Some((fact, facts.get(fact.id())?)));
        let words: Vec<String> =
            known.map(|(fact, value)| format!("{}：{}", fact.zh(), policy_words::value(p, fact.id(), value))).collect();
        let units: Vec<String> = ground.units.iter().map(|unit| format!("#{unit}")).collect();
        Block::Note(format!("{} {}　{}", units.join("、"), ground.row, words.join("；")))
    };
    d.facts.iter().map(line).collect()
}

/// The terms of a product in the sentences of its page.
fn terms(p: &Page, t: &TermsView, confirmed: bool) -> Vec<String> {
    let mut lines = vec![
        p.code("delivery_event", t.delivery_event),
        p.say("shop.terms.promise").with("hours", t.promise_hours).into(),
        p.say("shop.terms.window").with("days", t.window_days).into(),
        p.t("shop.terms.fault").to_owned(),
        match t.fee_basis_points {
            0 => p.t("shop.terms.personal_free").to_owned(),
            fee => p.say("shop.terms.personal_fee").with("fee", p.percent(&fee)).into(),
        },
        p.t(match (confirmed, t.delivery_event) {
            (true, _) => "shop.terms.after_confirmed",
            (false, "code_generated") => "shop.terms.after_unrevealed",
            (false, _) => "shop.terms.after",
        })
        .to_owned(),
    ];
    if t.warranty_days > 0 {
        lines.push(p.say("shop.terms.warranty").with("days", t.warranty_days).into());
    }
    if let Some(special) = &t.special {
        let said = match special.until {
            Some(until) => p.say("shop.terms.special_until").with("until", p.code("until", until)),
            None => p.say("shop.terms.special_any"),
        };
        lines.push(said.with("days", special.days).with("fee", p.percent(&special.fee_basis_points)).into());
    }
    lines
}
