#!/bin/bash
# PostgreSQL's side of bench-cost: postgres.sh DIR THREADS. DIR holds pool.csv (pool_no,amount) and
# item.csv (item_no,pool_no,weight); a throw-away cluster in DIR, run by an unprivileged user and
# tuned for one large query (no fsync, no log of the new table, memory for its sorts), costs them in
# exact numeric arithmetic. Writes DIR/item_cost.csv and prints "VERSION SECONDS" of the costing
# alone, the new table's checkpoint included. Exit status 3: there is no PostgreSQL.
set -euo pipefail
dir=$1 threads=$2
cluster=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../tests/postgres/cluster.sh
psql=$("$cluster" bin)/psql
trap '"$cluster" stop "$dir"' EXIT
PGDATABASE=$("$cluster" start "$dir" 'synchronous_commit = off' 'full_page_writes = off' 'wal_level = minimal' \
    'max_wal_senders = 0' 'max_wal_size = 32GB' 'checkpoint_timeout = 1h' 'shared_buffers = 2GB' 'work_mem = 2GB' \
    'maintenance_work_mem = 1GB' "max_parallel_workers_per_gather = $threads" "max_parallel_workers = $threads")
export LC_ALL=C PGDATABASE PGOPTIONS='--client-min-messages=warning'
query() {
    "$psql" -X -q -v ON_ERROR_STOP=1 -c "$1" "$PGDATABASE" >>"$dir/query.log" 2>&1 ||
        { tail -n 20 "$dir/query.log" >&2; exit 1; }
}

query 'CREATE UNLOGGED TABLE pool (pool_no integer, amount numeric)'
query 'CREATE UNLOGGED TABLE item (item_no bigint, pool_no integer, weight bigint)'
query "\\copy pool FROM '$dir/pool.csv' CSV HEADER"
query "\\copy item FROM '$dir/item.csv' CSV HEADER"
query 'VACUUM ANALYZE pool'
query 'VACUUM ANALYZE item'
query CHECKPOINT
start=$(date +%s%N)
query 'CREATE UNLOGGED TABLE item_cost AS
WITH weight_of AS (SELECT pool_no, sum(weight) AS total_weight FROM item GROUP BY pool_no),
running AS (SELECT item_no, pool_no, weight, sum(weight) OVER (PARTITION BY pool_no ORDER BY item_no
ROWS UNBOUNDED PRECEDING) AS reached FROM item)
SELECT item_no, (div(amount * reached, total_weight) -
div(amount * (reached - weight), total_weight))::bigint AS amount
FROM running JOIN weight_of USING (pool_no) JOIN pool USING (pool_no)'
query CHECKPOINT
end=$(date +%s%N)
query "\\copy item_cost TO '$dir/item_cost.csv' CSV HEADER"
version=$("$("$cluster" bin)/postgres" --version | sed -E 's/.* ([0-9.]+).*/\1/')
printf '%s %s.%03d\n' "$version" $(((end - start) / 1000000000)) $(((end - start) / 1000000 % 1000))
