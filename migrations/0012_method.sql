-- What the whole method needs of records: tasks that are sent without energy, energy of which nobody knows whether
-- the PUE is inside, what unfinished tasks used, and the intervals that records state.

-- How the energy of a group is known. Energy that is 'it_or_facility' is counted, and no figure is made of it before its
-- provider has settled what it includes. Tasks that came without energy are counted apart by what an estimate
-- can be made from: their energy is 0 in every sum until the method estimates it, from the coefficient
-- of the day, so that a later coefficient needs no record changed.
ALTER TABLE record_group
    DROP CONSTRAINT record_group_boundary_check,
    DROP CONSTRAINT record_group_evidence_check,
    ADD CONSTRAINT record_group_energy_terms CHECK (
        boundary IN ('accelerator', 'server', 'it', 'facility', 'it_or_facility')
            AND evidence IN ('metered', 'counter', 'modelled', 'declared')
        OR boundary = 'estimated' AND evidence IN ('from_tokens', 'from_time'));

-- What energy that came as 'it_or_facility' includes at a site: told as site factors are, by UTC days.
CREATE TABLE site_boundary (
    site_id     integer NOT NULL REFERENCES site,
    -- One order of telling for a site.
    revision    integer NOT NULL CHECK (revision > 0),
    valid_from  date NOT NULL,
    valid_to    date NOT NULL,
    boundary    text NOT NULL CHECK (boundary IN ('it', 'facility')),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, revision),
    CHECK (valid_from < valid_to)
);

-- A coefficient of tokens, or the mean power of one accelerator while it works on this model, or both: tasks that
-- state their accelerator time and no tokens are estimated from that.
ALTER TABLE model_coefficient
    ALTER COLUMN output_token_nj DROP NOT NULL,
    -- Milliwatts; no accelerator takes more than 100 kW.
    ADD COLUMN accelerator_mw bigint CHECK (accelerator_mw BETWEEN 1 AND 100000000),
    ADD CONSTRAINT model_coefficient_states_something CHECK (num_nonnulls(output_token_nj, accelerator_mw) > 0),
    ADD CONSTRAINT model_coefficient_input_needs_output CHECK (input_token_nj IS NULL OR output_token_nj IS NOT NULL);

ALTER TABLE total_hour
    -- Of records of failed and cancelled tasks. What such tasks used within windows is not known.
    ADD COLUMN unfinished_energy_uj numeric NOT NULL DEFAULT 0,
    -- Energy of records that state an interval, and the sums of its ends.
    ADD COLUMN interval_energy_uj numeric NOT NULL DEFAULT 0,
    ADD COLUMN interval_low_uj numeric NOT NULL DEFAULT 0,
    ADD COLUMN interval_high_uj numeric NOT NULL DEFAULT 0;
UPDATE total_hour AS total SET unfinished_energy_uj = sums.unfinished, interval_energy_uj = sums.stated,
    interval_low_uj = sums.low, interval_high_uj = sums.high
FROM (
    SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC') AS hour,
        coalesce(sum(energy_uj) FILTER (WHERE outcome <> 'c'), 0) AS unfinished,
        coalesce(sum(energy_uj) FILTER (WHERE details->>'energy_low_uj' IS NOT NULL), 0) AS stated,
        coalesce(sum((details->>'energy_low_uj')::numeric), 0) AS low,
        coalesce(sum((details->>'energy_high_uj')::numeric), 0) AS high
    FROM task_record WHERE outcome <> 'c' OR details->>'energy_low_uj' IS NOT NULL GROUP BY 1, 2, 3
) AS sums
WHERE (total.provider_id, total.group_id, total.hour) = (sums.provider_id, sums.group_id, sums.hour);
ALTER TABLE total_hour
    DROP CONSTRAINT total_hour_amounts,
    -- One constraint, because each one of its own is read and compiled anew by every statement.
    ADD CONSTRAINT total_hour_amounts CHECK (
        least(tasks_completed, tasks_failed, tasks_cancelled, tasks_without_squares, tasks_without_histogram) >= 0
        AND least(energy_sq_uj2, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
            accelerator_us, output_tokens_energy_uj, energy_uj - output_tokens_energy_uj, unfinished_energy_uj,
            energy_uj - unfinished_energy_uj, interval_low_uj, interval_energy_uj - interval_low_uj,
            interval_high_uj - interval_energy_uj, energy_uj - interval_energy_uj) >= 0);

-- As before, with the new sums.
DROP FUNCTION add_totals;
CREATE FUNCTION add_totals(
    hour_provider integer[], hour_group integer[], hour_hour timestamptz[], hour_completed bigint[],
    hour_failed bigint[], hour_cancelled bigint[], hour_energy text[], hour_squared text[],
    hour_input bigint[], hour_output bigint[], hour_output_energy text[], hour_cached bigint[],
    hour_reasoning bigint[], hour_accelerator bigint[], hour_no_squares bigint[], hour_no_histogram bigint[],
    hour_unfinished text[], hour_interval text[], hour_interval_low text[], hour_interval_high text[],
    stage_provider integer[], stage_group integer[], stage_hour timestamptz[], stage_kind text[],
    stage_steps bigint[], stage_energy text[],
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
        INSERT INTO stage_hour AS total (provider_id, group_id, hour, step_kind, steps, energy_uj)
        SELECT provider, grp, hour, kind::step_kind, steps, energy::numeric
        FROM unnest(stage_provider, stage_group, stage_hour, stage_kind, stage_steps, stage_energy)
            AS new (provider, grp, hour, kind, steps, energy)
        ON CONFLICT (provider_id, group_id, hour, step_kind) DO UPDATE SET
            steps = total.steps + excluded.steps, energy_uj = total.energy_uj + excluded.energy_uj;
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
