//! Words of messages. Operators may change them; what they write can neither loop for long nor reach a file, and a name
//! that is not there is a fault and no empty place.

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// Steps a template may take.
const FUEL: u64 = 20_000;
/// Characters of a subject.
pub const MOST_SUBJECT: usize = 150;
/// Characters of a text.
pub const MOST_BODY: usize = 8_000;
const USUAL: &str = "usual";

/// Languages, in the order of the texts.
pub const LANGUAGES: [&str; 2] = ["zh", "en"];

/// What a template may name: the values of one message.
pub type Values = BTreeMap<&'static str, String>;

/// A template of a mail, or a message made from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In which part: `subject` or `body`.
    pub part: &'static str,
    /// In which line.
    pub line: Option<usize>,
    /// A stable code.
    pub code: &'static str,
    /// The name or place it is about.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {}: {} {}", self.part, self.line.unwrap_or(1), self.code, self.detail)
    }
}

impl std::error::Error for Fault {}

/// A name that templates may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name.
    pub name: &'static str,
    /// What stands there in a preview, in both languages.
    pub sample: [&'static str; 2],
}

const fn variable(name: &'static str, zh: &'static str, en: &'static str) -> Variable {
    Variable { name, sample: [zh, en] }
}

const COMMON: &[Variable] = &[
    variable("platform", "原路", "Yuanlu"),
    variable("sentence", "申请已通过，退款处理中", "An application was approved"),
    variable("order", "20260301-AB12CD", "20260301-AB12CD"),
    variable("case", "20260301-AB12CD-1", "20260301-AB12CD-1"),
    variable("amount", "¥95.00", "¥95.00"),
    variable("due", "2026-03-05 18:00", "2026-03-05 18:00"),
    variable("link", "https://shop.example.com/cases/1", "https://shop.example.com/cases/1"),
];
const APPROVED: &[Variable] = &[
    variable("route", "原路退回微信支付", "back to WeChat Pay, where it came from"),
    variable("expected", "2026-03-04 23:59", "2026-03-04 23:59"),
];
const REJECTED: &[Variable] = &[
    variable("reason", "超过退款期限", "the time for a refund is over"),
    variable("remedy", "提供期限内已联系过卖家的记录", "a record that you wrote to the seller in time"),
];
const CODE: &[Variable] = &[variable("code", "123456", "123456"), variable("minutes", "15", "15")];
const RESET: &[Variable] = &[variable("login", "lilei", "lilei"), variable("minutes", "30", "30")];
const DIGEST: &[Variable] = &[variable("shop", "星云点卡", "Nebula Cards"), variable("waiting", "3", "3")];

/// Every name that a template of this kind may use.
pub fn variables(kind: &str) -> Vec<Variable> {
    let own: &[Variable] = match kind {
        "case_approved" | "incident_refund" => APPROVED,
        "case_rejected" => REJECTED,
        "contact_code" => CODE,
        "password_reset" => RESET,
        "digest" => DIGEST,
        _ => &[],
    };
    COMMON.iter().chain(own).copied().collect()
}

/// Values for a preview.
pub fn sample(kind: &str, language: &str) -> Values {
    let place = usize::from(language != LANGUAGES[0]);
    let mut values: Values =
        variables(kind).into_iter().map(|variable| (variable.name, variable.sample[place].to_owned())).collect();
    values.insert("sentence", sentence(kind, language).to_owned());
    values
}

/// Every name of a kind, empty: what a message does not know stays so.
pub fn blank(kind: &str) -> Values {
    variables(kind).into_iter().map(|variable| (variable.name, String::new())).collect()
}

type Texts = BTreeMap<String, BTreeMap<String, [String; 2]>>;

static TEMPLATES: LazyLock<Texts> =
    LazyLock::new(|| toml::from_str(include_str!("templates.toml")).expect("the file is read by a test"));

static SENTENCES: LazyLock<BTreeMap<String, [String; 2]>> =
    LazyLock::new(|| toml::from_str(crate::WORDS).expect("the file is read by a test"));

/// Every kind of message there are words for, in order.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    SENTENCES.keys().map(String::as_str)
}

/// What happened, in one line.
pub fn sentence(kind: &str, language: &str) -> &'static str {
    let place = usize::from(language != LANGUAGES[0]);
    SENTENCES.get(kind).map_or(["有新的消息", "There is news"][place], |pair| pair[place].as_str())
}

/// The words this program comes with.
pub fn builtin(kind: &str, language: &str) -> Text {
    let place = usize::from(language != LANGUAGES[0]);
    let part = |form: &str| {
        let own = TEMPLATES.get(kind).and_then(|forms| forms.get(form));
        let pair = own.or_else(|| TEMPLATES.get(USUAL)?.get(form));
        pair.map(|pair| pair[place].trim_start_matches('\n').to_owned()).unwrap_or_default()
    };
    Text { subject: part("subject"), body: part("body") }
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_fuel(Some(FUEL));
    env
}

fn line(part: &'static str, template: &str, values: &Values) -> Result<String, Fault> {
    let env = environment();
    let fault = |error: &minijinja::Error| {
        let code = match error.kind() {
            ErrorKind::UndefinedError => "unknown_name",
            ErrorKind::OutOfFuel => "too_long_running",
            ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction => "unknown_function",
            _ => "not_a_template",
        };
        let detail = error.detail().unwrap_or_default().chars().take(120).collect();
        Fault { part, line: error.line(), code, detail }
    };
    let template = env.template_from_str(template).map_err(|error| fault(&error))?;
    // A name in a branch that was not taken is a fault as well.
    let unknown = template.undeclared_variables(false).into_iter().find(|name| !values.contains_key(name.as_str()));
    if let Some(name) = unknown {
        return Err(Fault { part, line: None, code: "unknown_name", detail: name });
    }
    template.render(values).map_err(|error| fault(&error))
}

/// Makes a message.
///
/// # Errors
/// What is wrong with the template, and where.
pub fn render(template: &Text, values: &Values) -> Result<Text, Fault> {
    let too_long = |part, most: usize, text: &str| {
        let fault = Fault { part, line: None, code: "too_long", detail: most.to_string() };
        if text.chars().count() > most { Err(fault) } else { Ok(()) }
    };
    too_long("subject", 2 * MOST_SUBJECT, &template.subject)?;
    too_long("body", MOST_BODY, &template.body)?;
    let subject = locate("subject", &template.subject, values)?;
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = locate("body", &template.body, values)?;
    too_long("subject", MOST_SUBJECT, &subject)?;
    too_long("body", MOST_BODY, &body)?;
    if subject.is_empty() || body.trim().is_empty() {
        let part = if subject.is_empty() { "subject" } else { "body" };
        return Err(Fault { part, line: None, code: "empty", detail: String::new() });
    }
    Ok(Text { subject, body })
}

/// Renders, and finds the line of a name where the engine only knows the name.
fn locate(part: &'static str, template: &str, values: &Values) -> Result<String, Fault> {
    line(part, template, values).map_err(|mut fault| {
        if fault.line.is_none() && !fault.detail.is_empty() {
            fault.line = template.lines().position(|one| one.contains(&fault.detail)).map(|place| place + 1);
        }
        fault
    })
}

/// Whether a template of a kind can be used: it is tried with the values of the preview, and with none.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check(kind: &str, language: &str, template: &Text) -> Result<Text, Fault> {
    let shown = render(template, &sample(kind, language))?;
    let mut bare = blank(kind);
    for name in ["platform", "sentence", "link"] {
        bare.insert(name, "x".to_owned());
    }
    render(template, &bare)?;
    Ok(shown)
}

/// Values of a provider's template, one `name = {{ … }}` a line, in the provider's order.
///
/// # Errors
/// What is wrong with a line.
pub fn mapped(lines: &str, values: &Values) -> Result<Vec<(String, String)>, Fault> {
    let mut mapped = Vec::new();
    for (place, one) in lines.lines().enumerate().filter(|(_, one)| !one.trim().is_empty()) {
        let at = |code, detail: &str| Fault { part: "body", line: Some(place + 1), code, detail: detail.to_owned() };
        let (name, template) = one.split_once('=').ok_or_else(|| at("not_a_mapping", one))?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(at("not_a_mapping", name));
        }
        let value = line("body", template.trim(), values).map_err(|fault| Fault { line: Some(place + 1), ..fault })?;
        // Providers refuse long values and take links only where they were registered.
        let value: String = value.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(35).collect();
        mapped.push((name.to_owned(), value));
    }
    Ok(mapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(subject: &str, body: &str) -> Text {
        Text { subject: subject.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn all_words_of_the_program_are_good() {
        for kind in kinds() {
            for language in LANGUAGES {
                let shown =
                    check(kind, language, &builtin(kind, language)).unwrap_or_else(|fault| panic!("{kind}: {fault}"));
                assert!(!shown.body.contains("{{") && !shown.subject.contains("{{"), "{kind}");
                assert!(!shown.body.contains("\n\n\n"), "{kind}: {}", shown.body);
            }
        }
        for kind in TEMPLATES.keys().filter(|kind| *kind != USUAL) {
            assert!(SENTENCES.contains_key(kind), "{kind}");
        }
    }

    #[test]
    fn an_approval_says_how_much_by_which_way_until_when_and_where_to_look() {
        let shown = check("case_approved", "en", &builtin("case_approved", "en")).unwrap();
        for part in ["¥95.00", "back to WeChat Pay", "2026-03-04 23:59", "https://shop.example.com/cases/1"] {
            assert!(shown.body.contains(part), "{part} in {}", shown.body);
        }
        let shown = check("case_rejected", "zh", &builtin("case_rejected", "zh")).unwrap();
        for part in ["超过退款期限", "提供期限内", "2026-03-05 18:00", "https://"] {
            assert!(shown.body.contains(part), "{part} in {}", shown.body);
        }
    }

    #[test]
    fn bad_templates_are_refused_with_their_line() {
        let endless = format!("{}x{}", "{% for a in [1, 2, 3, 4, 5, 6, 7, 8] %}".repeat(6), "{% endfor %}".repeat(6));
        let cases = [
            ("a\nb {{ amuont }}\nc", "unknown_name", Some(2)),
            ("a\n{% if order %}x", "not_a_template", Some(2)),
            ("{{ order | nope }}", "unknown_function", Some(1)),
            ("{% for a in range(9000) %}x{% endfor %}", "unknown_name", Some(1)),
            (&endless, "too_long_running", Some(1)),
            ("{% include 'etc/passwd' %}", "not_a_template", Some(1)),
            ("{{ order.secret.key }}", "unknown_name", Some(1)),
            ("a\n{% if order == 'never' %}{{ passwrd }}{% endif %}", "unknown_name", Some(2)),
            ("{{ code }}", "unknown_name", Some(1)),
            ("   ", "empty", None),
        ];
        for (body, code, line) in cases {
            let fault = check("case_approved", "zh", &text("s", body)).unwrap_err();
            assert_eq!((fault.code, fault.line), (code, line), "{body}: {fault}");
        }
        assert_eq!(check("message", "zh", &text("", "x")).unwrap_err().part, "subject");
        assert_eq!(check("message", "zh", &text("s", &"x".repeat(MOST_BODY + 1))).unwrap_err().code, "too_long");
    }

    #[test]
    fn values_are_text_and_never_templates_and_a_subject_is_one_line() {
        let mut values = sample("message", "en");
        values.insert("order", "{{ 7 * 7 }}\r\nBcc: x@y.cn".to_owned());
        let shown = render(&text("{{ order }}", "{{ order }} <b>&"), &values).unwrap();
        assert_eq!(shown.subject, "{{ 7 * 7 }} Bcc: x@y.cn");
        assert!(shown.body.starts_with("{{ 7 * 7 }}") && shown.body.ends_with("<b>&"));
    }

    #[test]
    fn a_provider_gets_values_in_order() {
        let values = sample("case_approved", "zh");
        let found = mapped("money = {{ amount }}\n\nno={{ order }}", &values).unwrap();
        assert_eq!(found, [("money".to_owned(), "¥95.00".to_owned()), ("no".to_owned(), "20260301-AB12CD".to_owned())]);
        assert_eq!(mapped("a = {{ amount }}\nnonsense", &values).unwrap_err().line, Some(2));
        assert_eq!(mapped("a = {{ amount }}\nb = {{ x }}", &values).unwrap_err().line, Some(2));
    }
}
