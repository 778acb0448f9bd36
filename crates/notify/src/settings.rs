//! What the operator configured: the environment first, then the sections `[mail]`, `[sms]` and `[webhooks]` of the
//! configuration file. `mail.password` may also be given as `mail.password_file`, the name of a file that holds it.

use crate::Address;
use crate::guard::{Reach, is_this_machine};
use crate::secret::Secret;
use crate::sms::{Provider, SmsSettings};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Sections of the configuration file.
pub type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// Names of the sections.
pub const SECTIONS: [&str; 3] = ["mail", "sms", "webhooks"];

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after `STARTTLS`, or nothing.
    StartTls,
    /// Nothing: only to this machine.
    None,
}

/// A mail server.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// Its name.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// Encryption.
    pub security: Security,
    /// Name to sign in with; empty when it asks for none.
    pub user: String,
    /// Password.
    pub password: Secret,
    /// Whom mails are from.
    pub from: Address,
    /// The name beside it; the platform's where empty.
    pub from_name: String,
    /// Further root certificates, PEM.
    pub ca: String,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Mail, where configured.
    pub mail: Option<MailSettings>,
    /// Short messages, where configured.
    pub sms: Option<SmsSettings>,
    /// How far webhooks may lead.
    pub reach: Reach,
    /// Messages to one address in a day.
    pub daily_cap: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mail: None, sms: None, reach: Reach::Public, daily_cap: 50 }
    }
}

/// A setting that cannot be used. Its value is never shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `section.name`.
    pub name: String,
    /// What is wrong with it.
    pub fault: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.fault)
    }
}

/// Where settings come from.
pub struct Around<'a> {
    /// Reads a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file.
    pub file: &'a dyn Fn(&str) -> std::io::Result<String>,
}

struct Section<'a> {
    name: &'static str,
    given: BTreeMap<String, String>,
    around: &'a Around<'a>,
    asked: BTreeSet<&'static str>,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Section<'a> {
    fn new(name: &'static str, sections: &Sections, around: &'a Around<'a>, faults: &'a mut Vec<Fault>) -> Self {
        let given = sections.get(name).cloned().unwrap_or_default();
        Self { name, given, around, asked: BTreeSet::new(), faults }
    }

    fn raw(&self, name: &str) -> Option<String> {
        let variable = format!("YUANLU_{}_{}", self.name, name).to_ascii_uppercase();
        let value = (self.around.variable)(&variable).or_else(|| self.given.get(name).cloned())?;
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn text(&mut self, name: &'static str) -> String {
        self.asked.insert(name);
        self.raw(name).unwrap_or_default()
    }

    fn held(&mut self, name: &'static str, by_file: &'static str) -> String {
        self.asked.extend([name, by_file]);
        match (self.raw(name), self.raw(by_file)) {
            (Some(value), _) => value,
            (None, None) => String::new(),
            (None, Some(path)) => match (self.around.file)(&path) {
                Ok(text) => text.trim().to_owned(),
                Err(error) => {
                    self.fault(by_file, &format!("{path} cannot be read: {}", error.kind()));
                    String::new()
                }
            },
        }
    }

    fn required(&mut self, name: &'static str) -> String {
        let text = self.text(name);
        if text.is_empty() {
            self.fault(name, "is missing");
        }
        text
    }

    fn fault(&mut self, name: &str, fault: &str) {
        self.faults.push(Fault { name: format!("{}.{name}", self.name), fault: fault.to_owned() });
    }

    fn end(mut self) {
        let unknown: Vec<_> = self.given.keys().filter(|name| !self.asked.contains(name.as_str())).cloned().collect();
        unknown.iter().for_each(|name| self.fault(name, "there is no such setting"));
    }
}

impl Settings {
    /// Reads everything; what is faulty is left out and named.
    pub fn read(sections: &Sections, around: &Around<'_>) -> (Self, Vec<Fault>) {
        let mut faults = Vec::new();
        let mail = read_mail(Section::new("mail", sections, around, &mut faults));
        let sms = read_sms(Section::new("sms", sections, around, &mut faults));
        let mut webhooks = Section::new("webhooks", sections, around, &mut faults);
        let reach = match webhooks.text("allow_private").as_str() {
            "" | "false" => Reach::Public,
            "true" => Reach::Any,
            _ => {
                webhooks.fault("allow_private", "is neither true nor false");
                Reach::Public
            }
        };
        webhooks.end();
        (Self { mail, sms, reach, ..Self::default() }, faults)
    }
}

fn read_mail(mut section: Section<'_>) -> Option<MailSettings> {
    let server = section.text("server");
    let before = section.faults.len();
    let security = match section.text("security").as_str() {
        "" | "tls" => Security::Tls,
        "starttls" => Security::StartTls,
        "none" => Security::None,
        _ => {
            section.fault("security", "is none of tls, starttls, none");
            Security::Tls
        }
    };
    let usual = match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::None => 25,
    };
    let port = match section.text("port").as_str() {
        "" => usual,
        text => text.parse().unwrap_or_else(|_| {
            section.fault("port", "is no port");
            usual
        }),
    };
    let user = section.text("user");
    let password = section.held("password", "password_file");
    let from = section.text("from");
    let from_name = section.text("from_name").replace(['\r', '\n', '"'], "");
    let ca = section.held("ca", "ca_file");
    if server.is_empty() {
        section.end();
        return None;
    }
    if security == Security::None && !is_this_machine(&server) {
        section.fault("security", "none is only for a server on this machine");
    }
    if !user.is_empty() && password.is_empty() {
        section.fault("password", "is missing");
    }
    let from = Address::parse(&from);
    if from.is_none() {
        section.fault("from", "is no mail address");
    }
    let good = section.faults.len() == before;
    section.end();
    let from = from.filter(|_| good)?;
    Some(MailSettings { server, port, security, user, password: password.into(), from, from_name, ca })
}

fn read_sms(mut section: Section<'_>) -> Option<SmsSettings> {
    let before = section.faults.len();
    let provider = match section.text("provider").as_str() {
        "" => None,
        "aliyun" => Some(Provider::Aliyun),
        "tencent" => Some(Provider::Tencent),
        _ => {
            section.fault("provider", "is neither aliyun nor tencent");
            None
        }
    };
    let (base, region, app_id) = (section.text("base"), section.text("region"), section.text("app_id"));
    let key_secret = section.held("key_secret", "key_secret_file");
    let Some(provider) = provider else {
        section.asked.extend(["key_id", "sign_name", "code_template"]);
        section.end();
        return None;
    };
    let usual = match provider {
        Provider::Aliyun => "https://dysmsapi.aliyuncs.com",
        Provider::Tencent => "https://sms.tencentcloudapi.com",
    };
    let base = if base.is_empty() { usual.to_owned() } else { base.trim_end_matches('/').to_owned() };
    let safe = base.starts_with("https://")
        || base.strip_prefix("http://").is_some_and(|host| is_this_machine(host.split(':').next().unwrap_or_default()));
    if !safe {
        section.fault("base", "must be https");
    }
    if key_secret.is_empty() {
        section.fault("key_secret", "is missing");
    }
    if provider == Provider::Tencent && app_id.is_empty() {
        section.fault("app_id", "is missing");
    }
    let read = SmsSettings {
        provider,
        base,
        key_id: section.required("key_id"),
        key_secret: key_secret.into(),
        sign_name: section.required("sign_name"),
        region: if region.is_empty() { "ap-guangzhou".to_owned() } else { region },
        app_id,
        code_template: section.text("code_template"),
    };
    let good = section.faults.len() == before;
    section.end();
    good.then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str, environment: &[(&str, &str)]) -> (Settings, Vec<String>) {
        let sections: Sections = toml::from_str(file).unwrap();
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let file = |path: &str| match path {
            "pw" => Ok("s3cret-word\n".to_owned()),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        };
        let (settings, faults) = Settings::read(&sections, &Around { variable: &variable, file: &file });
        (settings, faults.iter().map(Fault::to_string).collect())
    }

    #[test]
    fn nothing_is_configured_by_silence() {
        let (settings, faults) = read("", &[]);
        assert!(settings.mail.is_none() && settings.sms.is_none() && settings.reach == Reach::Public);
        assert!(faults.is_empty());
    }

    #[test]
    fn the_environment_is_stronger_and_secrets_are_never_shown() {
        let file = "[mail]\nserver = \"smtp.example.com\"\nuser = \"u\"\npassword_file = \"pw\"\nfrom = \"no@example.com\"\n\
                    [sms]\nprovider = \"aliyun\"\nkey_id = \"K\"\nkey_secret = \"s3cret-key\"\nsign_name = \"原路\"\n";
        let (settings, faults) = read(file, &[("YUANLU_MAIL_SECURITY", "starttls")]);
        assert!(faults.is_empty(), "{faults:?}");
        let mail = settings.mail.clone().unwrap();
        assert_eq!((mail.port, mail.security, mail.password.expose()), (587, Security::StartTls, "s3cret-word"));
        assert_eq!(settings.sms.clone().unwrap().base, "https://dysmsapi.aliyuncs.com");
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn faults_are_named_without_values() {
        let cases = [
            ("[mail]\nserver = \"smtp.example.com\"\nfrom = \"x\"", "mail.from: is no mail address"),
            (
                "[mail]\nserver = \"smtp.example.com\"\nsecurity = \"none\"\nfrom = \"a@b.cn\"",
                "mail.security: none is only",
            ),
            ("[mail]\nserver = \"smtp.example.com\"\nfrom = \"a@b.cn\"\nuser = \"u\"", "mail.password: is missing"),
            (
                "[mail]\nserver = \"s.cn\"\nfrom = \"a@b.cn\"\npassword_file = \"gone\"",
                "mail.password_file: gone cannot be read",
            ),
            ("[mail]\nsever = \"s.cn\"", "mail.sever: there is no such setting"),
            ("[sms]\nprovider = \"x\"", "sms.provider: is neither"),
            (
                "[sms]\nprovider = \"tencent\"\nkey_id = \"a\"\nkey_secret = \"b\"\nsign_name = \"c\"",
                "sms.app_id: is missing",
            ),
            (
                "[sms]\nprovider = \"aliyun\"\nkey_id = \"a\"\nkey_secret = \"b\"\nsign_name = \"c\"\nbase = \"http://1.2.3.4\"",
                "sms.base: must be https",
            ),
            ("[webhooks]\nallow_private = \"yes\"", "webhooks.allow_private: is neither"),
        ];
        for (file, fault) in cases {
            let (settings, faults) = read(file, &[]);
            assert!(faults.iter().any(|found| found.starts_with(fault)), "{file}: {faults:?}");
            assert!(settings.mail.is_none() && settings.sms.is_none() && settings.reach == Reach::Public);
        }
    }
}
