-- The store of segel-server: ciphertext and what is needed to hand it out in order. The first step of its schema.
-- No column holds anything a customer wrote that is not sealed.

-- Where each form's chain stands (FORMAT section 12). Kept beside the submissions so that deleting the last of them
-- does not let its number be given out again.
CREATE TABLE form (
    name     TEXT    NOT NULL PRIMARY KEY,              -- the form's name, all versions together
    sequence INTEGER NOT NULL CHECK (sequence >= 0),    -- the last number given out
    chain    BLOB    NOT NULL CHECK (length(chain) = 32) -- chain(sequence)
) STRICT, WITHOUT ROWID;

-- One row for each submission. The envelope stands last: reading the columns before it does not touch its pages.
CREATE TABLE submission (
    number      INTEGER PRIMARY KEY,                       -- the row; means nothing outside this file
    form        TEXT    NOT NULL REFERENCES form (name),   -- which form it was sent to
    sequence    INTEGER NOT NULL CHECK (sequence > 0),     -- its number within that form, from 1, without gaps
    id          BLOB    NOT NULL CHECK (length(id) = 16),  -- the submission id from the head, drawn in the browser
    received_at INTEGER NOT NULL CHECK (received_at >= 0), -- our clock when it was stored, seconds since 1970, UTC
    version     BLOB    NOT NULL CHECK (length(version) = 32), -- digest of the published form it was sealed for
    digest      BLOB    NOT NULL CHECK (length(digest) = 32),  -- SHA-256 of the envelope
    chain       BLOB    NOT NULL CHECK (length(chain) = 32),   -- chain(sequence)
    envelope    BLOB    NOT NULL                           -- the bytes as they were sealed, never changed
) STRICT;

-- Exports walk a form in order.
CREATE UNIQUE INDEX submission_order ON submission (form, sequence);
-- The same id twice is the same submission or a conflict, never two rows.
CREATE UNIQUE INDEX submission_id ON submission (id);

-- One row that a health check rewrites to learn whether a full disk has room again.
CREATE TABLE pulse (
    one   INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- there is only one
    beats INTEGER NOT NULL                              -- how often it was rewritten
) STRICT;
INSERT INTO pulse (one, beats) VALUES (1, 0);


