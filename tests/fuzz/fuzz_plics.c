/* A PLICS feed of anybody's: whatever the bytes, checking ends, counts agree with what is listed,
 * and a file without a violation has none when it is checked once more. */
#include "plics/plics.h"

#include "fuzz_target.h"

#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/fuzz-plics-XXXXXX";
static char file_path[64];
static char findings_path[64];

static void remove_files(void) {
    unlink(file_path);
    unlink(findings_path);
    rmdir(folder);
}

static void make_folder(void) {
    FUZZ_CHECK(mkdtemp(folder) != NULL);
    snprintf(file_path, sizeof(file_path), "%s/feed.csv", folder);
    snprintf(findings_path, sizeof(findings_path), "%s/findings.csv", folder);
    FUZZ_CHECK(atexit(remove_files) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_arena *arena = NULL;
    shire_plics_check_summary summary;
    if (file_path[0] == '\0') {
        make_folder();
    }
    FILE *file = fopen(file_path, "we");
    FUZZ_CHECK(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    if (shire_arena_new("fuzz", 0, &arena, NULL) != SHIRE_OK) {
        return 0;
    }
    FUZZ_CHECK(shire_plics_check(file_path, findings_path, arena, &summary, NULL) == SHIRE_OK);
    int64_t counted = 0;
    for (size_t i = 0; i < summary.count_count; i++) {
        counted += summary.counts[i].count;
    }
    FUZZ_CHECK(counted == summary.violation_count);
    FUZZ_CHECK((int64_t)summary.shown_count <= summary.violation_count);
    for (size_t i = 0; i < summary.shown_count; i++) {
        FUZZ_CHECK(summary.shown[i].line >= 1);
        FUZZ_CHECK(summary.shown[i].problem[0] != '\0' && summary.shown[i].remedy[0] != '\0');
    }
    FUZZ_CHECK(summary.violation_count > 0 || summary.feed != NULL);
    shire_arena_free(arena);
    return 0;
}
