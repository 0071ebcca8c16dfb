-- What customers said after sending. `sqlite-3.sql` says what each column means.

CREATE TABLE statement (
    form        TEXT   NOT NULL REFERENCES form (name),
    sequence    BIGINT NOT NULL CHECK (sequence > 0),
    id          BYTEA  NOT NULL CHECK (length(id) = 16),
    wish        TEXT   NOT NULL,
    received_at BIGINT NOT NULL CHECK (received_at >= 0),
    key         BYTEA  NOT NULL CHECK (length(key) = 32),
    digest      BYTEA  NOT NULL CHECK (length(digest) = 32),
    chain       BYTEA  NOT NULL CHECK (length(chain) = 32),
    bytes       BYTEA  NOT NULL,
    PRIMARY KEY (form, sequence)
);
CREATE UNIQUE INDEX statement_wish ON statement (id, wish);
