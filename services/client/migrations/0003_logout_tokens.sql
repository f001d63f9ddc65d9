-- Logout tokens that were obeyed: none is obeyed twice.
CREATE TABLE logout_tokens (
    -- SHA-256 of the token's id, the `jti` claim.
    jti_sha256 BYTEA PRIMARY KEY,
    -- From then on the token is too old in any case.
    too_old_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX sessions_by_sid ON sessions (sid);
CREATE INDEX sessions_by_subject ON sessions (subject);
