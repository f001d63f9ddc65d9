-- Sessions that have ended, and whose tokens the provider has not revoked yet.
CREATE TABLE revocations (
    -- That of the session.
    id_sha256 BYTEA PRIMARY KEY,
    -- Sealed, as in `sessions`.
    tokens BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    -- From then on anybody may try.
    try_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX revocations_by_turn ON revocations (try_at);
CREATE INDEX revocations_by_age ON revocations (created_at);
