-- The database of a nodeos-store: what is valid, what refers to what, and what was learnt on the way.
--
-- One file, db/db.sqlite in the state directory, in write-ahead-log mode. The program embeds this very
-- text; docs/formats/database.md explains it. Readable with: sqlite3 db.sqlite
--
-- Store paths are written as base names (32 characters of nix32, '-', a name): the store directory is the
-- same for all of them and stands once, in `setting`. Times are seconds since 1970 unless a column says
-- otherwise. Digests are the bytes themselves; hex(nar_hash) shows them.

-- 'NdOS': tells our file from any other SQLite database, such as Nix's, which is then refused.
PRAGMA application_id = 1315196755;

-- What the file is for.
--   store-directory   the store whose paths are meant, such as /nodeos/store
CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The valid paths: those whose bytes are complete, canonical, scanned, hashed and on disk. A path is valid
-- when it has a row here, and only then.
CREATE TABLE path (
    id                INTEGER PRIMARY KEY,
    base_name         TEXT NOT NULL UNIQUE,
    nar_hash          BLOB NOT NULL CHECK (length(nar_hash) = 32),  -- SHA-256 of the NAR
    nar_size          INTEGER NOT NULL CHECK (nar_size >= 0),       -- bytes
    deriver           TEXT,                                         -- the .drv that made it; may be gone
    content_address   TEXT,                                         -- such as fixed:r:sha256:…; proves itself
    signatures        TEXT NOT NULL DEFAULT '',                     -- name:base64, one a line
    is_ultimate       INTEGER NOT NULL DEFAULT 0 CHECK (is_ultimate IN (0, 1)),  -- built here
    registration_time INTEGER NOT NULL,
    last_use_time     INTEGER NOT NULL
) STRICT;

-- Who refers to whom, by rows of `path`; a path may refer to itself. A path cannot leave while another
-- refers to it: the check waits for the end of the transaction, so that a set of paths can leave together
-- in any order.
CREATE TABLE reference (
    referrer  INTEGER NOT NULL REFERENCES path (id) ON DELETE CASCADE,
    reference INTEGER NOT NULL REFERENCES path (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (referrer, reference)
) STRICT, WITHOUT ROWID;

CREATE INDEX reference_by_reference ON reference (reference, referrer);

-- The outputs of valid derivations, whether the outputs are valid or not.
CREATE TABLE derivation_output (
    derivation INTEGER NOT NULL REFERENCES path (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    output     TEXT NOT NULL,                                       -- base name
    PRIMARY KEY (derivation, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX derivation_output_by_output ON derivation_output (output);

-- What a resolved derivation was found to make, for outputs whose names only a build tells.
CREATE TABLE realisation (
    derivation TEXT NOT NULL,                                       -- base name of the resolved .drv
    output     TEXT NOT NULL,                                       -- name of the output
    path       INTEGER NOT NULL REFERENCES path (id) ON DELETE CASCADE,
    signatures TEXT NOT NULL DEFAULT '',                            -- name:base64, one a line
    PRIMARY KEY (derivation, output)
) STRICT, WITHOUT ROWID;

CREATE INDEX realisation_by_path ON realisation (path);

-- Every build that was tried: for "time left", for `log`, for audits. Kept when its paths go.
CREATE TABLE build (
    id          INTEGER PRIMARY KEY,
    derivation  TEXT NOT NULL,                                      -- base name
    name        TEXT NOT NULL,                                      -- package name without version
    start_time  INTEGER NOT NULL,                                   -- milliseconds since 1970
    stop_time   INTEGER NOT NULL,                                   -- milliseconds since 1970
    user_time   INTEGER NOT NULL DEFAULT 0,                         -- CPU, milliseconds
    system_time INTEGER NOT NULL DEFAULT 0,                         -- CPU, milliseconds
    peak_memory INTEGER NOT NULL DEFAULT 0,                         -- bytes
    status      TEXT NOT NULL,                                      -- succeeded, or why not
    machine     TEXT NOT NULL DEFAULT '',
    log         TEXT                                                -- path below the state directory
) STRICT;

CREATE INDEX build_by_derivation ON build (derivation, start_time);
CREATE INDEX build_by_name ON build (name, start_time);

-- Where a fixed output was fetched from, so that the same hash asked from elsewhere can be noticed.
CREATE TABLE fetch_origin (
    output TEXT NOT NULL,                                           -- base name
    url    TEXT NOT NULL,
    time   INTEGER NOT NULL,
    PRIMARY KEY (output, url)
) STRICT, WITHOUT ROWID;
