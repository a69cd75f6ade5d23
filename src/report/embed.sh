#!/bin/sh
# Writes a C source with the given files as byte arrays: embed.sh OUTPUT NAME FILE [NAME FILE]...
# NAME becomes `const char NAME[]` and `const size_t NAME_bytes`.
set -eu
output=$1
shift
{
    echo '#include "report/report_assets.h"'
    while [ $# -gt 0 ]; do
        echo "const char $1[] = {"
        od -An -v -tx1 "$2" | sed 's/ \([0-9a-f][0-9a-f]\)/(char)0x\1,/g'
        echo "};"
        echo "const size_t $1_bytes = sizeof $1;"
        shift 2
    done
} >"$output"
