//! What a provider states with a request to build: who verified the figures, and why the version takes the place of the
//! one before.

use crate::domain::disclosure::{Verification, VerificationKind};
use crate::domain::period::{Period, day};
use crate::domain::problem::{Fault, ProblemCode};
use chrono::NaiveDate;

/// Most characters of a standard or a verifier, and of a reason.
pub const MAX_VERIFICATION_CHARS: usize = 200;
pub const MAX_REASON_CHARS: usize = 1000;

/// What is stated of a version as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    pub verification: Verification,
    /// Why this version takes the place of an earlier one.
    pub reason: Option<String>,
}

impl Stated {
    /// Nobody verified the figures, and there is nothing to explain.
    pub const NOTHING: Stated = Stated { verification: Verification::NONE, reason: None };
}

/// A verification as it was told, field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToldVerification {
    pub kind: Option<VerificationKind>,
    pub standard: Option<String>,
    pub verifier: Option<String>,
    pub verified_on: Option<NaiveDate>,
}

impl ToldVerification {
    /// The verification, where its parts fit together: a third party is named with its standard and its day, another
    /// part of the provider with its day, and without a verification there is nothing more to say. Nobody verifies a
    /// period before it is over.
    ///
    /// # Errors
    ///
    /// Every part that is missing, that belongs to nothing, or whose day cannot be; pointers name the fields of a request.
    pub fn check(self, period: Period, today: NaiveDate) -> Result<Verification, Vec<Fault>> {
        let ToldVerification { kind, standard, verifier, verified_on } = self;
        let kind = kind.unwrap_or(VerificationKind::None);
        let parts = [
            ("/verification_standard", standard.is_some()),
            ("/verifier", verifier.is_some()),
            ("/verified_on", verified_on.is_some()),
        ];
        let mut faults = Vec::new();
        for (pointer, is_told) in parts {
            let is_needed = match kind {
                VerificationKind::None => false,
                VerificationKind::Internal => pointer == "/verified_on",
                VerificationKind::ThirdParty => true,
            };
            if is_told && kind == VerificationKind::None {
                let detail = "it is of a verification: send verification internal or third_party with it";
                faults.push(Fault::new(pointer, ProblemCode::FieldMisplaced, detail));
            } else if is_needed && !is_told {
                let detail = format!("a verification that is {} needs it", kind.as_str());
                faults.push(Fault::new(pointer, ProblemCode::MissingField, detail));
            }
        }
        if let Some(verified_on) = verified_on.filter(|_| kind != VerificationKind::None) {
            let over = period.to().date_naive();
            let wrong = if verified_on < over {
                Some(format!(
                    "the period is not over before {}, so nobody can have verified it earlier",
                    day(over)
                ))
            } else if verified_on > today {
                Some("it is later than today: state a verification that took place".to_owned())
            } else {
                None
            };
            let fault = |detail| Fault::new("/verified_on", ProblemCode::DateInvalid, detail);
            faults.extend(wrong.map(fault));
        }
        if faults.is_empty() {
            Ok(Verification { kind, standard, verifier, verified_on })
        } else {
            Err(faults)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(told: ToldVerification) -> Result<Verification, Vec<String>> {
        let period = Period::parse("2025-10-01", "2025-11-01").unwrap();
        let faults = |faults: Vec<Fault>| {
            faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code.as_str())).collect()
        };
        told.check(period, "2026-01-15".parse().unwrap()).map_err(faults)
    }

    fn told(
        kind: Option<VerificationKind>,
        standard: bool,
        verifier: bool,
        on: Option<&str>,
    ) -> ToldVerification {
        ToldVerification {
            kind,
            standard: standard.then(|| "ISO 14064-3".to_owned()),
            verifier: verifier.then(|| "Auditors Ltd".to_owned()),
            verified_on: on.map(|on| on.parse().unwrap()),
        }
    }

    #[test]
    fn each_kind_has_its_parts() {
        use VerificationKind::{Internal, None as Nobody, ThirdParty};
        assert_eq!(check(ToldVerification::default()), Ok(Verification::NONE));
        assert_eq!(check(told(Some(Nobody), false, false, None)), Ok(Verification::NONE));
        assert!(check(told(Some(Internal), false, false, Some("2025-11-01"))).is_ok());
        assert!(check(told(Some(ThirdParty), true, true, Some("2026-01-15"))).is_ok());
        for (kind, standard, verifier, on, faults) in [
            (
                None,
                true,
                false,
                Some("2025-12-01"),
                &["/verification_standard field-misplaced", "/verified_on field-misplaced"][..],
            ),
            (Some(Nobody), false, true, None, &["/verifier field-misplaced"]),
            (Some(Internal), true, true, None, &["/verified_on missing-field"]),
            (
                Some(ThirdParty),
                false,
                false,
                Some("2025-12-01"),
                &["/verification_standard missing-field", "/verifier missing-field"],
            ),
        ] {
            let expected: Vec<String> = faults.iter().map(|fault| (*fault).to_owned()).collect();
            assert_eq!(check(told(kind, standard, verifier, on)), Err(expected));
        }
    }

    #[test]
    fn nobody_verifies_before_the_period_is_over_or_tomorrow() {
        for day in ["2025-10-31", "2026-01-16"] {
            let refused = check(told(Some(VerificationKind::Internal), false, false, Some(day)));
            assert_eq!(refused, Err(vec!["/verified_on date-invalid".to_owned()]), "{day}");
        }
    }
}
