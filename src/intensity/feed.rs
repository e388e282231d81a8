//! The services that answer with grid intensity, and what each can be asked for.

use super::detect::Format;
use super::step::Step;
use crate::domain::terms::terms;

terms! {
    /// A service on the network.
    Service {
        ElectricityMaps = "electricity-maps",
        Ember = "ember",
        Entsoe = "entsoe",
        Gb = "gb",
        EnergyCharts = "energy-charts",
    }
}

terms! {
    /// What a service can be asked for.
    Feed {
        /// Hours of any period (`past-range`).
        ElectricityMaps = "electricity-maps",
        /// The last 24 hours.
        ElectricityMapsHistory = "electricity-maps-history",
        /// The newest hour.
        ElectricityMapsLatest = "electricity-maps-latest",
        EmberMonthly = "ember-monthly",
        EmberYearly = "ember-yearly",
        /// Generation per type, from which the intensity is worked out.
        Entsoe = "entsoe",
        /// Half hours of Great Britain and of its regions.
        Gb = "gb",
        /// Quarter hours of a country.
        EnergyCharts = "energy-charts",
    }
}

/// Why a word names no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFeed {
    #[error("must be one of {}", Feed::CHOICES.join(", "))]
    Unknown,
    #[error(
        "WattTime answers with marginal factors: what one more kilowatt-hour would cause. An inventory counts \
         what all of them caused, so marginal factors have no place in it, and WattTime is not asked. Take one \
         of {}", Feed::CHOICES.join(", ")
    )]
    Marginal,
}

/// The feed of this name.
///
/// # Errors
///
/// There is none; that of WattTime is refused with the reason.
pub fn named(text: &str) -> Result<Feed, NoFeed> {
    if text.replace(['-', '_'], "").to_ascii_lowercase().starts_with("watttime") {
        return Err(NoFeed::Marginal);
    }
    Feed::parse(text).ok_or(NoFeed::Unknown)
}

impl Service {
    /// Where it is, unless the settings name another address; without a slash at its end.
    pub fn address(self) -> &'static str {
        match self {
            Service::ElectricityMaps => "https://api.electricitymaps.com/v3",
            Service::Ember => "https://api.ember-energy.org/v1",
            Service::Entsoe => "https://web-api.tp.entsoe.eu/api",
            Service::Gb => "https://api.carbonintensity.org.uk",
            Service::EnergyCharts => "https://api.energy-charts.info",
        }
    }

    /// Requests a minute that it takes, unless the settings say otherwise: half of what ENTSO-E allows (400);
    /// the others do not publish a limit.
    pub fn per_minute(self) -> u32 {
        match self {
            Service::Entsoe => 200,
            Service::ElectricityMaps | Service::Ember | Service::Gb => 60,
            Service::EnergyCharts => 30,
        }
    }
}

impl Feed {
    pub fn service(self) -> Service {
        match self {
            Feed::ElectricityMaps | Feed::ElectricityMapsHistory | Feed::ElectricityMapsLatest => {
                Service::ElectricityMaps
            }
            Feed::EmberMonthly | Feed::EmberYearly => Service::Ember,
            Feed::Entsoe => Service::Entsoe,
            Feed::Gb => Service::Gb,
            Feed::EnergyCharts => Service::EnergyCharts,
        }
    }

    /// The format of its answers, by which their licence is known.
    pub fn format(self) -> Format {
        match self.service() {
            Service::ElectricityMaps => Format::ElectricityMapsApi,
            Service::Ember => Format::EmberApi,
            Service::Entsoe => Format::Entsoe,
            Service::Gb => Format::Gb,
            Service::EnergyCharts => Format::EnergyCharts,
        }
    }

    /// Whether it answers for the period that it is asked for; otherwise for the time that has just passed.
    pub fn takes_period(self) -> bool {
        !matches!(self, Feed::ElectricityMapsHistory | Feed::ElectricityMapsLatest)
    }

    /// A month or a year, where its values hold for one.
    pub fn calendar_step(self) -> Option<Step> {
        match self {
            Feed::EmberMonthly => Some(Step::Month),
            Feed::EmberYearly => Some(Step::Year),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intensity::import::terms_of;

    #[test]
    fn watttime_is_known_and_refused() {
        assert_eq!(named("entsoe"), Ok(Feed::Entsoe));
        assert_eq!(named("Entsoe"), Err(NoFeed::Unknown));
        for text in ["watttime", "WattTime", "watt-time", "watttime-v3"] {
            assert_eq!(named(text), Err(NoFeed::Marginal), "{text}");
        }
        assert!(NoFeed::Marginal.to_string().contains("no place in it"));
    }

    #[test]
    fn the_licence_of_every_feed_is_known() {
        for feed in Feed::ALL {
            assert!(terms_of(feed.format()).is_some(), "{feed:?}");
        }
    }
}
