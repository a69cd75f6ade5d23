/* shire link FILE...: linkage of any CSV or Parquet files, with nothing to set. */
#include "cli/cli_link.h"
#include "cli/cli.h"
#include "cli/cli_link_choices.h"
#include "cli/cli_link_encode.h"
#include "cli/cli_link_explain.h"
#include "cli/cli_link_history.h"
#include "cli/cli_link_report.h"
#include "cli/cli_link_review.h"

#include "core/meter.h"
#include "io/json.h"
#include "link/link_encode.h"
#include "link/link_file.h"
#include "link/link_file_basis.h"
#include "report/report_linkage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(void) {
    fputs("Usage: shire link FILE... --columns ROLE=COLUMN,... [OPTION]...\n"
          "       shire link FILE...            files that `shire link encode` wrote\n"
          "Finds the records of one person in CSV or Parquet files. Nothing to train or set.\n\n"
          "  --columns LIST           given=first_name,dob=birth_date,...; may stand again\n"
          "  --column ROLE=EXPRESSION a role from SQL over the columns; may stand again\n"
          "  --source COLUMN          which source a record is from (default: its file)\n"
          "  --truth EXPRESSION       the true person, to measure against; never used to link\n"
          "  --out FILE               write record, source (a file's name), id, person as CSV\n"
          "  --report FILE.html       write a report: weights, model, accuracy by age, sex, area\n"
          "  --explain A B            why two records are one person or not, in place of the "
          "counts;\n"
          "                           by id, or SOURCE/ID, or number where there is no id\n"
          "  --values                 with it: show the values compared, which are personal data\n"
          "  --json                   print one JSON object\n"
          "  --threads N              threads to use (default: all processors)\n\n"
          "Roles: id, source, given, middle, family, full_name, dob, sex, nhs_number, address,\n"
          "street_number, suburb, city, postcode, uprn, phone, email, place, occupation, and\n"
          "other (any number of times) for any further column.\n",
          stdout);
}

typedef struct arguments {
    shire_cli_link_choices chosen;
    const char *paths[SHIRE_LINK_COLUMNS_MAX];
    size_t path_count;
    const char *out_path;
    const char *report_path;
    const char *explained[2]; /* names of two records, or NULL */
    bool with_values;
    bool is_json;
    int thread_count;
} arguments;

static bool compares_any(const shire_cli_link_choices *chosen) {
    bool is_any = false;
    for (size_t i = 0; i < chosen->count; i++) {
        shire_link_role role = chosen->choices[i].role;
        is_any = is_any || (role != SHIRE_LINK_ROLE_ID && role != SHIRE_LINK_ROLE_SOURCE &&
                            role != SHIRE_LINK_ROLE_TRUTH);
    }
    return is_any;
}

static shire_status parse(int argc, char **argv, arguments *parsed, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (int i = 1; i < argc && status == SHIRE_OK; i++) {
        char *option = argv[i];
        if (strcmp(option, "--json") == 0) {
            parsed->is_json = true;
            continue;
        }
        if (strcmp(option, "--values") == 0) {
            parsed->with_values = true;
            continue;
        }
        if (strcmp(option, "--explain") == 0) {
            if (i + 2 >= argc) {
                return SHIRE_FAIL(error, SHIRE_INVALID, "--explain takes two records");
            }
            parsed->explained[0] = argv[++i];
            parsed->explained[1] = argv[++i];
            continue;
        }
        if (option[0] != '-') {
            if (parsed->path_count == SHIRE_LINK_COLUMNS_MAX) {
                return SHIRE_FAIL(error, SHIRE_INVALID, "more than %d files",
                                  SHIRE_LINK_COLUMNS_MAX);
            }
            parsed->paths[parsed->path_count++] = option;
            continue;
        }
        if (i + 1 == argc) {
            return SHIRE_FAIL(error, SHIRE_INVALID, "%s needs a value, or is no option", option);
        }
        char *value = argv[++i];
        if (strcmp(option, "--columns") == 0) {
            status = shire_cli_link_add_columns(&parsed->chosen, value, error);
        } else if (strcmp(option, "--column") == 0) {
            status = shire_cli_link_add_expression(&parsed->chosen, value, error);
        } else if (strcmp(option, "--source") == 0) {
            status = shire_cli_link_add_choice(
                &parsed->chosen, (shire_link_column_choice){SHIRE_LINK_ROLE_SOURCE, value, NULL},
                error);
        } else if (strcmp(option, "--truth") == 0) {
            status = shire_cli_link_add_choice(
                &parsed->chosen, (shire_link_column_choice){SHIRE_LINK_ROLE_TRUTH, NULL, value},
                error);
        } else if (strcmp(option, "--out") == 0) {
            parsed->out_path = value;
        } else if (strcmp(option, "--report") == 0) {
            parsed->report_path = value;
        } else if (strcmp(option, "--threads") == 0) {
            char *end = NULL;
            long count = strtol(value, &end, 10);
            if (*end != '\0' || count < 1 || count > 64) {
                return SHIRE_FAIL(error, SHIRE_INVALID,
                                  "--threads takes a whole number from 1 to 64, not '%s'", value);
            }
            parsed->thread_count = (int)count;
        } else {
            return SHIRE_FAIL(error, SHIRE_INVALID, "no option '%s'", option);
        }
    }
    if (status == SHIRE_OK && parsed->chosen.count > 0 && !compares_any(&parsed->chosen)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "nothing to compare: give --columns names, dates or places besides id, "
                          "source and truth");
    }
    if (status == SHIRE_OK && parsed->with_values && parsed->explained[0] == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "--values goes with --explain A B");
    }
    return status;
}

static shire_status print_json(const shire_link_report *report, double seconds,
                               shire_error *error) {
    json_t *object = json_pack(
        "{s:I, s:I, s:I, s:I, s:f, s:f, s:I}", "records", (json_int_t)report->records, "people",
        (json_int_t)report->people, "candidate_pairs", (json_int_t)report->candidate_pairs,
        "pairs_scored", (json_int_t)report->pairs_scored, "seconds", seconds, "peak_mb",
        shire_peak_memory_mb(), "largest", (json_int_t)report->largest);
    if (object != NULL && report->has_truth) {
        const shire_link_quality *quality = &report->quality;
        json_object_set_new(object, "precision", json_real(quality->precision));
        json_object_set_new(object, "recall", json_real(quality->recall));
        json_object_set_new(object, "f1", json_real(quality->f1));
        json_object_set_new(object, "b3_precision", json_real(quality->b3_precision));
        json_object_set_new(object, "b3_recall", json_real(quality->b3_recall));
        json_object_set_new(object, "b3_f1", json_real(quality->b3_f1));
    }
    if (object == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the JSON object");
    }
    return shire_json_print(object, stdout, error);
}

static void print_text(const shire_link_report *report, double seconds) {
    printf("records          %llu\n", (unsigned long long)report->records);
    printf("people           %llu\n", (unsigned long long)report->people);
    printf("largest person   %llu records\n", (unsigned long long)report->largest);
    printf("candidate pairs  %llu\n", (unsigned long long)report->candidate_pairs);
    printf("pairs scored     %llu\n", (unsigned long long)report->pairs_scored);
    printf("seconds          %.2f\n", seconds);
    printf("peak memory      %.0f MB\n", shire_peak_memory_mb());
    if (report->has_truth) {
        const shire_link_quality *quality = &report->quality;
        printf("pairwise         precision %.4f, recall %.4f, F1 %.4f\n", quality->precision,
               quality->recall, quality->f1);
        printf("B-cubed          precision %.4f, recall %.4f, F1 %.4f\n", quality->b3_precision,
               quality->b3_recall, quality->b3_f1);
    }
}

/* Files of encodings need no columns: they carry the names of their roles. */
static bool lacks_columns(const arguments *parsed) {
    shire_link_encoded_header header;
    shire_error error = {0};
    bool is_encoded = false;
    return parsed->chosen.count == 0 &&
           shire_link_encoded_header_read(parsed->paths[0], &header, &is_encoded, &error) ==
               SHIRE_OK &&
           !is_encoded;
}

/* What `shire link` does besides linking files, by its first word. */
static const shire_cli_verb link_verbs[] = {
    {"report", "an HTML page of how the last run linked: weights, model, accuracy by group",
     shire_cli_link_report},
    {"explain", "why two records are one person or not, and what holds a person together",
     shire_cli_link_explain},
    {"encode", "write records as keyed encodings, so that a partner can link them without names",
     shire_cli_link_encode},
    {"review", "the doubtful pairs, the most valuable to decide first", shire_cli_link_review},
    {"decide", "record that two records are the same person, or different ones",
     shire_cli_link_decide},
    {"history", "what joined and left a person, when and why", shire_cli_link_history},
    {"undo", "take back a join, a split or a decision", shire_cli_link_undo},
    {NULL, NULL, NULL},
};

static void print_verbs(void) {
    puts("\nBesides (each has --help):");
    for (const shire_cli_verb *verb = link_verbs; verb->name != NULL; verb++) {
        printf("  shire link %-10s %s\n", verb->name, verb->summary);
    }
}

/* Called with what the owner of the files should know. */
static void tell(const char *sentence, void *context) {
    (void)context;
    fprintf(stderr, "shire link: %s\n", sentence);
}

/* Called with what linkage kept, while it is there. */
static shire_status write_report(shire_table *table, shire_arena *arena, void *context,
                                 shire_error *error) {
    const arguments *parsed = context;
    const char *name = strrchr(parsed->paths[0], '/');
    const shire_linkage_report_options options = {.title =
                                                      name == NULL ? parsed->paths[0] : name + 1};
    return shire_linkage_report_write(table, &options, parsed->report_path, arena, error);
}

/* Called with the linkage, while it is there. */
static shire_status explain(const shire_link_basis *basis, shire_arena *arena, void *context,
                            shire_error *error) {
    const arguments *parsed = context;
    size_t records[2] = {0, 0};
    shire_link_pair_explanation pair;
    shire_status status = SHIRE_OK;
    for (int i = 0; i < 2 && status == SHIRE_OK; i++) {
        status = shire_link_file_basis_find(basis, parsed->explained[i], &records[i], error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_explain_pair(basis, records[0], records[1], parsed->with_values, arena,
                                         &pair, error);
    }
    return status == SHIRE_OK ? shire_cli_link_explain_print(basis, &pair, parsed->is_json, error)
                              : status;
}

int shire_cli_link(int argc, char **argv) {
    for (const shire_cli_verb *verb = link_verbs; argc > 1 && verb->name != NULL; verb++) {
        if (strcmp(argv[1], verb->name) == 0) {
            return verb->run(argc - 1, argv + 1);
        }
    }
    arguments parsed = {0};
    shire_error error = {0};
    shire_link_report report = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            print_verbs();
            return 0;
        }
    }
    int64_t started = shire_clock_nanoseconds();
    shire_status status = parse(argc, argv, &parsed, &error);
    if (status == SHIRE_OK && (parsed.path_count == 0 || lacks_columns(&parsed))) {
        return shire_cli_usage("link", "it takes files and --columns");
    }
    if (status == SHIRE_OK) {
        shire_link_file_options options = {.paths = parsed.paths,
                                           .path_count = parsed.path_count,
                                           .choices = parsed.chosen.choices,
                                           .choice_count = parsed.chosen.count,
                                           .out_path = parsed.out_path,
                                           .finish =
                                               parsed.report_path != NULL ? write_report : NULL,
                                           .look = parsed.explained[0] != NULL ? explain : NULL,
                                           .tell = tell,
                                           .context = &parsed,
                                           .thread_count = parsed.thread_count};
        status = shire_link_files(&options, &report, &error);
    }
    double seconds = (double)(shire_clock_nanoseconds() - started) * 1e-9;
    if (status == SHIRE_OK && report.failed_values > 0) {
        fprintf(
            stderr,
            "shire link: an expression could not be computed for %llu value%s, which count%s as "
            "unknown\n",
            (unsigned long long)report.failed_values, report.failed_values == 1 ? "" : "s",
            report.failed_values == 1 ? "s" : "");
    }
    if (status == SHIRE_OK && parsed.explained[0] != NULL) {
        return 0; /* the explanation is printed already */
    }
    if (status == SHIRE_OK && parsed.is_json) {
        status = print_json(&report, seconds, &error);
    } else if (status == SHIRE_OK) {
        print_text(&report, seconds);
    }
    return status == SHIRE_OK ? 0 : shire_cli_fail("link", &error);
}
