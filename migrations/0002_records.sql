-- Records, and the totals that are written in the same transaction.

CREATE TYPE task_outcome AS ENUM ('completed', 'failed', 'cancelled');
CREATE TYPE step_kind AS ENUM (
    'generation', 'reasoning', 'retrieval', 'reranking', 'tool', 'verification',
    'image_generation', 'embedding', 'orchestration', 'other'
);

-- Everything that a figure may be grouped by. A record, its hourly total and its histogram name one
-- small number instead of repeating seven columns; a group never changes once made.
CREATE TABLE record_group (
    group_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id integer NOT NULL REFERENCES provider,
    service_id  integer NOT NULL REFERENCES service,
    model_id    integer NOT NULL REFERENCES model,
    site_id     integer NOT NULL REFERENCES site,
    task_type   text NOT NULL CHECK (task_type IN (
        'chat', 'reasoning', 'code', 'agent', 'summarisation', 'translation', 'question_answering',
        'classification', 'embedding', 'retrieval', 'image_generation', 'image_understanding',
        'video_generation', 'speech_to_text', 'text_to_speech', 'ocr', 'other')),
    boundary    text NOT NULL CHECK (boundary IN ('accelerator', 'server', 'it', 'facility')),
    evidence    text NOT NULL CHECK (evidence IN ('metered', 'counter', 'modelled', 'declared')),
    UNIQUE (provider_id, service_id, model_id, site_id, task_type, boundary, evidence)
);

-- One row a task. Time stands before the record's key in the primary key, because inserts then touch
-- neighbouring index pages; with random keys first the same load took about three times as long.
-- Fixed-width columns stand first and the optional ones last, which keeps a row short.
CREATE TABLE task_record (
    started_at       timestamptz NOT NULL,
    -- The client's id when that is a UUID, else the name-based UUID of (provider, id).
    record_key       uuid NOT NULL,
    energy_uj        bigint NOT NULL CHECK (energy_uj >= 0),
    provider_id      integer NOT NULL,
    group_id         integer NOT NULL,
    outcome          task_outcome NOT NULL,
    received_at      timestamptz NOT NULL,
    duration_us      bigint CHECK (duration_us >= 0),
    energy_low_uj    bigint CHECK (energy_low_uj >= 0),
    energy_high_uj   bigint,
    input_tokens     bigint CHECK (input_tokens >= 0),
    output_tokens    bigint CHECK (output_tokens >= 0),
    -- Cached tokens are a subset of the input, reasoning tokens of the output.
    cached_tokens    bigint CHECK (cached_tokens BETWEEN 0 AND input_tokens),
    reasoning_tokens bigint CHECK (reasoning_tokens BETWEEN 0 AND output_tokens),
    -- Steps explain the task; the two arrays run in parallel.
    step_kinds       step_kind[],
    step_energies_uj bigint[],
    PRIMARY KEY (provider_id, started_at, record_key),
    CHECK ((energy_low_uj IS NULL) = (energy_high_uj IS NULL)),
    CHECK (energy_low_uj <= energy_uj AND energy_uj <= energy_high_uj),
    -- A subset without its whole would slip through the checks above, because NULL compares to nothing.
    CHECK (cached_tokens IS NULL OR input_tokens IS NOT NULL),
    CHECK (reasoning_tokens IS NULL OR output_tokens IS NOT NULL),
    CHECK (cardinality(step_kinds) IS NOT DISTINCT FROM cardinality(step_energies_uj))
) PARTITION BY RANGE (started_at);

-- Makes the partition of the UTC month that holds `at`. A new table is attached rather than created
-- in place, because attaching does not lock out readers and writers of the other months. The advisory
-- lock lets two instances meet the first record of a month together.
CREATE FUNCTION ensure_task_record_partition(at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month_from timestamptz := date_trunc('month', at, 'UTC');
    -- A month is added in UTC, so that the bounds are the same in every session's time zone.
    month_to   timestamptz := (month_from AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    partition  text := 'task_record_' || to_char(month_from AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('taskwatt.' || current_schema() || '.task_record'));
    IF to_regclass(format('%I.%I', current_schema(), partition)) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE task_record INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    EXECUTE format(
        'ALTER TABLE %I ADD PRIMARY KEY (provider_id, started_at, record_key), '
        'ADD CONSTRAINT %I CHECK (started_at >= %L AND started_at < %L)',
        partition, partition || '_month', month_from, month_to);
    EXECUTE format(
        'ALTER TABLE task_record ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        partition, month_from, month_to);
END
$$;

-- Sums by hour: reports and pages read these, not the records. Energy is `numeric`, because a sum of
-- bigint is, and cannot overflow; squares are kept for the sampling error of a mean.
CREATE TABLE total_hour (
    provider_id     integer NOT NULL,
    group_id        integer NOT NULL,
    hour            timestamptz NOT NULL,
    tasks_completed bigint NOT NULL CHECK (tasks_completed >= 0),
    tasks_failed    bigint NOT NULL CHECK (tasks_failed >= 0),
    tasks_cancelled bigint NOT NULL CHECK (tasks_cancelled >= 0),
    energy_uj       numeric NOT NULL CHECK (energy_uj >= 0),
    energy_sq_uj2   numeric NOT NULL CHECK (energy_sq_uj2 >= 0),
    input_tokens    numeric NOT NULL CHECK (input_tokens >= 0),
    output_tokens   numeric NOT NULL CHECK (output_tokens >= 0),
    -- Energy of the records that state their output tokens: the numerator of "per 1,000 output tokens".
    output_tokens_energy_uj numeric NOT NULL CHECK (output_tokens_energy_uj >= 0),
    PRIMARY KEY (provider_id, group_id, hour),
    CHECK (output_tokens_energy_uj <= energy_uj)
);

CREATE TABLE stage_hour (
    provider_id integer NOT NULL,
    group_id    integer NOT NULL,
    hour        timestamptz NOT NULL,
    step_kind   step_kind NOT NULL,
    steps       bigint NOT NULL CHECK (steps >= 0),
    energy_uj   numeric NOT NULL CHECK (energy_uj >= 0),
    PRIMARY KEY (provider_id, group_id, hour, step_kind)
);

-- Completed tasks by UTC day and bucket of their own energy (`method::histogram` says how wide a
-- bucket is): the source of the median and the percentiles.
CREATE TABLE histogram_day (
    provider_id integer NOT NULL,
    group_id    integer NOT NULL,
    day         date NOT NULL,
    bucket      smallint NOT NULL CHECK (bucket >= 0),
    tasks       bigint NOT NULL CHECK (tasks >= 0),
    PRIMARY KEY (provider_id, group_id, day, bucket)
);
