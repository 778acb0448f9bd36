//! Every visible sentence, keyed, in Chinese and English.
//!
//! `locales/<area>.toml` holds `key = ["中文", "English"]`; the full key is `<area>.<key>`. A value that varies stands as
//! `{name}`. A test finds every key that the code or a template uses but no file holds.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

/// A language the pages speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// 简体中文.
    #[default]
    Zh,
    /// English.
    En,
}

const AREAS: &[(&str, &str)] = &[
    ("api", include_str!("../locales/api.toml")),
    ("account", include_str!("../locales/account.toml")),
    ("case", include_str!("../locales/case.toml")),
    ("code", include_str!("../locales/code.toml")),
    ("common", include_str!("../locales/common.toml")),
    ("credit", include_str!("../locales/credit.toml")),
    ("design", include_str!("../locales/design.toml")),
    ("event", include_str!("../locales/event.toml")),
    ("funds", include_str!("../locales/funds.toml")),
    ("probe", include_str!("../locales/probe.toml")),
    ("finding", include_str!("../locales/finding.toml")),
    ("hearing", include_str!("../locales/hearing.toml")),
    ("order", include_str!("../locales/order.toml")),
    ("paper", include_str!("../locales/paper.toml")),
    ("panel", include_str!("../locales/panel.toml")),
    ("policy", include_str!("../locales/policy.toml")),
    ("problem", include_str!("../locales/problem.toml")),
    ("refund", include_str!("../locales/refund.toml")),
    ("review", include_str!("../locales/review.toml")),
    ("disclosure", include_str!("../locales/disclosure.toml")),
    ("refusal", include_str!("../locales/refusal.toml")),
    ("rules", include_str!("../locales/rules.toml")),
    ("seller", include_str!("../locales/seller.toml")),
    ("shop", include_str!("../locales/shop.toml")),
    ("sim", include_str!("../locales/sim.toml")),
    ("staff", include_str!("../locales/staff.toml")),
    ("support", include_str!("../locales/support.toml")),
    ("thread", include_str!("../locales/thread.toml")),
    ("outside", include_str!("../locales/outside.toml")),
    ("message", include_str!("../locales/message.toml")),
    ("code.notice", yuanlu_notify::WORDS),
    ("bill", include_str!("../locales/bill.toml")),
    ("admission", include_str!("../locales/admission.toml")),
    ("tip_off", include_str!("../locales/tip_off.toml")),
];

static TEXTS: LazyLock<HashMap<String, [String; 2]>> = LazyLock::new(|| {
    let mut texts = HashMap::new();
    for (area, file) in AREAS {
        let table = file.parse().expect("the files of texts are read by a test");
        collect(area, &table, &mut texts);
    }
    texts
});

fn collect(prefix: &str, table: &toml::Table, texts: &mut HashMap<String, [String; 2]>) {
    for (key, value) in table {
        let key = format!("{prefix}.{key}");
        match value {
            toml::Value::Table(inner) => collect(&key, inner, texts),
            toml::Value::Array(pair) => {
                let text = |i: usize| pair.get(i).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
                texts.insert(key, [text(0), text(1)]);
            }
            _ => {}
        }
    }
}

impl Locale {
    /// Both languages.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// What stands in `<html lang>`, cookies and accounts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The tag for browsers and screen readers.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The language with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.code() == code)
    }

    /// The first language of an `Accept-Language` header that the pages speak. Browsers send them in order.
    pub fn accepted(header: &str) -> Option<Self> {
        header.split(',').find_map(|range| Self::parse(range.trim().get(..2)?.to_ascii_lowercase().as_str()))
    }

    /// The text of a key; the key itself when there is none.
    pub fn t(self, key: &str) -> &str {
        match TEXTS.get_key_value(key) {
            Some((_, texts)) => static_text(texts, self),
            None => key,
        }
    }

    /// Whether there is a text for the key.
    pub fn has(self, key: &str) -> bool {
        TEXTS.contains_key(key)
    }

    /// A text with values to fill in.
    pub fn say(self, key: &str) -> Sentence {
        Sentence(self.t(key).to_owned())
    }

    /// The word for a stable code: `code("state", "refunding")` is the text of `code.state.refunding`.
    pub fn code_text(self, kind: &str, code: &str) -> String {
        match TEXTS.get(&format!("code.{kind}.{code}")) {
            Some(texts) => static_text(texts, self).to_owned(),
            None => code.to_owned(),
        }
    }
}

fn static_text(texts: &[String; 2], locale: Locale) -> &str {
    &texts[match locale {
        Locale::Zh => 0,
        Locale::En => 1,
    }]
}

/// A sentence whose `{name}`s are being filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence(String);

impl Sentence {
    /// Puts `value` where `{name}` stands.
    pub fn with(self, name: &str, value: impl fmt::Display) -> Self {
        Self(self.0.replace(&format!("{{{name}}}"), &value.to_string()))
    }
}

impl Sentence {
    /// The text so far.
    pub fn text(self) -> String {
        self.0
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Sentence> for String {
    fn from(sentence: Sentence) -> Self {
        sentence.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
    }

    #[test]
    fn every_text_says_the_same_in_both_languages() {
        let mut wrong = Vec::new();
        for (key, [zh, en]) in TEXTS.iter() {
            if zh.trim().is_empty() || en.trim().is_empty() || placeholders(zh) != placeholders(en) {
                wrong.push(key);
            }
        }
        assert!(wrong.is_empty(), "one language is missing or has other placeholders: {wrong:?}");
        assert!(TEXTS.len() > 100);
    }

    /// Keys as the code and the templates write them: `t("…")`, `say("…")`, `key("…")` and `said("…")`.
    fn used_keys(folder: &Path, into: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used_keys(&path, into);
                continue;
            }
            if path.ends_with("text.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for call in [".t(\"", ".say(\"", "key(\""] {
                into.extend(text.split(call).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            }
            let said = text.split("said(\"").skip(1).filter_map(|rest| rest.split('"').next());
            into.extend(said.map(|key| format!("common.said.{key}")));
        }
    }

    #[test]
    fn every_key_in_use_has_a_text() {
        let mut keys = BTreeSet::new();
        for folder in ["src", "templates"] {
            used_keys(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut keys);
        }
        let missing: Vec<_> = keys.iter().filter(|key| !Locale::Zh.has(key)).collect();
        assert!(missing.is_empty(), "no text for {missing:#?}");
        assert!(keys.len() > 50);
    }

    #[test]
    fn every_code_of_the_domain_has_a_word() {
        use yuanlu_domain::bill::Difference;
        use yuanlu_domain::bill_exception::Resolution;
        use yuanlu_domain::case::{CloseCode, EvidenceKind, Reason, RejectCode, RemedyGround};
        use yuanlu_domain::catalogue::ProductKind;
        use yuanlu_domain::conduct::WarningKind;
        use yuanlu_domain::tip_off::{Concern, TipOffOutcome};
        let mut missing = Vec::new();
        let mut want = |kind: &str, codes: &[&str]| {
            missing.extend(codes.iter().map(|code| format!("code.{kind}.{code}")).filter(|key| !Locale::Zh.has(key)));
        };
        want("reason", &Reason::ALL.map(Reason::code));
        want("evidence", &EvidenceKind::ALL.map(EvidenceKind::code));
        want("kind", &ProductKind::ALL.map(ProductKind::code));
        want("glyph", &ProductKind::ALL.map(ProductKind::code));
        want("outcome", &RejectCode::ALL.map(RejectCode::code));
        want("concern", &Concern::ALL.map(Concern::code));
        want(
            "outcome",
            &[CloseCode::ClosedTimeout, CloseCode::ClosedFinal, CloseCode::ClosedKept, CloseCode::ClosedPaidOutside]
                .map(CloseCode::code),
        );
        want("ground", &RemedyGround::ALL.map(RemedyGround::code));
        want("ground_hint", &RemedyGround::ALL.map(RemedyGround::code));
        want("mark", &WarningKind::ALL.map(WarningKind::code));
        want("hint", &WarningKind::ALL.map(WarningKind::code));
        want("point", &yuanlu_domain::turn::BlockingPoint::ALL.map(yuanlu_domain::turn::BlockingPoint::code));
        want("account_kind", &yuanlu_domain::route::AccountKind::ALL.map(yuanlu_domain::route::AccountKind::code));
        want("hold", &["approval", "name_check", "execution", "agent_release"]);
        want("rule", crate::web::remedy::RULES);
        use yuanlu_domain::outside_complaint::{Agency, OutsideResult, Saying};
        want("agency", &Agency::ALL.iter().map(|agency| agency.code()).collect::<Vec<_>>());
        want("outside_result", &OutsideResult::ALL.map(OutsideResult::code));
        want("saying", &Saying::ALL.map(Saying::code));
        want("legal_form", &yuanlu_domain::admission::LegalForm::ALL.map(yuanlu_domain::admission::LegalForm::code));
        want("tip_off_outcome", &TipOffOutcome::ALL.map(TipOffOutcome::code));
        let codes = |all: &[Difference]| all.iter().map(|one| one.code()).collect::<Vec<_>>();
        want("difference", &codes(Difference::ALL));
        want("difference_hint", &codes(Difference::ALL));
        let ways: Vec<_> = Resolution::ALL.iter().map(|way| way.code()).collect();
        want("exception_way", &ways);
        assert!(missing.is_empty(), "no word for {missing:#?}");
    }

    #[test]
    fn every_finding_and_refused_file_has_a_sentence() {
        const FINDINGS: &[&str] = &[
            "too_small",
            "blurred",
            "low_contrast",
            "nearly_one_colour",
            "cut_off",
            "editing_software",
            "labelled_generated",
            "impossible_date",
            "too_many_codes",
            "not_as_declared",
            "leads_away",
            "contradicts",
            "reused",
            "reused_exactly",
        ];
        const REFUSED: &[&str] = &[
            "empty",
            "too_many_pixels",
            "too_much_memory",
            "heic",
            "unsupported_type",
            "unknown_type",
            "markup",
            "script",
            "polyglot",
            "active_pdf",
            "closed_pdf",
            "truncated",
            "unreadable",
            "too_many_files",
            "not_a_picture",
            "outside",
        ];
        let findings = FINDINGS.iter().map(|code| format!("finding.say.{code}"));
        let refused = REFUSED.iter().map(|code| format!("problem.invalid.{code}"));
        let missing: Vec<_> = findings.chain(refused).filter(|key| !Locale::Zh.has(key)).collect();
        assert!(missing.is_empty(), "no sentence for {missing:#?}");
    }

    #[test]
    fn the_first_language_spoken_here_wins() {
        assert_eq!(Locale::accepted("fr-FR, en-GB;q=0.8, zh;q=0.5"), Some(Locale::En));
        assert_eq!(Locale::accepted("zh-CN,zh;q=0.9"), Some(Locale::Zh));
        assert_eq!(Locale::accepted("fr"), None);
        assert_eq!(Locale::accepted("中文"), None);
    }
}
