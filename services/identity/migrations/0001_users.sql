-- The people who may sign in.
CREATE TABLE users (
    subject       TEXT        NOT NULL PRIMARY KEY,
    email         TEXT        NOT NULL,
    username      TEXT        NULL,
    display_name  TEXT        NOT NULL,
    password_hash TEXT        NULL, -- PHC string; NULL: no sign-in by password
    state         TEXT        NOT NULL CHECK (state IN ('active', 'disabled')),
    created_at    TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL
);

-- What people type to say who they are, normalised: unique over email addresses and user names.
CREATE TABLE identifiers (
    key     TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL REFERENCES users (subject) ON DELETE CASCADE
);

CREATE INDEX identifiers_subject ON identifiers (subject);
