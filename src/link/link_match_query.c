/*
 * A query made comparable: each value normalised as its column is, names taken apart by the same
 * function as a run's records are; and the level of a field of the query and a record, which is
 * what shire_link_compare_field gives for two records.
 */
#include "link/link_match_internal.h"

#include "link/link_dataset_internal.h"
#include "link/link_normalise_kernel.h"

#include "core/arena.h"

#include <string.h>

static void take_value(const shire_link_dataset *dataset, size_t field, shire_span text,
                       shire_link_match_values *values) {
    const shire_link_field *facts = &dataset->fields[field];
    size_t length =
        text.length < sizeof values->texts[field] ? text.length : sizeof values->texts[field];
    memcpy(values->texts[field], text.bytes, length);
    values->values[field] = (shire_span){values->texts[field], length};
    values->ids[field] = shire_link_dictionary_find(facts->values, values->values[field]);
    values->known_count += length > 0;
}

/* A stand-in date (1900-01-01) or an address that is a name, which the run learnt to forget, is in
 * the dictionary, but no record has it. */
static bool is_forgotten(const shire_link_dataset *dataset, size_t field, shire_span text) {
    const shire_link_field *facts = &dataset->fields[field];
    uint32_t id = shire_link_dictionary_find(facts->values, text);
    return id != 0 && facts->counts[id] == 0;
}

static void take_names(const shire_link_dataset *dataset, const shire_link_dataset *one,
                       const shire_link_name_ids *ids, shire_link_match_values *values) {
    const uint32_t *parts[3] = {ids->given, ids->family, ids->middle};
    const int fields[3] = {dataset->given_field, dataset->family_field, dataset->rest_field};
    for (int i = 0; i < 3; i++) {
        if (fields[i] >= 0 && parts[i][0] != 0) {
            take_value(dataset, (size_t)fields[i],
                       shire_link_dictionary_text(&one->names, parts[i][0]), values);
        }
    }
    values->nickname_group = dataset->given_field < 0
                                 ? -1
                                 : shire_link_nickname_group(values->values[dataset->given_field]);
    for (uint64_t at = one->token_offsets[0]; at < one->token_offsets[1]; at++) {
        uint32_t id = shire_link_dictionary_find(
            &dataset->names, shire_link_dictionary_text(&one->names, one->tokens[at]));
        if (id != 0 && values->word_count < SHIRE_LINK_MATCH_WORDS_MAX) {
            values->words[values->word_count++] = id;
        }
    }
}

static bool add_name(shire_link_dataset *one, const shire_link_query *query, shire_link_role role,
                     uint32_t *id_out) {
    char text[SHIRE_LINK_VALUE_BYTES_MAX];
    size_t length = shire_link_role_normalise(role, query->values[role], text);
    return shire_link_dictionary_add(&one->names, (shire_span){text, length}, id_out);
}

/* The names of a data set of one record. */
static bool read_names(const shire_link_dataset *dataset, const shire_link_query *query,
                       shire_link_match_values *values) {
    shire_link_dataset one = {.record_count = 1};
    uint32_t given = 0;
    uint32_t middle = 0;
    uint32_t family = 0;
    uint32_t full = 0;
    shire_link_name_ids ids = {&given, &middle, &family, &full};
    bool is_done = shire_link_dictionary_init(&one.names) &&
                   add_name(&one, query, SHIRE_LINK_ROLE_GIVEN, &given) &&
                   add_name(&one, query, SHIRE_LINK_ROLE_MIDDLE, &middle) &&
                   add_name(&one, query, SHIRE_LINK_ROLE_FAMILY, &family) &&
                   add_name(&one, query, SHIRE_LINK_ROLE_FULL_NAME, &full) &&
                   shire_link_names_split(&ids, &one);
    if (is_done) {
        take_names(dataset, &one, &ids, values);
    }
    shire_link_dataset_done(&one);
    return is_done;
}

shire_status shire_link_match_read(const shire_link_basis *basis, const shire_link_query *query,
                                   shire_link_match_values *values_out, shire_error *error) {
    const shire_link_dataset *dataset = &basis->dataset;
    *values_out = (shire_link_match_values){0};
    if (!read_names(dataset, query, values_out)) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to match a record");
    }
    for (size_t field = 0; field < dataset->field_count; field++) {
        shire_link_role role = dataset->fields[field].role;
        char text[SHIRE_LINK_VALUE_BYTES_MAX];
        if (role < SHIRE_LINK_ROLE_DOB) {
            continue; /* the names */
        }
        size_t length = shire_link_role_normalise(role, query->values[role], text);
        shire_span value = {text, length};
        if (role == SHIRE_LINK_ROLE_NHS_NUMBER) {
            value = shire_link_basis_follow_number(basis, value);
        }
        if (length > 0 && !is_forgotten(dataset, field, value)) {
            take_value(dataset, field, value, values_out);
        }
        if (role == SHIRE_LINK_ROLE_NHS_NUMBER && length == 0 &&
            shire_span_trim(query->values[role]).length > 0) {
            values_out->has_bad_number = true;
        }
    }
    return SHIRE_OK;
}

static bool has_word(const shire_link_match_values *values, uint32_t id) {
    for (size_t i = 0; i < values->word_count; i++) {
        if (values->words[i] == id) {
            return true;
        }
    }
    return false;
}

/* As between two records: a part of one's name found in the other's, unless it is the very part in
 * which the two agree anyway. */
static shire_link_crossing find_crossing(const shire_link_dataset *dataset,
                                         const shire_link_match_rows *rows,
                                         const shire_link_match_values *values, size_t field,
                                         size_t record) {
    int partner =
        (int)field == dataset->family_field ? dataset->given_field : dataset->family_field;
    uint32_t own = shire_link_match_value(rows, record, field);
    uint32_t id = values->ids[field];
    uint32_t other = partner >= 0 ? shire_link_match_value(rows, record, (size_t)partner) : 0;
    uint32_t asked_other = partner >= 0 ? values->ids[partner] : 0;
    uint32_t shared = other == asked_other ? other : 0;
    bool is_found =
        id != 0 && id != shared && shire_link_match_record_has_word(dataset, rows, record, id);
    bool has_found = own != shared && has_word(values, own);
    bool is_in_place = is_found && id == other && values->values[partner].length > 0;
    bool has_in_place = has_found && own == asked_other && other != 0;
    if ((is_found && !is_in_place) || (has_found && !has_in_place)) {
        return SHIRE_LINK_CROSSING_ELSEWHERE;
    }
    shire_link_crossing crossing = SHIRE_LINK_CROSSING_NONE;
    if (is_in_place) {
        crossing = shire_link_crossing_of(shire_link_dictionary_text(&dataset->names, own),
                                          values->values[partner]);
    }
    if (has_in_place && crossing != SHIRE_LINK_CROSSING_ELSEWHERE) {
        crossing = shire_link_crossing_of(values->values[field],
                                          shire_link_dictionary_text(&dataset->names, other));
    }
    return crossing;
}

/* The dataset knows the nickname group of each name; but for it, given and family names compare
 * alike. */
static int compare_texts(const shire_link_dataset *dataset, const shire_link_match_values *values,
                         size_t field, uint32_t value) {
    const shire_link_field *facts = &dataset->fields[field];
    shire_link_kind kind = facts->kind;
    if (kind == SHIRE_LINK_KIND_GIVEN) {
        if (values->nickname_group >= 0 && dataset->nicknames[value] == values->nickname_group) {
            return SHIRE_LINK_NAME_NICKNAME;
        }
        kind = SHIRE_LINK_KIND_FAMILY;
    }
    return shire_link_compare_values(kind, values->values[field],
                                     shire_link_dictionary_text(facts->values, value),
                                     dataset->has_year_only_dates);
}

/* As between two records: a text of one found in another column of texts of the other, unless the
 * two agree in that column. */
static bool stands_elsewhere(const shire_link_dataset *dataset, const shire_link_match_rows *rows,
                             const shire_link_match_values *values, size_t field, size_t record) {
    shire_span own = shire_link_dictionary_text(dataset->fields[field].values,
                                                shire_link_match_value(rows, record, field));
    for (size_t other = 0; other < dataset->field_count; other++) {
        const shire_link_field *facts = &dataset->fields[other];
        if (other == field || facts->shared == NULL) {
            continue;
        }
        uint32_t value = shire_link_match_value(rows, record, other);
        if (value == values->ids[other] && value != 0) {
            continue;
        }
        shire_span theirs = shire_link_dictionary_text(facts->values, value);
        if ((value != 0 && shire_span_equal(values->values[field], theirs)) ||
            (values->values[other].length > 0 && shire_span_equal(values->values[other], own))) {
            return true;
        }
    }
    return false;
}

int shire_link_match_compare(const shire_link_dataset *dataset, const shire_link_match_rows *rows,
                             const shire_link_match_values *values, size_t field, size_t record,
                             shire_link_match_scratch *scratch) {
    const shire_link_field *facts = &dataset->fields[field];
    uint32_t value = shire_link_match_value(rows, record, field);
    if (value == 0 || values->values[field].length == 0) {
        return 0;
    }
    if (value == values->ids[field]) {
        return 1;
    }
    uint64_t key = (uint64_t)field << 32 | value;
    size_t slot = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 52);
    /* The number of the query marks what is of this one. */
    uint64_t marked = key << 24 | (scratch->query_no & 0xFFFFFFU);
    if (scratch->levels[slot].key != marked) {
        scratch->levels[slot].key = marked;
        scratch->levels[slot].level = (uint64_t)compare_texts(dataset, values, field, value);
    }
    int level = (int)scratch->levels[slot].level;
    if (facts->shared != NULL && level == SHIRE_LINK_TEXT_DIFFERENT &&
        stands_elsewhere(dataset, rows, values, field, record)) {
        return SHIRE_LINK_TEXT_ELSEWHERE;
    }
    bool is_name = facts->kind == SHIRE_LINK_KIND_GIVEN || facts->kind == SHIRE_LINK_KIND_FAMILY;
    return is_name && level > SHIRE_LINK_NAME_ELSEWHERE
               ? shire_link_crossed_level(dataset, field, level,
                                          find_crossing(dataset, rows, values, field, record))
               : level;
}
