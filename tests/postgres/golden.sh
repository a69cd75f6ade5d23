#!/bin/bash
# Golden cases that keep something in the store, once more with PostgreSQL behind it: golden.sh PROGRAM, run by
# cluster.sh. Each case has a schema of its own, and must print the same, byte for byte. Prints TAP.
set -uo pipefail
[ -z "${SHIRE_GOLDEN_UPDATE:-}" ] || exit 0 # what is expected is written by the runs on files
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
psql=$("$here/cluster.sh" bin)/psql
cases=(link-decide link-history)
echo "1..${#cases[@]}"
number=0 status=0
for case in "${cases[@]}"; do
    number=$((number + 1))
    schema=golden_$$_$number
    "$psql" -X -q "$SHIRE_TEST_POSTGRES" -c "CREATE SCHEMA $schema"
    output=$(SHIRE_STORE="$SHIRE_TEST_POSTGRES&options=-csearch_path%3D$schema" "$here/../golden/run.sh" "$1" "$case")
    rows=$("$psql" -X -t -A "$SHIRE_TEST_POSTGRES" -c "SELECT count(*) FROM $schema.audit_entry")
    "$psql" -X -q "$SHIRE_TEST_POSTGRES" -c "SET client_min_messages = warning; DROP SCHEMA $schema CASCADE"
    if grep -q '^ok 1' <<<"$output" && [ "${rows:-0}" -gt 0 ]; then
        echo "ok $number - $case"
    else
        sed 's/^/# /' <<<"$output"
        echo "not ok $number - $case ($rows entries in the audit log)"
        status=1
    fi
done
exit $status
