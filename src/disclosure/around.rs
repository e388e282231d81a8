//! What stands around the figures of a document: what is declared of hardware, texts, exclusions and verification, what
//! amounts of energy are as much as, budgets, what is odd about the records, and earlier versions.

use super::budget::{BurnError, used_until};
use super::build::{Computed, Request};
use super::{findings, hardware};
use crate::db::{DbError, Pool, budget, declared, disclosure, served, service_text};
use crate::domain::budget::{Allowance, Budget};
use crate::domain::disclosure::{
    BudgetLine, EquivalentLine, ExclusionLine, HardwareLine, HistoryLine, ProviderText, Reference, TextField,
    Verification,
};
use crate::domain::equivalent::Household;
use crate::domain::fact::Concept;
use crate::domain::ids::SiteId;
use crate::domain::registry::{Service, ServiceText, Telling};
use crate::method::ScopeFigures;
use crate::method::budget::{Amount, Measure};
use crate::method::equivalent::equivalent;
use crate::text::{self, Language};
use crate::units::EnergyTotal;
use chrono::{Datelike, TimeDelta};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) hardware: Vec<HardwareLine>,
    pub(super) texts: Vec<ProviderText>,
    pub(super) exclusions: Vec<ExclusionLine>,
    pub(super) equivalents: Vec<EquivalentLine>,
    pub(super) budgets: Vec<BudgetLine>,
    pub(super) verification: Verification,
    pub(super) history: Vec<HistoryLine>,
    pub(super) reason: Option<String>,
    /// `None` where nobody looked.
    pub(super) quality: Option<Quality>,
    /// What all of this does not say, one sentence each.
    pub(super) limits: Vec<String>,
}

/// What is odd about the records of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quality {
    /// Records whose id also stands at another time; `None` where that could not be looked for.
    pub(super) records_in_conflict: Option<i64>,
    /// Hours without a record of a service that otherwise has them in nearly every hour.
    pub(super) hours_without_records: i64,
}

/// Decimals of what was used of a budget: of kilowatt-hours and kilograms.
const BUDGET_DECIMALS: u32 = 6;

impl Around {
    /// For documents of which only the figures are looked at.
    pub(super) fn none() -> Around {
        Around {
            hardware: Vec::new(),
            texts: Vec::new(),
            exclusions: Vec::new(),
            equivalents: Vec::new(),
            budgets: Vec::new(),
            verification: Verification::NONE,
            history: Vec::new(),
            reason: None,
            quality: None,
            limits: Vec::new(),
        }
    }

    /// Reads all but the history, which belongs to a version.
    pub(super) async fn read(
        pool: &Pool,
        request: Request<'_>,
        computed: &Computed,
    ) -> Result<Around, DbError> {
        let Request { provider, service, period, stated, .. } = request;
        let sites: Vec<SiteId> = computed.sites.iter().map(|site| site.id).collect();
        let told = declared::hardware_in(pool, &sites, period).await?;
        let excluded = served::exclusions_in(pool, service.id, period).await?;
        let exclusions = excluded.into_iter().flat_map(|(month, exclusions)| {
            exclusions.into_iter().map(move |one| ExclusionLine { month, what: one.what, tasks: one.tasks })
        });
        let (budgets, limits) = budgets(pool, request).await?;
        let (provider, of_service) = (provider.id, Some(service.id));
        Ok(Around {
            hardware: hardware::lines(&computed.sites, &told, period),
            texts: texts(service_text::latest(pool, service.id).await?, service)?,
            exclusions: exclusions.collect(),
            equivalents: equivalents(&computed.figures.total, request.household),
            budgets,
            verification: stated.verification.clone(),
            history: Vec::new(),
            reason: stated.reason.clone(),
            quality: Some(Quality {
                records_in_conflict: findings::records_in_conflict(pool, provider, of_service, period)
                    .await?,
                hours_without_records: findings::hours_without_records(pool, provider, of_service, period)
                    .await?,
            }),
            limits,
        })
    }

    /// The same with the versions that came before one.
    pub(super) async fn with_history(&self, pool: &Pool, reference: Reference) -> Result<Around, DbError> {
        Ok(Around { history: disclosure::history(pool, reference).await?, ..self.clone() })
    }
}

/// The texts by field, then by language in the order of the languages. The method in English is the one that the service
/// is registered with, where no other was told.
fn texts(told: Vec<Telling<ServiceText>>, service: &Service) -> Result<Vec<ProviderText>, DbError> {
    let mut texts = Vec::new();
    for telling in told {
        let unknown = || DbError::Unreadable(format!("a text in '{}'", telling.what.language));
        let language = Language::parse(&telling.what.language).ok_or_else(unknown)?;
        texts.extend(telling.what.text.map(|text| (telling.what.field, language, text)));
    }
    let of_service = (TextField::Method, Language::English);
    if !texts.iter().any(|(field, language, _)| (*field, *language) == of_service) {
        texts.extend(service.energy_method.clone().map(|text| (of_service.0, of_service.1, text)));
    }
    texts.sort_by_key(|(field, language, _)| (*field, *language));
    let texts = texts.into_iter().map(|(field, language, text)| ProviderText {
        field,
        language: language.as_str().to_owned(),
        text,
    });
    Ok(texts.collect())
}

/// What the mean and the total are as much as; none of an energy so small or large that nothing compares.
fn equivalents(total: &ScopeFigures, household: Option<&Household>) -> Vec<EquivalentLine> {
    let of = [
        (Concept::EnergyPerTaskMean, total.mean_wh),
        (Concept::EnergyFacilityTotal, total.energy_facility_wh),
    ];
    let lines = of.into_iter().filter_map(|(concept, energy_wh)| {
        let found = equivalent(EnergyTotal::from_watt_hours(energy_wh?)?, household)?;
        let sentence = text::equivalent(Language::English, &found);
        Some(EquivalentLine { concept, sentence, source: found.source })
    });
    lines.collect()
}

/// The budgets of the UTC year in which the period ends, used up to its end; and what is not in them.
async fn budgets(pool: &Pool, request: Request<'_>) -> Result<(Vec<BudgetLine>, Vec<String>), DbError> {
    let Request { provider, service, period, .. } = request;
    let until = period.to();
    // The end is no longer inside: a period up to New Year ends in the old year.
    let year = (until - TimeDelta::microseconds(1)).year();
    let (mut lines, mut limits) = (Vec::new(), Vec::new());
    for told in budget::covering(pool, provider.id, service.id, year).await? {
        let key = &told.what.key;
        match used_until(pool, provider.id, &told.what, until).await {
            Ok((used, counted)) => {
                limits.extend(counted.not_counted().iter().map(|what| format!("Budget {key}: {what}")));
                limits.extend(other_factors(&told.what, request));
                lines.push(budget_line(&told, used)?);
            }
            Err(BurnError::FactorsMissing(_)) => limits.push(format!(
                "What was used of the carbon budget {key} is not known: grid factors are missing within its year."
            )),
            Err(BurnError::Db(error)) => return Err(error),
        }
    }
    Ok((lines, limits))
}

/// That a carbon budget is counted with other grid factors than the document.
fn other_factors(budget: &Budget, request: Request<'_>) -> Option<String> {
    let Allowance::Carbon(_, basis, perimeter) = budget.allowance else { return None };
    ((basis, perimeter) != (request.basis, request.perimeter)).then(|| {
        format!(
            "The carbon budget {} is counted with other grid factors than this disclosure: {}, {}.",
            budget.key,
            basis.label(),
            perimeter.as_str()
        )
    })
}

fn budget_line(told: &Telling<Budget>, used: Amount) -> Result<BudgetLine, DbError> {
    let budget = &told.what;
    let (unit, allowance) = match budget.allowance {
        Allowance::Energy(volume) => (BudgetLine::UNITS[0], volume.kilowatt_hours()),
        Allowance::Carbon(mass, ..) => (BudgetLine::UNITS[1], mass.kilograms()),
    };
    let decimal = Measure::of(budget.allowance).decimal(used, BUDGET_DECIMALS);
    Ok(BudgetLine {
        key: budget.key.to_string(),
        revision: told.revision,
        year: budget.year,
        service: budget.service.as_ref().map(|service| service.key.to_string()),
        unit,
        allowance,
        used: decimal
            .ok_or_else(|| DbError::Unreadable(format!("use of budget {} beyond what fits", budget.key)))?,
        share: used.share_of(Amount::of_allowance(budget.allowance)),
    })
}
