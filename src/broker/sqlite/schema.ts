/** Version of the tables below, kept in the file as `user_version`. Raise it with every change. */
export const SCHEMA_VERSION = 1;

/** Marks the file as ours (`application_id`): "kioq". */
export const APPLICATION_ID = 0x6b_69_6f_71;

/**
 * - `hashes`  the job hashes and caches: fields as one JSON object of strings; times are ms since 1970
 * - `waiting` the queues, oldest first; a key stands in at most one row
 * - `jobs`    what is kept of a job beside its hash: attempts, deaths and uploads (JSON); while it is claimed, also who holds it
 *             until when, and the holder's note (JSON); when it is set aside, since when and from which queue
 *             (`dead_since`); of one that waits for its children, when they are looked at next (`look_at`)
 * - `children` the children of jobs, numbered by parent as they were made; `state`: pending, done, failed or gone
 * - `seen`    when somebody looked last for leases that ran out, by queue
 * - `ended`   claims that were ended a while ago, so that a repeated end answers the same
 */
export const SCHEMA = `
CREATE TABLE hashes (key TEXT PRIMARY KEY, fields TEXT NOT NULL, expires_at INTEGER) STRICT;
CREATE INDEX hashes_expiry ON hashes (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE waiting (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, key TEXT NOT NULL UNIQUE) STRICT;
CREATE INDEX waiting_queue ON waiting (queue, id);
CREATE TABLE jobs (
  key TEXT PRIMARY KEY, attempts INTEGER NOT NULL,
  token TEXT, queue TEXT, worker TEXT, lease_until INTEGER,
  note TEXT, deaths TEXT, uploads TEXT, dead_queue TEXT, dead_since INTEGER,
  look_at INTEGER
) STRICT;
CREATE INDEX jobs_lease ON jobs (queue, lease_until) WHERE token IS NOT NULL;
CREATE INDEX jobs_dead ON jobs (dead_since) WHERE dead_since IS NOT NULL;
CREATE INDEX jobs_look ON jobs (queue, look_at) WHERE look_at IS NOT NULL;
CREATE TABLE children (
  parent TEXT NOT NULL, place INTEGER NOT NULL, child TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (parent, child)
) STRICT;
CREATE INDEX children_place ON children (parent, place);
CREATE INDEX children_child ON children (child);
CREATE TABLE seen (queue TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
CREATE TABLE ended (token TEXT PRIMARY KEY, how TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
CREATE INDEX ended_until ON ended (until);
`;
