//! The settings of one process: read once from the command line and the environment, validated, and
//! handed on as one struct. Nothing else reads the environment.

use crate::db::private_postgres::default_data_dir;
use crate::domain::equivalent::Household;
use crate::publish::worker::{DEFAULT_AT_ONCE, Renderer};
use crate::units::EnergyVolume;
use anyhow::{Context, anyhow};
use clap::Args;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArgs {
    /// A running Postgres server, as postgres://user:password@host/database. Without it, Taskwatt
    /// runs a private Postgres of its own in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true, value_name = "URL")]
    pub database_url: Option<Secret>,
    /// The data directory of the private Postgres [default: /var/lib/taskwatt for root, else
    /// ~/.local/share/taskwatt].
    #[arg(long, env = "TASKWATT_DATA_DIR", global = true, value_name = "DIRECTORY")]
    pub data_dir: Option<PathBuf>,
}

/// Where the service listens.
#[derive(Args, Clone, Debug)]
pub struct ServeArgs {
    /// Address and port to listen on.
    #[arg(long, env = "TASKWATT_BIND", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub bind: SocketAddr,
    /// The address under which the public reaches the service; it stands in every disclosure that is
    /// built [default: http:// and the address listened on].
    #[arg(long, env = "TASKWATT_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// A plan (JSON) of grid factors to fetch again and again while the service runs; see 'taskwatt factors
    /// schedule'.
    #[arg(long, env = "TASKWATT_FACTOR_PLAN", value_name = "FILE")]
    pub factor_plan: Option<PathBuf>,
    /// Disclosures of which the files are made at a time, each in a process that may take up to 1 GiB of memory.
    #[arg(long, env = "TASKWATT_RENDERS", default_value_t = DEFAULT_AT_ONCE, value_name = "NUMBER")]
    pub renders: usize,
    /// The program that makes files in the place of this one, for tests.
    #[arg(long, hide = true, value_name = "FILE")]
    pub render_program: Option<PathBuf>,
    #[command(flatten)]
    pub household: HouseholdArgs,
}

/// The household that equivalents of large amounts of energy are made with.
#[derive(Args, Clone, Debug, Default)]
pub struct HouseholdArgs {
    /// What a household uses in a year, in kWh: from the use of a day on, equivalents are then told in households.
    /// It needs its source.
    #[arg(long, env = "TASKWATT_HOUSEHOLD_KWH", value_name = "KWH")]
    pub household_kwh: Option<String>,
    /// Where the household's figure was published.
    #[arg(long, env = "TASKWATT_HOUSEHOLD_SOURCE", value_name = "TEXT")]
    pub household_source: Option<String>,
}

/// An absolute http or https address without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// A text that must not reach a log.
#[derive(Clone)]
pub struct Secret(String);

/// Connections that one process keeps open: the writers, and requests that read.
pub const CONNECTIONS: u32 = 10;

/// The database that the settings name.
#[derive(Clone, Debug)]
pub enum DatabaseConfig {
    Url(Secret),
    Private { data_dir: PathBuf },
}

/// The API key of a client, from `TASKWATT_KEY`. It is no option of the command line, where it would
/// stand in the list of processes.
pub fn key_from_environment() -> Option<Secret> {
    variable("TASKWATT_KEY").map(Secret)
}

/// How a service of grid factors is reached, where that is not the default.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// From `TASKWATT_<SERVICE>_ADDRESS`.
    pub address: Option<String>,
    /// From `TASKWATT_<SERVICE>_TOKEN`, or from the file that `TASKWATT_<SERVICE>_TOKEN_FILE` names. It is no
    /// option of the command line, where it would stand in the list of processes.
    pub token: Option<Secret>,
}

/// The name of a variable of a service: `electricity-maps` and `TOKEN` make `TASKWATT_ELECTRICITY_MAPS_TOKEN`.
pub fn service_variable(service: &str, what: &str) -> String {
    format!("TASKWATT_{}_{what}", service.replace('-', "_").to_uppercase())
}

/// The settings of a service of this name, such as `electricity-maps`.
///
/// # Errors
///
/// A token is given twice, or empty; its file cannot be read. No message holds it.
pub fn service_settings(service: &str) -> anyhow::Result<ServiceSettings> {
    let [address, token, file] =
        ["ADDRESS", "TOKEN", "TOKEN_FILE"].map(|what| service_variable(service, what));
    let token = match (variable(&token), variable(&file)) {
        (Some(_), Some(_)) => anyhow::bail!("{token} and {file} are both set; set one of them"),
        (Some(text), None) => Some((text, token)),
        (None, Some(path)) => {
            let text =
                std::fs::read_to_string(&path).with_context(|| format!("cannot read {file} ({path})"))?;
            Some((text, file))
        }
        (None, None) => None,
    };
    let token = match token {
        Some((text, name)) => {
            anyhow::ensure!(!text.trim().is_empty(), "{name}: the token is empty");
            Some(Secret(text.trim().to_owned()))
        }
        None => None,
    };
    Ok(ServiceSettings { address: variable(&address), token })
}

/// Whether messages about budgets may go to this machine and to private networks, from `TASKWATT_WEBHOOK_PRIVATE`.
/// Providers choose the addresses, so that this is refused unless the operator allows it.
///
/// # Errors
///
/// It is set to another word than `allow`.
pub fn webhooks_may_be_private() -> anyhow::Result<bool> {
    match variable("TASKWATT_WEBHOOK_PRIVATE").as_deref() {
        None | Some("") => Ok(false),
        Some("allow") => Ok(true),
        Some(_) => anyhow::bail!("TASKWATT_WEBHOOK_PRIVATE may be 'allow', or left out"),
    }
}

#[expect(clippy::disallowed_methods, reason = "settings are read here")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl DatabaseArgs {
    /// The database to use: the one given, or the private one.
    pub fn config(&self) -> anyhow::Result<DatabaseConfig> {
        Ok(match (&self.database_url, &self.data_dir) {
            (Some(url), _) => DatabaseConfig::Url(url.clone()),
            (None, Some(data_dir)) => DatabaseConfig::Private { data_dir: data_dir.clone() },
            (None, None) => DatabaseConfig::Private { data_dir: default_data_dir()? },
        })
    }
}

impl ServeArgs {
    /// What makes the files of disclosures.
    pub fn renderer(&self) -> Renderer {
        let mut renderer = Renderer::new(self.renders);
        if let Some(program) = &self.render_program {
            renderer.program.clone_from(program);
        }
        renderer
    }

    /// The address that is frozen into disclosures. A service that listens on every address has none of
    /// its own, so it must be told.
    pub fn public_url(&self) -> anyhow::Result<PublicUrl> {
        match &self.public_url {
            Some(url) => Ok(url.clone()),
            None if self.bind.ip().is_unspecified() => anyhow::bail!(
                "say with --public-url (TASKWATT_PUBLIC_URL) how the public reaches this service: the address \
                 stands in every disclosure for ever"
            ),
            None => Ok(PublicUrl(format!("http://{}", self.bind))),
        }
    }
}

impl HouseholdArgs {
    /// The household, where one is declared.
    ///
    /// # Errors
    ///
    /// One of the two is missing; the figure cannot be that of a household.
    pub fn household(&self) -> anyhow::Result<Option<Household>> {
        let (kwh, source) = match (&self.household_kwh, &self.household_source) {
            (None, None) => return Ok(None),
            (Some(kwh), Some(source)) => (kwh, source),
            (Some(_), None) => anyhow::bail!(
                "say with --household-source (TASKWATT_HOUSEHOLD_SOURCE) where the household's figure was published"
            ),
            (None, Some(_)) => anyhow::bail!(
                "say with --household-kwh (TASKWATT_HOUSEHOLD_KWH) what a household uses in a year, or leave its \
                 source out"
            ),
        };
        let per_year = EnergyVolume::parse_kwh(kwh)
            .map_err(|error| anyhow!("--household-kwh (TASKWATT_HOUSEHOLD_KWH) {error}"))?;
        let household = Household::new(per_year, source);
        Ok(Some(household.context("--household-kwh and --household-source")?))
    }
}

impl PublicUrl {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<PublicUrl, String> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = host.map(|host| host.trim_end_matches('/'));
        // No path: pages link to each other from the root.
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>?#/".contains(&byte);
        match host {
            Some(host) if !host.is_empty() && host.bytes().all(is_plain) => {
                Ok(PublicUrl(text.trim_end_matches('/').to_owned()))
            }
            _ => Err("must be an address without a path, such as https://energy.example.org".to_owned()),
        }
    }
}

impl Secret {
    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Secret, Self::Err> {
        Ok(Secret(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let secret: Secret = "postgres://u:hunter2@h/d".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(secret.reveal().contains("hunter2"));
    }

    #[test]
    fn a_service_has_variables_of_its_own() {
        assert_eq!(
            service_variable("electricity-maps", "TOKEN_FILE"),
            "TASKWATT_ELECTRICITY_MAPS_TOKEN_FILE"
        );
    }

    #[test]
    fn a_service_on_every_address_must_be_told_its_public_one() {
        let args = |bind: &str, public_url: Option<&str>| ServeArgs {
            bind: bind.parse().unwrap(),
            public_url: public_url.map(|url| url.parse().unwrap()),
            factor_plan: None,
            renders: 1,
            render_program: None,
            household: HouseholdArgs::default(),
        };
        assert!(args("0.0.0.0:8080", None).public_url().is_err());
        let told = args("0.0.0.0:8080", Some("https://a.example")).public_url().unwrap();
        assert_eq!(told.as_str(), "https://a.example");
        let own = args("127.0.0.1:8080", None).public_url().unwrap();
        assert_eq!(own.as_str(), "http://127.0.0.1:8080");
    }

    #[test]
    fn a_household_is_declared_with_its_source_or_not_at_all() {
        let told = |kwh: Option<&str>, source: Option<&str>| {
            let household_kwh = kwh.map(str::to_owned);
            HouseholdArgs { household_kwh, household_source: source.map(str::to_owned) }.household()
        };
        assert_eq!(told(None, None).unwrap(), None);
        let household = told(Some("3500.5"), Some("Statistics 2024")).unwrap().unwrap();
        assert_eq!(household.per_year().kilowatt_hours().to_string(), "3500.5");
        for (kwh, source, expected) in [
            (Some("3500"), None, "TASKWATT_HOUSEHOLD_SOURCE"),
            (None, Some("Statistics"), "TASKWATT_HOUSEHOLD_KWH"),
            (Some(""), Some("Statistics"), "is not a decimal number"),
            (Some("3,500"), Some("Statistics"), "is not a decimal number"),
            (Some("3.5"), Some("Statistics"), "from 500 to 50,000 kWh"),
            (Some("3500"), Some(" "), "one line of 1 to 500 characters"),
        ] {
            let refused = format!("{:#}", told(kwh, source).unwrap_err());
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn a_public_address_is_absolute_and_has_no_slash_at_its_end() {
        assert_eq!("https://a.example/".parse::<PublicUrl>().unwrap().as_str(), "https://a.example");
        for bad in ["a.example", "ftp://a", "https://", "https://a b", "http://a/?q", "https://a/path"] {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
    }
}
