-- Runs are few among millions of reads, and asked for by themselves.
CREATE INDEX audit_entry_runs ON audit_entry (entry_no) WHERE kind = 'run';
