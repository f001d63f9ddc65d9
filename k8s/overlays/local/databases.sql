-- One server, a database for each service. In production each has a user of its own, too.
CREATE DATABASE identity;
CREATE DATABASE client;
CREATE DATABASE hydra;
