#!/bin/bash
# A data centre is lost: failover.sh WRITER, where WRITER is the program kill_store.c; prints TAP. Two clusters, the
# second a synchronous standby of the first. While WRITER writes through the names of both, all processes of the first
# are killed and the second is promoted. Writing must go on by itself, nothing that was told as done may be missing,
# and the audit log must hold.
set -uo pipefail
writer=$(realpath "$1")
cluster=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/cluster.sh
export LC_ALL=C
bin=$("$cluster" bin) || {
    [ "${CI:-}" != true ] || { echo "Bail out! there is no PostgreSQL"; exit 1; }
    printf '1..1\nok 1 # SKIP there is no PostgreSQL\n'
    exit 0
}
scratch=$(mktemp -d)
chmod 755 "$scratch"
first=$scratch/first second=$scratch/second answers=$scratch/answers pid=
end() {
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
    "$cluster" stop "$first"
    "$cluster" stop "$second"
    rm -rf "$scratch"
}
trap end EXIT

fail() {
    printf '# %s\n' "$@"
    echo "not ok 1 - nothing_that_was_told_is_lost_with_a_data_centre"
    exit 1
}

# Ten minutes at most, which nothing takes that comes at all, however busy the machine is.
until_true() {
    local tries=12000
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

is_synchronous() {
    [ "$("$bin/psql" -X -t -A -c "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'" "$url")" = 1 ]
}

has_answers() {
    [ "$(stat -c %s "$answers" 2>/dev/null || echo 0)" -gt "$1" ]
}

echo 1..1
url=$("$cluster" start "$first" "synchronous_standby_names = 'standby'") || fail "the first cluster does not start"
"$cluster" standby "$second" "$first" >/dev/null || fail "the standby does not start"
until_true is_synchronous || fail "the standby does not follow"
both="postgresql:///postgres?host=$first,$second&user=shire&target_session_attrs=read-write"
"$writer" write "$both" "$answers" 2>"$scratch/errors" &
pid=$!
until_true has_answers 4000 || fail "nothing is written" "$(head -c 500 "$scratch/errors")"
"$cluster" kill "$first"
before=$(stat -c %s "$answers")
"$cluster" promote "$second" || fail "the standby cannot be promoted"
until_true has_answers $((before + 4000)) || fail "writing does not go on" "$(head -c 500 "$scratch/errors")"
{ kill -KILL "$pid" && wait "$pid"; } 2>/dev/null # bash would say that it was killed
pid=
CMOCKA_MESSAGE_OUTPUT=STDOUT "$writer" check "$both" "$answers" >"$scratch/checked" 2>&1 ||
    fail "$(cat "$scratch/checked")"
echo "# $((before / 8)) changes told before the loss, $((($(stat -c %s "$answers") - before) / 8)) after, none lost"
echo "ok 1 - nothing_that_was_told_is_lost_with_a_data_centre"
