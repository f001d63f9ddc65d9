-- What a request id has created, so that the same request again creates nothing more.
CREATE TABLE create_requests (
    request_id TEXT        NOT NULL PRIMARY KEY,
    subject    TEXT        NOT NULL,
    content    BYTEA       NULL, -- SHA-256 of what was asked for; NULL: the person was deleted
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX create_requests_subject ON create_requests (subject);
CREATE INDEX create_requests_expires_at ON create_requests (expires_at);
