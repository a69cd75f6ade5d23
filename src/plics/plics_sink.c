/*
 * Violations in words and on their way into a file. A message says how a value is to be written and
 * how long this one is, never what it says.
 */
#include "plics/plics_sink.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_BYTES 512
#define CODES_SHOWN_MAX 120

const char *const plics_kind_names[PLICS_KIND_COUNT] = {
    [PLICS_GOOD] = "good",
    [PLICS_MANDATORY_EMPTY] = "mandatory_empty",
    [PLICS_WRONG_LENGTH] = "wrong_length",
    [PLICS_WRONG_FORMAT] = "wrong_format",
    [PLICS_IMPOSSIBLE_DATE] = "impossible_date",
    [PLICS_UNKNOWN_CODE] = "unknown_code",
    [PLICS_BAD_CHECK_DIGIT] = "bad_check_digit",
    [PLICS_WRONG_ORDER] = "wrong_order",
    [PLICS_OUTSIDE_PERIOD] = "outside_period",
    [PLICS_WRONG_STATUS] = "wrong_status",
    [PLICS_NO_HEADER] = "no_header",
    [PLICS_UNKNOWN_FEED] = "unknown_feed",
    [PLICS_MISSING_COLUMN] = "missing_column",
    [PLICS_UNKNOWN_COLUMN] = "unknown_column",
    [PLICS_DUPLICATE_COLUMN] = "duplicate_column",
    [PLICS_FIELD_COUNT] = "wrong_field_count",
    [PLICS_BAD_QUOTE] = "bad_quote",
    [PLICS_LINE_TOO_LONG] = "line_too_long",
    [PLICS_BLANK_LINE] = "blank_line",
    [PLICS_REPEATED_RECORD] = "repeated_record",
    [PLICS_NO_RECORDS] = "no_records",
    [PLICS_TOO_MANY_RECORDS] = "too_many_records",
    [PLICS_WRONG_COUNT] = "wrong_record_count",
    [PLICS_WRONG_TOTAL] = "wrong_total_cost",
};

shire_status plics_sink_open(const char *path, shire_arena *arena, plics_sink *sink,
                             shire_error *error) {
    *sink = (plics_sink){.arena = arena};
    shire_status status = shire_file_writer_open(&sink->writer, path, false, error);
    if (status == SHIRE_OK) {
        shire_file_writer_add(&sink->writer, shire_span_of("line,field,kind,problem,remedy\n"));
    }
    return status;
}

void plics_sink_add(plics_sink *sink, plics_kind kind, size_t place, int64_t line,
                    const plics_field *field, const char *remedy, const char *format, ...) {
    char name[128] = "";
    char problem[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof(problem), format, arguments);
    va_end(arguments);
    if (field != NULL) {
        plics_field_name(field, name);
    }
    sink->violation_count++;
    sink->counts[kind][place]++;
    char number[24];
    snprintf(number, sizeof(number), "%" PRId64, line);
    shire_file_writer_add_cell(&sink->writer, shire_span_of(number), ',');
    shire_file_writer_add_cell(&sink->writer, shire_span_of(name), ',');
    shire_file_writer_add_cell(&sink->writer, shire_span_of(plics_kind_names[kind]), ',');
    shire_file_writer_add_cell(&sink->writer, shire_span_of(problem), ',');
    shire_file_writer_add_cell(&sink->writer, shire_span_of(remedy), '\n');
    if (sink->shown_count < SHIRE_PLICS_SHOWN_MAX) {
        shire_plics_violation *shown = &sink->shown[sink->shown_count++];
        *shown = (shire_plics_violation){
            .line = line,
            .field = shire_arena_copy_text(sink->arena, name, strlen(name)),
            .kind = plics_kind_names[kind],
            .problem = shire_arena_copy_text(sink->arena, problem, strlen(problem)),
            .remedy = shire_arena_copy_text(sink->arena, remedy, strlen(remedy))};
        sink->out_of_memory |=
            shown->field == NULL || shown->problem == NULL || shown->remedy == NULL;
    }
}

static const char *format_remedy(const plics_field *field) {
    switch (field->form) {
    case PLICS_TEXT:
        return "send it in that length, shorter identifiers with blanks after them, and without "
               "accents or control characters";
    case PLICS_CODE:
        return "send the code in that length, letters and digits only";
    case PLICS_DIGITS:
        return "send a whole number in digits";
    case PLICS_DECIMAL:
        return "send a number such as 1234.56: at most 18 digits, a point, at most 8 decimals, a "
               "minus sign for a credit";
    case PLICS_DATE:
        return "write the date as 2024-04-01";
    case PLICS_TIME:
        return "write the time as 09:30:00";
    case PLICS_DATE_TIME:
        return "write date and time as 2024-04-01T09:30:00";
    case PLICS_YEAR:
        return "write the financial year as FY2024-25";
    case PLICS_POSTCODE:
        return "send the postcode as Royal Mail writes it, or the pseudo postcode for no abode";
    case PLICS_NHS_NUMBER:
        return "send the ten digits without blanks";
    case PLICS_EPISODE:
        return "send 01 to 87, or 98 where there is no number";
    }
    return "correct it";
}

/* "RP, DC, EL": NULL when there are too many to be read. */
static const char *list_codes(const plics_field *field, char buffer[MESSAGE_BYTES]) {
    size_t length = 0;
    if (field->codes == NULL || strlen(field->codes) > CODES_SHOWN_MAX) {
        return NULL;
    }
    for (const char *c = field->codes + 1; c[0] != '\0'; c++) {
        if (*c != ' ') {
            buffer[length++] = *c;
        } else if (c[1] != '\0') {
            buffer[length++] = ',';
            buffer[length++] = ' ';
        }
    }
    buffer[length] = '\0';
    return buffer;
}

static void add_code_fault(plics_sink *sink, size_t place, int64_t line, const plics_field *field) {
    char codes[MESSAGE_BYTES];
    char remedy[MESSAGE_BYTES];
    const char *list = list_codes(field, codes);
    if (list != NULL) {
        snprintf(remedy, sizeof(remedy), "send one of %.400s", list);
    } else {
        snprintf(remedy, sizeof(remedy), "%s",
                 field->form == PLICS_EPISODE ? format_remedy(field)
                                              : "send a code of the NHS Data Dictionary");
    }
    plics_sink_add(sink, (plics_kind)PLICS_UNKNOWN_CODE, place, line, field, remedy,
                   "the code is none that this field may hold");
}

void plics_sink_add_fault(plics_sink *sink, plics_fault fault, size_t place, int64_t line,
                          const plics_field *field, size_t length) {
    plics_kind kind = (plics_kind)fault;
    switch (fault) {
    case PLICS_MANDATORY_EMPTY:
        plics_sink_add(sink, kind, place, line, field, "fill it in: no record may go without it",
                       "the field is mandatory and empty");
        break;
    case PLICS_WRONG_LENGTH:
        plics_sink_add(sink, kind, place, line, field, format_remedy(field),
                       "it has %zu characters, which the format %s does not allow", length,
                       field->format);
        break;
    case PLICS_WRONG_FORMAT:
        plics_sink_add(sink, kind, place, line, field, format_remedy(field),
                       "it is not written in the format %s", field->format);
        break;
    case PLICS_IMPOSSIBLE_DATE:
        plics_sink_add(sink, kind, place, line, field, format_remedy(field), "there is no such %s",
                       field->form == PLICS_TIME   ? "time of day"
                       : field->form == PLICS_YEAR ? "financial year"
                                                   : "day");
        break;
    case PLICS_UNKNOWN_CODE:
        add_code_fault(sink, place, line, field);
        break;
    case PLICS_BAD_CHECK_DIGIT:
        plics_sink_add(sink, kind, place, line, field,
                       "correct it from the patient's record, or leave the field empty",
                       "the check digit is wrong, so that this is no NHS number");
        break;
    case PLICS_WRONG_ORDER:
        plics_sink_add(sink, kind, place, line, field, "correct the earlier or the later one",
                       "it stands in the wrong order to the start of the care or the period");
        break;
    case PLICS_OUTSIDE_PERIOD:
        plics_sink_add(sink, kind, place, line, field,
                       "leave the record out, or correct its dates or the period in the header",
                       "it lies outside the period that the header says");
        break;
    case PLICS_WRONG_STATUS:
        plics_sink_add(sink, kind, place, line, field,
                       "send 1 (began before the year, ended in it), 2 (began in it, still open), "
                       "3 (began and ended in it) or 4 (began before it, still open)",
                       "the completion status does not fit the dates and the financial year");
        break;
    case PLICS_GOOD:
    case PLICS_FAULT_COUNT:
        break;
    }
}

shire_status plics_sink_close(plics_sink *sink, bool keep, shire_error *error) {
    bool complete = keep && !sink->out_of_memory;
    shire_status status = shire_file_writer_close(&sink->writer, complete, error);
    return status == SHIRE_OK && keep && !complete
               ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
               : status;
}
