CREATE TABLE entity (
    fid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    class TEXT NOT NULL,
    name TEXT,
    source_id TEXT,
    source_key TEXT,
    valid_from TEXT,
    valid_to TEXT,
    version INTEGER NOT NULL,
    parent_id TEXT,
    lods TEXT
);
CREATE INDEX entity_class ON entity (class);
CREATE TABLE source (
    fid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    crs TEXT,
    details TEXT
);
CREATE TABLE process (
    fid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    step TEXT NOT NULL,
    software TEXT NOT NULL,
    version TEXT NOT NULL,
    parameters TEXT,
    started TEXT NOT NULL,
    ended TEXT NOT NULL,
    inputs TEXT,
    outputs TEXT
);
CREATE TABLE relation (
    fid INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    predicate TEXT NOT NULL,
    object TEXT NOT NULL,
    confidence REAL
);
CREATE INDEX relation_subject ON relation (subject);
CREATE INDEX relation_object ON relation (object);
CREATE TABLE model_version (
    fid INTEGER PRIMARY KEY,
    version INTEGER NOT NULL UNIQUE,
    created TEXT NOT NULL,
    note TEXT
);
CREATE TABLE tim_metadata (
    fid INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL
);
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256),
    f_table_schema TEXT(256),
    f_table_name TEXT(256),
    f_geometry_column TEXT(256),
    styleName TEXT(30),
    styleQML TEXT,
    styleSLD TEXT,
    useAsDefault BOOLEAN,
    description TEXT,
    owner TEXT(30),
    ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
