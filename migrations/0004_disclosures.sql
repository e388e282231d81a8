-- Disclosures. A correction is a new version, never an update: once published, a document and the
-- bytes of its files are frozen, and triggers refuse what the code would never ask for.

CREATE TABLE disclosure (
    disclosure_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The number is shared by all versions of one service, period and template.
    number           integer NOT NULL CHECK (number > 0),
    version          integer NOT NULL CHECK (version > 0),
    provider_id      integer NOT NULL REFERENCES provider,
    service_id       integer NOT NULL REFERENCES service,
    template_id      text NOT NULL,
    template_version text NOT NULL,
    period_from      timestamptz NOT NULL,
    period_to        timestamptz NOT NULL,
    state            text NOT NULL CHECK (state IN ('draft', 'published', 'superseded')),
    built_at         timestamptz NOT NULL,
    published_at     timestamptz,
    -- The canonical JSON (RFC 8785) and its digest.
    document         bytea NOT NULL,
    document_sha256  bytea NOT NULL CHECK (document_sha256 = sha256(document)),
    -- The headline, taken from the document, so that the register need not open documents.
    mean_energy_wh   text NOT NULL,
    evidence_summary text NOT NULL,
    UNIQUE (number, version),
    UNIQUE (provider_id, service_id, template_id, period_from, period_to, version),
    CHECK (period_from < period_to),
    CHECK ((state = 'draft') = (published_at IS NULL))
);

-- At most one version of a disclosure is in force.
CREATE UNIQUE INDEX disclosure_in_force ON disclosure (number) WHERE state = 'published';
-- The register and a provider's page list by time of publication.
CREATE INDEX disclosure_by_publication ON disclosure (published_at DESC) WHERE state = 'published';

CREATE TABLE disclosure_file (
    disclosure_id integer NOT NULL REFERENCES disclosure,
    format        text NOT NULL CHECK (format IN ('html', 'json', 'csv')),
    media_type    text NOT NULL,
    bytes         bytea NOT NULL,
    sha256        bytea NOT NULL CHECK (sha256 = sha256(bytes)),
    PRIMARY KEY (disclosure_id, format)
);

CREATE FUNCTION refuse_change_of_published_disclosure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.state = 'draft' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'draft' AND NEW.state IN ('draft', 'published') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state = 'superseded'
       AND to_jsonb(NEW) - 'state' = to_jsonb(OLD) - 'state' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a published disclosure cannot be changed; publish a new version';
END
$$;
CREATE TRIGGER disclosure_is_frozen BEFORE UPDATE OR DELETE ON disclosure
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_disclosure();

CREATE FUNCTION refuse_change_of_frozen_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the files of a published disclosure are frozen';
END
$$;
CREATE TRIGGER disclosure_file_is_frozen BEFORE UPDATE OR DELETE ON disclosure_file
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_frozen_file();
CREATE TRIGGER disclosure_file_is_kept BEFORE TRUNCATE ON disclosure_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_frozen_file();
CREATE TRIGGER disclosure_is_kept BEFORE TRUNCATE ON disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_frozen_file();

-- Files are added in the transaction that publishes, before the state changes; later there is no more.
CREATE FUNCTION refuse_file_of_published_disclosure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM disclosure WHERE disclosure_id = NEW.disclosure_id) = 'draft' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the files of a published disclosure are frozen';
END
$$;
CREATE TRIGGER disclosure_file_is_complete BEFORE INSERT ON disclosure_file
    FOR EACH ROW EXECUTE FUNCTION refuse_file_of_published_disclosure();
