#!/bin/bash
# Golden tests: run.sh PROGRAM [--part N/OF] [NAME]... runs each case (of OF that follow each other the Nth), a folder
# beside this file, and compares what came out byte for byte; it prints TAP. In a case: cmd (one shell line, run in a scratch copy of the
# folder; $SHIRE is the program, $EXAMPLES the folder of examples), expected_stdout, expected_status (0 when absent), expected_stderr
# (not compared when absent), expected/PATH (compared with PATH in the scratch copy after the run),
# needs (paths under SHIRE_SHARED without which the case is skipped; with CI=true it fails instead).
# Of a figure that changes from run to run only the JSON keys seconds and peak_mb are masked.
# SHIRE_GOLDEN_UPDATE=1 rewrites the expected files instead of comparing.
set -uo pipefail
cases_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh PROGRAM [--part N/OF] [NAME]..." >&2; exit 2; }
SHIRE=$(realpath "$1")
shift
part=1/1
if [ "${1:-}" = --part ]; then
    part=$2
    shift 2
fi
export SHIRE LC_ALL=C.UTF-8 TZ=UTC
export SHIRE_SHARED="${SHIRE_SHARED:-$cases_dir/../../../shared/data}"
export EXAMPLES="$cases_dir/../../examples"
scratch_root=$(mktemp -d)
trap 'rm -rf "$scratch_root"' EXIT

mask() {
    sed -E 's/("(seconds|peak_mb)": *)[0-9]+(\.[0-9]+)?/\1"*"/g'
}

# The first needed shared file that is absent, if any.
absent_need() {
    local path
    [ -e "$1/needs" ] || return 0
    while read -r path; do
        [ -z "$path" ] || [ -e "$SHIRE_SHARED/$path" ] || { printf '%s' "$path"; return; }
    done <"$1/needs"
}

# expect FILE WITH: compares, or rewrites FILE; the difference goes to standard output as comments.
expect() {
    if [ -n "${SHIRE_GOLDEN_UPDATE:-}" ]; then
        cmp -s "$1" "$2" || cp "$2" "$1"
        return 0
    fi
    if [ ! -e "$2" ]; then
        echo "# ${1#"$cases_dir/"}: the command made no such file"
        return 1
    fi
    cmp -s "$1" "$2" && return 0
    diff -u --label expected --label actual "$1" "$2" | head -n 60 | sed "s|^|# ${1#"$cases_dir/"}: |"
    return 1
}

run_case() {
    local case_dir=$1 scratch=$scratch_root/$2 out=$scratch_root/out status=0 good=0 is_new=false path
    mkdir -p "$scratch" "$out"
    cp -r "$case_dir/." "$scratch"
    rm -rf "$scratch"/{cmd,needs,expected,expected_stdout,expected_stderr,expected_status}
    (cd "$scratch" && bash "$case_dir/cmd") >"$out/raw_stdout" 2>"$out/raw_stderr" </dev/null ||
        status=$?
    mask <"$out/raw_stdout" >"$out/stdout"
    mask <"$out/raw_stderr" >"$out/stderr"
    echo "$status" >"$out/status"
    [ -e "$case_dir/expected_stdout" ] || is_new=true
    if $is_new && [ -n "${SHIRE_GOLDEN_UPDATE:-}" ]; then
        cp "$out/stdout" "$case_dir/expected_stdout"
        [ "$status" = 0 ] || cp "$out/status" "$case_dir/expected_status"
        [ ! -s "$out/stderr" ] || cp "$out/stderr" "$case_dir/expected_stderr"
    fi
    expect "$case_dir/expected_stdout" "$out/stdout" || good=1
    if [ -e "$case_dir/expected_stderr" ]; then
        expect "$case_dir/expected_stderr" "$out/stderr" || good=1
    fi
    if [ -e "$case_dir/expected_status" ]; then
        expect "$case_dir/expected_status" "$out/status" || good=1
    elif [ "$status" != 0 ]; then
        echo "# exit status $status; standard error:"
        head -n 20 "$out/stderr" | sed 's/^/# /'
        good=1
    fi
    if [ -d "$case_dir/expected" ]; then
        while IFS= read -r path; do
            expect "$case_dir/expected/$path" "$scratch/$path" || good=1
        done <<<"$(cd "$case_dir/expected" && find . -type f -printf '%P\n' | LC_ALL=C sort)"
    fi
    rm -rf "$scratch" "$out"
    return $good
}

[ $# -gt 0 ] || set -- "$cases_dir"/*/cmd
names=()
for ((i = ${part%/*}; i <= $#; i += ${part#*/})); do
    names+=("${!i}")
done
names=("${names[@]#"$cases_dir/"}")
names=("${names[@]%/cmd}")
echo "1..${#names[@]}"
failures=0 number=0
for name in "${names[@]}"; do
    number=$((number + 1))
    need=$(absent_need "$cases_dir/$name")
    if [ -n "$need" ] && [ "${CI:-}" != true ]; then
        echo "ok $number # SKIP $name: no $need under SHIRE_SHARED"
    elif [ -n "$need" ]; then
        echo "# no $need under SHIRE_SHARED"
        echo "not ok $number - $name"
        failures=$((failures + 1))
    elif run_case "$cases_dir/$name" "$name"; then
        echo "ok $number - $name"
    else
        echo "not ok $number - $name"
        failures=$((failures + 1))
    fi
done
[ "$failures" = 0 ]
