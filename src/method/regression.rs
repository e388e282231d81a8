//! Energy of generating tokens from a model's parameters alone, by a published regression over measured
//! configurations of one accelerator (EcoLogits 0.11: formula and constants are facts). In fixed point of 30
//! decimals: no float, the same digits everywhere.

use super::normalise::ScaledEnergy;
use crate::domain::registry::Parameters;
use crate::units::{Span, divide_half_even};
use ethnum::I256;

/// Fixed point: this many stand for 1.
const ONE: i128 = 10i128.pow(30);
/// α, β and γ of f(B,P) = α·e^(β·B)·P + γ in Wh per output token and accelerator, P in 10⁹ parameters.
const ALPHA: i128 = 1_166_527_317_045_191_400_000_000;
const MINUS_BETA: i128 = 11_205_921_025_579_175_000_000_000_000;
const GAMMA: i128 = 40_529_281_467_340_050_000_000_000;
/// Seconds of generation per output token: a·P + b·B + c.
const TIME_P: i128 = 678_508_809_435_366_300_000_000_000;
const TIME_B: i128 = 311_931_031_168_825_900_000_000_000;
const TIME_C: i128 = 19_473_717_579_473_387_000_000_000_000;
/// A server of eight accelerators without them, in watts.
pub const SERVER_WATTS: i64 = 1_200;
pub const ACCELERATORS_A_SERVER: i64 = 8;
/// Watts of a server to watt-hours of one accelerator's part in a second: ÷ 24. Taken as one number, because it keeps
/// products small.
const SECONDS_A_WATT_HOUR: i64 = 3_600 * ACCELERATORS_A_SERVER / SERVER_WATTS;
const _: () = assert!(SECONDS_A_WATT_HOUR * SERVER_WATTS == 3_600 * ACCELERATORS_A_SERVER);
/// Wh · 10³⁰ to µJ · 10¹⁸, in lowest terms: 3.6·10⁹ ÷ 10¹².
const TO_SCALED: (i64, i64) = (9, 2_500);
/// Memory of one accelerator in bytes, and what is needed beyond the weights.
pub const ACCELERATOR_BYTES: i128 = 80_000_000_000;
pub const MEMORY_TENTHS: i128 = 12;
/// Batch and bits per parameter where nobody declared them.
pub const DEFAULT_BATCH: i64 = 64;
pub const DEFAULT_BITS: i64 = 16;
/// The accelerator of the measured configurations, in small letters. Beyond it and these nothing was measured.
pub const MEASURED_ACCELERATOR: &str = "h100";
pub const MAX_MEASURED_PARAMETERS: i64 = 200_000_000_000;
pub const MAX_MEASURED_BATCH: i64 = 512;

/// The constants of the formula by name, in plain text, for whoever computes it again.
pub fn formula_constants() -> Vec<(&'static str, String)> {
    vec![
        ("α", scientific(ALPHA)),
        ("β", format!("−{}", scientific(MINUS_BETA))),
        ("γ", scientific(GAMMA)),
        ("a", scientific(TIME_P)),
        ("b", scientific(TIME_B)),
        ("c", scientific(TIME_C)),
        ("server power, W", SERVER_WATTS.to_string()),
        ("accelerators of a server", ACCELERATORS_A_SERVER.to_string()),
        ("memory of an accelerator, bytes", ACCELERATOR_BYTES.to_string()),
        ("memory needed ÷ weights", format!("{}.{}", MEMORY_TENTHS / 10, MEMORY_TENTHS % 10)),
    ]
}

/// A positive number of the fixed point in scientific notation, with all its digits.
fn scientific(value: i128) -> String {
    let digits = value.to_string();
    let exponent = digits.len() as i32 - 1 - 30;
    let digits = digits.trim_end_matches('0');
    let (first, rest) = digits.split_at(1);
    format!("{first}{}{rest}e{exponent}", if rest.is_empty() { "" } else { "." })
}

/// How a model is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub parameters_total: i64,
    pub parameters_active: i64,
    pub batch: i64,
    pub bits: i64,
    /// Of one instance, where the provider declares them.
    pub accelerators: Option<i64>,
}

impl Run {
    /// With the defaults of the formula.
    pub fn with_defaults(parameters_total: i64, parameters_active: i64) -> Run {
        Run {
            parameters_total,
            parameters_active,
            batch: DEFAULT_BATCH,
            bits: DEFAULT_BITS,
            accelerators: None,
        }
    }

    /// As registered, with the defaults of the formula for what is not.
    pub fn of(registered: Parameters) -> Run {
        Run {
            batch: registered.batch_size.map_or(DEFAULT_BATCH, i64::from),
            bits: registered.precision_bits.map_or(DEFAULT_BITS, i64::from),
            accelerators: registered.accelerators.map(i64::from),
            ..Run::with_defaults(registered.total, registered.active)
        }
    }

    /// Whether the formula was measured near this.
    pub fn is_measured(&self) -> bool {
        self.parameters_total <= MAX_MEASURED_PARAMETERS && self.batch <= MAX_MEASURED_BATCH
    }

    /// Accelerators of one instance: as declared, else the next power of two that holds the weights.
    pub fn accelerators(&self) -> i64 {
        if let Some(declared) = self.accelerators {
            return declared;
        }
        let bits = i128::from(self.parameters_total) * i128::from(self.bits) * MEMORY_TENTHS;
        let bytes_of_one = 8 * 10 * ACCELERATOR_BYTES;
        let needed = (bits + bytes_of_one - 1) / bytes_of_one;
        // At most 2⁶³ · 2⁶ ÷ 2³⁹: far below 2⁶³.
        (needed.max(1) as u64).next_power_of_two() as i64
    }

    /// IT energy of generating so many output tokens, with all servers: exact up to 10⁻¹⁸ µJ of the fixed point.
    /// The time is cut at the latency, where one is given.
    ///
    /// 256 bits hold every product: of one token, with 2⁶³ parameters of 64 bits on 2³¹ accelerators, they are below
    /// 1.4·10⁴⁶, which leaves room for 4·10³⁰ tokens. 2⁶³ tasks of 10⁹ tokens each have fewer than 10²⁸.
    pub fn energy(&self, output_tokens: i128, latency: Option<Span>) -> ScaledEnergy {
        let accelerators = I256::from(self.accelerators());
        let tokens = I256::new(output_tokens);
        let billions = |constant: i128| {
            I256::new(constant) * I256::from(self.parameters_active) / I256::from(1_000_000_000)
        };
        // Wh: α·e^(βB)·P + γ, scaled by ONE.
        let per_token = billions(ALPHA) * exp_minus(self.batch) / I256::new(ONE) + I256::new(GAMMA);
        let accelerator_wh = per_token * tokens * accelerators;
        // Seconds, scaled by ONE.
        let per_token_s = billions(TIME_P) + I256::new(TIME_B) * I256::from(self.batch) + I256::new(TIME_C);
        let all_s = per_token_s * tokens;
        let latency_s = latency.map(|span| I256::from(span.microseconds()) * I256::new(ONE / 1_000_000));
        let time = latency_s.map_or(all_s, |latency| latency.min(all_s));
        let server_wh = time * accelerators / I256::from(SECONDS_A_WATT_HOUR * self.batch);
        let raw = (accelerator_wh + server_wh) * I256::from(TO_SCALED.0);
        ScaledEnergy::from_raw(divide_half_even(raw, I256::from(TO_SCALED.1)).unwrap_or_default())
    }
}

/// Beyond this e^(−x) is below half of the last decimal kept: e^(−70) < 4·10⁻³¹. In batches, above 6,246.
const ZERO_FROM: i128 = 70 * ONE;
/// Up to this the terms of the series of e^x, times x, are below 4·10⁷⁵, which 256 bits hold.
const SERIES_TO: i128 = 35 * ONE;

/// e^(β·B) in fixed point, up to its last decimal. What it is multiplied by is far from moving a figure there: α·P is
/// at most 11,000 Wh, and beside it stands γ.
fn exp_minus(batch: i64) -> I256 {
    let x = I256::new(MINUS_BETA) * I256::from(batch);
    let one = I256::new(ONE);
    if x > I256::new(ZERO_FROM) {
        return I256::ZERO;
    }
    if x > I256::new(SERIES_TO) {
        // The root is above 6·10⁻¹⁶, so that its last decimal is 1.6·10⁻¹⁵ of it at most.
        let root = one * one / exp(x / I256::from(2));
        return root * root / one;
    }
    one * one / exp(x)
}

/// e^x in fixed point by its series, all of whose terms are positive, for x up to [`SERIES_TO`].
fn exp(x: I256) -> I256 {
    let (mut term, mut sum) = (I256::new(ONE), I256::new(ONE));
    let mut number = 1;
    while term > I256::ZERO {
        term = term * x / I256::new(ONE) / I256::from(number);
        sum += term;
        number += 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::registry::MAX_PARAMETERS;
    use proptest::prelude::*;

    fn facility_kwh(run: Run, tokens: i128, latency_s: i64) -> String {
        let latency = Span::from_microseconds(latency_s * 1_000_000);
        let it = run.energy(tokens, latency);
        let facility = ScaledEnergy::from_raw(it.raw() * I256::from(126) / I256::from(100));
        // kWh with 20 decimals.
        facility.wh_per(1000, 20).unwrap().to_string()
    }

    #[test]
    fn a_dense_model_of_seven_billion_parameters_is_as_the_method_says() {
        let run = Run::with_defaults(7_300_000_000, 7_300_000_000);
        assert_eq!(run.accelerators(), 1);
        // 1.536243521642994e-5 kWh.
        assert_eq!(&facility_kwh(run, 200, 5)[..20], "0.000015362435216429");
    }

    #[test]
    fn a_mixture_of_experts_is_as_the_method_says() {
        let run = Run::with_defaults(46_700_000_000, 12_900_000_000);
        assert_eq!(run.accelerators(), 2);
        // 3.994122499298407e-5 kWh.
        assert_eq!(&facility_kwh(run, 200, 10)[..20], "0.000039941224992984");
    }

    #[test]
    fn accelerators_are_the_next_power_of_two_that_holds_the_weights() {
        for (billions, wanted) in [(1, 1), (33, 1), (34, 2), (70, 4), (405, 16)] {
            assert_eq!(Run::with_defaults(billions * 1_000_000_000, 1).accelerators(), wanted, "{billions}");
        }
    }

    #[test]
    fn what_is_declared_takes_the_place_of_the_defaults() {
        let silent = Parameters {
            total: 70_000_000_000,
            active: 70_000_000_000,
            batch_size: None,
            precision_bits: None,
            accelerators: None,
        };
        let defaults = Run::of(silent);
        assert_eq!((defaults.batch, defaults.bits, defaults.accelerators()), (64, 16, 4));
        let quantised = Run::of(Parameters { precision_bits: Some(8), batch_size: Some(32), ..silent });
        assert_eq!((quantised.batch, quantised.bits, quantised.accelerators()), (32, 8, 2));
        let declared = Run::of(Parameters { accelerators: Some(8), ..silent });
        assert_eq!(declared.accelerators(), 8);
        // Energy goes with the number of accelerators.
        let twice = ScaledEnergy::from_raw(defaults.energy(1_000, None).raw() * I256::from(2));
        let difference = declared.energy(1_000, None).raw() - twice.raw();
        assert!(difference.abs() <= I256::from(2), "{difference}");
    }

    #[test]
    fn the_constants_are_told_with_all_their_digits() {
        let constants = formula_constants();
        let told: Vec<(&str, &str)> = constants.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(
            told,
            [
                ("α", "1.1665273170451914e-6"),
                ("β", "−1.1205921025579175e-2"),
                ("γ", "4.052928146734005e-5"),
                ("a", "6.785088094353663e-4"),
                ("b", "3.119310311688259e-4"),
                ("c", "1.9473717579473387e-2"),
                ("server power, W", "1200"),
                ("accelerators of a server", "8"),
                ("memory of an accelerator, bytes", "80000000000"),
                ("memory needed ÷ weights", "1.2"),
            ]
        );
        assert_eq!(scientific(2 * ONE), "2e0");
    }

    #[test]
    fn large_batches_and_models_were_not_measured() {
        let run = Run::with_defaults(200_000_000_000, 200_000_000_000);
        assert!(run.is_measured());
        assert!(!Run { batch: 513, ..run }.is_measured());
        assert!(!Run::with_defaults(200_000_000_001, 1).is_measured());
        assert!(Run { batch: 512, ..run }.is_measured());
    }

    /// The energy in watt-hours as text, and the same worked out with 80 digits (`tests/golden/method.py`,
    /// `generation_wh`), up to where the fixed point ends.
    #[test]
    fn the_largest_of_everything_that_can_be_registered_is_exact() {
        let largest = |parameters: i64, batch: i64, accelerators: Option<i64>| Run {
            batch,
            bits: 64,
            accelerators,
            ..Run::with_defaults(parameters, parameters)
        };
        assert_eq!(largest(i64::MAX, 1, None).accelerators(), 1 << 31);
        for (run, wh) in [
            // More parameters than can be registered: as many as the column holds.
            (largest(i64::MAX, 1, None), "582816798036403518455746.497"),
            (largest(i64::MAX, 1_000_000, None), "560083763633155143.600539"),
            (largest(MAX_PARAMETERS, 1_000_000, Some(100_000)), "33623922310.234289889112"),
            (largest(MAX_PARAMETERS, 6_246, Some(100_000)), "4531654519359.725626276550"),
            (
                Run { batch: 1_000_000, ..Run::with_defaults(7_000_000_000, 7_000_000_000) },
                "53527.417069343025",
            ),
        ] {
            let decimals = wh.split_once('.').unwrap().1.len() as u32;
            let energy = run.energy(1_000_000_000, None);
            // One decimal more, so that the rounding of the last is not compared.
            let told = energy.wh_per(1, decimals + 1).unwrap().to_string();
            assert!(told.starts_with(wh), "{run:?}: {told}");
        }
        // 2⁶³ tasks of as many tokens as a record may have.
        let tokens = i128::from(i64::MAX) * 1_000_000_000;
        let run = largest(i64::MAX, 1, None);
        let (one, all) = (run.energy(1_000_000_000, None).raw(), run.energy(tokens, None).raw());
        assert!((all / I256::from(i64::MAX) - one).abs() <= I256::from(1), "{one} and {all}");
        let at_once = Span::from_microseconds(1);
        assert!(run.energy(tokens, at_once) < run.energy(tokens, None));
    }

    #[test]
    fn the_power_of_a_batch_is_right_to_the_last_decimals_however_large() {
        for (batch, decimals_30) in [
            (1, 988_856_631_436_757_674_075_105_352_280_i128),
            (64, 488_127_349_229_793_301_427_283_381_151),
            (512, 3_223_035_811_120_507_810_178_745_707),
            // The last before the root is taken, and the first after.
            (3_123, 632_980_939_938_432),
            (3_124, 625_927_400_031_191),
            // Here the terms of the series itself no longer fit.
            (3_365, 42_039_406_265_291),
            (5_000, 464_143),
            (6_164, 1),
            (6_246, 0),
            (6_247, 0),
            (1_000_000, 0),
        ] {
            let off = exp_minus(batch) - I256::new(decimals_30);
            // Every term of the series may lose one unit of the last decimal.
            assert!(off.abs() <= I256::from(5), "{batch}: {off}");
        }
    }

    proptest! {
        #[test]
        fn a_larger_batch_never_raises_the_power(batch in 1i64..1_000_000) {
            prop_assert!(exp_minus(batch + 1) <= exp_minus(batch));
        }

        #[test]
        fn a_latency_only_lowers_an_estimate_and_tokens_only_raise_it(
            billions in 1i64..400, batch in 1i64..2_000, tokens in 1i128..1_000_000, latency_us in 1i64..1_000_000_000
        ) {
            let run = Run { batch, ..Run::with_defaults(billions * 1_000_000_000, billions * 1_000_000_000) };
            let free = run.energy(tokens, None);
            let cut = run.energy(tokens, Span::from_microseconds(latency_us));
            prop_assert!(cut <= free);
            prop_assert!(run.energy(tokens + 1, None) > free);
            prop_assert!(cut > ScaledEnergy::ZERO);
        }
    }
}
