-- Fourth step: how far each form was fetched, so that an operator sees what still waits for its owner.

CREATE TABLE fetched (
    form     TEXT    NOT NULL PRIMARY KEY,              -- the form's name
    sequence INTEGER NOT NULL CHECK (sequence > 0),     -- the last number that the owner said to have
    at       INTEGER NOT NULL                           -- when, our clock, seconds since 1970, UTC
) STRICT, WITHOUT ROWID;
