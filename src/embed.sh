#!/bin/sh
# Writes a C source with the given files as byte arrays: embed.sh OUTPUT HEADER NAME FILE [NAME FILE]...
# NAME becomes `const char NAME[]`, with a final zero byte, and `const size_t NAME_bytes` without it.
set -eu
output=$1
header=$2
shift 2
{
    echo "#include \"$header\""
    while [ $# -gt 0 ]; do
        echo "const char $1[] = {"
        od -An -v -tx1 "$2" | sed 's/ \([0-9a-f][0-9a-f]\)/(char)0x\1,/g'
        echo "0};"
        echo "const size_t $1_bytes = sizeof $1 - 1;"
        shift 2
    done
} >"$output"
