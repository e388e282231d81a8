-- What there is of grid factors by set, zone and year, so that pages and lists need not read millions of
-- values. It is renewed in the transaction that writes values, and holds nothing that they do not say.

CREATE TABLE factor_coverage (
    factor_set_id     integer NOT NULL REFERENCES factor_set,
    zone_key          text NOT NULL,
    -- The UTC year in which the values begin.
    year              integer NOT NULL,
    -- UTC hours of the year for all of which there is a value: of four quarters where values are of quarters.
    covered_hours     integer NOT NULL CHECK (covered_hours BETWEEN 0 AND 8784),
    -- Values in their latest revision, and those of them that the source estimated.
    values_total      integer NOT NULL CHECK (values_total > 0),
    values_estimated  integer NOT NULL CHECK (values_estimated BETWEEN 0 AND values_total),
    highest_revision  integer NOT NULL,
    first_at          timestamptz NOT NULL,
    last_at           timestamptz NOT NULL,
    -- Of all revisions.
    first_recorded_at timestamptz NOT NULL,
    last_recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (factor_set_id, zone_key, year)
);
-- A page of one zone asks for its rows of all sets.
CREATE INDEX factor_coverage_zone ON factor_coverage (zone_key);

-- Counts the values of one set again, for some zones and years.
CREATE FUNCTION renew_factor_coverage(of_set integer, of_zones text[], of_years integer[]) RETURNS void
-- Compiling the plan would take twenty times as long as counting a year.
LANGUAGE sql SET jit = off AS $$
    -- Two imports into one set must not count without each other: the second waits here for the first to
    -- commit, and the statements below then see what it wrote. Other rows may refer to the set meanwhile.
    SELECT FROM factor_set WHERE factor_set_id = of_set FOR NO KEY UPDATE;

    DELETE FROM factor_coverage
    WHERE factor_set_id = of_set AND zone_key = ANY (of_zones) AND year = ANY (of_years);

    INSERT INTO factor_coverage (factor_set_id, zone_key, year, covered_hours, values_total, values_estimated,
        highest_revision, first_at, last_at, first_recorded_at, last_recorded_at)
    WITH bounds AS (
        SELECT year, make_timestamptz(year, 1, 1, 0, 0, 0, 'UTC') AS year_from,
            make_timestamptz(year + 1, 1, 1, 0, 0, 0, 'UTC') AS year_to
        FROM (SELECT DISTINCT unnest(of_years)) AS wanted (year)
    ), telling AS (
        SELECT zone_key, year, valid_from, least(valid_to, year_to) AS valid_to, revision, is_estimated, recorded_at,
            lead(revision) OVER (PARTITION BY zone_key, valid_from ORDER BY revision) IS NULL AS is_latest
        FROM bounds JOIN grid_factor ON valid_from >= year_from AND valid_from < year_to
        WHERE factor_set_id = of_set AND zone_key = ANY (of_zones)
    ), counted AS (
        SELECT zone_key, year, count(*) FILTER (WHERE is_latest) AS values_total,
            count(*) FILTER (WHERE is_latest AND is_estimated) AS values_estimated, max(revision) AS revision,
            min(valid_from) AS first_at, max(valid_to) FILTER (WHERE is_latest) AS last_at,
            min(recorded_at) AS first_recorded_at, max(recorded_at) AS last_recorded_at,
            range_agg(tstzrange(valid_from, valid_to)) FILTER (WHERE is_latest) AS covered
        FROM telling GROUP BY zone_key, year
    )
    SELECT of_set, zone_key, year,
        (SELECT coalesce(sum(greatest(0,
                floor(extract(epoch FROM upper(part)) / 3600) - ceil(extract(epoch FROM lower(part)) / 3600))), 0)
            FROM unnest(covered) AS part),
        values_total, values_estimated, revision, first_at, last_at, first_recorded_at, last_recorded_at
    FROM counted;
$$;

SELECT renew_factor_coverage(factor_set_id, array_agg(DISTINCT zone_key),
    array_agg(DISTINCT extract(year FROM valid_from AT TIME ZONE 'UTC')::integer))
FROM grid_factor GROUP BY factor_set_id;
