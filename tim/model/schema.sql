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
    lods TEXT,
    class_code TEXT,
    space_code TEXT,
    quality TEXT
);
CREATE INDEX entity_class_index ON entity (class);
CREATE INDEX entity_parent ON entity (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX entity_source_key ON entity (source_key);
CREATE TABLE entity_history (
    fid INTEGER PRIMARY KEY,
    table_name TEXT NOT NULL,
    id TEXT NOT NULL,
    version_from INTEGER NOT NULL,
    version_to INTEGER NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    attributes TEXT NOT NULL,
    geom BLOB
);
CREATE INDEX entity_history_id ON entity_history (id);
CREATE INDEX entity_history_span ON entity_history (table_name, version_from, version_to);
CREATE TABLE entity_change (
    fid INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    id TEXT NOT NULL,
    class TEXT NOT NULL,
    kind TEXT NOT NULL,
    other_id TEXT,
    confidence REAL,
    fields TEXT
);
CREATE INDEX entity_change_id ON entity_change (id);
CREATE INDEX entity_change_other ON entity_change (other_id);
CREATE INDEX entity_change_version ON entity_change (version);
CREATE TABLE entity_class (
    fid INTEGER PRIMARY KEY,
    class TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    layer TEXT NOT NULL
);
CREATE TABLE entity_attribute (
    fid INTEGER PRIMARY KEY,
    class TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    type TEXT NOT NULL,
    unit TEXT,
    code_list TEXT,
    source TEXT
);
CREATE TABLE code_list (
    fid INTEGER PRIMARY KEY,
    list TEXT NOT NULL,
    code TEXT NOT NULL,
    title TEXT NOT NULL
);
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
    confidence REAL,
    basis TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    version_to INTEGER
);
CREATE INDEX relation_subject ON relation (subject);
CREATE INDEX relation_object ON relation (object);
CREATE TABLE model_version (
    fid INTEGER PRIMARY KEY,
    version INTEGER NOT NULL UNIQUE,
    created TEXT NOT NULL,
    note TEXT,
    valid_at TEXT
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
