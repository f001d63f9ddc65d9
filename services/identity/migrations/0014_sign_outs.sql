-- Who is to be signed out everywhere, until Hydra has forgotten all of it.
CREATE TABLE sign_outs (
    subject      TEXT        NOT NULL PRIMARY KEY, -- no reference: the deleted are signed out too
    requested_at TIMESTAMPTZ NOT NULL
);
