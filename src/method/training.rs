//! Training, always apart: what was told, and at most a share for one task of the model's expected life, which
//! names its denominator and is never added to the mean.

use crate::domain::training::Training;
use crate::units::{Decimal, Significant};
use ethnum::I256;

const WH_PER_MWH: i128 = 1_000_000;
/// Decimals of a share per task.
const DECIMALS: u32 = 12;

/// The share of one task in the energy of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskShare {
    /// In watt-hours, with 12 decimals.
    pub energy_wh: Decimal,
    /// The denominator: tasks that the model is expected to serve in its whole life.
    pub lifetime_tasks: i64,
}

/// The share of one task; `None` where the energy or the number of tasks was not told.
pub fn task_share(training: &Training) -> Option<TaskShare> {
    let (energy, lifetime_tasks) = (training.energy.known()?, training.lifetime_tasks?);
    let energy_wh = wh_per(energy, lifetime_tasks)?;
    Some(TaskShare { energy_wh, lifetime_tasks })
}

/// Megawatt-hours ÷ a count, in watt-hours; divided once, half to even.
fn wh_per(energy_mwh: Significant, count: i64) -> Option<Decimal> {
    let power = |exponent: i32| I256::new(10).checked_pow(exponent.max(0).unsigned_abs());
    let (above, below) = (power(energy_mwh.exponent())?, power(-energy_mwh.exponent())?);
    let numerator = I256::new(energy_mwh.digits()).checked_mul(I256::new(WH_PER_MWH))?.checked_mul(above)?;
    Decimal::from_ratio(numerator, below.checked_mul(I256::from(count))?, DECIMALS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::Days;
    use crate::domain::training::{Stated, parse_energy_mwh};

    fn training(energy_mwh: &str, lifetime_tasks: Option<i64>) -> Training {
        Training {
            energy: Stated::Known(parse_energy_mwh(energy_mwh).unwrap()),
            compute: Stated::NotAvailable("Not counted.".to_owned()),
            emissions: None,
            trained: Days::new("2024-03-01".parse().unwrap(), "2024-06-01".parse().unwrap()).unwrap(),
            zone: None,
            evidence: None,
            method: None,
            compute_method: None,
            lifetime_tasks,
            is_public: false,
        }
    }

    fn share(energy_mwh: &str, tasks: i64) -> String {
        task_share(&training(energy_mwh, Some(tasks))).unwrap().energy_wh.to_string()
    }

    #[test]
    fn a_share_is_the_energy_divided_by_the_tasks_of_a_life() {
        // 50,000 MWh = 5·10¹⁰ Wh over 10¹¹ tasks.
        assert_eq!(share("50000", 100_000_000_000), "0.500000000000");
        // 1.30 MWh = 1,300,000 Wh over 3 tasks = 433,333.333…
        assert_eq!(share("1.30", 3), "433333.333333333333");
        // 0.000000010 MWh = 0.01 Wh over 10¹⁰ tasks = 10⁻¹² Wh; half of that is even zero.
        assert_eq!(share("0.000000010", 10_000_000_000), "0.000000000001");
        assert_eq!(share("0.000000010", 20_000_000_000), "0.000000000000");
        assert_eq!(share("999999999.999999999", 1), "999999999999999.999000000000");
        let told = task_share(&training("50000", Some(100_000_000_000))).unwrap();
        assert_eq!(told.lifetime_tasks, 100_000_000_000);
    }

    #[test]
    fn without_energy_or_tasks_there_is_no_share() {
        assert_eq!(task_share(&training("50000", None)), None);
        let secret = Stated::NotAvailable("A trade secret.".to_owned());
        assert_eq!(task_share(&Training { energy: secret, ..training("12", Some(5)) }), None);
    }
}
