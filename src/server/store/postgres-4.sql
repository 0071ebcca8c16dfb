-- Deletions that were asked for and are not done yet. `sqlite-5.sql` says what each column means.

CREATE TABLE wished (
    id BYTEA NOT NULL PRIMARY KEY REFERENCES submission (id) ON DELETE CASCADE
);

INSERT INTO wished
SELECT submission.id FROM statement JOIN submission ON submission.id = statement.id WHERE statement.wish = 'delete';
