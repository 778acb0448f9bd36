//! Channels as a deployment configures them: a section of the configuration file each, or the environment alone.

use crate::alipay::{Alipay, AlipayConfig};
use crate::settings::{BadSetting, Settings};
use crate::stripe::{StripeChannel, StripeConfig};
use crate::unionpay::{UnionPay, UnionPayConfig};
use crate::wechat::{WechatChannel, WechatConfig};
use crate::{Channels, Op, PaymentWord};
use std::collections::BTreeMap;
use std::io;
use yuanlu_domain::ids::{ChannelId, ChannelNumber};
use yuanlu_domain::time::Instant;

/// The channels there are, each with the setting that no configuration of it lacks.
pub const KNOWN: [(&str, &str); 4] =
    [("alipay", "app_id"), ("stripe", "secret_key"), ("unionpay", "merchant_id"), ("wechat", "merchant_id")];

/// The sections of a configuration file: settings by channel.
pub type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// What is given besides the sections. Nothing here reads anything by itself.
pub struct Around<'a> {
    /// Where people reach the shop, without a slash at the end: callbacks come there, unless a section says otherwise.
    pub public_url: &'a str,
    /// Reads a variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file.
    pub file: &'a dyn Fn(&str) -> io::Result<String>,
    /// Certificates are checked against this.
    pub now: Instant,
}

/// A fault, and in whose settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The channel, as the section names it.
    pub channel: String,
    /// The setting and what is wrong with it.
    pub setting: BadSetting,
}

impl Channels {
    /// The channels that are configured, and everything that is wrong with the others.
    pub fn configured(sections: &Sections, around: &Around<'_>) -> (Self, Vec<Fault>) {
        let mut channels = Self::new();
        let mut faults = Vec::new();
        for name in sections.keys().filter(|name| KNOWN.iter().all(|(known, _)| known != name)) {
            let setting = BadSetting::new(name, "there is no such channel");
            faults.push(Fault { channel: name.clone(), setting });
        }
        for (name, needed) in KNOWN {
            let prefix = format!("YUANLU_{}_", name.to_ascii_uppercase());
            let in_environment = (around.variable)(&format!("{prefix}{}", needed.to_ascii_uppercase())).is_some();
            let mut section = match sections.get(name) {
                Some(section) => section.clone(),
                None if in_environment => BTreeMap::new(),
                None => continue,
            };
            // A fact about the contract with the channel, not about how it is talked to.
            let variable = format!("{prefix}ESCROW_AGENT");
            let agent = (around.variable)(&variable).or_else(|| section.remove("escrow_agent"));
            section.remove("escrow_agent");
            let agent = match agent.as_deref() {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => {
                    let setting = BadSetting::new("escrow_agent", "is neither true nor false");
                    faults.push(Fault { channel: name.to_owned(), setting });
                    continue;
                }
            };
            if name != "stripe" {
                let here = || format!("{}/callback/{name}", around.public_url);
                section.entry("notify_url".to_owned()).or_insert_with(here);
            }
            let settings =
                Settings { prefix: &prefix, section: &section, variable: around.variable, file: around.file };
            match channels.clone().with_one(name, &settings, around.now) {
                Ok(more) if agent => channels = more.with_escrow_agent(name.into()),
                Ok(more) => channels = more,
                Err(found) => {
                    faults.extend(found.into_iter().map(|setting| Fault { channel: name.to_owned(), setting }));
                }
            }
        }
        (channels, faults)
    }

    fn with_one(self, name: &str, settings: &Settings<'_>, now: Instant) -> Result<Self, Vec<BadSetting>> {
        Ok(match name {
            "alipay" => self.with(Alipay::new(AlipayConfig::read(settings)?, now)?),
            "stripe" => self.with(StripeChannel::new(StripeConfig::read(settings)?)?),
            "unionpay" => self.with(UnionPay::new(UnionPayConfig::read(settings)?, now)?),
            _ => self.with(WechatChannel::new(WechatConfig::read(settings)?)?),
        })
    }
}

/// A question that moves nothing: about a payment that cannot exist. A signed answer shows that the keys fit on both
/// sides; read it with [`probed`].
pub fn probe(now: Instant) -> Op {
    Op::QueryPayment { no: ChannelNumber::from("YUANLUDOCTOR00000000"), since: now, prepared: None }
}

/// What the answer to [`probe`] shows: nothing wrong, or a short code.
pub fn probed(word: PaymentWord) -> Result<(), String> {
    match word {
        PaymentWord::Unknown { code } => Err(code),
        PaymentWord::Succeeded { .. } | PaymentWord::Declined { .. } | PaymentWord::Open | PaymentWord::NotFound => {
            Ok(())
        }
    }
}

/// Every id that a channel may have.
pub fn known() -> impl Iterator<Item = ChannelId> {
    KNOWN.iter().map(|(name, _)| ChannelId::from(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Op;
    use yuanlu_simulator::practice;

    fn configured(sections: &[(&str, &[(&str, &str)])], variables: &[(&str, &str)]) -> (Channels, Vec<String>) {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let sections: Sections =
            sections.iter().map(|(name, pairs)| ((*name).to_owned(), pairs.iter().map(text).collect())).collect();
        let around = Around {
            public_url: "https://shop.test",
            variable: &|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
            file: &|_| Err(io::ErrorKind::NotFound.into()),
            now: Instant::from_shanghai(2026, 11, 22, 10, 0, 0),
        };
        let (channels, faults) = Channels::configured(&sections, &around);
        (channels, faults.iter().map(|fault| format!("{} {}", fault.channel, fault.setting)).collect())
    }

    const ALIPAY: [(&str, &str); 3] = [
        ("YUANLU_ALIPAY_APP_ID", "2021000000000001"),
        ("YUANLU_ALIPAY_PRIVATE_KEY", practice::MERCHANT_KEY),
        ("YUANLU_ALIPAY_ALIPAY_PUBLIC_KEY", practice::PLATFORM_PUBLIC),
    ];

    #[test]
    fn nothing_is_configured_by_itself() {
        let (channels, faults) = configured(&[], &[]);
        assert_eq!((channels.ids().count(), faults), (0, vec![]));
    }

    #[test]
    fn a_channel_comes_from_the_environment_alone_and_is_called_back_where_the_server_listens() {
        let (channels, faults) = configured(&[], &ALIPAY);
        assert_eq!(faults, Vec::<String>::new());
        let channel = channels.get(&"alipay".into()).unwrap();
        let op = crate::callback::PaymentOp {
            no: "YL7Q261122ABCDEFGHJKP001".into(),
            amount: yuanlu_money::Money::cny(1),
            subject: "order".into(),
            return_url: "https://shop.test/o/1".into(),
            pay_until: Instant::from_micros(0),
            since: Instant::from_micros(0),
            scene: crate::callback::Scene::Qr,
            payer_ip: String::new(),
        };
        let request = channel.request(&Op::Pay(op), Instant::from_micros(0)).unwrap();
        assert!(request.uri().to_string().contains("notify_url=https%3A%2F%2Fshop.test%2Fcallback%2Falipay&"));
    }

    #[test]
    fn a_channel_may_be_an_escrow_agent() {
        let agent: &[(&str, &[(&str, &str)])] = &[("alipay", &[("escrow_agent", "true")])];
        let (channels, faults) = configured(agent, &ALIPAY);
        assert_eq!(faults, Vec::<String>::new());
        let roads = channels.roads();
        assert_eq!(roads.escrow_agents, ["alipay".into()].into());
        assert!(roads.remits.contains(&("alipay".into(), yuanlu_domain::route::AccountKind::Alipay)));
        let (_, faults) = configured(&[("alipay", &[("escrow_agent", "perhaps")])], &ALIPAY);
        assert_eq!(faults, ["alipay escrow_agent: is neither true nor false"]);
    }

    #[test]
    fn a_bad_channel_is_named_and_the_others_stay() {
        let bad: &[(&str, &[(&str, &str)])] =
            &[("unionpay", &[("merchant_id", "1")]), ("alypay", &[]), ("stripe", &[("notify_url", "x")])];
        let (channels, faults) = configured(bad, &ALIPAY);
        assert_eq!(channels.ids().map(ToString::to_string).collect::<Vec<_>>(), ["alipay"]);
        assert!(faults.contains(&"alypay alypay: there is no such channel".to_owned()), "{faults:?}");
        assert!(faults.contains(&"unionpay merchant_id: does not have 15 digits".to_owned()), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.starts_with("stripe notify_url")), "{faults:?}");
    }
}
