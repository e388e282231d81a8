-- What providers declare around their figures: who they are, texts in several languages, what the boundary holds
-- beyond the data centre, and what is not in the tasks they served.
--
-- The number leaves room for migrations that are written at the same time.

ALTER TABLE provider
    -- ISO 17442; the check digits are the program's to look at.
    ADD COLUMN lei text CHECK (lei ~ '^[A-Z0-9]{18}[0-9]{2}$'),
    -- What it is to the models behind its services. Nobody was asked before, and no role is guessed.
    ADD COLUMN provider_role text CHECK (provider_role IN ('provider', 'modifier', 'deployer'));

-- Whether two parts of the boundary checklist are inside the energy that the service tells: no factor adds them, so only
-- the provider knows. Undeclared is 'unknown', which is not 'no'.
ALTER TABLE service
    ADD COLUMN retrieval_and_tools text NOT NULL DEFAULT 'unknown'
        CHECK (retrieval_and_tools IN ('yes', 'no', 'unknown')),
    ADD COLUMN user_device text NOT NULL DEFAULT 'unknown' CHECK (user_device IN ('yes', 'no', 'unknown'));

-- What a provider says of a service in its own words. Told as in migration 0007: nothing is overwritten, and a text that
-- is taken back is the next revision, without content.
CREATE TABLE service_text (
    service_id  integer NOT NULL REFERENCES service,
    field       text NOT NULL
        CHECK (field IN ('method', 'allocation_rule', 'exclusions', 'hardware', 'remarks')),
    -- A BCP 47 tag; which languages there are the program knows.
    language    text NOT NULL CHECK (language ~ '^[a-z]{2}(-[A-Z][a-z]{3})?$'),
    revision    integer NOT NULL CHECK (revision > 0),
    content     text CHECK (length(content) BETWEEN 1 AND 2000),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (service_id, field, language, revision)
);

-- Which tasks are not among those that the month's figures describe, as a list of {"what": …, "tasks": …}; the number
-- is missing where it is not known. Part of the telling, because it explains its number.
ALTER TABLE service_served
    ADD COLUMN exclusions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(exclusions) = 'array');

-- What calls used that were made again, because an earlier try failed or its answer was discarded: a part of the energy
-- of the steps of their kind. No step was told to be one before. In the details of a record such a step is
-- ["tool", 90000000, true].
ALTER TABLE stage_hour
    ADD COLUMN retry_energy_uj numeric NOT NULL DEFAULT 0,
    ADD CONSTRAINT stage_hour_retry_check CHECK (retry_energy_uj BETWEEN 0 AND energy_uj);
ALTER TABLE stage_hour ALTER COLUMN retry_energy_uj DROP DEFAULT;

-- As before, with the new sum.
DROP FUNCTION add_totals;
CREATE FUNCTION add_totals(
    hour_provider integer[], hour_group integer[], hour_hour timestamptz[], hour_completed bigint[],
    hour_failed bigint[], hour_cancelled bigint[], hour_energy text[], hour_squared text[],
    hour_input bigint[], hour_output bigint[], hour_output_energy text[], hour_cached bigint[],
    hour_reasoning bigint[], hour_accelerator bigint[], hour_no_squares bigint[], hour_no_histogram bigint[],
    hour_unfinished text[], hour_interval text[], hour_interval_low text[], hour_interval_high text[],
    stage_provider integer[], stage_group integer[], stage_hour timestamptz[], stage_kind text[],
    stage_steps bigint[], stage_energy text[], stage_retry text[],
    unit_provider integer[], unit_group integer[], unit_hour timestamptz[], unit_kind text[],
    unit_amount bigint[], unit_energy text[],
    day_provider integer[], day_group integer[], day_day date[], day_buckets text[], day_tasks text[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO total_hour AS total (provider_id, group_id, hour, tasks_completed, tasks_failed,
        tasks_cancelled, energy_uj, energy_sq_uj2, input_tokens, output_tokens, output_tokens_energy_uj,
        cached_tokens, reasoning_tokens, accelerator_us, tasks_without_squares, tasks_without_histogram, unfinished_energy_uj,
        interval_energy_uj, interval_low_uj, interval_high_uj)
    SELECT provider, grp, hour, completed, failed, cancelled, energy::numeric, squared::numeric, input,
        output, output_energy::numeric, cached, reasoning, accelerator, no_squares, no_histogram,
        unfinished::numeric, interval_energy::numeric, low::numeric, high::numeric
    FROM unnest(hour_provider, hour_group, hour_hour, hour_completed, hour_failed, hour_cancelled,
        hour_energy, hour_squared, hour_input, hour_output, hour_output_energy, hour_cached, hour_reasoning,
        hour_accelerator, hour_no_squares, hour_no_histogram, hour_unfinished, hour_interval,
        hour_interval_low, hour_interval_high)
        AS new (provider, grp, hour, completed, failed, cancelled, energy, squared, input, output,
            output_energy, cached, reasoning, accelerator, no_squares, no_histogram, unfinished,
            interval_energy, low, high)
    ON CONFLICT (provider_id, group_id, hour) DO UPDATE SET
        tasks_completed = total.tasks_completed + excluded.tasks_completed,
        tasks_failed = total.tasks_failed + excluded.tasks_failed,
        tasks_cancelled = total.tasks_cancelled + excluded.tasks_cancelled,
        energy_uj = total.energy_uj + excluded.energy_uj,
        energy_sq_uj2 = total.energy_sq_uj2 + excluded.energy_sq_uj2,
        input_tokens = total.input_tokens + excluded.input_tokens,
        output_tokens = total.output_tokens + excluded.output_tokens,
        output_tokens_energy_uj = total.output_tokens_energy_uj + excluded.output_tokens_energy_uj,
        cached_tokens = total.cached_tokens + excluded.cached_tokens,
        reasoning_tokens = total.reasoning_tokens + excluded.reasoning_tokens,
        accelerator_us = total.accelerator_us + excluded.accelerator_us,
        tasks_without_squares = total.tasks_without_squares + excluded.tasks_without_squares,
        tasks_without_histogram = total.tasks_without_histogram + excluded.tasks_without_histogram,
        unfinished_energy_uj = total.unfinished_energy_uj + excluded.unfinished_energy_uj,
        interval_energy_uj = total.interval_energy_uj + excluded.interval_energy_uj,
        interval_low_uj = total.interval_low_uj + excluded.interval_low_uj,
        interval_high_uj = total.interval_high_uj + excluded.interval_high_uj;
    IF cardinality(stage_provider) > 0 THEN
        INSERT INTO stage_hour AS total (provider_id, group_id, hour, step_kind, steps, energy_uj, retry_energy_uj)
        SELECT provider, grp, hour, kind::step_kind, steps, energy::numeric, retry::numeric
        FROM unnest(stage_provider, stage_group, stage_hour, stage_kind, stage_steps, stage_energy, stage_retry)
            AS new (provider, grp, hour, kind, steps, energy, retry)
        ON CONFLICT (provider_id, group_id, hour, step_kind) DO UPDATE SET
            steps = total.steps + excluded.steps, energy_uj = total.energy_uj + excluded.energy_uj,
            retry_energy_uj = total.retry_energy_uj + excluded.retry_energy_uj;
    END IF;
    IF cardinality(unit_provider) > 0 THEN
        INSERT INTO unit_hour AS total (provider_id, group_id, hour, natural_unit, amount, energy_uj)
        SELECT provider, grp, hour, kind::natural_unit, amount, energy::numeric
        FROM unnest(unit_provider, unit_group, unit_hour, unit_kind, unit_amount, unit_energy)
            AS new (provider, grp, hour, kind, amount, energy)
        ON CONFLICT (provider_id, group_id, hour, natural_unit) DO UPDATE SET
            amount = total.amount + excluded.amount, energy_uj = total.energy_uj + excluded.energy_uj;
    END IF;
    INSERT INTO histogram_day (provider_id, group_id, day, buckets, tasks)
    SELECT provider, grp, day, buckets::smallint[], tasks::bigint[]
    FROM unnest(day_provider, day_group, day_day, day_buckets, day_tasks)
        AS new (provider, grp, day, buckets, tasks);
END
$$;
