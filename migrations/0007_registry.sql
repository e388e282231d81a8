-- What more is known of services, models and sites, and what providers declare of them over time.
--
-- Every table of declarations here is kept as `site_factor` is: the days say when a value held, the
-- revision says in which order we were told, and nothing is overwritten, so that what was computed can
-- be computed again. Days are dates, because a declaration holds for whole UTC days.

-- A remark of the provider for its own use; it is not published.
ALTER TABLE service ADD COLUMN note text CHECK (length(note) BETWEEN 1 AND 1000);
ALTER TABLE site ADD COLUMN note text CHECK (length(note) BETWEEN 1 AND 1000);

ALTER TABLE model
    ADD COLUMN note text CHECK (length(note) BETWEEN 1 AND 1000),
    -- Parameters, and those of them that work on one token (fewer in a mixture of experts).
    ADD COLUMN parameters_total bigint CHECK (parameters_total > 0),
    ADD COLUMN parameters_active bigint CHECK (parameters_active > 0),
    -- The model that a change is told against. A cycle is refused by the program, which makes the
    -- writers of one provider's models wait for each other; the database refuses the shortest.
    ADD COLUMN baseline_model_id integer REFERENCES model CHECK (baseline_model_id <> model_id),
    ADD CONSTRAINT model_parameters_check CHECK (parameters_active <= parameters_total);

-- Measured energy per token: the source of estimates for records without energy. A model has several at
-- the same time, one for each way of running it (boundary, hardware, batch size, precision).
CREATE TABLE model_coefficient (
    model_id        integer NOT NULL REFERENCES model,
    -- One order of telling for a model.
    revision        integer NOT NULL CHECK (revision > 0),
    valid_from      date NOT NULL,
    valid_to        date NOT NULL,
    -- Nanojoules, because a token of a small model takes microjoules and a decimal must stay exact. At
    -- most a megajoule a token: more is a slip of units.
    output_token_nj bigint NOT NULL CHECK (output_token_nj BETWEEN 1 AND 1000000000000000),
    input_token_nj  bigint CHECK (input_token_nj BETWEEN 1 AND 1000000000000000),
    boundary        text NOT NULL CHECK (boundary IN ('accelerator', 'server', 'it', 'facility')),
    hardware        text NOT NULL CHECK (length(hardware) BETWEEN 1 AND 200),
    batch_size      integer CHECK (batch_size BETWEEN 1 AND 1000000),
    precision_bits  smallint CHECK (precision_bits BETWEEN 1 AND 64),
    source          text NOT NULL CHECK (length(source) BETWEEN 1 AND 500),
    licence         text NOT NULL CHECK (length(licence) BETWEEN 1 AND 100),
    published_on    date,
    recorded_at     timestamptz NOT NULL,
    PRIMARY KEY (model_id, revision),
    CHECK (valid_from < valid_to)
);

-- Water used on site per unit of IT energy. Not a row of `site_factor`: it is no multiplier between two
-- layers, has another unit, may be zero, and must not reach the sums that read those.
CREATE TABLE site_wue (
    site_id     integer NOT NULL REFERENCES site,
    revision    integer NOT NULL CHECK (revision > 0),
    valid_from  date NOT NULL,
    valid_to    date NOT NULL,
    -- Microlitres, so that six decimals of a litre are exact; more than 100 L/kWh is a slip of units.
    wue_ul_per_kwh bigint NOT NULL CHECK (wue_ul_per_kwh BETWEEN 0 AND 100000000),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, revision),
    CHECK (valid_from < valid_to)
);

-- What stands in a site: a line for each kind of accelerator.
CREATE TABLE site_hardware (
    site_id      integer NOT NULL REFERENCES site,
    revision     integer NOT NULL CHECK (revision > 0),
    valid_from   date NOT NULL,
    valid_to     date NOT NULL,
    accelerator  text NOT NULL CHECK (length(accelerator) BETWEEN 1 AND 200),
    -- Zero says that there are none any more.
    accelerators integer NOT NULL CHECK (accelerators >= 0),
    note         text CHECK (length(note) BETWEEN 1 AND 1000),
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (site_id, revision),
    CHECK (valid_from < valid_to)
);

-- Tasks that a service served in a UTC month, declared apart from the records: records ÷ served is the
-- coverage of a disclosure. The latest revision of a month counts.
CREATE TABLE service_served (
    service_id  integer NOT NULL REFERENCES service,
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    revision    integer NOT NULL CHECK (revision > 0),
    tasks       bigint NOT NULL CHECK (tasks BETWEEN 0 AND 1000000000000000),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (service_id, month, revision)
);
