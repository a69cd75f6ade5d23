#!/bin/bash
# The database server's disk is full: full_disk.sh WRITER, where WRITER is the program kill_store.c; prints TAP. The
# tables lie on a small disk of their own, and WRITER writes until it is full: it must be told so in a sentence, others
# must go on reading, and when there is room again writing must go on by itself, with nothing lost that was told as done.
set -uo pipefail
if [ "${1:-}" != --inside ]; then
    if ! "$(dirname "$0")/cluster.sh" bin >/dev/null; then
        [ "${CI:-}" != true ] || { echo "Bail out! there is no PostgreSQL"; exit 1; }
        printf '1..1\nok 1 # SKIP there is no PostgreSQL\n'
    elif ! unshare --mount true 2>/dev/null; then
        printf '1..1\nok 1 # SKIP no right to mount a small disk\n'
    else # in a name space of its own, so that nothing stays mounted
        exec unshare --mount "$(readlink -f "$0")" --inside "$(realpath "$1")"
    fi
    exit 0
fi
writer=$2
cluster=$(dirname "$0")/cluster.sh
export LC_ALL=C
psql=$("$cluster" bin)/psql
scratch=$(mktemp -d)
chmod 755 "$scratch"
answers=$scratch/answers errors=$scratch/errors pid=
end() {
    [ -z "$pid" ] || { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null
    "$cluster" stop "$scratch/server"
    umount "$scratch/small"
    rm -rf "$scratch"
}
trap end EXIT

fail() {
    printf '# %s\n' "$@"
    echo "not ok 1 - a_full_disk_is_told_and_writing_resumes"
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

has_answers() {
    [ "$(stat -c %s "$answers" 2>/dev/null || echo 0)" -gt "$1" ]
}

echo 1..1
url=$("$cluster" start "$scratch/server") || fail "the server does not start"
mkdir "$scratch/small"
mount -t tmpfs -o size=1500k tmpfs "$scratch/small" || fail "the small disk cannot be mounted"
chown --reference="$scratch/server" "$scratch/small"
"$psql" -X -q "$url" -c "CREATE TABLESPACE small LOCATION '$scratch/small'" || fail "no table space"
url="$url&options=-cdefault_tablespace%3Dsmall"
: >"$errors"
"$writer" write "$url" "$answers" 2>"$errors" &
pid=$!
until_true grep -q 'disk is full; make room' "$errors" || fail "the disk was never full" "$(head -c 500 "$errors")"
before=$(stat -c %s "$answers")
[ "$("$psql" -X -t -A "$url" -c 'SELECT count(*) FROM index_run')" -ge $((before / 8)) ] || fail "reads do not go on"
mount -o remount,size=64m "$scratch/small" || fail "no room can be made"
until_true has_answers $((before + 4000)) || fail "writing does not go on" "$(tail -c 500 "$errors")"
{ kill -KILL "$pid" && wait "$pid"; } 2>/dev/null
pid=
CMOCKA_MESSAGE_OUTPUT=STDOUT "$writer" check "$url" "$answers" >"$scratch/checked" 2>&1 || fail "$(cat "$scratch/checked")"
echo "# $((before / 8)) changes told until the disk was full"
echo "ok 1 - a_full_disk_is_told_and_writing_resumes"
