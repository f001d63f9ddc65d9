-- The groups that a person is in: their names, sorted, with a space between them. Empty: none.
ALTER TABLE users ADD COLUMN group_names TEXT NOT NULL DEFAULT '';
