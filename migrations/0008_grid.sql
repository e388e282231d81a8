-- Grid factors of every hour: zones under all their names, sets that say what they are, and values that
-- cannot be true kept apart.

-- A zone's parent may change: Austria left the zone that it shared with Germany on 2018-10-01. The parent is
-- asked for at an hour; NULL means until further notice.
CREATE TABLE zone_parent (
    zone_key    text NOT NULL REFERENCES zone,
    parent_zone text NOT NULL REFERENCES zone,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz,
    PRIMARY KEY (zone_key, valid_from),
    CHECK (valid_from < valid_to),
    CHECK (parent_zone <> zone_key)
);
INSERT INTO zone_parent (zone_key, parent_zone, valid_from)
SELECT zone_key, parent_zone, '2000-01-01T00:00:00Z' FROM zone WHERE parent_zone IS NOT NULL;
ALTER TABLE zone DROP COLUMN parent_zone;

-- What others call a zone. A code may mean one zone before a day and another after it.
CREATE TABLE zone_code (
    code_kind  text NOT NULL CHECK (code_kind IN ('eic', 'iso3', 'eurostat', 'entsoe', 'cloud_region')),
    code       text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    zone_key   text NOT NULL REFERENCES zone,
    valid_from timestamptz NOT NULL,
    valid_to   timestamptz,
    PRIMARY KEY (code_kind, code, valid_from),
    CHECK (valid_from < valid_to)
);

ALTER TABLE factor_set
    -- Residual mixes serve market-based figures alone; marginal factors are known by name, so that they can be
    -- refused with the reason, and no disclosure reads them.
    ADD COLUMN factor_kind text NOT NULL DEFAULT 'average'
        CHECK (factor_kind IN ('average', 'residual', 'marginal')),
    -- Series are kept as they were delivered.
    DROP CONSTRAINT factor_set_resolution_check,
    ADD CONSTRAINT factor_set_resolution_check
        CHECK (resolution IN ('quarter_hour', 'half_hour', 'hour', 'month', 'year'));
ALTER TABLE factor_set ALTER COLUMN factor_kind DROP DEFAULT;

ALTER TABLE grid_factor
    -- How the source estimated the value, in its own words; empty where it was not, or did not say.
    ADD COLUMN estimation_method text NOT NULL DEFAULT '' CHECK (length(estimation_method) <= 100),
    -- A person may release a value above 2,000 g/kWh from quarantine; above this, it is another unit.
    DROP CONSTRAINT grid_factor_intensity_ug_per_kwh_check,
    ADD CONSTRAINT grid_factor_intensity_ug_per_kwh_check
        CHECK (intensity_ug_per_kwh BETWEEN 0 AND 10000000000),
    -- An import checks the zones of its values once, not once a value: that took half of its time.
    DROP CONSTRAINT grid_factor_zone_key_fkey;

-- Values that cannot be true, or need a person to say that they are. Nothing here is read by any figure.
CREATE TABLE factor_quarantine (
    quarantine_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    factor_set_id integer NOT NULL REFERENCES factor_set,
    zone_key      text NOT NULL REFERENCES zone,
    reason        text NOT NULL CHECK (reason IN (
        'negative', 'absurd', 'zero_for_no_data', 'below_direct', 'far_from_annual')),
    detail        text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    -- Set together when a person released the values, with the reason.
    released_at   timestamptz,
    released_by   text CHECK (length(released_by) BETWEEN 1 AND 200),
    note          text CHECK (length(note) BETWEEN 1 AND 1000),
    CHECK ((released_at IS NULL) = (note IS NULL) AND (note IS NULL) = (released_by IS NULL)),
    -- A negative intensity is another quantity: nobody can release it.
    CHECK (reason <> 'negative' OR released_at IS NULL)
);
CREATE TABLE quarantined_factor (
    quarantine_id        integer NOT NULL REFERENCES factor_quarantine,
    valid_from           timestamptz NOT NULL,
    valid_to             timestamptz NOT NULL,
    intensity_ug_per_kwh bigint NOT NULL,
    is_estimated         boolean NOT NULL,
    estimation_method    text NOT NULL,
    PRIMARY KEY (quarantine_id, valid_from),
    CHECK (valid_from < valid_to)
);
