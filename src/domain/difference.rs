//! What differs between two versions of a disclosure: figure by figure, and the other members of the document.

use super::disclosure::Reference;
use super::fact::{Concept, FactValue, Member, Of};
use super::terms::terms;
use crate::units::Decimal;

/// Decimals of a relative change.
pub const RELATIVE_DECIMALS: u32 = 12;

/// What another version says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub from: Reference,
    pub to: Reference,
    /// Why the later version was made, as its provider says.
    pub reason: Option<String>,
    /// In the order of the earlier document; then those that only stand in the later one.
    pub facts: Vec<FactChange>,
    pub members: Vec<MemberChange>,
    /// Figures that both hold with the same value.
    pub facts_unchanged: usize,
}

/// One figure that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactChange {
    pub concept: Concept,
    pub of: Of,
    pub member: Option<Member>,
    /// `None` where the earlier document does not state it.
    pub old: Option<FactValue>,
    /// `None` where the later document does not state it.
    pub new: Option<FactValue>,
}

/// One other member that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberChange {
    /// A JSON pointer in which elements of lists stand with what they are known by, such as `/models/m-1/version`.
    pub pointer: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

terms! {
    /// What became of a figure or member.
    ChangeKind { Added = "added", Gone = "gone", Changed = "changed" }
}

impl FactChange {
    pub fn kind(&self) -> ChangeKind {
        kind(self.old.is_some(), self.new.is_some())
    }

    /// New − old, exact; `None` where one of them is no number.
    pub fn absolute(&self) -> Option<Decimal> {
        let (old, new) = self.numbers()?;
        let decimals = old.decimals().max(new.decimals());
        let difference = new.to_scaled(decimals).ok()?.checked_sub(old.to_scaled(decimals).ok()?)?;
        Some(Decimal::new(difference, decimals))
    }

    /// (New − old) ÷ |old| with 12 decimals, half to even; `None` also where the old value is zero.
    pub fn relative(&self) -> Option<Decimal> {
        let (old, _) = self.numbers()?;
        let absolute = self.absolute()?;
        let old = old.to_scaled(absolute.decimals()).ok()?.checked_abs()?;
        Decimal::from_ratio(absolute.mantissa().into(), old.into(), RELATIVE_DECIMALS)
    }

    fn numbers(&self) -> Option<(Decimal, Decimal)> {
        match (self.old, self.new) {
            (Some(FactValue::Known(old)), Some(FactValue::Known(new))) => Some((old, new)),
            _ => None,
        }
    }
}

impl MemberChange {
    pub fn kind(&self) -> ChangeKind {
        kind(self.old.is_some(), self.new.is_some())
    }
}

fn kind(was_there: bool, is_there: bool) -> ChangeKind {
    match (was_there, is_there) {
        (false, _) => ChangeKind::Added,
        (true, false) => ChangeKind::Gone,
        (true, true) => ChangeKind::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(old: Option<&str>, new: Option<&str>) -> FactChange {
        let value = |text: &str| FactValue::Known(Decimal::parse(text).unwrap());
        FactChange {
            concept: Concept::EnergyPerTaskMean,
            of: Of::ALL,
            member: None,
            old: old.map(value),
            new: new.map(value),
        }
    }

    fn texts(change: &FactChange) -> (Option<String>, Option<String>) {
        (change.absolute().map(|value| value.to_string()), change.relative().map(|value| value.to_string()))
    }

    #[test]
    fn changes_are_exact_and_relative_to_the_old_value() {
        for (old, new, absolute, relative) in [
            ("0.25", "0.3", "0.05", "0.200000000000"),
            ("3", "2", "-1", "-0.333333333333"),
            ("-4", "-2", "2", "0.500000000000"),
            ("0.5", "0.625", "0.125", "0.250000000000"),
        ] {
            let expected = (Some(absolute.to_owned()), Some(relative.to_owned()));
            assert_eq!(texts(&change(Some(old), Some(new))), expected, "{old} {new}");
        }
    }

    #[test]
    fn nothing_is_divided_by_zero_or_made_of_a_missing_value() {
        assert_eq!(texts(&change(Some("0"), Some("2"))), (Some("2".to_owned()), None));
        assert_eq!(texts(&change(None, Some("2"))), (None, None));
        assert_eq!(change(None, Some("2")).kind(), ChangeKind::Added);
        assert_eq!(change(Some("2"), None).kind(), ChangeKind::Gone);
        let unknown = FactChange { new: Some(FactValue::Unknown), ..change(Some("2"), None) };
        assert_eq!((unknown.kind(), texts(&unknown)), (ChangeKind::Changed, (None, None)));
    }
}
