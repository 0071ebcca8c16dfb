-- Third step: what customers said after sending (FORMAT section 4.2).

-- One row for each statement; it takes a number of the same row as the submissions'.
CREATE TABLE statement (
    form        TEXT    NOT NULL REFERENCES form (name),
    sequence    INTEGER NOT NULL CHECK (sequence > 0),
    id          BLOB    NOT NULL CHECK (length(id) = 16),     -- the submission it is about
    wish        TEXT    NOT NULL,                             -- `delete`, or `withdraw PURPOSE`
    received_at INTEGER NOT NULL CHECK (received_at >= 0),    -- our clock, seconds since 1970, UTC
    key         BLOB    NOT NULL CHECK (length(key) = 32),    -- the receipt's verifying key: the submission may be deleted
    digest      BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the statement
    chain       BLOB    NOT NULL CHECK (length(chain) = 32),  -- chain(sequence)
    bytes       BLOB    NOT NULL,                             -- as it was signed
    PRIMARY KEY (form, sequence)
) STRICT, WITHOUT ROWID;
-- The same wish twice is one; the first counts.
CREATE UNIQUE INDEX statement_wish ON statement (id, wish);
