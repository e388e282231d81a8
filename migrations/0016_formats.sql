-- More formats of a disclosure, some of which are made in several languages: the program knows which there are, so the
-- database holds only that a format is the ending of a file's name.
ALTER TABLE disclosure_file
    DROP CONSTRAINT disclosure_file_format_check,
    ADD CONSTRAINT disclosure_file_format_check CHECK (format ~ '^[a-z]{2,5}(-[a-zA-Z]{4})?(\.[a-z]{2,5})?$');
