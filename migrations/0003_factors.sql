-- Grid carbon intensity. A set is one publication of one source under one licence; its values are
-- bitemporal: `[valid_from, valid_to)` says which hours a value is for, `revision` which telling of
-- it this is. A later revision stands beside the earlier one, which published disclosures name.

CREATE TABLE factor_set (
    factor_set_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    set_key       text NOT NULL UNIQUE CHECK (set_key ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    source        text NOT NULL CHECK (length(source) BETWEEN 1 AND 200),
    licence       text NOT NULL CHECK (length(licence) BETWEEN 1 AND 100),
    attribution   text NOT NULL CHECK (length(attribution) BETWEEN 1 AND 500),
    release       text NOT NULL CHECK (length(release) BETWEEN 1 AND 100),
    -- One disclosure uses one basis and one perimeter. Marginal factors have no place in an inventory.
    basis         text NOT NULL CHECK (basis IN ('lifecycle', 'direct')),
    perimeter     text NOT NULL CHECK (perimeter IN ('consumption', 'production')),
    resolution    text NOT NULL CHECK (resolution IN ('hour', 'month', 'year')),
    created_at    timestamptz NOT NULL
);

CREATE TABLE grid_factor (
    factor_set_id       integer NOT NULL REFERENCES factor_set,
    zone_key            text NOT NULL REFERENCES zone,
    valid_from          timestamptz NOT NULL,
    revision            integer NOT NULL CHECK (revision > 0),
    valid_to            timestamptz NOT NULL,
    -- Zero is a value (a genuine zero of direct emissions); a missing value has no row.
    intensity_ug_per_kwh bigint NOT NULL CHECK (intensity_ug_per_kwh BETWEEN 0 AND 2000000000),
    is_estimated        boolean NOT NULL,
    recorded_at         timestamptz NOT NULL,
    PRIMARY KEY (factor_set_id, zone_key, valid_from, revision),
    CHECK (valid_from < valid_to)
);
