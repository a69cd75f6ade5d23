#!/bin/bash
# Throw-away PostgreSQL clusters, for tests and benchmarks:
#   cluster.sh start DIR [SETTING=VALUE]...  makes one in DIR/cluster if there is none, starts it, prints its URL
#   cluster.sh kill DIR                      ends it as a power cut would (kill -9 of all its processes)
#   cluster.sh stop DIR                      ends it; its files stay
#   cluster.sh standby DIR OF_DIR            makes DIR/cluster a copy that follows the one of OF_DIR, starts it, prints its URL
#   cluster.sh promote DIR                   makes a standby the one that writes
#   cluster.sh bin                           prints the folder of PostgreSQL's programs
#   cluster.sh run COMMAND...                runs a command with SHIRE_TEST_POSTGRES set to the URL of a cluster:
#                                            the one that is set already, or one made for the command
# A cluster listens on a socket in DIR alone, and everybody who reaches it may use it; as root it is run by another
# user, as PostgreSQL wants. Nothing is synced: it must survive its own death, not the machine's. Exit status 3: there
# is no PostgreSQL here.
set -euo pipefail
export LC_ALL=C

bin=
for program in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres; do
    [ ! -x "$program" ] || [ ! -x "$(dirname "$program")/initdb" ] || bin=$(dirname "$program")
done
as_user=()
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id -u "$user" >/dev/null 2>&1 || user=nobody
    as_user=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
fi

# The log is shown only when something fails.
try() {
    (cd "$dir" && "${as_user[@]}" "$@" >>log 2>&1) || { tail -n 20 "$dir/log" >&2; exit 1; }
}

own_folder() {
    mkdir -p "$dir"
    [ ${#as_user[@]} = 0 ] || chown "$user" "$dir"
    "${as_user[@]}" touch "$dir/log"
}

# Settings after the general ones hold.
configure() {
    {
        printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$dir'" 'fsync = off' \
            'max_connections = 60' 'shared_buffers = 32MB' 'autovacuum = off' \
            'dynamic_shared_memory_type = mmap'
        printf '%s\n' "$@"
    } | "${as_user[@]}" tee -a "$dir/cluster/postgresql.conf" >/dev/null
}

launch() {
    try "$bin/pg_ctl" -D "$dir/cluster" -l "$dir/log" -w -t 600 start
    printf 'postgresql:///postgres?host=%s&user=shire\n' "$dir"
}

# shellcheck disable=SC2120 # by "$verb" "$@" too
start() {
    own_folder
    if [ ! -e "$dir/cluster" ]; then
        try "$bin/initdb" -D "$dir/cluster" -U shire -A trust -E UTF8 --locale=C --no-sync
        configure "$@"
    fi
    launch
}

standby() {
    own_folder
    try "$bin/pg_basebackup" -d "postgresql:///?host=$1&user=shire&application_name=standby" -D "$dir/cluster" \
        -R -X stream --checkpoint=fast --no-sync
    configure "primary_conninfo = 'host=$1 user=shire application_name=standby'" "synchronous_standby_names = ''"
    launch
}

stop() {
    "${as_user[@]}" "$bin/pg_ctl" -D "$dir/cluster" -m immediate -w stop >/dev/null 2>&1 || true
}

# The postmaster first, so that it starts nothing anew; its children are those whose parent it is.
kill_all() {
    local head children
    head=$(head -n 1 "$dir/cluster/postmaster.pid")
    children=$(ps -o pid= --ppid "$head")
    # shellcheck disable=SC2086 # a word for each process
    kill -KILL "$head" $children 2>/dev/null || true
    # Dead, if nobody has waited for them; a child that is left would keep the cluster from starting again.
    # shellcheck disable=SC2086
    while ps -o stat= -p "$(echo "$head" $children | tr ' ' ',')" | grep -qv '^Z'; do sleep 0.02; done
    rm -f "$dir/cluster/postmaster.pid" "$dir"/.s.PGSQL.*.lock # by which one not waited for would pass for one that runs
}

run() {
    if [ -z "${SHIRE_TEST_POSTGRES:-}" ]; then
        if [ -z "$bin" ]; then
            [ "${CI:-}" != true ] || { echo "Bail out! there is no PostgreSQL"; exit 1; }
            printf '1..1\nok 1 # SKIP there is no PostgreSQL\n'
            exit 0
        fi
        dir=$(mktemp -d)
        trap 'stop; rm -rf "$dir"' EXIT
        SHIRE_TEST_POSTGRES=$(start)
        export SHIRE_TEST_POSTGRES
    fi
    SHIRE_TEST_STORE=postgres "$@"
}

verb=${1:-}
shift
[ "$verb" = run ] || [ -n "$bin" ] || exit 3
case $verb in
bin) printf '%s\n' "$bin" ;;
run) run "$@" ;;
start | kill | stop | standby | promote)
    dir=$(realpath -m "$1")
    shift
    case $verb in
    kill) kill_all ;;
    promote) try "$bin/pg_ctl" -D "$dir/cluster" -w -t 60 promote ;;
    *) "$verb" "$@" ;;
    esac
    ;;
*) echo "cluster.sh: say start, kill, stop, standby, promote, bin or run" >&2 && exit 2 ;;
esac
