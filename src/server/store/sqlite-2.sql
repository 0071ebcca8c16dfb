-- Second step: submissions in pieces, times of deletion, and what stays of a deleted submission.

-- A submission that is larger than one piece arrives here first. It counts only once a row of `submission` names it.
CREATE TABLE upload (
    number     INTEGER PRIMARY KEY AUTOINCREMENT, -- never given out twice: a late piece must not find another's upload
    started_at INTEGER NOT NULL                   -- seconds since 1970, UTC
) STRICT;

CREATE TABLE piece (
    upload INTEGER NOT NULL REFERENCES upload (number) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number >= 0), -- from 0
    bytes  BLOB    NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT;

ALTER TABLE submission ADD COLUMN due_at INTEGER;                                 -- when it is deleted, fixed at receipt
ALTER TABLE submission ADD COLUMN upload INTEGER REFERENCES upload (number);      -- its pieces; then `envelope` is empty
ALTER TABLE submission ADD COLUMN length INTEGER;                                 -- bytes of all pieces

CREATE INDEX submission_due ON submission (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX submission_upload ON submission (upload) WHERE upload IS NOT NULL;

-- What stays of a deleted submission: its place in the chain, and enough to know its id again without keeping it.
CREATE TABLE tombstone (
    form        TEXT    NOT NULL REFERENCES form (name),
    sequence    INTEGER NOT NULL CHECK (sequence > 0),
    mark        BLOB    NOT NULL CHECK (length(mark) = 32),   -- digest of the submission id
    received_at INTEGER NOT NULL,
    digest      BLOB    NOT NULL CHECK (length(digest) = 32), -- SHA-256 of the envelope that was there
    chain       BLOB    NOT NULL CHECK (length(chain) = 32),  -- chain(sequence)
    PRIMARY KEY (form, sequence)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tombstone_mark ON tombstone (mark);

-- The highest time at which anything was deleted: a clock that jumps ahead of it is not believed.
ALTER TABLE pulse ADD COLUMN highest INTEGER NOT NULL DEFAULT 0;
