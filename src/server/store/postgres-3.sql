-- How far each form was fetched. `sqlite-4.sql` says what each column means.

CREATE TABLE fetched (
    form     TEXT   NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    at       BIGINT NOT NULL
);
