-- The sign-ins, by Hydra's login session id.
CREATE TABLE login_sessions (
    id               TEXT        NOT NULL PRIMARY KEY,
    subject          TEXT        NOT NULL, -- no reference: it outlives the person until it has ended
    acr              TEXT        NOT NULL,
    amr              TEXT        NOT NULL, -- separated by spaces
    authenticated_at TIMESTAMPTZ NOT NULL,
    client_id        TEXT        NULL,
    ip               TEXT        NULL,
    user_agent       TEXT        NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    used_at          TIMESTAMPTZ NOT NULL,
    ended_at         TIMESTAMPTZ NULL      -- NULL: it has not
);

CREATE INDEX login_sessions_subject ON login_sessions (subject, id);
CREATE INDEX login_sessions_used_at ON login_sessions (used_at);
CREATE INDEX login_sessions_ended_at ON login_sessions (ended_at);
