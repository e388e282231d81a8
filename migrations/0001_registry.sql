-- Who provides what, where it runs, and who may write.
--
-- Every name that a client sends (`*_key`) is unique within its provider and never changes, so that
-- a record means the same thing for ever; what may change (a legal name, a note) stands beside it.
-- Lengths and shapes repeat what the types of `domain` promise: the database is the last to refuse.

CREATE TABLE provider (
    provider_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_key  text NOT NULL UNIQUE CHECK (provider_key ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    legal_name    text NOT NULL CHECK (length(legal_name) BETWEEN 1 AND 200),
    contact       text CHECK (length(contact) BETWEEN 1 AND 200),
    -- A plain sentence shown to the public on every page of this provider.
    public_note   text CHECK (length(public_note) BETWEEN 1 AND 1000),
    -- Public and generated data are said to be so on every page, so that nobody takes them for an
    -- operator's own figures.
    provider_kind text NOT NULL CHECK (provider_kind IN ('operator', 'public_data', 'fictitious')),
    created_at    timestamptz NOT NULL
);

CREATE TABLE service (
    service_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id   integer NOT NULL REFERENCES provider,
    service_key   text NOT NULL CHECK (service_key ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- How the provider comes by its energy figures, in about 100 words; printed in the disclosure.
    energy_method text CHECK (length(energy_method) BETWEEN 1 AND 2000),
    created_at    timestamptz NOT NULL,
    UNIQUE (provider_id, service_key)
);

CREATE TABLE model (
    model_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id  integer NOT NULL REFERENCES provider,
    model_key    text NOT NULL CHECK (model_key ~ '^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$'),
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    version      text CHECK (length(version) BETWEEN 1 AND 100),
    released_on  date,
    created_at   timestamptz NOT NULL,
    UNIQUE (provider_id, model_key)
);

-- Places with a grid carbon intensity of their own: countries and bidding zones. A bidding zone is
-- not a country; its parent is where the ladder looks when the zone itself has no factor.
CREATE TABLE zone (
    zone_key    text PRIMARY KEY CHECK (zone_key ~ '^[A-Z]{2}(-[A-Z0-9]{1,8}){0,2}$'),
    name        text NOT NULL,
    parent_zone text REFERENCES zone,
    CHECK (parent_zone <> zone_key)
);

CREATE TABLE site (
    site_id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id  integer NOT NULL REFERENCES provider,
    site_key     text NOT NULL CHECK (site_key ~ '^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$'),
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- The data centre's zone, not the user's.
    zone_key     text NOT NULL REFERENCES zone,
    created_at   timestamptz NOT NULL,
    UNIQUE (provider_id, site_key)
);

-- Declared, dated multipliers between two layers of a site's energy. Bitemporal: the validity
-- interval says when the value held, the revision says when we were told; a later revision never
-- overwrites, so that a published figure can always be computed again.
CREATE TABLE site_factor (
    site_id     integer NOT NULL REFERENCES site,
    factor_kind text NOT NULL CHECK (factor_kind IN ('pue', 'server_per_accelerator', 'it_per_server')),
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz NOT NULL,
    revision    integer NOT NULL CHECK (revision > 0),
    value_ppm   bigint NOT NULL CHECK (value_ppm BETWEEN 1000000 AND 10000000),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (site_id, factor_kind, valid_from, revision),
    -- One order of telling for a site and kind, so that "the latest" is never ambiguous.
    UNIQUE (site_id, factor_kind, revision),
    CHECK (valid_from < valid_to),
    -- Histograms are kept by UTC day and shifted by the day's factor, so a factor holds for whole days.
    CHECK (date_trunc('day', valid_from, 'UTC') = valid_from AND date_trunc('day', valid_to, 'UTC') = valid_to)
);

-- Keys are shown once and kept as a SHA-256 digest: they are 256 random bits, so a slow password
-- hash would add cost and no safety.
CREATE TABLE api_key (
    api_key_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id integer NOT NULL REFERENCES provider,
    key_sha256  bytea NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
    -- The first characters, so that a person can tell keys apart in a list.
    key_start   text NOT NULL CHECK (length(key_start) = 12),
    label       text NOT NULL CHECK (length(label) BETWEEN 1 AND 100),
    scopes      text[] NOT NULL CHECK (
        cardinality(scopes) > 0
        AND scopes <@ ARRAY['records:write', 'disclosures:write']
    ),
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz
);
