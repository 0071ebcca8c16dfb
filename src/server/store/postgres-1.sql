-- The store of segel-server in PostgreSQL, for several instances at once. The same tables as in SQLite; `sqlite-1.sql` and `sqlite-2.sql` say
-- what each column means. Ciphertext does not shrink, so nothing tries to compress it.

CREATE TABLE form (
    name     TEXT   NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    chain    BYTEA  NOT NULL CHECK (length(chain) = 32)
);

CREATE TABLE upload (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at BIGINT NOT NULL
);

CREATE TABLE piece (
    upload BIGINT NOT NULL REFERENCES upload (number) ON DELETE CASCADE,
    number BIGINT NOT NULL CHECK (number >= 0),
    bytes  BYTEA  NOT NULL,
    PRIMARY KEY (upload, number)
);
ALTER TABLE piece ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE submission (
    form        TEXT   NOT NULL REFERENCES form (name),
    sequence    BIGINT NOT NULL CHECK (sequence > 0),
    id          BYTEA  NOT NULL CHECK (length(id) = 16),
    received_at BIGINT NOT NULL CHECK (received_at >= 0),
    version     BYTEA  NOT NULL CHECK (length(version) = 32),
    digest      BYTEA  NOT NULL CHECK (length(digest) = 32),
    chain       BYTEA  NOT NULL CHECK (length(chain) = 32),
    due_at      BIGINT,
    upload      BIGINT REFERENCES upload (number),
    length      BIGINT,
    envelope    BYTEA  NOT NULL,
    PRIMARY KEY (form, sequence)
);
ALTER TABLE submission ALTER COLUMN envelope SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX submission_id ON submission (id);
CREATE INDEX submission_due ON submission (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX submission_upload ON submission (upload) WHERE upload IS NOT NULL;

CREATE TABLE tombstone (
    form        TEXT   NOT NULL REFERENCES form (name),
    sequence    BIGINT NOT NULL CHECK (sequence > 0),
    mark        BYTEA  NOT NULL CHECK (length(mark) = 32),
    received_at BIGINT NOT NULL,
    digest      BYTEA  NOT NULL CHECK (length(digest) = 32),
    chain       BYTEA  NOT NULL CHECK (length(chain) = 32),
    PRIMARY KEY (form, sequence)
);
CREATE UNIQUE INDEX tombstone_mark ON tombstone (mark);

CREATE TABLE pulse (
    one     BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    beats   BIGINT NOT NULL,
    highest BIGINT NOT NULL
);
INSERT INTO pulse (one, beats, highest) VALUES (1, 0, 0);
