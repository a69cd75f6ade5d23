/*
 * Findings about one file: first the header's, then each faulty record's as the reader comes to
 * it, at last what was counted over the whole file. Nothing is kept, so a million bad rows cost no
 * memory here.
 */
#include "io/dsv_problem.h"

#include <stdio.h>

#define SAY(problem_out, ...)                                                                      \
    snprintf((problem_out)->problem, sizeof(problem_out)->problem, __VA_ARGS__)

static bool next_header_problem(shire_dsv_problems *problems, shire_dsv_problem *problem_out) {
    const shire_dsv_column *columns = shire_dsv_columns(problems->reader);
    size_t count = shire_dsv_column_count(problems->reader);
    while (problems->next_column < count) {
        const shire_dsv_column *column = &columns[problems->next_column++];
        if (column->renamed) {
            *problem_out = (shire_dsv_problem){
                .line = 1 + shire_dsv_reader_facts(problems->reader)->title_count,
                .column_name = column->name,
                .severity = "warning",
                .kind = "duplicate_header",
                .remedy = "give each column of the file a name of its own",
                .row_count = 1};
            SAY(problem_out, "the header has this name twice; column %zu goes by this name",
                problems->next_column);
            return true;
        }
    }
    return false;
}

static void describe_fault(const shire_dsv_reader *reader, const shire_dsv_record *record,
                           shire_dsv_problem *problem_out) {
    size_t columns = shire_dsv_column_count(reader);
    *problem_out = (shire_dsv_problem){.line = record->line,
                                       .severity = "error",
                                       .kind = "rejected_row",
                                       .remedy = "mend the row in the file, or export it again",
                                       .row_count = 1};
    switch (record->fault) {
    case SHIRE_DSV_TOO_FEW:
    case SHIRE_DSV_TOO_MANY:
        SAY(problem_out, "the row has %zu fields where the header has %zu", record->field_count,
            columns);
        problem_out->remedy = "put fields that hold the delimiter or a line end into quotes";
        break;
    case SHIRE_DSV_QUOTE_OPEN:
        SAY(problem_out, "a quoted field of the row does not end");
        problem_out->remedy = "close the quote, or write a quote inside a field twice";
        break;
    case SHIRE_DSV_QUOTE_TEXT:
        SAY(problem_out, "text stands between a closing quote and the next delimiter");
        problem_out->remedy = "write a quote inside a quoted field twice";
        break;
    case SHIRE_DSV_TOO_LONG:
        SAY(problem_out, "the row is longer than %u bytes or has more than %d fields",
            SHIRE_DSV_RECORD_BYTES_MAX, SHIRE_DSV_COLUMNS_MAX);
        break;
    case SHIRE_DSV_CUT_OFF:
    case SHIRE_DSV_GOOD:
        SAY(problem_out, "the file ends in the middle of this row");
        problem_out->kind = "cut_off_file";
        problem_out->remedy = "get the whole file again: rows after this one may be missing";
        break;
    }
}

static bool describe_fact(const shire_dsv_facts *facts, int fact, shire_dsv_problem *problem_out) {
    static const char *const encodings[] = {"UTF-8", "UTF-8 with a byte-order mark",
                                            "UTF-16, low byte first", "UTF-16, high byte first"};
    *problem_out = (shire_dsv_problem){.severity = "info", .kind = "encoding", .row_count = 1};
    switch (fact) {
    case 0:
        SAY(problem_out, "the file is %s and was read as such", encodings[facts->encoding]);
        problem_out->remedy = "nothing; plain UTF-8 is safest";
        return facts->encoding != SHIRE_DSV_UTF8;
    case 1:
        problem_out->line = facts->recoded_line;
        problem_out->row_count = facts->recoded_count;
        SAY(problem_out, "bytes that are not UTF-8 were read as Windows-1252, here for the first "
                         "time");
        problem_out->remedy = "export as UTF-8 if names look wrong";
        return facts->recoded_count > 0;
    case 2:
        problem_out->line = facts->nul_line;
        problem_out->row_count = facts->nul_count;
        SAY(problem_out, "NUL bytes were left out, here for the first time");
        problem_out->remedy = "look whether the file came over whole";
        return facts->nul_count > 0;
    case 3:
        problem_out->kind = "blank_row";
        problem_out->line = facts->blank_line;
        problem_out->row_count = facts->blank_count;
        SAY(problem_out, "rows of nothing but delimiters were left out, the first here");
        problem_out->remedy = "nothing; spreadsheets leave such rows behind";
        return facts->blank_count > 0;
    case 4:
        problem_out->severity = "warning";
        problem_out->kind = "unnamed_column";
        problem_out->line = facts->unnamed_line;
        problem_out->row_count = facts->unnamed_count;
        SAY(problem_out, "rows have text in a column without a name, which is left out; the first "
                         "here");
        problem_out->remedy = "name the column in the header";
        return facts->unnamed_count > 0;
    default:
        problem_out->kind = "title_lines";
        problem_out->line = 1;
        problem_out->row_count = facts->title_count;
        SAY(problem_out, "lines before the header were passed over");
        problem_out->remedy = "say skip = N in the extract if the header is not where it was found";
        return facts->title_count > 0;
    }
}

shire_status shire_dsv_next_problem(shire_dsv_problems *problems, shire_dsv_problem *problem_out,
                                    bool *more_out, shire_error *error) {
    *more_out = true;
    if (next_header_problem(problems, problem_out)) {
        return SHIRE_OK;
    }
    const shire_dsv_facts *facts = shire_dsv_reader_facts(problems->reader);
    while (!facts->finished) {
        shire_dsv_record record;
        bool more = false;
        shire_status status = shire_dsv_next(problems->reader, &record, &more, error);
        if (status != SHIRE_OK) {
            return status;
        }
        if (more && record.fault != SHIRE_DSV_GOOD) {
            describe_fault(problems->reader, &record, problem_out);
            return SHIRE_OK;
        }
    }
    while (problems->next_fact <= 5) {
        if (describe_fact(facts, problems->next_fact++, problem_out)) {
            return SHIRE_OK;
        }
    }
    *more_out = false;
    return SHIRE_OK;
}
