/*
 * Delimited text: the first byte chooses options, the rest is the file. Reading must end, give
 * valid UTF-8 without NULs on ever later lines, count what it gave, and give the same once more.
 */

#include "fuzz_target.h"
#include "io/dsv.h"
#include "io/dsv_problem.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t read_all(const char *path, const shire_dsv_options *options) {
    shire_dsv_reader *reader = NULL;
    shire_dsv_record record;
    bool more = true;
    int64_t line = 0, good = 0, bad = 0;
    uint64_t hash = 1;
    if (shire_dsv_open(path, options, &reader, NULL) != SHIRE_OK) {
        return 0;
    }
    while (shire_dsv_next(reader, &record, &more, NULL) == SHIRE_OK && more) {
        FUZZ_CHECK(record.line > line);
        line = record.line;
        hash = hash * 31 + (uint64_t)line + (uint64_t)record.fault;
        if (record.fault != SHIRE_DSV_GOOD) {
            bad++;
            continue;
        }
        good++;
        FUZZ_CHECK(record.field_count == shire_dsv_column_count(reader));
        for (size_t i = 0; i < record.field_count; i++) {
            FUZZ_CHECK(shire_text_is_utf8(record.fields[i]));
            FUZZ_CHECK(memchr(record.fields[i].bytes, '\0', record.fields[i].length) == NULL);
            hash = shire_text_hash(record.fields[i], hash);
        }
    }
    const shire_dsv_facts *facts = shire_dsv_reader_facts(reader);
    FUZZ_CHECK(facts->finished && facts->record_count == good && facts->rejected_count == bad);
    shire_dsv_close(reader);
    return hash;
}

/* As many errors as there were faulty records. */
static void list_problems(const char *path, const shire_dsv_options *options) {
    shire_dsv_problems problems = {0};
    shire_dsv_problem problem;
    bool more = true;
    int64_t errors = 0;
    if (shire_dsv_open(path, options, &problems.reader, NULL) != SHIRE_OK) {
        return;
    }
    bool told = false;
    while (shire_dsv_next_problem(&problems, &problem, &more, NULL) == SHIRE_OK && more) {
        errors += strcmp(problem.severity, "error") == 0;
        told = true;
    }
    FUZZ_CHECK(errors == shire_dsv_reader_facts(problems.reader)->rejected_count);
    FUZZ_CHECK(told != shire_dsv_is_clean(problems.reader) ||
               shire_dsv_reader_facts(problems.reader)->empty);
    shire_dsv_close(problems.reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    const shire_dsv_options options = {.delimiter = (data[0] & 1) != 0 ? ';' : 0,
                                       .comment = (data[0] & 2) != 0 ? '#' : 0,
                                       .without_header = (data[0] & 4) != 0,
                                       .skip_given = (data[0] & 8) != 0,
                                       .skip_lines = (data[0] & 16) != 0 ? 2 : 0,
                                       .null_text = (data[0] & 32) != 0 ? "NA" : NULL};
    char path[64];
    int file = memfd_create("dsv", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0);
    FUZZ_CHECK(write(file, data + 1, size - 1) == (ssize_t)(size - 1));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    FUZZ_CHECK(read_all(path, &options) == read_all(path, &options));
    list_problems(path, &options);
    close(file);
    return 0;
}
