/** The tables of the log's file. What a text column has not is '', so that every filter is one comparison. */

/** Raised with every change of them: a file with another one is begun anew. */
export const LOG_LAYOUT = 3

/** Documents that are remembered of one entry. */
export const MOST_DOCUMENTS = 200

/**
 * Documents are found segment by segment, 2048 at a time: ids come in no order, and an index over all of them would have
 * a page written for nearly each.
 */
export const SEGMENT_BITS = 11

/**
 * Requests are found stretch by stretch, 1024 entries at a time, as documents are. Times too: numbers grow as entries are
 * noted, times nearly do. What took long began before others that were noted first, and clocks are set; so each stretch
 * has its oldest and its newest.
 */
export const STRETCH_BITS = 10

export const LOG_TABLES = `
CREATE TABLE entry (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, branch_id TEXT NOT NULL, kind TEXT NOT NULL, class INTEGER,
  sent INTEGER NOT NULL, received INTEGER NOT NULL, outcomes TEXT, bytes_sent INTEGER NOT NULL,
  bytes_received INTEGER NOT NULL, ms REAL NOT NULL, queued_ms REAL, outcome TEXT NOT NULL, code TEXT NOT NULL,
  request_id TEXT NOT NULL, cycle TEXT NOT NULL, mirror TEXT NOT NULL, first_document INTEGER NOT NULL,
  documents INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_branch ON entry (branch_id);
CREATE INDEX entry_request ON entry (number >> ${STRETCH_BITS}, request_id);
CREATE INDEX entry_kind ON entry (kind);
CREATE INDEX entry_outcome ON entry (outcome) WHERE outcome <> 'ok';
CREATE INDEX entry_code ON entry (code) WHERE code <> '';

CREATE TABLE stretch (number INTEGER PRIMARY KEY, oldest INTEGER NOT NULL, newest INTEGER NOT NULL) STRICT;

CREATE TABLE document (
  number INTEGER PRIMARY KEY, entry INTEGER NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL
) STRICT;
CREATE INDEX document_id ON document (number >> ${SEGMENT_BITS}, id, collection);

CREATE TABLE span (
  step INTEGER NOT NULL, branch_id TEXT NOT NULL, at INTEGER NOT NULL, requests INTEGER NOT NULL,
  failed INTEGER NOT NULL, refused INTEGER NOT NULL, sent INTEGER NOT NULL, received INTEGER NOT NULL,
  bytes INTEGER NOT NULL, ms REAL NOT NULL, max_ms REAL NOT NULL, delays INTEGER NOT NULL, delay_ms REAL NOT NULL, max_delay_ms REAL NOT NULL, backlog INTEGER,
  PRIMARY KEY (step, branch_id, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (
  branch_id TEXT NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (branch_id, at, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure_row (
  branch_id TEXT NOT NULL, kind TEXT NOT NULL, failures INTEGER NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (branch_id, kind)
) STRICT, WITHOUT ROWID;
`
