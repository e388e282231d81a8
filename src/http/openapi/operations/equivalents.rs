//! Equivalents of energy.

use crate::domain::problem::ProblemCode as Code;
use crate::http::api::equivalents::WireEquivalent;
use crate::http::openapi::fields::{Value, pattern, word};
use crate::http::openapi::operation::Op;
use crate::http::openapi::vocabulary;

pub(super) fn operations() -> Vec<Op> {
    vec![
        Op::get("/v1/equivalents", "equivalent", "Say what an amount of energy is as much as")
            .says(
                "Send exactly one of the three energies, from 1 mJ to 1 TWh. Which appliance it is compared with follows \
                 from the energy alone; households are, where the service declares what one uses. The assumption \
                 stands in the text. Numbers are rounded half to even, each once and from the exact energy: to two \
                 significant figures, and to tenths of a second between 0.1 s and 1 s. A year has 365 days.",
            )
            .query_like("energy_wh", energy(8, "Energy in watt-hours."), "2")
            .query("energy_kwh", energy(11, "Energy in kilowatt-hours."))
            .query("energy_j", energy(6, "Energy in joules."))
            .query(
                "language",
                word::<vocabulary::Language>(
                    "Of the text; `en` where missing. A tag may say more than the language (`de-AT`, `zh-TW`), which \
                     is taken to the nearest of these.",
                ),
            )
            .answers_tagged::<WireEquivalent>("The equivalent.")
            .refuses(&[Code::InvalidFields, Code::Internal]),
    ]
}

fn energy(decimals: u32, meaning: &str) -> Value {
    let digits = format!(r"^(0|[1-9][0-9]{{0,21}})(\.[0-9]{{1,{decimals}}})?$");
    pattern(&digits, &format!("{meaning} At most {decimals} decimals."))
}
