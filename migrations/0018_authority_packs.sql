-- What goes to authorities by Annex XI of the AI Act, and never to the public.

-- How the compute of training, and that of one task, is known: each in about 100 words, as the energy of training had
-- it from the beginning.
ALTER TABLE model_training
    ADD COLUMN compute_method text CHECK (length(compute_method) BETWEEN 1 AND 2000);
ALTER TABLE model_inference_compute
    ADD COLUMN method text CHECK (length(method) BETWEEN 1 AND 2000);

-- A pack is built once and handed over, so it is frozen from the beginning: there are no drafts of it, and what was
-- told since becomes the next version.
CREATE TABLE authority_pack (
    pack_id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id      integer NOT NULL REFERENCES provider,
    -- Counted by provider: nobody learns from a number how many packs others have. All versions about the same models
    -- share it.
    number           integer NOT NULL CHECK (number > 0),
    version          integer NOT NULL CHECK (version > 0),
    -- Their keys, sorted.
    models           text[] NOT NULL CHECK (cardinality(models) > 0),
    template_id      text NOT NULL,
    template_version text NOT NULL,
    built_at         timestamptz NOT NULL,
    -- The canonical JSON (RFC 8785) and its digest.
    document         bytea NOT NULL,
    document_sha256  bytea NOT NULL CHECK (document_sha256 = sha256(document)),
    UNIQUE (provider_id, number, version)
);
-- The number of these models is looked up by them.
CREATE INDEX authority_pack_of_models ON authority_pack (provider_id, models, version DESC);

CREATE TABLE authority_pack_file (
    pack_id    integer NOT NULL REFERENCES authority_pack,
    format     text NOT NULL CHECK (format ~ '^[a-z]{2,5}$'),
    media_type text NOT NULL,
    bytes      bytea NOT NULL,
    sha256     bytea NOT NULL CHECK (sha256 = sha256(bytes)),
    PRIMARY KEY (pack_id, format)
);

CREATE FUNCTION refuse_change_of_authority_pack() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an authority pack is frozen; build the next version';
END
$$;
CREATE TRIGGER authority_pack_is_frozen BEFORE UPDATE OR DELETE ON authority_pack
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_authority_pack();
CREATE TRIGGER authority_pack_is_kept BEFORE TRUNCATE ON authority_pack
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_authority_pack();
CREATE TRIGGER authority_pack_file_is_frozen BEFORE UPDATE OR DELETE ON authority_pack_file
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_authority_pack();
CREATE TRIGGER authority_pack_file_is_kept BEFORE TRUNCATE ON authority_pack_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_authority_pack();

-- Files come in the transaction that stores their pack; later there are no more.
CREATE FUNCTION refuse_file_of_stored_authority_pack() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM authority_pack
               WHERE pack_id = NEW.pack_id AND xmin = pg_current_xact_id()::xid) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an authority pack is frozen; build the next version';
END
$$;
CREATE TRIGGER authority_pack_file_is_complete BEFORE INSERT ON authority_pack_file
    FOR EACH ROW EXECUTE FUNCTION refuse_file_of_stored_authority_pack();
