#!/bin/bash
# The rules of the house that need no compiler tool: run as one test program, prints TAP. Which folder
# may include which is read from the table of ARCHITECTURE.md, so that the page and the check agree.
# A check is a function that prints one line for each breach, and nothing when all is well.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export LC_ALL=C.UTF-8
file_lines_max=700
function_lines_max=80

# Files of the project by pattern: tracked ones and new ones that git does not ignore.
files() {
    git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r path; do
        [ ! -f "$path" ] || printf '%s\n' "$path"
    done
}

# "FROM TO" for each edge that ARCHITECTURE.md allows, with what the allowed folder may include itself.
allowed_edges() {
    awk -F'|' '/^\| `src\// {
        gsub(/[ `]|src\//, "", $2); name[++count] = $2
        gsub(/ /, "", $4); n = split($4, to, ",")
        for (i = 1; i <= n; i++) edge[$2, to[i]] = 1
    }
    END {
        for (i = 1; i <= count; i++) if ((name[i], "all") in edge)
            for (j = 1; j <= count; j++) edge[name[i], name[j]] = 1
        for (k = 1; k <= count; k++) for (i = 1; i <= count; i++) for (j = 1; j <= count; j++)
            if ((name[i], name[k]) in edge && (name[k], name[j]) in edge) edge[name[i], name[j]] = 1
        for (i = 1; i <= count; i++) for (j = 1; j <= count; j++)
            if (i == j || (name[i], name[j]) in edge) print name[i], name[j]
    }' ARCHITECTURE.md
}

# "FILE:LINE FOLDER HEADER" for each #include of src, HEADER with its quotes or brackets.
includes() {
    files 'src/*.c' 'src/*.h' 'src/*.inc' | xargs awk '/^[ \t]*#[ \t]*include/ {
        split(FILENAME, part, "/"); sub(/^[ \t]*#[ \t]*include[ \t]*/, ""); print FILENAME ":" FNR, part[2], $1
    }'
}

check_dependency_edges() {
    { allowed_edges; includes | grep '"'; } | awk 'NF == 2 { allowed[$1, $2] = 1; next }
    {
        header = $3; gsub(/"/, "", header); split(header, part, "/")
        if (header !~ /\//) print $1 ": #include \"" header "\" names no folder"
        else if (!(($2, part[1]) in allowed))
            print $1 ": src/" $2 " may not include src/" part[1] " (table in ARCHITECTURE.md)"
        else if (header ~ /_internal\.h$/ && part[1] != $2)
            print $1 ": " header " is internal to src/" part[1]
    }'
}

check_third_party_headers() {
    local libc='assert|ctype|dirent|errno|fcntl|float|fnmatch|ftw|getopt|inttypes|limits|locale|math|pthread|pwd|regex|'
    libc+='sched|setjmp|signal|spawn|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|termios|time|unistd|'
    libc+='wchar|sys/[a-z]+|[a-z]*intrin'
    includes | grep '<' | grep -vE "<($libc)\.h>" | awk '
        $2 == "io" || $2 == "web" { next }
        $2 == "core" && $3 == "<omp.h>" { next }
        { print $1 ": " $3 " belongs to a library; only src/io and src/web include those" }'
}

check_header_guards() {
    local path guard
    files 'src/*.h' | while IFS= read -r path; do
        # src/link/link_block.h is guarded by SHIRE_LINK_BLOCK_H or SHIRE_LINK_LINK_BLOCK_H.
        guard=$(printf '%s' "${path#src/}" | tr 'a-z/.-' 'A-Z___')
        guard="SHIRE_(${guard%%_*}_)?${guard#*_}"
        if ! grep -qxE "#ifndef $guard" "$path" || ! grep -qxE "#define $guard" "$path"; then
            echo "$path: no include guard $guard"
        fi
    done
}

check_headers_compile_alone() {
    local path npm_include=node_modules/duckdb/src/duckdb/src/include
    local -a library_flags
    read -r -a library_flags <<<"$(pkg-config --cflags libpq)"
    files 'src/*.h' | while IFS= read -r path; do
        printf '#include "%s"\ntypedef int shire_not_empty;\n' "${path#src/}" |
            "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -Isrc \
                -isystem "$npm_include" "${library_flags[@]}" -x c - 2>&1 | head -n 5 | sed "s|^|$path: |"
    done
}

check_file_lengths() {
    files '*.c' '*.h' '*.sh' '*.awk' dev | while IFS= read -r path; do
        lines=$(wc -l <"$path")
        [ "$lines" -le $file_lines_max ] ||
            echo "$path: $lines lines; at most $file_lines_max: find the second thing it does"
    done
}

# As clang-format lays functions out, the first line outside a body that ends in ") {" opens one, and a
# lone brace at the margin closes it.
check_function_lengths() {
    files '*.c' '*.h' | xargs awk -v most=$function_lines_max '
        FNR == 1 { start = 0 }
        /\) \{$/ && start == 0 { start = FNR }
        /^}/ && start > 0 {
            if (FNR - start + 1 > most)
                print FILENAME ":" start ": function of " FNR - start + 1 " lines; at most " most
            start = 0
        }'
}

check_unique_base_names() {
    files 'src/*.c' 'src/*.h' 'tests/*.c' 'bench/*.c' | sed -E 's|^(.*/)?([^/]+)$|\2 &|' |
        sort | awk '$1 == last { print $2 ": same base name as " path } { last = $1; path = $2 }'
}

check_unfinished_work() {
    git grep -nIwE 'TO''DO|FIX''ME|X''XX|HA''CK' -- ':!*package-lock.json' ':!tests/fuzz/corpus' | cut -c1-160
}

check_machine_paths() {
    git grep -nIE '(^|[^A-Za-z0-9_.$}])/(home|root|work|Users)/[A-Za-z]' -- ':!tests/fuzz/corpus' | cut -c1-160
}

check_unsafe_calls() {
    files '*.c' '*.h' | xargs grep -HnE \
        '(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|scanf|system|tmpnam)\(' |
        sed 's/$/ : use the bounded or checked form/'
}

# A kernel is arrays in, arrays out: no I/O, clock, randomness or heap.
check_kernels_are_pure() {
    files 'src/*_kernel.c' | xargs -r grep -HnE \
        '#include ("io/|"core/(arena|progress|meter|random)|<(stdio|time|unistd|fcntl)\.h)|[^A-Za-z_](malloc|calloc|realloc|free|rand|fopen|printf)\(' |
        sed 's/$/ : a kernel has no I\/O, clock, randomness or heap/'
}

# Money is never a float.
check_money_is_integer() {
    files 'src/core/money*' 'src/cost/*_kernel.[ch]' 'src/pool/*_kernel.[ch]' | xargs -r grep -HnwE 'float|double' |
        grep -vE ':[0-9]+: *(/?\*|//)'
}

# stop_on refuses a kind that the list has not, so the list must have every kind of the sources.
check_finding_kinds() {
    {
        files 'src/cost/*.c' | xargs -r awk '{ text = text " " $0 } END { print text }' |
            grep -oE 'cost_(error|warning)\([^"]*"[a-z_0-9]+"'
        files 'src/load/*.c' 'src/io/dsv*.c' 'src/cost/*.c' | xargs -r grep -hoE '\.?kind = "[a-z_0-9]+"'
        sed -n '/problem_kinds\[\] = {/,/^};/p' src/load/load_insert.c | grep -oE '\{"[^"]+", "[a-z_]+",'
        files 'src/*.c' | xargs -r grep -hoE "INSERT INTO finding SELECT '[a-z]+', '[a-z]+', '[a-z_0-9]+'"
    } | grep -oE "[\"'][a-z_0-9]+[\"'],?$" | grep -oE '[a-z_0-9]+' | sort -u |
        while IFS= read -r kind; do
            grep -q "\"$kind\"" src/org/finding_kind.c ||
                echo "src/org/finding_kind.c: the kind of finding $kind is missing"
        done
}

check_lock_file() {
    grep -nE '"resolved"|https?://' package-lock.json package.json {web,tests/api}/package{-lock,}.json | sed 's/$/ : names a registry host/'
    grep -nE 'node-gyp' package-lock.json | sed 's/$/ : the duckdb package is taken for its header alone; remove its dependencies from the lock file/'
    for arch in x64 arm64; do
        grep -q "node_modules/@duckdb/node-bindings-linux-$arch" package-lock.json ||
            echo "package-lock.json: no DuckDB library for $arch"
    done
}

[ -n "$(files 'src/*.c')" ] || { echo "Bail out! no git checkout here"; exit 1; }
checks=$(declare -F | awk '$3 ~ /^check_/ { print $3 }')
echo "1..$(wc -w <<<"$checks")"
number=0 status=0
for check in $checks; do
    number=$((number + 1))
    breaches=$($check)
    if [ -z "$breaches" ]; then
        echo "ok $number - ${check#check_}"
    else
        printf '%s\n' "$breaches" | sed 's/^/# /'
        echo "not ok $number - ${check#check_}"
        status=1
    fi
done
exit $status
