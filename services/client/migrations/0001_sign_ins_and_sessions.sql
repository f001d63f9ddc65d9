-- Sign-ins that a browser has begun and Hydra has not yet answered.
CREATE TABLE sign_ins (
    -- SHA-256 of the `state` parameter (RFC 6749, section 10.12).
    state_sha256 BYTEA PRIMARY KEY,
    -- SHA-256 of the random id in the browser's cookie.
    browser_sha256 BYTEA NOT NULL,
    nonce TEXT NOT NULL,
    -- The PKCE code verifier (RFC 7636), sealed.
    pkce_verifier BYTEA NOT NULL,
    -- Path on this app to go to afterwards.
    return_to TEXT NOT NULL,
    -- Signed reference to the trace of the start.
    trace_reference TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    -- A callback is at work on it until then.
    taken_until TIMESTAMPTZ
);

CREATE INDEX sign_ins_by_browser ON sign_ins (browser_sha256, created_at);
CREATE INDEX sign_ins_by_age ON sign_ins (created_at);

-- People who are signed in to this app.
CREATE TABLE sessions (
    -- SHA-256 of the random id in the browser's cookie.
    id_sha256 BYTEA PRIMARY KEY,
    subject TEXT NOT NULL,
    -- Hydra's session id, the `sid` claim.
    sid TEXT,
    -- Granted scopes, separated by spaces.
    scopes TEXT NOT NULL,
    -- Access, refresh and ID token, sealed.
    tokens BYTEA NOT NULL,
    access_expires_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    -- A replica refreshes the tokens until then.
    refreshing_until TIMESTAMPTZ,
    -- Counts the refreshes: a token that was read with an older version is spent.
    version INT8 NOT NULL
);

CREATE INDEX sessions_by_age ON sessions (created_at);
CREATE INDEX sessions_by_use ON sessions (last_seen_at);
