# Reads one log of `meson test`, prints the output of each program that failed and the name of each
# case that was skipped, and closes with one line "PASSED FAILED SKIPPED" that counts test cases. A
# program that speaks TAP has a case for each "ok" line; planned cases that never came (a crash, a
# time-out) count as failed. A program that says nothing is one case. `label` names the build.
# cmocka 1.1.5 writes a skipped case as "not ok N # SKIP name".
/^=+ [0-9]+\/[0-9]+ =+$/ { begin(); next }
/^Summary of Failures:|^Ok: +[0-9]+/ { finish(); over = 1 }
over || !inside { next }
/^test: / && test == "" { test = $0; sub(/^test: +/, "", test); sub(/^.* \/ /, "", test) }
/^result: / && result == "" { result = $0; sub(/^result: +/, "", result) }
{ text = text $0 "\n" }
/^1\.\.[0-9]+/ { planned += substr($1, 4) }
/^(not )?ok [0-9]+.*# SKIP/ {
    skip++
    sub(/^.*# SKIP */, "")
    skips = skips "skipped (" label "): " test ", " $0 "\n"
    next
}
/^ok [0-9]+/ { ok++ }
/^not ok [0-9]+/ { not_ok++ }

function begin() {
    finish()
    inside = 1
    over = 0
    test = result = text = ""
    planned = ok = not_ok = skip = 0
}

function finish(    good, lost) {
    if (!inside) {
        return
    }
    inside = 0
    good = result == "exit status 0"
    if (planned + ok + not_ok + skip == 0) {
        ok = good
        not_ok = !good
    } else {
        lost = planned - ok - not_ok - skip
        not_ok += lost > 0 ? lost : 0
        if (!good && not_ok == 0) {
            not_ok = 1
        }
    }
    if (not_ok > 0) {
        printf "---- FAILED (%s): %s, %s\n%s", label, test, result, text
    }
    passed += ok
    failed += not_ok
    skipped += skip
}

END {
    finish()
    printf "%s", skips
    print passed + 0, failed + 0, skipped + 0
}
