-- Fifth step: deletions that were asked for and are not done yet, so that they are found without reading all that was ever said.

-- One row from the statement to the deletion; it goes with its submission, whoever deletes that and why.
CREATE TABLE wished (
    id BLOB NOT NULL PRIMARY KEY REFERENCES submission (id) ON DELETE CASCADE -- the submission
) STRICT, WITHOUT ROWID;

-- What an end without warning left undone before this step.
INSERT INTO wished
SELECT submission.id FROM statement JOIN submission ON submission.id = statement.id WHERE statement.wish = 'delete';
