#!/bin/bash
# The key of one-time codes is changed on a failing machine: kill_code_key.sh PROGRAM SHIM; prints TAP. The Nth write,
# sync or rename fails and all after it, or the process is killed there (SHIM is fail_io.c): each time the key file must
# open every secret that the store holds, and another try must come to its end with one key in the file.
set -uo pipefail
program=$(realpath "$1")
shim=$(realpath "$2")
clinic=$(realpath "$(dirname "$0")/../../examples/clinic")
export LC_ALL=C.UTF-8 ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
unset SHIRE_STORE
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
tries=0

fail() {
    printf '# %s\n' "$@"
    echo "not ok 1 - a_key_that_is_changed_on_a_failing_machine_opens_what_is_there"
    exit 1
}

opens_all() {
    rm -f copy
    "$program" backup tried copy --json >told 2>&1
    grep -q '"has_code_key": true' told || fail "$1: $(head -c 400 told)" "keys: $(wc -l <tried/.shire/codes.key)"
}

echo 1..1
cp -r "$clinic" clinic
rm -rf clinic/.shire
"$program" run clinic >/dev/null 2>errors || fail "$(cat errors)"
body=$(sed -n '2s/,.*//p' clinic/organisations.csv)
for name in one two; do
    "$program" access clinic account add "$name" --full-name "$name" --role clinician --organisation "$body" >/dev/null
    "$program" access clinic account code "$name" >/dev/null || fail "no account with a code"
done
for call in write sync rename; do
    for kills in '' 1; do
        for after in 0 1 2 3 4 5 6 8 12 16 24 32 48 64; do
            rm -rf tried
            cp -a clinic tried
            { # the shell tells of who was killed
                env ${kills:+SHIRE_FAIL_KILLS=1} LD_PRELOAD="$shim" SHIRE_FAIL=$call SHIRE_FAIL_AFTER=$after \
                    "$program" access tried code-key rotate >/dev/null
            } 2>errors
            status=$?
            opens_all "$call $after${kills:+, killed}"
            [ "$status" != 0 ] || break
            tries=$((tries + 1))
            "$program" access tried code-key rotate >/dev/null 2>errors || fail "$call $after: $(cat errors)"
            opens_all "after $call $after"
            [ "$(wc -l <tried/.shire/codes.key)" = 1 ] || fail "an old key stays after $call $after"
        done
        [ "$status" = 0 ] || fail "the key is never changed with $call"
    done
done
[ $tries -gt 20 ] || fail "only $tries tries were made to fail"
echo "# $tries tries"
echo "ok 1 - a_key_that_is_changed_on_a_failing_machine_opens_what_is_there"
