//! What a disclosure shows apart from the energy of a task: training, water, embodied carbon and the compute of a
//! task. None of it is ever added to the mean.

use crate::db::{DbError, Pool, embodied, total, training, water};
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::period::Period;
use crate::domain::registry::{Model, Site, Telling};
use crate::domain::training::{InferenceCompute, Training};
use crate::domain::water::SiteWue;
use crate::method::embodied::EmbodiedFigures;
use crate::method::training::{TaskShare, task_share};
use crate::method::water::{SiteDay, WaterFigures, WaterTable};
use std::collections::{BTreeSet, HashMap};

/// The figures that stand apart.
#[derive(Clone, Debug)]
pub struct Apart {
    /// Of every model of which training was told. For authorities; see [`Apart::public_training`].
    pub training: Vec<TrainingFigure>,
    pub water: WaterFigures,
    /// What is declared of water for the sites in the period.
    pub wue: Vec<SiteWue>,
    pub embodied: EmbodiedFigures,
    /// For authorities alone.
    pub inference_compute: Vec<(ModelId, Telling<InferenceCompute>)>,
}

/// What training one model took, and at most a share of it for one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingFigure {
    pub model: ModelId,
    pub told: Telling<Training>,
    pub share: Option<TaskShare>,
}

impl Apart {
    /// The training figures that their provider made public.
    pub fn public_training(&self) -> impl Iterator<Item = &TrainingFigure> {
        self.training.iter().filter(|figure| figure.told.what.is_public)
    }
}

/// Reads what is declared of a period, and computes. `models` and `sites` are those of the totals, and `days` is
/// the energy of the service by site and UTC day (or hour) of the period.
pub async fn apart(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    models: &[Model],
    sites: &[Site],
    period: Period,
    days: &[SiteDay],
) -> Result<Apart, DbError> {
    let model_ids: Vec<ModelId> = models.iter().map(|model| model.id).collect();
    let site_ids: Vec<SiteId> = sites.iter().map(|site| site.id).collect();
    let zones: HashMap<SiteId, &str> = sites.iter().map(|site| (site.id, site.zone.as_str())).collect();
    let zone_keys: BTreeSet<String> = sites.iter().map(|site| site.zone.clone()).collect();
    let zone_keys: Vec<String> = zone_keys.into_iter().collect();

    let told = training::latest(pool, &model_ids).await?;
    let training = told
        .into_iter()
        .map(|(model, told)| TrainingFigure { model, share: task_share(&told.what), told })
        .collect();
    let wue = water::site_wue(pool, &site_ids, period).await?;
    let factors = water::factors_in(pool, provider, &zone_keys, period).await?;
    let water =
        crate::method::water::water(days.iter().copied(), &zones, &WaterTable::new(wue.clone(), factors));
    let times = total::accelerator_times(pool, provider, service, period).await?;
    let declared = embodied::latest(pool, &site_ids).await?;
    let embodied = crate::method::embodied::embodied(&times, &declared);
    Ok(Apart {
        training,
        wue,
        water: water.ok_or_else(|| DbError::Unreadable("litres beyond what fits".to_owned()))?,
        embodied: embodied.ok_or_else(|| DbError::Unreadable("carbon beyond what fits".to_owned()))?,
        inference_compute: training::latest_inference_compute(pool, &model_ids).await?,
    })
}
