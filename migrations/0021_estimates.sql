-- What estimates are made from, and the classes of meters.

-- Of tasks that came without energy, a sum must leave none out: a group holds such tasks as state all that its estimate
-- may be made from. So far, tasks with output tokens stood together whether or not they stated their time on
-- accelerators, and also where their output tokens were zero. Now zero supports no estimate, input tokens alone do, and
-- where tasks state both tokens and time either may be taken.
ALTER TABLE record_group
    DROP CONSTRAINT record_group_energy_terms,
    ADD CONSTRAINT record_group_energy_terms CHECK (
        boundary IN ('accelerator', 'server', 'it', 'facility', 'it_or_facility')
            AND evidence IN ('metered', 'counter', 'modelled', 'declared')
        OR boundary = 'estimated' AND evidence IN ('from_tokens', 'from_input_tokens', 'from_time',
            'from_tokens_or_time', 'from_input_tokens_or_time'));

-- Records move to the group in which they would be stored today, so that one that is sent again is still a duplicate.
-- Where all that a record states is zero, it stays: there is no energy to be told of it, and figures are refused
-- where nothing else stands beside it.
CREATE TEMPORARY TABLE moving ON COMMIT DROP AS
SELECT provider_id, started_at, record_key, group_id AS old_group, wanted, NULL::integer AS new_group
FROM (
    SELECT record.provider_id, started_at, record_key, own.group_id, evidence,
        CASE WHEN output_tokens > 0 THEN 'from_tokens' WHEN input_tokens > 0 THEN 'from_input_tokens' ELSE 'from' END
        || CASE
            WHEN coalesce((details->>'accelerator_us')::bigint, 0) = 0 THEN ''
            WHEN greatest(output_tokens, input_tokens) > 0 THEN '_or_time'
            ELSE '_time' END AS wanted
    FROM task_record AS record JOIN record_group AS own ON own.group_id = record.group_id
    WHERE own.boundary = 'estimated'
) AS sorted
WHERE wanted NOT IN ('from', evidence);

INSERT INTO record_group (provider_id, service_id, model_id, site_id, task_type, boundary, evidence, accelerator,
    place, counted_from)
SELECT DISTINCT own.provider_id, service_id, model_id, site_id, task_type, boundary, wanted, accelerator, place,
    counted_from
FROM moving JOIN record_group AS own ON own.group_id = old_group
ON CONFLICT DO NOTHING;

UPDATE moving SET new_group = new.group_id
FROM record_group AS own, record_group AS new
WHERE own.group_id = old_group
  AND (new.provider_id, new.service_id, new.model_id, new.site_id, new.task_type, new.boundary, new.evidence,
      new.accelerator, new.place, new.counted_from)
    = (own.provider_id, own.service_id, own.model_id, own.site_id, own.task_type, own.boundary, wanted,
      own.accelerator, own.place, own.counted_from);

UPDATE task_record AS record SET group_id = new_group
FROM moving
WHERE (record.provider_id, record.started_at, record.record_key)
    = (moving.provider_id, moving.started_at, moving.record_key);

-- The sums of both groups are added up anew. Such tasks have no steps, intervals and places in histograms.
CREATE TEMPORARY TABLE summed ON COMMIT DROP AS
SELECT old_group AS group_id FROM moving UNION SELECT new_group FROM moving;
DELETE FROM total_hour WHERE group_id IN (SELECT group_id FROM summed);
DELETE FROM unit_hour WHERE group_id IN (SELECT group_id FROM summed);
INSERT INTO total_hour (provider_id, group_id, hour, tasks_completed, tasks_failed, tasks_cancelled, energy_uj,
    energy_sq_uj2, input_tokens, output_tokens, output_tokens_energy_uj, cached_tokens, reasoning_tokens,
    accelerator_us, tasks_without_squares, tasks_without_histogram)
SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC'), count(*) FILTER (WHERE outcome = 'c'),
    count(*) FILTER (WHERE outcome = 'f'), count(*) FILTER (WHERE outcome = 'x'), 0, 0,
    sum(greatest(input_tokens, 0)), sum(greatest(output_tokens, 0)), 0, sum(greatest(cached_tokens, 0)),
    sum(greatest(reasoning_tokens, 0)), coalesce(sum((details->>'accelerator_us')::numeric), 0), count(*),
    count(*) FILTER (WHERE outcome = 'c')
FROM task_record WHERE group_id IN (SELECT group_id FROM summed)
GROUP BY 1, 2, 3;
INSERT INTO unit_hour (provider_id, group_id, hour, natural_unit, amount, energy_uj)
SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC'), unit.key::natural_unit,
    sum(unit.value::numeric), 0
FROM task_record, json_each_text(details->'units') AS unit
WHERE group_id IN (SELECT group_id FROM summed)
GROUP BY 1, 2, 3, 4;

-- A coefficient of input tokens alone is of tasks that write none: embedding, classification.
ALTER TABLE model_coefficient
    DROP CONSTRAINT model_coefficient_input_needs_output,
    DROP CONSTRAINT model_coefficient_states_something,
    ADD CONSTRAINT model_coefficient_states_something CHECK (
        num_nonnulls(output_token_nj, input_token_nj, accelerator_mw) > 0);

-- Within how many per cent the meters of a site, or the counters in its devices, tell energy: told as site factors are,
-- by UTC days. Not a row of `site_factor`: it multiplies nothing and must not reach the sums that read those.
CREATE TABLE site_meter_class (
    site_id     integer NOT NULL REFERENCES site,
    class_kind  text NOT NULL CHECK (class_kind IN ('metered_class', 'counter_class')),
    -- One order of telling for a site and kind.
    revision    integer NOT NULL CHECK (revision > 0),
    valid_from  date NOT NULL,
    valid_to    date NOT NULL,
    -- Either way, in parts per million: four decimals of a per cent are exact.
    class_ppm   bigint NOT NULL CHECK (class_ppm BETWEEN 1000 AND 500000),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, class_kind, revision),
    CHECK (valid_from < valid_to)
);
