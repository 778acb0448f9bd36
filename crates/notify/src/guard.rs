//! Where the program may be sent by people it does not know: never into the network it stands in.

use http::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is wrong with an address that somebody named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UrlFault {
    /// It is no address.
    Unreadable,
    /// It is not `https`.
    NotHttps,
    /// It leads into a private network.
    Private,
    /// It leads away from this machine.
    Outside,
}

impl UrlFault {
    /// A stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "not_an_address",
            Self::NotHttps => "not_https",
            Self::Private => "private_address",
            Self::Outside => "not_this_machine",
        }
    }
}

/// How far calls may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// The public internet, by `https`.
    #[default]
    Public,
    /// Private networks as well, and without TLS: where the operator says so.
    Any,
    /// Nothing but this machine: a demo.
    ThisMachine,
}

/// Whether an address may be called as written. What its name stands for is looked at again when it is called.
///
/// # Errors
/// What is wrong with it.
pub fn check_url(url: &str, reach: Reach) -> Result<Uri, UrlFault> {
    let plain =
        url.len() <= 500 && url.is_ascii() && !url.contains(|c: char| c.is_ascii_control() || " \\#".contains(c));
    let uri = url.parse::<Uri>().ok().filter(|_| plain).ok_or(UrlFault::Unreadable)?;
    let authority = uri.authority().ok_or(UrlFault::Unreadable)?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return Err(UrlFault::Unreadable);
    }
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if reach != Reach::Public => {}
        Some("http") => return Err(UrlFault::NotHttps),
        _ => return Err(UrlFault::Unreadable),
    }
    let host =
        authority.host().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.').to_ascii_lowercase();
    match reach {
        Reach::Any => return Ok(uri),
        Reach::ThisMachine if is_this_machine(&host) => return Ok(uri),
        Reach::ThisMachine => return Err(UrlFault::Outside),
        Reach::Public => {}
    }
    let inside = match host.parse::<IpAddr>() {
        Ok(ip) => !is_public(ip),
        // A name without a dot, a name of this machine or network, or a number in an old spelling of addresses.
        Err(_) => {
            !host.contains('.')
                || [".localhost", ".local", ".internal", ".lan", ".home.arpa"].iter().any(|end| host.ends_with(end))
                || host
                    .rsplit('.')
                    .next()
                    .is_some_and(|last| !last.chars().any(|c| c.is_ascii_alphabetic()) || last.starts_with("0x"))
        }
    };
    if inside { Err(UrlFault::Private) } else { Ok(uri) }
}

/// Whether a host is this machine.
pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether an address is one of the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let parts = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        // NAT64 and 6to4 lead to the address inside them.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo, ORCHID, documentation, benchmarks.
        [0x2001, second, ..] => !(second < 0x200 || second == 0xdb8),
        [0x3fff, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let inside = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "100::1",
            "3fff::1",
        ];
        for ip in inside {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "198.20.0.1", "223.5.5.5", "2606:4700::1111", "2400:3200::1"]
        {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn addresses_that_lead_inside_are_refused() {
        for good in ["https://hooks.example.com/a?b=c", "https://hooks.example.com:8443/a", "https://1.1.1.1/"] {
            assert!(check_url(good, Reach::Public).is_ok(), "{good}");
        }
        let private = [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.0.0.1/",
            "https://localhost/",
            "https://db/",
            "https://a.localhost/",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://localhost./",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0x1/",
            "https://0177.0.0.1/",
        ];
        for url in private {
            assert_eq!(check_url(url, Reach::Public), Err(UrlFault::Private), "{url}");
        }
        assert_eq!(check_url("http://hooks.example.com/", Reach::Public), Err(UrlFault::NotHttps));
        for url in [
            "",
            "ftp://a.example.com/",
            "https://",
            "/a",
            "https://user:pw@a.example.com/",
            "https://a.example.com/#x",
            "https://a.example.com/ b",
        ] {
            assert_eq!(check_url(url, Reach::Public), Err(UrlFault::Unreadable), "{url}");
        }
        assert!(check_url("http://127.0.0.1:9000/hook", Reach::Any).is_ok());
        assert!(check_url("http://127.0.0.1:9000/hook", Reach::ThisMachine).is_ok());
        assert_eq!(check_url("https://hooks.example.com/", Reach::ThisMachine), Err(UrlFault::Outside));
    }
}
