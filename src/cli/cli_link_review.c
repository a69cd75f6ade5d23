/*
 * shire link review DIR, shire link decide DIR: the queue of doubtful pairs out, decisions in. What
 * the records say goes only into the file of --out, which its owner alone can read.
 */
#include "cli/cli_link_review.h"

#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/json.h"
#include "link/link_review.h"

#include <assert.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)256 << 20)
#define LIMIT_USUAL 20

static void print_review_help(void) {
    puts("Usage: shire link review DIR [--limit N] [--out FILE.csv] [--json] [--threads N]\n"
         "\n"
         "Shows the pairs of records whose evidence is near the line, the most valuable to decide\n"
         "first, without those decided: two persons that may be one (join), or a record that may\n"
         "not be of its person (part). The weight is the mean of all pairs of the two sides, in\n"
         "bits: log2 of the odds.\n"
         "\n"
         "  --limit N       so many pairs (20; with --out all)\n"
         "  --out FILE.csv  write them with what both records say, for `shire link decide`: fill "
         "in\n"
         "                  decision (same, different, unsure), who and why. Personal data: only\n"
         "                  you can read the file\n"
         "  --json          print one JSON object\n"
         "  --threads N     use N threads (default: all processors)\n"
         "\n"
         "Exit status: 0 done; 2 no such partnership or no run yet; 1 failed.");
}

static void print_decide_help(void) {
    puts(
        "Usage: shire link decide DIR --pair A B --as same|different|unsure --who NAME --why "
        "REASON\n"
        "       shire link decide DIR FILE.csv\n"
        "\n"
        "Records what somebody decided about pairs of records, for all runs from the next one on.\n"
        "A and B are records, ORGANISATION/SOURCE/local_id. FILE.csv is the queue of `shire link\n"
        "review --out` with the columns decision, who and why filled in; rows without a decision\n"
        "are left open. All rows are taken or none.\n"
        "\n"
        "  same       the two are one person, unless a fact forbids it: then it says so\n"
        "  different  never in one person, also not by way of others\n"
        "  unsure     nobody can tell; takes the pair from the queue\n"
        "\n"
        "Nothing is deleted: a later decision about a pair takes an earlier one's place.\n"
        "\n"
        "  --json       print one JSON object\n"
        "  --threads N  use N threads (default: all processors)\n"
        "\n"
        "Exit status: 0 done; 2 no such record, or it contradicts another decision; 1 failed.");
}

typedef struct review_call {
    const char *dir;
    const char *file;     /* decide: the queue, filled in */
    const char *out_path; /* review */
    shire_link_ruling ruling;
    bool has_limit;
    size_t limit;
    bool json;
    int thread_count;
} review_call;

enum { OPTION_PAIR = 256, OPTION_AS, OPTION_WHO, OPTION_WHY, OPTION_LIMIT, OPTION_OUT };

static const struct option review_options[] = {{"limit", required_argument, NULL, OPTION_LIMIT},
                                               {"out", required_argument, NULL, OPTION_OUT},
                                               {"json", no_argument, NULL, 'j'},
                                               {"threads", required_argument, NULL, 't'},
                                               {"help", no_argument, NULL, 'h'},
                                               {NULL, 0, NULL, 0}};
static const struct option decide_options[] = {{"pair", required_argument, NULL, OPTION_PAIR},
                                               {"as", required_argument, NULL, OPTION_AS},
                                               {"who", required_argument, NULL, OPTION_WHO},
                                               {"why", required_argument, NULL, OPTION_WHY},
                                               {"json", no_argument, NULL, 'j'},
                                               {"threads", required_argument, NULL, 't'},
                                               {"help", no_argument, NULL, 'h'},
                                               {NULL, 0, NULL, 0}};

/* False when the option's value is none, which is printed. */
static bool take_option(const char *verb, int option, int argc, char **argv, review_call *call) {
    long long number = 0;
    switch (option) {
    case OPTION_LIMIT:
        if (!shire_cli_parse_number(verb, "--limit", optarg, 1, 1000000, &number)) {
            return false;
        }
        call->limit = (size_t)number;
        call->has_limit = true;
        return true;
    case 't':
        if (!shire_cli_parse_number(verb, "--threads", optarg, 1, 1024, &number)) {
            return false;
        }
        call->thread_count = (int)number;
        return true;
    case OPTION_OUT:
        call->out_path = optarg;
        return true;
    case OPTION_PAIR:
        if (optind >= argc || strncmp(argv[optind], "--", 2) == 0) {
            shire_cli_usage(verb, "--pair takes two records");
            return false;
        }
        call->ruling.a = optarg;
        call->ruling.b = argv[optind++];
        return true;
    case OPTION_AS:
        call->ruling.verdict = optarg;
        return true;
    case OPTION_WHO:
        call->ruling.who = optarg;
        return true;
    case OPTION_WHY:
        call->ruling.why = optarg;
        return true;
    case 'j':
        call->json = true;
        return true;
    default:
        shire_cli_usage(verb, "that option is not known or needs a value");
        return false;
    }
}

/* -1: go on; else the exit status. */
static int read_arguments(int argc, char **argv, const char *verb, const struct option *options,
                          void (*help)(void), review_call *call) {
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            help();
            return 0;
        }
        if (!take_option(verb, option, argc, argv, call)) {
            return shire_status_exit_code(SHIRE_INVALID);
        }
    }
    bool decides = options == decide_options;
    int expected = decides && call->ruling.a == NULL ? 2 : 1;
    if (argc - optind != expected) {
        return shire_cli_usage(verb, decides ? "give the partnership folder, and --pair or a file"
                                             : "give one partnership folder");
    }
    call->dir = argv[optind];
    call->file = expected == 2 ? argv[optind + 1] : NULL;
    if (decides && call->file != NULL &&
        (call->ruling.verdict != NULL || call->ruling.who != NULL || call->ruling.why != NULL)) {
        return shire_cli_usage(verb, "with a file its columns say decision, who and why");
    }
    if (decides && call->file == NULL && call->ruling.verdict == NULL) {
        return shire_cli_usage(verb, "--as says what is decided: same, different or unsure");
    }
    return -1;
}

/* ---- review ---- */

static void append_cell(shire_builder *text, const char *value, bool is_last) {
    if (strpbrk(value, ",\"\n\r") == NULL) {
        shire_builder_append_text(text, value);
    } else {
        shire_builder_append_text(text, "\"");
        for (; *value != '\0'; value++) {
            shire_builder_append(text, (shire_span){value, 1});
            if (*value == '"') {
                shire_builder_append_text(text, "\"");
            }
        }
        shire_builder_append_text(text, "\"");
    }
    shire_builder_append_text(text, is_last ? "\n" : ",");
}

static void append_header(shire_builder *text) {
    shire_builder_append_text(text, "a,b,kind,weight,probability,value,person_a,person_b,evidence");
    for (size_t field = 0; field < SHIRE_LINK_REVIEW_FIELDS; field++) {
        shire_builder_append_format(text, ",a_%s,b_%s", shire_link_review_fields[field],
                                    shire_link_review_fields[field]);
    }
    shire_builder_append_text(text, ",decision,who,why\n");
}

static void append_doubt(shire_builder *text, const shire_link_doubt *doubt,
                         const shire_link_review_pair *pair) {
    append_cell(text, doubt->a, false);
    append_cell(text, doubt->b, false);
    shire_builder_append_format(text, "%s,%.3f,%.6f,%.3f,", doubt->is_join ? "join" : "part",
                                doubt->weight, doubt->probability, doubt->value);
    append_cell(text, doubt->person_a, false);
    append_cell(text, doubt->person_b, false);
    append_cell(text, doubt->evidence, false);
    for (size_t field = 0; field < SHIRE_LINK_REVIEW_FIELDS; field++) {
        append_cell(text, pair->values[0][field], false);
        append_cell(text, pair->values[1][field], false);
    }
    shire_builder_append_text(text, ",,\n");
}

static shire_status write_queue(const char *path, shire_table *warehouse,
                                const shire_link_queue *queue, shire_arena *arena,
                                shire_error *error) {
    shire_builder text = {0};
    shire_link_review_pair *pairs = NULL;
    shire_status status = shire_link_review_values(warehouse, queue, arena, &pairs, error);
    append_header(&text);
    for (size_t i = 0; status == SHIRE_OK && i < queue->count; i++) {
        append_doubt(&text, &queue->doubts[i], &pairs[i]);
    }
    if (status == SHIRE_OK && text.failed) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (status == SHIRE_OK) {
        status = shire_file_replace_private(path, (shire_span){text.bytes, text.length}, error);
    }
    shire_builder_free(&text);
    return status;
}

static shire_status print_queue_json(const shire_link_queue *queue, const char *out_path,
                                     shire_error *error) {
    json_t *pairs = json_array();
    for (size_t i = 0; pairs != NULL && i < queue->count && out_path == NULL; i++) {
        const shire_link_doubt *doubt = &queue->doubts[i];
        json_array_append_new(
            pairs,
            json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:f, s:f, s:s}", "a", doubt->a, "b", doubt->b,
                      "kind", doubt->is_join ? "join" : "part", "person_a", doubt->person_a,
                      "person_b", doubt->person_b, "weight", doubt->weight, "probability",
                      doubt->probability, "value", doubt->value, "evidence", doubt->evidence));
    }
    json_t *object =
        json_pack("{s:I, s:I}", "shown", (json_int_t)queue->count, "left", (json_int_t)queue->left);
    if (object == NULL || pairs == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (out_path == NULL) {
        json_object_set_new(object, "pairs", pairs);
    } else {
        json_decref(pairs);
        json_object_set_new(object, "file", json_string(out_path));
    }
    return shire_json_print(object, stdout, error);
}

static void print_queue(const shire_link_queue *queue, const char *out_path) {
    if (out_path != NULL) {
        printf(
            "%zu doubtful pair%s in %s. Fill in decision, who and why, then `shire link decide`.\n",
            queue->count, queue->count == 1 ? "" : "s", out_path);
        return;
    }
    if (queue->count == 0) {
        puts("No pair is in doubt.");
        return;
    }
    printf("%7s %11s %9s  %s\n", "weight", "probability", "value", "pair");
    for (size_t i = 0; i < queue->count; i++) {
        const shire_link_doubt *doubt = &queue->doubts[i];
        printf("%7.2f %11.4f %9.2f  %s and %s\n", doubt->weight, doubt->probability, doubt->value,
               doubt->a, doubt->b);
        printf("%31s%s\n", "", doubt->evidence);
        if (doubt->is_join) {
            printf("%31stwo persons that may be one, %s and %s\n", "", doubt->person_a,
                   doubt->person_b);
        } else {
            printf("%31sone person that may be two, %s\n", "", doubt->person_a);
        }
    }
    if (queue->left > 0) {
        printf("and %zu more: --limit N shows N, --out FILE.csv writes all\n", queue->left);
    }
}

typedef struct opened {
    shire_arena *arena;
    shire_table *warehouse;
    shire_store *store;
} opened;

static shire_status open_both(const review_call *call, shire_store_mode mode, opened *o,
                              shire_error *error) {
    shire_status status = shire_arena_new("review", 0, &o->arena, error);
    if (status == SHIRE_OK) {
        status =
            shire_cli_open_warehouse(call->dir, call->thread_count, o->arena, &o->warehouse, error);
    }
    return status == SHIRE_OK ? shire_cli_open_store(call->dir, mode, o->arena, &o->store, error)
                              : status;
}

static void close_both(opened *o) {
    shire_store_close(o->store);
    shire_table_close(o->warehouse);
    shire_arena_wipe_free(o->arena);
}

int shire_cli_link_review(int argc, char **argv) {
    review_call call = {0};
    shire_error error = {0};
    opened o = {0};
    shire_link_queue queue = {0};
    int decided =
        read_arguments(argc, argv, "link review", review_options, print_review_help, &call);
    if (decided >= 0) {
        return decided;
    }
    size_t limit = call.has_limit ? call.limit : call.out_path != NULL ? 0 : LIMIT_USUAL;
    shire_status status = open_both(&call, SHIRE_STORE_READ, &o, &error);
    if (status == SHIRE_OK) {
        status = shire_link_review_list(o.warehouse, o.store, limit, o.arena, &queue, &error);
    }
    if (status == SHIRE_OK && call.out_path != NULL) {
        status = write_queue(call.out_path, o.warehouse, &queue, o.arena, &error);
    }
    if (status == SHIRE_OK && call.json) {
        status = print_queue_json(&queue, call.out_path, &error);
    } else if (status == SHIRE_OK) {
        print_queue(&queue, call.out_path);
    }
    close_both(&o);
    return status == SHIRE_OK ? 0 : shire_cli_fail("link review", &error);
}

/* ---- decide ---- */

/* The rows of the file that have a decision, and their lines. */
static shire_status read_rulings(const char *path, shire_arena *arena, shire_link_ruling **out,
                                 const int32_t **lines_out, size_t *count_out, shire_error *error) {
    static const char *const names[] = {"a", "b", "decision", "who", "why"};
    shire_csv csv;
    size_t columns[5];
    size_t count = 0;
    shire_status status = shire_csv_read(path, FILE_BYTES_MAX, arena, &csv, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < 5; i++) {
        columns[i] = shire_csv_column(&csv, names[i]);
        if (columns[i] == csv.column_count) {
            return SHIRE_FAIL(
                error, SHIRE_INVALID,
                "%s: there is no column '%s'; it takes the file of `shire link review "
                "--out`",
                path, names[i]);
        }
    }
    shire_link_ruling *rulings = shire_arena_alloc_array(arena, csv.row_count, sizeof *rulings);
    int32_t *lines = shire_arena_alloc_array(arena, csv.row_count, sizeof *lines);
    if (rulings == NULL || lines == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    for (size_t row = 0; row < csv.row_count; row++) {
        const char *cells[5];
        for (size_t i = 0; i < 5; i++) {
            cells[i] = shire_csv_cell(&csv, row, columns[i]).bytes; /* cells are terminated */
        }
        if (cells[2] != NULL && cells[2][0] != '\0') {
            lines[count] = csv.lines[row];
            rulings[count++] =
                (shire_link_ruling){cells[0], cells[1], cells[2], cells[3], cells[4]};
        }
    }
    *out = rulings;
    *lines_out = lines;
    *count_out = count;
    return SHIRE_OK;
}

static shire_status print_decided(const review_call *call, const shire_link_ruling *rulings,
                                  const int64_t *numbers, const char *const *forbidden,
                                  size_t count, shire_error *error) {
    json_t *decisions = json_array();
    for (size_t i = 0; i < count; i++) {
        if (call->json) {
            json_array_append_new(decisions, json_pack("{s:I, s:s, s:s, s:s, s:s?}", "decision",
                                                       (json_int_t)numbers[i], "verdict",
                                                       rulings[i].verdict, "a", rulings[i].a, "b",
                                                       rulings[i].b, "forbidden_by", forbidden[i]));
        } else if (call->file == NULL) {
            printf("Decision %" PRId64 ": %s and %s %s; it holds from the next run on.\n",
                   numbers[i], rulings[i].a, rulings[i].b,
                   strcmp(rulings[i].verdict, "same") == 0        ? "are the same person"
                   : strcmp(rulings[i].verdict, "different") == 0 ? "are different persons"
                                                                  : "stay unsure");
        }
        if (!call->json && forbidden[i] != NULL) {
            printf("But a fact forbids decision %" PRId64
                   " as long as it stands, and keeps them apart: %s.\n",
                   numbers[i], forbidden[i]);
        }
    }
    if (call->json) {
        json_t *object = json_pack("{s:o}", "decisions", decisions);
        return object == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                              : shire_json_print(object, stdout, error);
    }
    json_decref(decisions);
    if (call->file != NULL) {
        printf("%zu decision%s taken; they hold from the next run on.\n", count,
               count == 1 ? "" : "s");
    }
    return SHIRE_OK;
}

static shire_status decide(const review_call *call, opened *o, shire_error *error) {
    shire_link_ruling one = call->ruling;
    shire_link_ruling *rulings = &one;
    const int32_t *lines = NULL;
    size_t count = 1;
    size_t wrong = SIZE_MAX;
    shire_status status = SHIRE_OK;
    if (call->file != NULL) {
        status = read_rulings(call->file, o->arena, &rulings, &lines, &count, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *numbers = shire_arena_alloc_array(o->arena, count, sizeof *numbers);
    const char **forbidden = shire_arena_alloc_array(o->arena, count, sizeof *forbidden);
    if (numbers == NULL || forbidden == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    status =
        shire_link_review_check(o->warehouse, rulings, count, o->arena, forbidden, &wrong, error);
    if (status == SHIRE_OK) {
        status = shire_store_begin(o->store, error);
    }
    if (status == SHIRE_OK) {
        status =
            shire_link_review_decide(o->store, rulings, count, o->arena, numbers, &wrong, error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_sign_and_commit(call->dir, o->store, o->arena, error);
    }
    if (status != SHIRE_OK) {
        if (call->file != NULL && wrong < count) {
            shire_error_prefix(error, "%s line %d", call->file, (int)lines[wrong]);
        }
        return status;
    }
    return print_decided(call, rulings, numbers, forbidden, count, error);
}

int shire_cli_link_decide(int argc, char **argv) {
    review_call call = {0};
    shire_error error = {0};
    opened o = {0};
    int decided =
        read_arguments(argc, argv, "link decide", decide_options, print_decide_help, &call);
    if (decided >= 0) {
        return decided;
    }
    assert(call.file != NULL || call.ruling.verdict != NULL);
    shire_status status = open_both(&call, SHIRE_STORE_WRITE, &o, &error);
    if (status == SHIRE_OK) {
        status = decide(&call, &o, &error);
    }
    close_both(&o);
    return status == SHIRE_OK ? 0 : shire_cli_fail("link decide", &error);
}
