/*
 * shire match DIR --given ... --dob ...: who of the last run's people is meant? Values come as
 * options or, better, on standard input, for a process list shows options to everybody. The
 * warehouse is only read.
 */
#include "cli/cli_match.h"

#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "core/parallel.h"
#include "io/json.h"
#include "link/link_match.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define INPUT_BYTES_MAX ((size_t)1 << 20)
#define LIMIT_DEFAULT 10

/* Names of the values: as options with "-" for "_", on standard input also as in person_record. */
static const struct {
    const char *name;
    const char *column;
    shire_link_role role;
} fields[] = {
    {"given", "given_name", SHIRE_LINK_ROLE_GIVEN},
    {"middle", "middle_names", SHIRE_LINK_ROLE_MIDDLE},
    {"family", "family_name", SHIRE_LINK_ROLE_FAMILY},
    {"full_name", "full_name", SHIRE_LINK_ROLE_FULL_NAME},
    {"dob", "birth_date", SHIRE_LINK_ROLE_DOB},
    {"sex", "sex", SHIRE_LINK_ROLE_SEX},
    {"nhs_number", "nhs_number", SHIRE_LINK_ROLE_NHS_NUMBER},
    {"address", "address", SHIRE_LINK_ROLE_ADDRESS},
    {"postcode", "postcode", SHIRE_LINK_ROLE_POSTCODE},
    {"uprn", "uprn", SHIRE_LINK_ROLE_UPRN},
    {"phone", "phone", SHIRE_LINK_ROLE_PHONE},
    {"email", "email", SHIRE_LINK_ROLE_EMAIL},
    {"gp_practice", "gp_practice", SHIRE_LINK_ROLE_OTHER},
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

typedef struct match_call {
    const char *dir;
    bool json;
    bool from_input;
    bool with_values;
    size_t limit;
    int thread_count;
    shire_link_query query;
} match_call;

static void print_help(void) {
    puts("Usage: shire match DIR --stdin [OPTION]...\n"
         "       shire match DIR --given NAME --family NAME --dob DATE ... [OPTION]...\n"
         "\n"
         "Finds who of the last run's people one record describes. Typing errors, swapped names "
         "and\n"
         "missing values are forgiven as linkage forgives them. People are ranked and graded:\n"
         "  certain   may be taken without looking: 999 in 1,000 are right\n"
         "  probable  more likely right than not: confirm with the person\n"
         "  possible  worth a look\n"
         "\n"
         "Values: --given --middle --family --full-name --dob --sex --nhs-number --address\n"
         "--postcode --uprn --phone --email --gp-practice, each with one value.\n"
         "\n"
         "  --stdin      read the values from standard input instead: one JSON object, or lines\n"
         "               name=value (given, family, dob, nhs_number, ...). Do so for real people:\n"
         "               every user of the machine can see another's command line, and the shell\n"
         "               keeps it in a file\n"
         "  --limit N    people to give at most (default 10, at most 100)\n"
         "  --values     show names, birth date and postcode of the people: personal data\n"
         "  --json       print one JSON object\n"
         "  --threads N  threads to read the index with (default: all processors)\n"
         "\n"
         "Exit status: 0 done, also when nobody was found; 2 bad input; 1 failed.");
}

/* ---- arguments ---- */

static bool is_option(const char *argument, const char *name) {
    if (strncmp(argument, "--", 2) != 0 || strlen(argument + 2) != strlen(name)) {
        return false;
    }
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (argument[2 + i] != (name[i] == '_' ? '-' : name[i])) {
            return false;
        }
    }
    return true;
}

static const size_t no_field = FIELD_COUNT;

static size_t find_option(const char *argument) {
    size_t field = 0;
    while (field < FIELD_COUNT && !is_option(argument, fields[field].name)) {
        field++;
    }
    return field;
}

/* -1: go on; else the exit status. */
static int read_option(match_call *call, const char *option, const char *value) {
    long long number = 0;
    size_t field = find_option(option);
    if (field != no_field) {
        call->query.values[fields[field].role] = shire_span_of(value);
        return -1;
    }
    bool is_limit = strcmp(option, "--limit") == 0;
    if (!is_limit && strcmp(option, "--threads") != 0) {
        return shire_cli_usage("match", "that option is not known");
    }
    if (!shire_cli_parse_number("match", option, value, 1,
                                is_limit ? SHIRE_LINK_MATCH_LIMIT_MAX : 64, &number)) {
        return shire_status_exit_code(SHIRE_INVALID);
    }
    if (is_limit) {
        call->limit = (size_t)number;
    } else {
        call->thread_count = (int)number;
    }
    return -1;
}

static int read_arguments(int argc, char **argv, match_call *call) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
        if (strcmp(argv[i], "--json") == 0) {
            call->json = true;
        } else if (strcmp(argv[i], "--stdin") == 0) {
            call->from_input = true;
        } else if (strcmp(argv[i], "--values") == 0) {
            call->with_values = true;
        } else if (strncmp(argv[i], "--", 2) != 0) {
            if (call->dir != NULL) {
                return shire_cli_usage("match", "give one partnership folder");
            }
            call->dir = argv[i];
        } else if (i + 1 == argc) {
            return shire_cli_usage("match", "an option needs a value, or is none");
        } else {
            int decided = read_option(call, argv[i], argv[i + 1]);
            if (decided >= 0) {
                return decided;
            }
            i++;
        }
    }
    return call->dir == NULL ? shire_cli_usage("match", "name the partnership folder") : -1;
}

/* ---- standard input ---- */

static shire_status set_named(match_call *call, shire_span name, shire_span value, size_t line,
                              shire_error *error) {
    for (size_t field = 0; field < FIELD_COUNT; field++) {
        if (shire_span_equal(name, shire_span_of(fields[field].name)) ||
            shire_span_equal(name, shire_span_of(fields[field].column))) {
            call->query.values[fields[field].role] = value;
            return SHIRE_OK;
        }
    }
    char place[48] = "";
    if (line > 0) {
        snprintf(place, sizeof place, ", line %zu", line);
    }
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "standard input%s: a name that is none of given, middle, family, full_name, "
                      "dob, sex, nhs_number, address, postcode, uprn, phone, email, gp_practice",
                      place);
}

static shire_status read_json(match_call *call, shire_span text, shire_arena *arena,
                              shire_error *error) {
    json_error_t problem;
    const char *name;
    json_t *value;
    shire_status status = SHIRE_OK;
    json_t *object = json_loadb(text.bytes, text.length, JSON_REJECT_DUPLICATES, &problem);
    if (!json_is_object(object)) {
        json_decref(object);
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "standard input, line %d: not one JSON object with names and texts",
                          object == NULL ? problem.line : 1);
    }
    json_object_foreach(object, name, value) {
        if (status != SHIRE_OK || json_is_null(value)) {
            continue;
        }
        if (!json_is_string(value)) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "standard input: each value is a text in quotes, or null");
            continue;
        }
        char *copy =
            shire_arena_copy_text(arena, json_string_value(value), json_string_length(value));
        status = copy == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                              : set_named(call, shire_span_of(name),
                                          (shire_span){copy, json_string_length(value)}, 0, error);
    }
    json_decref(object);
    return status;
}

static shire_status read_lines(match_call *call, shire_span text, shire_error *error) {
    shire_status status = SHIRE_OK;
    size_t line = 0;
    while (text.length > 0 && status == SHIRE_OK) {
        const char *end = memchr(text.bytes, '\n', text.length);
        size_t length = end == NULL ? text.length : (size_t)(end - text.bytes);
        shire_span row = shire_span_trim((shire_span){text.bytes, length});
        size_t used = length < text.length ? length + 1 : length;
        text = (shire_span){text.bytes + used, text.length - used};
        line++;
        if (row.length == 0) {
            continue;
        }
        const char *equals = memchr(row.bytes, '=', row.length);
        if (equals == NULL) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "standard input, line %zu: not of the form name=value", line);
        }
        size_t name_length = (size_t)(equals - row.bytes);
        status = set_named(call, shire_span_trim((shire_span){row.bytes, name_length}),
                           shire_span_trim((shire_span){equals + 1, row.length - name_length - 1}),
                           line, error);
    }
    return status;
}

static shire_status read_input(match_call *call, shire_arena *arena, shire_error *error) {
    char *bytes = shire_arena_alloc(arena, INPUT_BYTES_MAX + 1);
    if (bytes == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    size_t length = fread(bytes, 1, INPUT_BYTES_MAX + 1, stdin);
    if (ferror(stdin)) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "standard input cannot be read: %s",
                          strerror(errno));
    }
    if (length > INPUT_BYTES_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "standard input holds more than one record can");
    }
    shire_span text = shire_span_trim((shire_span){bytes, length});
    return text.length > 0 && text.bytes[0] == '{' ? read_json(call, text, arena, error)
                                                   : read_lines(call, text, error);
}

/* ---- answers ---- */

/* What --values shows of a person: the columns of `person`. */
static shire_status query_person(shire_table *table, size_t person, shire_arena *arena,
                                 shire_frame *frame_out, shire_error *error) {
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT given_name, family_name, CAST(birth_date AS VARCHAR) AS birth_date, sex, "
             "postcode, nhs_number FROM person WHERE person_no = %zu",
             person);
    return shire_table_query(table, sql, arena, frame_out, error);
}

static shire_status print_values(shire_table *table, const shire_link_match *match,
                                 shire_arena *arena, shire_error *error) {
    shire_frame frame;
    shire_status status = query_person(table, match->person, arena, &frame, error);
    for (size_t i = 0; status == SHIRE_OK && frame.row_count == 1 && i < frame.column_count; i++) {
        shire_span text = shire_column_text(&frame.columns[i], 0);
        if (text.length > 0) {
            printf("     %-12s %.*s\n", frame.columns[i].name, (int)text.length, text.bytes);
        }
    }
    return status;
}

static shire_status print_match(const match_call *call, shire_table *table, size_t place,
                                const shire_link_match *match, shire_arena *arena,
                                shire_error *error) {
    shire_status status = SHIRE_OK;
    printf("%3zu. %.*s  %s, probability %.6f, weight %.1f bits, by record %s\n", place,
           (int)match->person_id.length, match->person_id.bytes,
           shire_link_grade_name(match->grade), match->probability, match->weight,
           match->record_name);
    if (call->with_values) {
        status = print_values(table, match, arena, error);
    }
    for (size_t i = 0; i < match->evidence_count; i++) {
        const shire_link_evidence *one = &match->evidence[i];
        printf("     %-12s %-22s %+6.1f\n", one->field,
               one->counted_once ? "counted once" : one->description, one->weight);
    }
    for (size_t i = 0; i < match->warning_count; i++) {
        printf("     Mind: %s.\n", match->warnings[i]);
    }
    return status;
}

static shire_status print_text(const match_call *call, shire_table *table,
                               const shire_link_answer *answer, shire_arena *arena,
                               shire_error *error) {
    shire_status status = SHIRE_OK;
    if (answer->match_count == 0) {
        puts("Nobody of the last run's people is likely to be meant.");
    }
    for (size_t i = 0; i < answer->match_count && status == SHIRE_OK; i++) {
        status = print_match(call, table, i + 1, &answer->matches[i], arena, error);
    }
    for (size_t i = 0; i < answer->note_count; i++) {
        printf("Note: %s.\n", answer->notes[i]);
    }
    return status;
}

static json_t *bits(double weight) {
    return shire_json_decimal((shire_decimal6)(llround(weight * 1000) * 1000), 3);
}

static json_t *match_json(const shire_link_match *match) {
    json_t *evidence = json_array();
    json_t *warnings = json_array();
    for (size_t i = 0; i < match->evidence_count; i++) {
        const shire_link_evidence *one = &match->evidence[i];
        json_array_append_new(evidence,
                              json_pack("{s:s, s:i, s:s, s:b, s:o}", "field", one->field, "level",
                                        one->level, "description", one->description, "counted_once",
                                        one->counted_once, "weight", bits(one->weight)));
    }
    for (size_t i = 0; i < match->warning_count; i++) {
        json_array_append_new(warnings, json_string(match->warnings[i]));
    }
    return json_pack("{s:s%, s:s, s:o, s:f, s:s, s:o, s:o, s:o, s:o, s:o}", "person",
                     match->person_id.bytes, match->person_id.length, "grade",
                     shire_link_grade_name(match->grade), "weight", bits(match->weight),
                     "probability", match->probability, "record", match->record_name, "prior",
                     bits(match->prior), "evidence", evidence, "move", bits(match->move), "others",
                     bits(match->others), "warnings", warnings);
}

static shire_status print_json(const match_call *call, shire_table *table,
                               const shire_link_answer *answer, shire_arena *arena,
                               shire_error *error) {
    json_t *matches = json_array();
    json_t *notes = json_array();
    shire_status status = SHIRE_OK;
    for (size_t i = 0; i < answer->match_count && status == SHIRE_OK; i++) {
        json_t *match = match_json(&answer->matches[i]);
        shire_frame frame;
        if (call->with_values) {
            status = query_person(table, answer->matches[i].person, arena, &frame, error);
        }
        for (size_t at = 0; status == SHIRE_OK && call->with_values && frame.row_count == 1 &&
                            at < frame.column_count;
             at++) {
            shire_span text = shire_column_text(&frame.columns[at], 0);
            json_object_set_new(match, frame.columns[at].name,
                                text.length == 0 ? json_null()
                                                 : json_stringn(text.bytes, text.length));
        }
        json_array_append_new(matches, match);
    }
    for (size_t i = 0; i < answer->note_count; i++) {
        json_array_append_new(notes, json_string(answer->notes[i]));
    }
    json_t *document = json_pack("{s:o, s:o, s:I}", "matches", matches, "notes", notes,
                                 "candidates", (json_int_t)answer->candidate_count);
    if (status != SHIRE_OK) {
        json_decref(document);
        return status;
    }
    return shire_json_print(document, stdout, error);
}

int shire_cli_match(int argc, char **argv) {
    match_call call = {.limit = LIMIT_DEFAULT};
    shire_error error = {0};
    shire_arena *arena = NULL;
    shire_table *table = NULL;
    shire_link_matcher *matcher = NULL;
    shire_link_answer answer;
    int decided = read_arguments(argc, argv, &call);
    if (decided >= 0) {
        return decided;
    }
    int thread_count = call.thread_count > 0 ? call.thread_count : shire_parallel_processor_count();
    shire_status status = shire_arena_new("match", 0, &arena, &error);
    if (status == SHIRE_OK && call.from_input) {
        status = read_input(&call, arena, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_cli_open_warehouse(call.dir, call.thread_count, arena, &table, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_matcher_open(table, thread_count, &matcher, &error);
    }
    if (status == SHIRE_OK) {
        status = shire_link_matcher_match(matcher, &call.query, call.limit, arena, &answer, &error);
    }
    if (status == SHIRE_OK) {
        status = call.json ? print_json(&call, table, &answer, arena, &error)
                           : print_text(&call, table, &answer, arena, &error);
    }
    shire_link_matcher_close(matcher);
    shire_table_close(table);
    shire_arena_wipe_free(arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("match", &error);
}
