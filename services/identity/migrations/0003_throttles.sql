-- Failed sign-ins in a row. What is counted is kept as SHA-256: neither names nor addresses.
CREATE TABLE throttles (
    key         BYTEA       NOT NULL PRIMARY KEY,
    kind        TEXT        NOT NULL CHECK (kind IN ('account', 'source', 'pair', 'device')),
    subject     TEXT        NULL, -- whose account, for the operator; NULL: nobody's, or a source
    account     BYTEA       NULL, -- the key of the account that this belongs to
    source      BYTEA       NULL, -- the key of the source that this belongs to
    failures    INT8        NOT NULL,
    last_at     TIMESTAMPTZ NOT NULL,
    previous_at TIMESTAMPTZ NOT NULL,
    forget_at   TIMESTAMPTZ NOT NULL
);

CREATE INDEX throttles_forget_at ON throttles (forget_at);

-- Browsers in which somebody has signed in before.
CREATE TABLE devices (
    sha256     BYTEA       NOT NULL PRIMARY KEY,
    subject    TEXT        NOT NULL REFERENCES users (subject) ON DELETE CASCADE,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX devices_subject ON devices (subject, expires_at);
CREATE INDEX devices_expires_at ON devices (expires_at);
