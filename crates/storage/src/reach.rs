//! How a server is reached: every host of the address is asked at once, and the one that takes writes is used.
//!
//! One after the other would not do: a machine that hangs accepts connections and says nothing, and those behind it in the
//! address would never be asked.

use crate::error::{Result, StorageError};
use crate::postgres::{Purpose, text_of};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};

/// How long a server may take until a session with it is open, encryption and all.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);
/// How long sent bytes, or a quiet line, may stay without a sign of the other machine before the session counts as lost.
const SILENCE: Duration = Duration::from_secs(10);
/// How often a quiet line is felt for the other machine.
const PULSE: Duration = Duration::from_secs(4);

/// A session and what does its reading and writing.
pub(crate) type Reached<T> = (Client, Connection<Socket, <T as MakeTlsConnect<Socket>>::Stream>);

/// Opens a session with the first host that answers in time and is good for the purpose.
///
/// Where there are several hosts, reading needs the one that writes, too: a standby may not have what was just committed.
pub(crate) async fn reach<T>(config: &Config, purpose: Purpose, tls: T, patience: Duration) -> Result<Reached<T>>
where
    T: MakeTlsConnect<Socket> + Clone + Send + 'static,
    T::Stream: Send,
    T::TlsConnect: Send,
    <T::TlsConnect as tokio_postgres::tls::TlsConnect<Socket>>::Future: Send,
{
    let hosts = hosts(config);
    let mut asked = JoinSet::new();
    for (name, mut host) in hosts.iter().cloned() {
        if purpose == Purpose::Write || hosts.len() > 1 {
            host.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let tls = tls.clone();
        asked.spawn(async move {
            match tokio::time::timeout(patience, host.connect(tls)).await {
                Ok(Ok(reached)) => Ok(reached),
                Ok(Err(error)) => Err(format!("{name}: {}", explained(text_of(&error)))),
                Err(_) => Err(format!("{name}: no answer within {} s", patience.as_secs())),
            }
        });
    }
    let mut faults = Vec::new();
    while let Some(answer) = asked.join_next().await {
        match answer {
            Ok(Ok(reached)) => return Ok(reached),
            Ok(Err(fault)) => faults.push(fault),
            Err(broken) => faults.push(broken.to_string()),
        }
    }
    faults.sort();
    Err(StorageError::away("connecting to the database", faults.join("; ")))
}

/// What to do about it, where the driver's words do not say.
fn explained(text: String) -> String {
    match text.contains("invalid peer certificate") {
        true => format!(
            "{text}; neither the authorities of --database-ca nor, without it, this machine's vouch for the server"
        ),
        false => text,
    }
}

/// The address of each host by itself, with its name for people.
fn hosts(config: &Config) -> Vec<(String, Config)> {
    let (names, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = names.len().max(addresses.len());
    (0..count)
        .map(|at| {
            let mut one = plain(config);
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            one.port(port);
            let mut name = String::new();
            if let Some(address) = addresses.get(at) {
                one.hostaddr(*address);
                name = address.to_string();
            }
            match names.get(at) {
                Some(Host::Tcp(host)) => {
                    one.host(host);
                    name.clone_from(host);
                }
                #[cfg(unix)]
                Some(Host::Unix(path)) => {
                    one.host_path(path);
                    name = path.display().to_string();
                }
                None => {}
            }
            (format!("{name}:{port}"), one)
        })
        .collect()
}

/// Everything but the hosts.
fn plain(config: &Config) -> Config {
    let mut plain = Config::new();
    if let Some(user) = config.get_user() {
        plain.user(user);
    }
    if let Some(password) = config.get_password() {
        plain.password(password);
    }
    if let Some(name) = config.get_dbname() {
        plain.dbname(name);
    }
    if let Some(options) = config.get_options() {
        plain.options(options);
    }
    plain
        .application_name(config.get_application_name().unwrap_or("yuanlu"))
        .ssl_mode(config.get_ssl_mode())
        .ssl_negotiation(config.get_ssl_negotiation())
        .channel_binding(config.get_channel_binding())
        .target_session_attrs(config.get_target_session_attrs())
        .connect_timeout(CONNECT)
        .tcp_user_timeout(SILENCE)
        .keepalives_idle(PULSE)
        .keepalives_interval(PULSE);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_own_port_and_all_the_rest() {
        let config: Config = "postgres://shop:secret@db1,db2:5433,db3:5434/yuanlu?sslmode=require".parse().unwrap();
        let hosts = hosts(&config);
        let names: Vec<_> = hosts.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["db1:5432", "db2:5433", "db3:5434"]);
        for (_, host) in &hosts {
            assert_eq!((host.get_hosts().len(), host.get_ports().len()), (1, 1));
            assert_eq!(host.get_password(), Some(&b"secret"[..]));
            assert_eq!((host.get_user(), host.get_dbname()), (Some("shop"), Some("yuanlu")));
            assert_eq!(host.get_ssl_mode(), tokio_postgres::config::SslMode::Require);
        }
    }
}
