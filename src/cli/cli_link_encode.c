/*
 * shire link encode: records into encodings under a key, for partners who may not share names.
 * The key comes from a private file or the environment, never from the command line.
 */
#include "cli/cli_link_encode.h"

#include "cli/cli.h"
#include "cli/cli_link_choices.h"

#include "core/meter.h"
#include "io/file.h"
#include "io/json.h"
#include "link/link_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERB "link encode"

static void print_help(void) {
    fputs(
        "Usage: shire link encode FILE... --columns ROLE=COLUMN,... --key KEYFILE --out FILE\n"
        "       shire link encode DIR --key KEYFILE --out FILE\n"
        "       shire link encode --new-key KEYFILE\n"
        "Writes records so that a partner with the same key can link them without names: each\n"
        "value becomes bits under the key. DIR is a partnership that has been run. Then\n"
        "`shire link A.csv B.csv` links two such files, with nothing to set.\n\n"
        "  --columns LIST           given=first_name,dob=birth_date,...; may stand again\n"
        "  --column ROLE=EXPRESSION a role from SQL over the columns; may stand again\n"
        "  --source COLUMN          which source a record is from (default: its file)\n"
        "  --key KEYFILE            the shared key, in a file that only you can read\n"
        "  --key-env NAME           the shared key, in this environment variable\n"
        "  --out FILE               the CSV to write\n"
        "  --ids pseudonym|keep     what becomes of the ids (pseudonym)\n"
        "  --id-map FILE            also write pseudonym, source, id: stays with you\n"
        "  --salt none|birth-year|birth-date   across these, names have nothing in common (none)\n"
        "  --bits N --hashes N --diffusion N   of an encoding (512, 8, 3); partners take the same\n"
        "  --new-key KEYFILE        make a new key, for all partners of one linkage\n"
        "  --json                   print one JSON object\n"
        "  --threads N              threads to use (default: all processors)\n\n"
        "What an encoding hides, and what it does not: docs/linkage-without-names.md.\n",
        stdout);
}

typedef struct arguments {
    shire_cli_link_choices chosen;
    const char *paths[SHIRE_LINK_COLUMNS_MAX];
    size_t path_count;
    const char *key_path;
    const char *key_variable;
    const char *new_key_path;
    const char *out_path;
    const char *id_map_path;
    shire_link_encoding_options encoding;
    bool keeps_ids;
    bool is_json;
    int thread_count;
} arguments;

static shire_status take_number(const char *option, const char *value, long long low,
                                long long high, int *number_out, shire_error *error) {
    char *end = NULL;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end != '\0' || number < low || number > high) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s takes a whole number from %lld to %lld, not "
                          "'%s'",
                          option, low, high, value);
    }
    *number_out = (int)number;
    return SHIRE_OK;
}

static shire_status take_word(const char *option, const char *value, const char *no,
                              const char *yes, bool *is_out, shire_error *error) {
    *is_out = strcmp(value, yes) == 0;
    return *is_out || strcmp(value, no) == 0
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID, "%s takes %s or %s, not '%s'", option, no, yes,
                            value);
}

static shire_status take_salt(const char *value, int *digits_out, shire_error *error) {
    static const char *const names[] = {"none", "birth-year", "birth-date"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) == 0) {
            *digits_out = 4 * i;
            return SHIRE_OK;
        }
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "--salt takes none, birth-year or birth-date, not '%s'",
                      value);
}

static shire_status take_path(const char *option, const char *value, const char **path_out,
                              shire_error *error) {
    if (*path_out != NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s stands twice; give it once", option);
    }
    *path_out = value;
    return SHIRE_OK;
}

static shire_status take_option(const char *option, char *value, arguments *parsed,
                                shire_error *error) {
    shire_link_encoding_options *encoding = &parsed->encoding;
    const struct {
        const char *option;
        const char **path;
    } paths[] = {{"--key", &parsed->key_path},
                 {"--key-env", &parsed->key_variable},
                 {"--new-key", &parsed->new_key_path},
                 {"--out", &parsed->out_path},
                 {"--id-map", &parsed->id_map_path}};
    const struct {
        const char *option;
        int *number;
        int low;
        int high;
    } numbers[] = {
        {"--bits", &encoding->bits, SHIRE_LINK_ENCODING_BITS_MIN, SHIRE_LINK_ENCODING_BITS_MAX},
        {"--hashes", &encoding->hashes, 1, SHIRE_LINK_ENCODING_HASHES_MAX},
        {"--diffusion", &encoding->diffusion, 1, SHIRE_LINK_ENCODING_DIFFUSION_MAX},
        {"--threads", &parsed->thread_count, 1, 64}};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (strcmp(option, paths[i].option) == 0) {
            return take_path(option, value, paths[i].path, error);
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(option, numbers[i].option) == 0) {
            return take_number(option, value, numbers[i].low, numbers[i].high, numbers[i].number,
                               error);
        }
    }
    if (strcmp(option, "--columns") == 0) {
        return shire_cli_link_add_columns(&parsed->chosen, value, error);
    }
    if (strcmp(option, "--column") == 0) {
        return shire_cli_link_add_expression(&parsed->chosen, value, error);
    }
    if (strcmp(option, "--source") == 0) {
        return shire_cli_link_add_choice(
            &parsed->chosen, (shire_link_column_choice){SHIRE_LINK_ROLE_SOURCE, value, NULL},
            error);
    }
    if (strcmp(option, "--ids") == 0) {
        return take_word(option, value, "pseudonym", "keep", &parsed->keeps_ids, error);
    }
    if (strcmp(option, "--salt") == 0) {
        return take_salt(value, &encoding->salt_digits, error);
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "no option '%s'", option);
}

static shire_status parse(int argc, char **argv, arguments *parsed, shire_error *error) {
    shire_status status = SHIRE_OK;
    for (int i = 1; i < argc && status == SHIRE_OK; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            parsed->is_json = true;
        } else if (argv[i][0] != '-' && parsed->path_count == SHIRE_LINK_COLUMNS_MAX) {
            status = SHIRE_FAIL(error, SHIRE_INVALID, "more than %d files", SHIRE_LINK_COLUMNS_MAX);
        } else if (argv[i][0] != '-') {
            parsed->paths[parsed->path_count++] = argv[i];
        } else if (i + 1 == argc) {
            status = SHIRE_FAIL(error, SHIRE_INVALID, "%s needs a value, or is no option", argv[i]);
        } else {
            status = take_option(argv[i], argv[i + 1], parsed, error);
            i++;
        }
    }
    return status;
}

/* What is missing, as one sentence; NULL when nothing is. */
static const char *find_missing(const arguments *parsed) {
    if (parsed->path_count == 0) {
        return "it takes files and --columns, or a partnership's folder";
    }
    if ((parsed->key_path == NULL) == (parsed->key_variable == NULL)) {
        return "it takes a key, by --key or --key-env; --new-key makes one";
    }
    if (parsed->out_path == NULL) {
        return "it takes --out, the file to write";
    }
    return NULL;
}

static shire_status read_key(const arguments *parsed, shire_secret_key *key, shire_error *error) {
    if (parsed->key_variable != NULL) {
        return shire_secret_key_from_environment(parsed->key_variable, key, error);
    }
    if (!shire_file_exists(parsed->key_path) && strlen(parsed->key_path) >= 32 &&
        strspn(parsed->key_path, "0123456789abcdefABCDEF") == strlen(parsed->key_path)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "--key takes the name of a file: a key on the command line is seen by "
                          "everybody on this machine; make another one");
    }
    return shire_secret_read_key(parsed->key_path, key, error);
}

/* A folder's warehouse, or files with columns. */
static shire_status choose_input(const arguments *parsed, shire_link_encode_options *options,
                                 char *path, size_t capacity, shire_error *error) {
    const char *first = parsed->paths[0];
    size_t length = strlen(parsed->out_path);
    if (length > 8 && strcmp(parsed->out_path + length - 8, ".parquet") == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: encodings are written as CSV; name it .csv",
                          parsed->out_path);
    }
    if (!shire_dir_exists(first)) {
        return parsed->chosen.count > 0
                   ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_INVALID, "it takes --columns, the columns to encode");
    }
    if (parsed->path_count > 1 || parsed->chosen.count > 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s is a folder: encode it alone and without choosing columns", first);
    }
    snprintf(path, capacity, "%s/.shire/warehouse.duckdb", first);
    if (!shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: has no warehouse; run it first with `shire run`", first);
    }
    options->warehouse_path = path;
    return SHIRE_OK;
}

/* Called with what the owner of the files should know. */
static void tell(const char *sentence, void *context) {
    (void)context;
    fprintf(stderr, "shire link encode: %s\n", sentence);
}

static shire_status encode(const arguments *parsed, shire_link_encode_report *report,
                           shire_error *error) {
    shire_secret_key key = {{0}};
    char warehouse_path[4096];
    shire_link_file_options files = {.paths = parsed->paths,
                                     .path_count = parsed->path_count,
                                     .choices = parsed->chosen.choices,
                                     .choice_count = parsed->chosen.count,
                                     .tell = tell,
                                     .thread_count = parsed->thread_count};
    shire_link_encode_options options = {.files = &files,
                                         .encoding = parsed->encoding,
                                         .key = &key,
                                         .keeps_ids = parsed->keeps_ids,
                                         .out_path = parsed->out_path,
                                         .id_map_path = parsed->id_map_path};
    shire_status status =
        choose_input(parsed, &options, warehouse_path, sizeof warehouse_path, error);
    if (status == SHIRE_OK) {
        status = read_key(parsed, &key, error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_encode(&options, report, error);
    }
    shire_secret_wipe(&key, sizeof key);
    return status;
}

static shire_status print_report(const arguments *parsed, const shire_link_encode_report *report,
                                 double seconds, shire_error *error) {
    if (report->failed_values > 0) {
        fprintf(stderr,
                "shire link encode: an expression could not be computed for %llu values, "
                "which are left empty\n",
                (unsigned long long)report->failed_values);
    }
    if (!parsed->is_json) {
        printf("records    %llu\n", (unsigned long long)report->records);
        printf("columns    %zu, each of %d bits\n", report->column_count, parsed->encoding.bits);
        printf("key check  %s\n", report->key_check);
        return SHIRE_OK;
    }
    json_t *object = json_pack(
        "{s:I, s:I, s:i, s:s, s:f, s:f}", "records", (json_int_t)report->records, "columns",
        (json_int_t)report->column_count, "bits", parsed->encoding.bits, "key_check",
        report->key_check, "seconds", seconds, "peak_mb", shire_peak_memory_mb());
    return object == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the JSON object")
                          : shire_json_print(object, stdout, error);
}

int shire_cli_link_encode(int argc, char **argv) {
    arguments parsed = {.encoding = shire_link_encoding_defaults()};
    shire_error error = {0};
    shire_link_encode_report report = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
    }
    int64_t started = shire_clock_nanoseconds();
    shire_status status = parse(argc, argv, &parsed, &error);
    if (status == SHIRE_OK && parsed.new_key_path != NULL) {
        if (argc != 3) {
            return shire_cli_usage(VERB, "--new-key stands alone");
        }
        status = shire_secret_new_key(parsed.new_key_path, &error);
        return status == SHIRE_OK ? 0 : shire_cli_fail(VERB, &error);
    }
    const char *missing = status == SHIRE_OK ? find_missing(&parsed) : NULL;
    if (missing != NULL) {
        return shire_cli_usage(VERB, "%s", missing);
    }
    if (status == SHIRE_OK) {
        status = encode(&parsed, &report, &error);
    }
    if (status == SHIRE_OK) {
        double seconds = (double)(shire_clock_nanoseconds() - started) * 1e-9;
        status = print_report(&parsed, &report, seconds, &error);
    }
    return status == SHIRE_OK ? 0 : shire_cli_fail(VERB, &error);
}
