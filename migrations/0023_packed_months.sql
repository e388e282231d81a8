-- Totals of months that are over, packed: a year of a thousand groups has millions of hourly totals and buckets, and to
-- read them row by row takes many times as long as everything else that a disclosure needs. The rows stay what they are;
-- a pack is made of them in the background, and whatever adds to a total deletes the pack that it is in. Where there is
-- no pack, rows are read.

CREATE TABLE total_month (
    provider_id  integer NOT NULL,
    -- The first day of a UTC month.
    month        date NOT NULL CHECK (extract(day FROM month) = 1),
    group_id     integer NOT NULL REFERENCES record_group,
    -- What the bytes mean. A program reads and makes packs of its own number only.
    packing      smallint NOT NULL,
    -- Completed, failed and cancelled ones.
    tasks        numeric NOT NULL,
    energy_uj    numeric NOT NULL,
    accelerator_us     numeric NOT NULL,
    -- Completed tasks of hours with and without accelerator time.
    tasks_with_time    bigint NOT NULL,
    tasks_without_time bigint NOT NULL,
    -- Hour by hour from the beginning of the month, whether there was any task.
    hours_with_tasks   bit(744) NOT NULL,
    days         bytea NOT NULL,
    histograms   bytea NOT NULL,
    squares      bytea NOT NULL,
    stages       bytea NOT NULL,
    units        bytea NOT NULL,
    intervals    bytea NOT NULL,
    unmeasured   bytea NOT NULL,
    PRIMARY KEY (provider_id, month, group_id)
);
-- They are packed already, and what is not compressed is read in a third of the time.
ALTER TABLE total_month
    ALTER COLUMN days SET STORAGE EXTERNAL,
    ALTER COLUMN histograms SET STORAGE EXTERNAL,
    ALTER COLUMN squares SET STORAGE EXTERNAL,
    ALTER COLUMN stages SET STORAGE EXTERNAL,
    ALTER COLUMN units SET STORAGE EXTERNAL,
    ALTER COLUMN intervals SET STORAGE EXTERNAL,
    ALTER COLUMN unmeasured SET STORAGE EXTERNAL;

-- The months of a period, of each group of a provider (and of one service, where it is given), as far as they lie within
-- it; with the month where there is a pack of the whole of it. Months are those of UTC, in whatever time zone the
-- session is.
CREATE FUNCTION total_pieces(
    provider integer, service integer, period_from timestamptz, period_to timestamptz, of_packing smallint
) RETURNS TABLE (
    service_id integer, group_id integer, piece_from timestamptz, piece_to timestamptz, packed_month date
) LANGUAGE sql STABLE AS $$
    SELECT record_group.service_id, record_group.group_id,
        greatest(first AT TIME ZONE 'UTC', period_from), least(next AT TIME ZONE 'UTC', period_to), pack.month
    FROM record_group
    CROSS JOIN generate_series(date_trunc('month', period_from AT TIME ZONE 'UTC'),
        period_to AT TIME ZONE 'UTC' - interval '1 microsecond', interval '1 month') AS first
    CROSS JOIN LATERAL (SELECT first + interval '1 month' AS next) AS after
    LEFT JOIN total_month AS pack ON pack.provider_id = provider AND pack.month = first::date
        AND pack.group_id = record_group.group_id AND pack.packing = of_packing
        AND first AT TIME ZONE 'UTC' >= period_from AND next AT TIME ZONE 'UTC' <= period_to
    WHERE record_group.provider_id = provider AND (service IS NULL OR record_group.service_id = service)
$$;

-- Deletes the packs that hold any of these groups and hours. Those who add to the same totals wait for each other in one
-- order, and whoever makes packs waits for all of them: it holds the lock that records hold shared and windows alone.
CREATE FUNCTION delete_packs(providers integer[], groups integer[], hours timestamptz[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first_month date;
    last_month date;
BEGIN
    SELECT date_trunc('month', min(hour) AT TIME ZONE 'UTC'), date_trunc('month', max(hour) AT TIME ZONE 'UTC')
    INTO first_month, last_month FROM unnest(hours) AS hour;
    -- Mostly records are of a month that is not over, and have no pack.
    IF NOT EXISTS (
        SELECT FROM total_month
        WHERE provider_id = ANY (providers) AND month BETWEEN first_month AND last_month)
    THEN
        RETURN;
    END IF;
    WITH gone AS (
        SELECT provider_id, month, group_id FROM total_month
        WHERE (provider_id, month, group_id) IN (
            SELECT provider, date_trunc('month', hour AT TIME ZONE 'UTC')::date, grp
            FROM unnest(providers, groups, hours) AS new (provider, grp, hour))
        ORDER BY provider_id, month, group_id FOR UPDATE
    )
    DELETE FROM total_month USING gone
    WHERE total_month.provider_id = gone.provider_id AND total_month.month = gone.month
      AND total_month.group_id = gone.group_id;
END
$$;

-- As before; then what was added to is packed no longer.
CREATE OR REPLACE FUNCTION add_totals(
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
    PERFORM delete_packs(hour_provider, hour_group, hour_hour);
END
$$;

-- The sums of a group and month that a pack holds beside its bytes.
CREATE FUNCTION month_sums(provider integer, of_group integer, of_month date) RETURNS TABLE (
    tasks numeric, energy_uj numeric, accelerator_us numeric, tasks_with_time bigint, tasks_without_time bigint,
    hours_with_tasks bit(744)
) LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(total.tasks_completed + total.tasks_failed + total.tasks_cancelled), 0),
        coalesce(sum(total.energy_uj), 0), coalesce(sum(total.accelerator_us), 0),
        coalesce(sum(total.tasks_completed) FILTER (WHERE total.accelerator_us > 0), 0)::bigint,
        coalesce(sum(total.tasks_completed) FILTER (WHERE total.accelerator_us = 0), 0)::bigint,
        coalesce(bit_or(set_bit(repeat('0', 744)::bit(744),
            (extract(epoch FROM total.hour - of_month::timestamp AT TIME ZONE 'UTC') / 3600)::integer, 1))
            FILTER (WHERE total.tasks_completed + total.tasks_failed + total.tasks_cancelled > 0),
            repeat('0', 744)::bit(744))
    FROM total_hour AS total
    WHERE total.provider_id = provider AND total.group_id = of_group
      AND total.hour >= of_month::timestamp AT TIME ZONE 'UTC'
      AND total.hour < (of_month + interval '1 month') AT TIME ZONE 'UTC'
$$;
