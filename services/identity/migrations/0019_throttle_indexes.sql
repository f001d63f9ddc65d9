-- For operators, who see and lift what is counted for one account or from one source.
CREATE INDEX throttles_account ON throttles (account, key);
CREATE INDEX throttles_source ON throttles (source, key);
