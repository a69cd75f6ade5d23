-- Finding entries by who, about whom, of what kind and when, the latest first, however long the log
-- is. Reads and searches are nearly all entries, so they need no index of their kind.
DROP INDEX audit_entry_runs;
DROP INDEX audit_entry_by_subject;
CREATE INDEX audit_entry_by_time ON audit_entry (at, entry_no);
CREATE INDEX audit_entry_by_subject ON audit_entry (subject, at, entry_no);
CREATE INDEX audit_entry_by_actor ON audit_entry (actor, at, entry_no);
CREATE INDEX audit_entry_by_kind ON audit_entry (kind, at, entry_no) WHERE kind NOT IN ('read', 'search');
