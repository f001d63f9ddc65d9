-- Counts the changes of a person, for etags.
ALTER TABLE users ADD COLUMN version INT8 NOT NULL DEFAULT 1;

-- Every subject that was ever given; one that is deleted stays here.
CREATE TABLE subjects (
    subject TEXT NOT NULL PRIMARY KEY
);

INSERT INTO subjects (subject) SELECT subject FROM users;
