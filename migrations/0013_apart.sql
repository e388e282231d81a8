-- What a disclosure shows apart from the energy of a task: training, the compute of a task, water and embodied
-- carbon. None of it is ever added to the mean, so none of it stands in the tables that the mean is made of.
--
-- All is told as in migration 0007: nothing is overwritten, a changed telling is the next revision.

-- What it took to train a model. The latest revision counts: it says all that is known, and a part that is no
-- longer known has a reason in its place.
--
-- Energy and compute are stored as their digits and a power of ten, because the number of digits told is part of
-- what was told: the documentation form of the Code of Practice asks for two significant figures, and 5.0 is not 5.
CREATE TABLE model_training (
    model_id           integer NOT NULL REFERENCES model,
    revision           integer NOT NULL CHECK (revision > 0),
    -- Below 10⁹ MWh with at most 9 decimals, so that the digits fit.
    energy_mwh_digits  bigint CHECK (energy_mwh_digits BETWEEN 10 AND 999999999999999999),
    energy_mwh_exponent smallint CHECK (energy_mwh_exponent BETWEEN -9 AND 0),
    -- "N/A", and why: a missing figure is never an empty place.
    energy_na_reason   text CHECK (length(energy_na_reason) BETWEEN 1 AND 1000),
    compute_digits     numeric(36, 0) CHECK (compute_digits >= 10),
    compute_exponent   smallint CHECK (compute_exponent BETWEEN -36 AND 36),
    compute_na_reason  text CHECK (length(compute_na_reason) BETWEEN 1 AND 1000),
    -- Milligrams CO2e, so that six decimals of a kilogram are exact, and by which accounting they were found.
    emissions_mg       bigint CHECK (emissions_mg BETWEEN 0 AND 1000000000000000000),
    emissions_basis    text CHECK (length(emissions_basis) BETWEEN 1 AND 500),
    trained_from       date NOT NULL,
    trained_to         date NOT NULL,
    zone_key           text REFERENCES zone,
    evidence           text CHECK (evidence IN ('measured', 'estimated')),
    -- How the energy is known, in about 100 words.
    method             text CHECK (length(method) BETWEEN 1 AND 2000),
    -- Tasks that the model is expected to serve in its whole life: the denominator of a share per task.
    lifetime_tasks     bigint CHECK (lifetime_tasks BETWEEN 1 AND 1000000000000000000),
    -- Training figures go to authorities; the public sees them only where their provider says so.
    is_public          boolean NOT NULL,
    recorded_at        timestamptz NOT NULL,
    PRIMARY KEY (model_id, revision),
    CHECK (trained_from < trained_to),
    CHECK (num_nonnulls(energy_mwh_digits, energy_na_reason) = 1),
    CHECK ((energy_mwh_digits IS NULL) = (energy_mwh_exponent IS NULL)),
    CHECK (num_nonnulls(compute_digits, compute_na_reason) = 1),
    CHECK ((compute_digits IS NULL) = (compute_exponent IS NULL)),
    CHECK ((emissions_mg IS NULL) = (emissions_basis IS NULL)),
    -- A figure of energy without how it is known cannot be judged.
    CHECK (energy_mwh_digits IS NULL OR num_nonnulls(evidence, method) = 2)
);

-- Operations that one task of a kind takes on some hardware. For authorities alone. Of each task type and hardware
-- the latest revision counts.
CREATE TABLE model_inference_compute (
    model_id          integer NOT NULL REFERENCES model,
    -- One order of telling for a model.
    revision          integer NOT NULL CHECK (revision > 0),
    task_type         text NOT NULL CHECK (task_type IN (
        'chat', 'reasoning', 'code', 'agent', 'summarisation', 'translation', 'question_answering',
        'classification', 'embedding', 'retrieval', 'image_generation', 'image_understanding',
        'video_generation', 'speech_to_text', 'text_to_speech', 'ocr', 'other')),
    hardware          text NOT NULL CHECK (length(hardware) BETWEEN 1 AND 200),
    -- The task that was run, where its type does not say enough: how many tokens, which resolution.
    task              text CHECK (length(task) BETWEEN 1 AND 500),
    compute_digits    numeric(36, 0) CHECK (compute_digits >= 10),
    compute_exponent  smallint CHECK (compute_exponent BETWEEN -36 AND 36),
    compute_na_reason text CHECK (length(compute_na_reason) BETWEEN 1 AND 1000),
    recorded_at       timestamptz NOT NULL,
    PRIMARY KEY (model_id, revision),
    CHECK (num_nonnulls(compute_digits, compute_na_reason) = 1),
    CHECK ((compute_digits IS NULL) = (compute_exponent IS NULL))
);

-- The definitions of WUE differ in which water they count, so a value says by which it was measured. Nobody was
-- asked before, and no definition is guessed.
ALTER TABLE site_wue
    ADD COLUMN definition text NOT NULL DEFAULT 'not_stated' CHECK (definition IN (
        'eu_2024_1364', 'eu_c_2026_3472', 'iso_iec_30134_9', 'other', 'not_stated')),
    -- Which other one.
    ADD COLUMN definition_text text CHECK (length(definition_text) BETWEEN 1 AND 500),
    ADD CONSTRAINT site_wue_definition_other_check CHECK ((definition = 'other') = (definition_text IS NOT NULL));
ALTER TABLE site_wue ALTER COLUMN definition DROP DEFAULT;

-- Water that the power plants of a zone use for each kilowatt-hour, from a source that the customer chose and
-- loads: there is none that we may give away for all zones. So it belongs to a provider, and counts for its
-- disclosures alone.
CREATE TABLE water_factor (
    provider_id     integer NOT NULL REFERENCES provider,
    zone_key        text NOT NULL REFERENCES zone,
    revision        integer NOT NULL CHECK (revision > 0),
    valid_from      date NOT NULL,
    valid_to        date NOT NULL,
    -- The bound of WUE: reservoirs lose tens of litres for a kilowatt-hour, and nothing loses more than 100.
    water_ul_per_kwh bigint NOT NULL CHECK (water_ul_per_kwh BETWEEN 0 AND 100000000),
    source          text NOT NULL CHECK (length(source) BETWEEN 1 AND 500),
    licence         text NOT NULL CHECK (length(licence) BETWEEN 1 AND 100),
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (provider_id, zone_key, revision),
    CHECK (valid_from < valid_to)
);

-- What it took to make one accelerator with its part of the server, and over how many hours of work that is spread.
-- Under the name that records give the kind, because that is where its time is counted. The latest revision counts:
-- making a thing took what it took, whenever it is told.
CREATE TABLE site_embodied (
    site_id        integer NOT NULL REFERENCES site,
    accelerator    text NOT NULL CHECK (accelerator ~ '^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$'),
    revision       integer NOT NULL CHECK (revision > 0),
    -- Milligrams CO2e of one accelerator; more than 100 tonnes is a slip of units.
    embodied_mg    bigint NOT NULL CHECK (embodied_mg BETWEEN 1 AND 100000000000),
    -- At most a hundred years.
    lifetime_hours integer NOT NULL CHECK (lifetime_hours BETWEEN 1 AND 876000),
    -- What beside the accelerator itself is in it: which part of the server, the network, the building.
    includes       text NOT NULL CHECK (length(includes) BETWEEN 1 AND 500),
    source         text NOT NULL CHECK (length(source) BETWEEN 1 AND 500),
    recorded_at    timestamptz NOT NULL,
    PRIMARY KEY (site_id, accelerator, revision)
);
