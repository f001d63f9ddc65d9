-- One login challenge serves one subject; a row outlives its challenge.
CREATE TABLE login_challenges (
    sha256     BYTEA       NOT NULL PRIMARY KEY,
    subject    TEXT        NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX login_challenges_expires_at ON login_challenges (expires_at);
