#!/bin/bash
# PostgreSQL's side of bench-cost: postgres.sh DIR THREADS. DIR holds pool.csv (pool_no,amount) and
# item.csv (item_no,pool_no,weight); a throw-away cluster in DIR, run by an unprivileged user and
# tuned for one large query (no fsync, no log of the new table, memory for its sorts), costs them in
# exact numeric arithmetic. Writes DIR/item_cost.csv and prints "VERSION SECONDS" of the costing
# alone, the new table's checkpoint included. Exit status 3: there is no PostgreSQL.
set -euo pipefail
dir=$1 threads=$2
bin=
for program in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres; do
    [ ! -x "$program" ] || [ ! -x "$(dirname "$program")/psql" ] || bin=$(dirname "$program")
done
[ -n "$bin" ] || exit 3
as_user=()
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
    chown -R "$user" "$dir"
fi
export LC_ALL=C PGHOST=$dir PGDATABASE=postgres PGUSER=bench PGOPTIONS='--client-min-messages=warning'
cd "$dir"

# The log is shown only when something fails.
try() {
    "${as_user[@]}" "$@" >>"$dir/log" 2>&1 || { tail -n 20 "$dir/log" >&2; exit 1; }
}
stop() {
    "${as_user[@]}" "$bin/pg_ctl" -D "$dir/cluster" -m immediate stop >/dev/null 2>&1 || true
}
query() {
    try "$bin/psql" -X -v ON_ERROR_STOP=1 -c "$1"
}

"${as_user[@]}" touch "$dir/log"
try "$bin/initdb" -D "$dir/cluster" -U bench -A trust -E UTF8 --locale=C --no-sync
cat >>"$dir/cluster/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 32GB
checkpoint_timeout = 1h
shared_buffers = 2GB
work_mem = 2GB
maintenance_work_mem = 1GB
max_parallel_workers_per_gather = $threads
max_parallel_workers = $threads
CONF
trap stop EXIT
try "$bin/pg_ctl" -D "$dir/cluster" -l "$dir/log" -w start
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
version=$("$bin/postgres" --version | sed -E 's/.* ([0-9.]+).*/\1/')
printf '%s %s.%03d\n' "$version" $(((end - start) / 1000000000)) $(((end - start) / 1000000 % 1000))
