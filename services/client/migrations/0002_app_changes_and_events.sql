-- Apps that are being changed: a change waits for the one before it, on whichever replica.
CREATE TABLE app_changes (
    client_id TEXT PRIMARY KEY,
    -- Random: whoever made it lets go of it, and nobody else.
    holder TEXT NOT NULL,
    -- Whoever made it is taken to be gone from then on.
    held_until TIMESTAMPTZ NOT NULL
);

-- What was done to which app. Rows are added, and never changed or removed.
CREATE TABLE app_events (
    -- A UUID of version 7: in the order of time.
    id TEXT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    event TEXT NOT NULL,
    outcome TEXT NOT NULL,
    client_id TEXT NOT NULL,
    -- Names of the fields, separated by spaces. No values.
    fields TEXT NOT NULL,
    actor TEXT,
    trace_id TEXT
);

CREATE INDEX app_events_by_app ON app_events (client_id, id);
