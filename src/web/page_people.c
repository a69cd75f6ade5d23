/*
 * Finding people. The search is sent as a form and never stands in an address. One exact match
 * opens the record; several are listed with their grades.
 */
#include "core/nhs_number.h"
#include "record/record_search.h"
#include "web/page_person.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>

#define ASK_FOR_DIGITS "Check the digits: this is no NHS number that was ever given out"
#define ASK_FOR_MORE "Enter an NHS number, or a name with a date of birth, an address or a postcode"

static json_t *text_json(shire_span text) {
    return json_stringn(text.bytes == NULL ? "" : text.bytes, text.length);
}

static shire_status show_form(shire_call *call, json_t *values, const char *sentence,
                              shire_error *error) {
    if (values != NULL && sentence != NULL) {
        shire_call_add_error(values, "line", sentence);
        call->response->status = 422;
    }
    return shire_call_page(call, "people", "Find a person", values, error);
}

static shire_status show_people(shire_call *call, shire_error *error) {
    return show_form(call, json_object(), NULL, error);
}

static const char *grade_words(shire_link_grade grade) {
    switch (grade) {
    case SHIRE_LINK_GRADE_CERTAIN:
        return "Certain";
    case SHIRE_LINK_GRADE_PROBABLE:
        return "Probable";
    default:
        return "Possible";
    }
}

/* "1944-05-17" -> "17 May 1944". */
static json_t *day_words(shire_span iso) {
    shire_date day;
    char words[40];
    if (shire_date_parse(iso, &day) != SHIRE_OK) {
        return text_json(iso);
    }
    shire_record_minute_words(day * 24 * 60, words);
    return json_string(words);
}

static json_t *result_json(const shire_record_result *result) {
    json_t *found = json_array();
    for (size_t i = 0; i < result->found_count; i++) {
        const shire_record_found *person = &result->found[i];
        (void)json_array_append_new(
            found,
            json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "person_id",
                      text_json(person->person_id), "grade", grade_words(person->grade), "name",
                      text_json(person->name), "birth", day_words(person->birth), "address",
                      text_json(person->address), "postcode", text_json(person->postcode),
                      "nhs_number", text_json(person->nhs_number)));
    }
    return found;
}

/* Ten digits that no NHS number has. */
static bool is_mistyped_number(shire_span line) {
    shire_nhs_number_problem problem = shire_nhs_number_check(line, NULL);
    return problem == SHIRE_NHS_NUMBER_CHECK_DIGIT_WRONG || problem == SHIRE_NHS_NUMBER_PLACEHOLDER;
}

static shire_status answer_search(shire_call *call, shire_span line,
                                  const shire_record_result *result, shire_error *error) {
    if (result->is_exact && result->found_count == 1) {
        shire_builder path = {0};
        shire_builder_append_text(&path, "/people/");
        shire_builder_append_url(&path, result->found[0].person_id);
        if (path.failed) {
            call->response->failed = true;
        } else {
            shire_http_redirect(call->response, path.bytes);
        }
        shire_builder_free(&path);
        return SHIRE_OK;
    }
    json_t *notes = json_array();
    for (size_t i = 0; i < result->note_count; i++) {
        (void)json_array_append_new(notes, json_string(result->notes[i]));
    }
    if (result->found_count == 0 && is_mistyped_number(line)) {
        (void)json_array_append_new(notes, json_string(ASK_FOR_DIGITS "."));
    }
    json_t *values = json_pack(
        "{s:{s:o}, s:b, s:b, s:o, s:o, s:o, s:I}", "form", "line", text_json(line), "has_searched",
        1, "has_found", result->found_count > 0, "found", result_json(result), "notes", notes,
        "needs_reason", text_json(result->needs_reason), "total", (json_int_t)result->total);
    return show_form(call, values, NULL, error);
}

static shire_status take_search(shire_call *call, shire_error *error) {
    shire_span line = shire_span_trim(shire_call_form(call, "line"));
    shire_record *record = NULL;
    shire_status status = shire_call_need_run(call, &record, error);
    if (status != SHIRE_OK || record == NULL) {
        return status;
    }
    if (line.length == 0 || line.length > SHIRE_RECORD_LINE_BYTES_MAX) {
        return show_form(call, json_object(), ASK_FOR_MORE, error);
    }
    shire_record_asker asker = shire_call_asker(call, NULL);
    shire_record_search search = {.line = line, .count = SHIRE_RECORD_FOUND_MAX};
    shire_record_result *result = shire_arena_alloc(call->request->arena, sizeof *result);
    shire_audit_entry entry = {0};
    if (result == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a search");
    }
    shire_error inner = {0};
    status =
        shire_record_find(record, &asker, &search, call->request->arena, result, &entry, &inner);
    if (status == SHIRE_INVALID) {
        json_t *values = json_pack("{s:{s:o}}", "form", "line", text_json(line));
        return show_form(call, values, is_mistyped_number(line) ? ASK_FOR_DIGITS : ASK_FOR_MORE,
                         error);
    }
    if (status == SHIRE_OK) {
        status = answer_search(call, line, result, error);
    } else if (status == SHIRE_NOT_FOUND) {
        status = shire_call_refuse(call, 403, "Your role does not include searching.", error);
    } else if (error != NULL) {
        *error = inner;
    }
    if (status == SHIRE_OK && entry.kind != NULL) {
        shire_call_log(call, &entry);
    }
    return status;
}

const shire_route shire_page_people_routes[] = {
    {.pattern = "/people", .handle = show_people, .abilities = SHIRE_GATE_FIND_PEOPLE},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/people",
     .handle = take_search,
     .abilities = SHIRE_GATE_FIND_PEOPLE},
    {.pattern = NULL},
};
