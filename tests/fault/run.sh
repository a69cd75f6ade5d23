#!/bin/bash
# A whole run meets a failing machine: run.sh PROGRAM SHIM GROWTH [PART/PARTS [NOT]...]; prints TAP. Of
# several parts, which may run side by side, each takes its share of the cases, those called NOT left
# out. A small partnership is run once and its state kept; then writes, syncs, renames and truncations
# fail from the Nth on (SHIM is fail_io.c), the disk is full, and the process is killed at moments
# spread over its life; fewer of each, the larger GROWTH is. Each time the program must end with status
# 1 and one sentence, and leave the last good state byte for byte; at the end of each case an
# undisturbed run must say the same as the first.
set -uo pipefail
program=$(realpath "$1")
shim=$(realpath "$2")
growth=$3
part=${4:-1/1}
left_out=" ${*:5} "
first_few=$((8 / growth)) # calls that fail one by one
small_county=$(realpath "$(dirname "$0")/../golden/run-small")
export LC_ALL=C.UTF-8 ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failure=

# Hashes of all that the last good run left, its folder by the link that leads there; the lock, the folder of a run
# under way and the log that a killed one leaves beside the store are not it, and the findings are those of the last
# run that had any, also of one that failed.
state_of() {
    (cd "$1/.shire" && find . run/ -type f ! -name lock ! -name findings.csv ! -name 'store.db-*' ! -path './run.*' -print0 |
        sort -z | xargs -0 sha256sum)
}

# What a run says, without its times.
mask() {
    sed -E 's/("(seconds|peak_mb)": *)[0-9]+(\.[0-9]+)?/\1"*"/g'
}

# says_what_failed STATUS ERRORS WHEN; libxlsxwriter cannot be kept from adding [ERROR] lines.
says_what_failed() {
    if [ "$1" != 1 ]; then
        failure="exit status $1, not 1, $3"
    elif [ "$(grep -cv '^\[ERROR\]' "$2")" != 1 ] || ! grep -q '^shire run: ' "$2"; then
        failure="not one sentence $3: $(head -c 300 "$2")"
    fi
    [ -z "$failure" ]
}

state_is_unchanged() {
    [ "$(state_of county)" = "$good_state" ] ||
        failure="the last good state changed $1: $(state_of county | head -c 600)"
    [ -z "$failure" ]
}

a_later_run_says_the_same() {
    "$program" run county --json >later.json 2>later.err ||
        { failure="a later run failed: $(head -c 300 later.err)"; return 1; }
    mask <later.json | cmp -s - first.json || failure="a later run says something else"
    good_state=$(state_of county)
    [ -z "$failure" ]
}

# The Nth call of one kind and all after it fail, N growing GROWTH-fold until none is left to fail.
fails_until_done() {
    local call=$1 count=0 status
    while :; do
        LD_PRELOAD=$shim SHIRE_FAIL=$call SHIRE_FAIL_AFTER=$count "$program" run county --json \
            2>errors | cat >out
        status=${PIPESTATUS[0]}
        [ "$status" != 0 ] || break
        says_what_failed "$status" errors "when $call $count failed" || return 1
        state_is_unchanged "when $call $count failed" || return 1
        count=$((count < first_few ? count + 1 : count * growth))
    done
    [ "$count" -gt 0 ] || [ "$call" = truncate ] || failure="no $call was made to fail"
    [ -z "$failure" ]
}

fails_from_each() {
    fails_until_done "$1" && a_later_run_says_the_same
}

each_write_fails() { fails_from_each write; }
each_sync_fails() { fails_from_each sync; }
each_rename_fails() { fails_from_each rename; }
each_truncation_fails() { fails_from_each truncate; }

# In a name space of its own, so that nothing stays mounted.
run_on_small_disk() {
    unshare --mount bash -c '
        mkdir -p disk && mount -t tmpfs -o size="$2"k tmpfs disk && cp -r county disk/ || exit 99
        cd disk && "$1" run county --json >out 2>../errors
        status=$?
        cd .. && state_of disk/county >disk_state
        exit $status' bash "$program" "$1"
}

the_disk_is_full() {
    local used step status
    unshare --mount true 2>/dev/null || { echo "# SKIP no right to mount a small disk"; return 0; }
    used=$(du -sk county | cut -f 1)
    for step in 64 512 1024 2048 4096 16384; do
        run_on_small_disk $((used + step))
        status=$?
        [ "$status" != 0 ] || break
        [ "$status" != 99 ] || { failure="the small disk could not be made"; return 1; }
        says_what_failed "$status" errors "with $step KB left" || return 1
        [ "$(cat disk_state)" = "$good_state" ] ||
            { failure="the last good state changed with $step KB left"; return 1; }
    done
    [ "$step" != 64 ] || failure="the disk was never full"
    [ -z "$failure" ]
}

# All files of the last run under the names that scripts know, what the warehouse says, that the columns are those of
# this warehouse, and that the log holds.
what_stands() {
    (cd county/.shire && sha256sum work_in_progress.csv link.memory report/report.html report/report.xlsx report/tables/*)
    "$program" explain county person TRUST/PAS/1 --json 2>&1
    "$program" whatif county --set 'ledger.amount[account=HR] *= 2' --json 2>&1 | mask
    "$program" audit verify county >out 2>&1 || cat out
}

# Of the run before or of the one that was killed, whole.
stands_whole() {
    local now
    now=$(what_stands)
    case $now in
    "$standing_before") stood_before=$((stood_before + 1)) ;;
    "$standing_after") stood_after=$((stood_after + 1)) ;;
    *) failure="killed $1: $(diff <(echo "$standing_before") <(echo "$now") | head -c 600)" ;;
    esac
    [ -z "$failure" ]
}

# The run is killed in a copy of what stood before, so that it has everything to change.
as_before() {
    rm -rf county/.shire && cp -a before county/.shire
}

change_all_files() {
    change_the_index
    LC_ALL=C sed -i "s/$1/$2/" county/data/ledger.csv
}

# At moments spread over the run's life, and at each call that makes or changes a link.
killed_at_any_moment() {
    local begin end milliseconds moment pid count=0 status standing_before standing_after stood_before=0 stood_after=0
    standing_before=$(what_stands)
    cp -a county/.shire before
    change_all_files 1000.00 1001.00
    begin=$(date +%s%N)
    "$program" run county --json >out 2>&1
    end=$(date +%s%N)
    standing_after=$(what_stands)
    [ "$standing_before" != "$standing_after" ] || { failure="nothing changed"; return 1; }
    milliseconds=$(((end - begin) / 1000000))
    for ((moment = 1; moment < 10; moment += growth / 2)); do # in tenths of a run
        as_before
        "$program" run county --json >out 2>&1 &
        pid=$!
        sleep "$(printf '%d.%03d' $((milliseconds * moment / 10000)) \
            $((milliseconds * moment / 10 % 1000)))"
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        stands_whole "at $moment tenths" || return 1
    done
    stood_before=0 stood_after=0
    while :; do
        as_before
        LD_PRELOAD=$shim SHIRE_FAIL=link SHIRE_FAIL_KILLS=1 SHIRE_FAIL_AFTER=$count "$program" run county >out 2>&1
        status=$?
        stands_whole "at link $count" || return 1
        [ "$status" != 0 ] || break
        count=$((count + 1))
    done
    [ "$stood_before" -ge 2 ] && [ "$stood_after" -ge 1 ] || failure="never killed at a link: $stood_before, $stood_after"
    change_all_files 1001.00 1000.00
    as_before
    rm -rf before
    a_later_run_says_the_same
}

# A record leaves its person or comes back, so that the index changes and the store is written.
person=TRUST/PAS/1
change_the_index() {
    if grep -q BLACK county/data/council.csv; then
        cp "$small_county/data/council.csv" county/data/
    else
        LC_ALL=C sed -i 's/JOHN;SMITH;01-FEB-1950;HR11AA/ERIC;BLACK;07-OCT-1981;HR5 5EE/' county/data/council.csv
    fi
}

the_index_changes_and_each_call_fails() {
    local call
    for call in write rename; do
        change_the_index
        fails_until_done "$call" || return 1
        [ "$(state_of county)" != "$good_state" ] || { failure="the index did not change"; return 1; }
        good_state=$(state_of county)
    done
    cp "$small_county/data/council.csv" county/data/
    a_later_run_says_the_same
}

changes_of_person() {
    "$program" link history county "$person" | grep '  change' | sed -E 's/[0-9T:-]+Z/TIME/'
}

# A kill between the warehouse's taking its place and the store's learning of it leaves the new warehouse
# beside the old store: the next run must bring the store to where it would have been.
a_kill_leaves_the_store_behind() {
    cp county/.shire/store.db store_before.db
    change_the_index
    "$program" run county >out 2>errors || { failure="a run failed: $(head -c 300 errors)"; return 1; }
    changes_of_person >history.txt
    cp store_before.db county/.shire/store.db
    change_the_index
    "$program" run county >out 2>errors || { failure="a run failed: $(head -c 300 errors)"; return 1; }
    changes_of_person >history_after.txt
    head -n "$(wc -l <history.txt)" history_after.txt | cmp -s - history.txt &&
        [ "$(wc -l <history_after.txt)" -gt "$(wc -l <history.txt)" ] ||
        failure="the store was not mended: $(cat history.txt history_after.txt)"
    [ -s history.txt ] || failure="there was nothing to mend"
    good_state=$(state_of county)
    [ -z "$failure" ]
}

a_damaged_store_gets_a_sentence() {
    local status
    cp county/.shire/store.db store_before.db
    printf 'no store, however long this is' >county/.shire/store.db
    good_state=$(state_of county)
    "$program" run county >out 2>errors
    status=$?
    [ "$status" = 2 ] && [ "$(wc -l <errors)" = 1 ] && grep -q 'the store is damaged' errors ||
        failure="status $status: $(head -c 300 errors)"
    state_is_unchanged "with a damaged store"
    head -c 4096 store_before.db >county/.shire/store.db
    good_state=$(state_of county)
    "$program" run county >out 2>errors
    [ "$(wc -l <errors)" = 1 ] && grep -q 'the store is damaged' errors ||
        failure="cut off: $(head -c 300 errors)"
    state_is_unchanged "with a store that is cut off"
    cp store_before.db county/.shire/store.db
    good_state=$(state_of county)
    a_later_run_says_the_same
}

two_runs_at_once() {
    local status
    flock county/.shire/lock "$program" run county 2>errors >out
    status=$?
    says_what_failed "$status" errors "while another run held the lock" &&
        state_is_unchanged "while another run held the lock"
}

export -f state_of
cp -r "$small_county" county
# The second run is the one to compare with: the first has no last run to tell changes from.
"$program" run county --json >first.json 2>errors && "$program" run county --json 2>errors | mask >first.json
[ -s first.json ] || { cat errors; echo "Bail out! run"; exit 1; }
cases=(each_write_fails each_sync_fails each_rename_fails each_truncation_fails the_disk_is_full
    killed_at_any_moment the_index_changes_and_each_call_fails a_kill_leaves_the_store_behind
    a_damaged_store_gets_a_sentence two_runs_at_once)
wanted=() mine=()
for case in "${cases[@]}"; do
    [[ $left_out == *" $case "* ]] || wanted+=("$case")
done
for ((i = ${part%/*} - 1; i < ${#wanted[@]}; i += ${part#*/})); do
    mine+=("${wanted[i]}")
done
echo "1..${#mine[@]}"
number=0 exit_status=0
for case in "${mine[@]}"; do
    number=$((number + 1))
    failure=
    good_state=$(state_of county)
    "$case" >case.out 2>&1
    if [ -n "$failure" ]; then
        printf '%s\n' "$failure" | sed 's/^/# /'
        echo "not ok $number - $case"
        exit_status=1
    elif grep -q '^# SKIP' case.out; then
        echo "ok $number $(grep '^# SKIP' case.out)"
    else
        echo "ok $number - $case"
    fi
done
exit $exit_status
