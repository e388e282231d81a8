//! Water: what sites use for their IT energy, and what power plants use for the electricity of a zone.

use super::ids::SiteId;
use super::period::Days;
use super::terms::WaterDefinition;
use crate::units::WaterUse;

/// Most characters of the name of a definition that is none of the known ones.
pub const MAX_DEFINITION_CHARS: usize = 500;

/// By whose definition a WUE was measured. Another than the known ones is named, and only such a one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WueDefinition {
    word: WaterDefinition,
    text: Option<String>,
}

/// Why a word and a text are no definition together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionError {
    /// Another definition has no name.
    Unnamed,
    /// A known definition has a name of its own.
    Misnamed,
}

impl Default for WueDefinition {
    /// Nobody said by which.
    fn default() -> WueDefinition {
        WueDefinition { word: WaterDefinition::NotStated, text: None }
    }
}

impl WueDefinition {
    /// # Errors
    ///
    /// Another definition is not named, or a known one is.
    pub fn new(word: WaterDefinition, text: Option<String>) -> Result<WueDefinition, DefinitionError> {
        match (word, &text) {
            (WaterDefinition::Other, None) => Err(DefinitionError::Unnamed),
            (WaterDefinition::Other, Some(_)) | (_, None) => Ok(WueDefinition { word, text }),
            _ => Err(DefinitionError::Misnamed),
        }
    }

    pub fn word(&self) -> WaterDefinition {
        self.word
    }

    /// The name of another definition.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

/// Water used on site for each kilowatt-hour of IT energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteWater {
    pub value: WaterUse,
    pub definition: WueDefinition,
}

/// A declared water use of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteWue {
    pub site: SiteId,
    pub valid: Days,
    pub revision: i32,
    pub water: SiteWater,
}

/// Water that power plants use for each kilowatt-hour of a zone, as a provider loaded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterFactor {
    pub zone: String,
    pub valid: Days,
    pub value: WaterUse,
    /// Where it was published.
    pub source: String,
    /// The licence of the source.
    pub licence: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_definition_is_named_and_only_such_a_one() {
        let name = || Some("Operator's handbook, 3rd edition".to_owned());
        assert_eq!(
            WueDefinition::new(WaterDefinition::Other, name()).unwrap().text(),
            Some("Operator's handbook, 3rd edition")
        );
        assert_eq!(WueDefinition::new(WaterDefinition::Other, None), Err(DefinitionError::Unnamed));
        assert_eq!(WueDefinition::new(WaterDefinition::Eu20241364, name()), Err(DefinitionError::Misnamed));
        let not_stated = WueDefinition::new(WaterDefinition::NotStated, None).unwrap();
        assert_eq!(not_stated, WueDefinition::default());
    }
}
