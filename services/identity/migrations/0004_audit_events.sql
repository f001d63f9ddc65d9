-- What has happened. Rows are added, and never changed.
CREATE TABLE audit_events (
    id         TEXT        NOT NULL PRIMARY KEY, -- UUID version 7: in the order of time
    at         TIMESTAMPTZ NOT NULL,
    event      TEXT        NOT NULL,
    outcome    TEXT        NOT NULL,
    subject    TEXT        NULL, -- no reference: the trail outlives the person
    actor      TEXT        NULL,
    client_id  TEXT        NULL,
    ip         TEXT        NULL,
    user_agent TEXT        NULL,
    trace_id   TEXT        NULL
);

CREATE INDEX audit_events_subject ON audit_events (subject, id);
