/* `shire link` end to end, as a process of its own: CSV in, people out, seconds and peak memory. */
#include "linkage.h"

#include "core/text.h"
#include "io/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

const char *linkage_program(linkage_bench *bench) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
    for (int up = 0; length > 0 && up < 2; up++) {
        path[length] = '\0';
        char *slash = strrchr(path, '/');
        length = slash == NULL ? 0 : slash - path;
    }
    if (length <= 0) {
        linkage_check(bench, SHIRE_FAIL(&bench->error, SHIRE_INTERNAL, "no /proc/self/exe"));
    }
    snprintf(path + length, 32, "/shire");
    return path;
}

static double number(const json_t *object, const char *key) {
    return json_number_value(json_object_get(object, key));
}

/* Starts a program whose standard output is `output`. */
static pid_t start_program(const char *const *arguments, int output, int unused) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(output, STDOUT_FILENO);
        if (unused >= 0) {
            close(unused);
        }
        execv(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    return child;
}

void linkage_run_quietly(linkage_bench *bench, const char *const *arguments) {
    int status = 0;
    pid_t child = start_program(arguments, STDERR_FILENO, -1);
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        linkage_check(bench, SHIRE_FAIL(&bench->error, SHIRE_IO_FAILED,
                                        "%s failed (status %d); see above", arguments[0], status));
    }
}

linkage_run linkage_run_program(linkage_bench *bench, const char *const *arguments) {
    int ends[2];
    int status = 0;
    struct rusage usage = {0};
    if (pipe(ends) != 0) {
        linkage_check(bench, SHIRE_FAIL(&bench->error, SHIRE_IO_FAILED, "no pipe"));
    }
    int64_t start = shire_clock_nanoseconds();
    pid_t child = start_program(arguments, ends[1], ends[0]);
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    json_t *object = output == NULL ? NULL : json_loadf(output, JSON_DISABLE_EOF_CHECK, NULL);
    while (output != NULL && fgetc(output) != EOF) {
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0 || object == NULL) {
        linkage_check(bench, SHIRE_FAIL(&bench->error, SHIRE_INTERNAL, "%s failed (status %d)",
                                        arguments[0], status));
    }
    linkage_run run = {.seconds = linkage_seconds_since(start),
                       .peak_mb = (double)usage.ru_maxrss * 1024 / 1e6,
                       .people = number(object, "people"),
                       .candidate_pairs = number(object, "candidate_pairs"),
                       .precision = number(object, "precision"),
                       .recall = number(object, "recall"),
                       .f1 = number(object, "f1"),
                       .b3_f1 = number(object, "b3_f1")};
    json_decref(object);
    fclose(output);
    return run;
}

void linkage_bench_whole(linkage_bench *bench) {
    char path[512];
    char out_path[512];
    shire_table *table = NULL;
    snprintf(path, sizeof path, "%s/people.csv", bench->dir);
    snprintf(out_path, sizeof out_path, "%s/found.csv", bench->dir);
    char database[512];
    snprintf(database, sizeof database, "%s/people.duckdb", bench->dir);
    shire_table_options options = {
        .path = database, .thread_count = bench->thread_count, .temporary_dir = bench->dir};
    linkage_check(bench, shire_table_open(&options, &table, &bench->error));
    linkage_make_people(bench, table, bench->records);
    linkage_check(bench, shire_table_export(table, "SELECT * FROM people", path, SHIRE_FILE_CSV,
                                            &bench->error));
    shire_table_close(table);
    unlink(database);
    static const char columns[] =
        "id=id,given=given,family=family,dob=dob,sex=sex,postcode=postcode,address=address,"
        "phone=phone,nhs_number=nhs_number";
    const char *const arguments[] = {linkage_program(bench),
                                     "link",
                                     path,
                                     "--columns",
                                     columns,
                                     "--truth",
                                     "truth",
                                     "--out",
                                     out_path,
                                     "--json",
                                     NULL};
    linkage_run run = linkage_run_program(bench, arguments);
    printf("\n`shire link` from CSV to CSV, %" PRId64 " records:\n\n"
           "| seconds | peak memory | people | candidate pairs | precision | recall | F1 |\n"
           "|---|---|---|---|---|---|---|\n"
           "| %.1f | %.2f GB | %.0f | %.0f | %.4f | %.4f | %.4f |\n",
           bench->records, run.seconds, run.peak_mb / 1000, run.people, run.candidate_pairs,
           run.precision, run.recall, run.f1);
}
