/*
 * The values of one column, looked at once each: what comparing them wants to know beforehand, what
 * kind of column it is, which dates are stand-ins.
 */
#include "link/link_dataset_internal.h"

#include "core/arena.h"
#include "link/link_email_kernel.h"

#include <string.h>

/* A domain that has so many addresses, and one in so many of all, tells little by itself. */
#define COMMON_ADDRESSES 10
#define COMMON_SHARE 100

static uint64_t mask_of_words(shire_span text) {
    uint64_t mask = 0;
    for (size_t at = 0; at < text.length;) {
        size_t start = at;
        while (at < text.length && text.bytes[at] != ' ') {
            at++;
        }
        shire_span word = {text.bytes + start, at - start};
        mask |= UINT64_C(1) << (shire_text_hash(word, 0) & 63U);
        at++;
    }
    return mask;
}

static uint32_t pack_date(shire_span text) {
    uint32_t packed = 0;
    for (size_t at = 0; at < text.length; at++) {
        if (text.length != 8 || text.bytes[at] < '0' || text.bytes[at] > '9') {
            return 0;
        }
        packed = packed << 4 | (uint32_t)(text.bytes[at] - '0');
    }
    return packed;
}

static bool make(void **array_out, bool is_wanted, size_t byte_count) {
    *array_out = is_wanted ? shire_memory_resize(NULL, byte_count) : NULL;
    return !is_wanted || *array_out != NULL;
}

bool shire_link_values_describe(shire_link_field *field) {
    size_t count = field->values->count;
    bool is_text = field->kind == SHIRE_LINK_KIND_TEXT;
    bool is_name = field->kind == SHIRE_LINK_KIND_GIVEN || field->kind == SHIRE_LINK_KIND_FAMILY;
    bool has_signatures = is_text || is_name || field->kind == SHIRE_LINK_KIND_IDENTIFIER ||
                          field->kind == SHIRE_LINK_KIND_EMAIL;
    bool has_shorts =
        is_name || field->kind == SHIRE_LINK_KIND_POSTCODE || field->kind == SHIRE_LINK_KIND_NUMBER;
    if (!make((void **)&field->signatures, has_signatures, count * sizeof *field->signatures) ||
        !make((void **)&field->word_masks, is_text, count * sizeof *field->word_masks) ||
        !make((void **)&field->shorts, has_shorts, count * sizeof *field->shorts) ||
        !make((void **)&field->dates, field->kind == SHIRE_LINK_KIND_DATE,
              count * sizeof *field->dates)) {
        return false;
    }
    for (uint32_t id = 0; id < count; id++) {
        shire_span text = shire_link_dictionary_text(field->values, id);
        if (field->signatures != NULL) {
            field->signatures[id] = shire_link_signature_of(text);
        }
        if (field->word_masks != NULL) {
            field->word_masks[id] = mask_of_words(text);
        }
        if (field->shorts != NULL) {
            field->shorts[id] = shire_link_short_of(text);
        }
        if (field->dates != NULL) {
            field->dates[id] = pack_date(text);
        }
    }
    return true;
}

/* Numbers the texts of `field` that stand in a later column too, there and here; *count_out grows
 * by how many had no number yet. */
static bool share_texts(shire_link_dataset *dataset, size_t field, size_t later,
                        uint32_t *count_out) {
    shire_link_field *here = &dataset->fields[field];
    shire_link_field *there = &dataset->fields[later];
    for (uint32_t id = 1; id < here->values->count; id++) {
        shire_span text = shire_link_dictionary_text(here->values, id);
        uint32_t other = shire_link_dictionary_find(there->values, text);
        if (other == 0) {
            continue;
        }
        shire_link_field *const both[2] = {here, there};
        for (int i = 0; i < 2; i++) {
            size_t byte_count = both[i]->values->count * sizeof(uint32_t);
            if (both[i]->shared == NULL) {
                if (!make((void **)&both[i]->shared, true, byte_count)) {
                    return false;
                }
                memset(both[i]->shared, 0, byte_count);
            }
        }
        /* A text of three columns has its number from the first; a column has each text once. */
        here->shared[id] = here->shared[id] != 0 ? here->shared[id] : ++*count_out;
        there->shared[other] = here->shared[id];
    }
    return true;
}

bool shire_link_values_find_shared(shire_link_dataset *dataset) {
    uint32_t count = 0;
    for (size_t field = 0; field < dataset->field_count; field++) {
        for (size_t later = field + 1; later < dataset->field_count; later++) {
            if (dataset->fields[field].kind == SHIRE_LINK_KIND_TEXT &&
                dataset->fields[later].kind == SHIRE_LINK_KIND_TEXT &&
                !share_texts(dataset, field, later, &count)) {
                return false;
            }
        }
    }
    return true;
}

shire_link_kind shire_link_values_kind(const shire_link_dictionary *values, const uint32_t *ids,
                                       size_t record_count) {
    size_t known = 0;
    size_t with_digits = 0;
    for (size_t record = 0; record < record_count; record++) {
        known += ids[record] != 0;
    }
    for (uint32_t id = 1; id < values->count; id++) {
        shire_span text = shire_link_dictionary_text(values, id);
        size_t digits = 0;
        for (size_t at = 0; at < text.length; at++) {
            digits += text.bytes[at] >= '0' && text.bytes[at] <= '9';
        }
        with_digits += digits * 2 > text.length;
    }
    if (with_digits * 2 > values->count) {
        return SHIRE_LINK_KIND_IDENTIFIER;
    }
    return values->count <= 64 && known > 20 * (size_t)values->count ? SHIRE_LINK_KIND_CATEGORY
                                                                     : SHIRE_LINK_KIND_TEXT;
}

bool shire_link_values_are_year_only(const shire_link_field *field) {
    uint64_t first_days = 0;
    for (uint32_t id = 1; id < field->values->count; id++) {
        shire_span text = shire_link_dictionary_text(field->values, id);
        if (text.length == 8 && memcmp(text.bytes + 4, "0101", 4) == 0) {
            first_days += field->counts[id];
        }
    }
    return first_days > 10 && first_days * 365 > 3 * field->known_count;
}

void shire_link_values_drop_default_dates(const shire_link_dictionary *values, uint32_t *ids,
                                          size_t record_count) {
    static const char *const defaults[][3] = {{"19000101", "18990101", "19010101"},
                                              {"18000101", "17990101", "18010101"}};
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        uint32_t id[3];
        uint64_t counts[3] = {0, 0, 0};
        for (int at = 0; at < 3; at++) {
            id[at] = shire_link_dictionary_find(values, shire_span_of(defaults[i][at]));
        }
        for (size_t record = 0; record < record_count; record++) {
            for (int at = 0; at < 3; at++) {
                counts[at] += ids[record] != 0 && ids[record] == id[at];
            }
        }
        uint64_t around = counts[1] > counts[2] ? counts[1] : counts[2];
        if (counts[0] <= 4 * around + 4) {
            continue;
        }
        for (size_t record = 0; record < record_count; record++) {
            if (ids[record] == id[0]) {
                ids[record] = 0;
            }
        }
    }
}

/* By address: records whose name it is, and records with a name that it is not. */
typedef struct namesakes {
    uint32_t domain; /* id in the dictionary of domains; 0: none */
    uint32_t named;
    uint32_t others;
} namesakes;

/* The domain of each address, and by domain how many addresses it has. */
static bool count_domains(const shire_link_dictionary *values, shire_link_dictionary *domains,
                          namesakes *of_values, uint32_t *address_counts) {
    for (uint32_t id = 1; id < values->count; id++) {
        shire_span email = shire_link_dictionary_text(values, id);
        const char *at = memchr(email.bytes, '@', email.length);
        size_t box = at == NULL ? email.length : (size_t)(at - email.bytes);
        shire_span domain = {email.bytes + box, email.length - box};
        if (!shire_link_dictionary_add(domains, domain, &of_values[id].domain)) {
            return false;
        }
        address_counts[of_values[id].domain]++;
    }
    return true;
}

static bool is_name_of(const shire_link_dataset *dataset, size_t record, shire_span email,
                       shire_span date) {
    shire_span words[SHIRE_LINK_EMAIL_WORDS_MAX];
    size_t count = 0;
    for (uint64_t at = dataset->token_offsets[record];
         at < dataset->token_offsets[record + 1] && count < SHIRE_LINK_EMAIL_WORDS_MAX; at++) {
        words[count++] = shire_link_dictionary_text(&dataset->names, dataset->tokens[at]);
    }
    return shire_link_email_is_name(email, words, count, date);
}

static void drop_names(const shire_link_dataset *dataset, const shire_link_dictionary *values,
                       uint32_t *ids, const shire_link_dictionary *dates, const uint32_t *date_ids,
                       namesakes *of_values, const uint32_t *address_counts) {
    for (size_t record = 0; record < dataset->record_count; record++) {
        namesakes *one = &of_values[ids[record]];
        uint64_t here = address_counts[one->domain];
        bool is_common = here >= COMMON_ADDRESSES && here * COMMON_SHARE >= values->count;
        if (ids[record] == 0 || !is_common ||
            dataset->token_offsets[record] == dataset->token_offsets[record + 1]) {
            continue;
        }
        shire_span date = dates == NULL ? (shire_span){NULL, 0}
                                        : shire_link_dictionary_text(dates, date_ids[record]);
        bool is_named =
            is_name_of(dataset, record, shire_link_dictionary_text(values, ids[record]), date);
        one->named += is_named;
        one->others += !is_named;
    }
    for (size_t record = 0; record < dataset->record_count; record++) {
        const namesakes *one = &of_values[ids[record]];
        if (one->named > 0 && one->named >= one->others) {
            ids[record] = 0;
        }
    }
}

bool shire_link_values_drop_name_emails(const shire_link_dataset *dataset,
                                        const shire_link_dictionary *values, uint32_t *ids,
                                        const shire_link_dictionary *dates,
                                        const uint32_t *date_ids) {
    shire_link_dictionary domains = {0};
    if (dataset->tokens == NULL) {
        return true;
    }
    namesakes *of_values = shire_memory_resize(NULL, values->count * sizeof *of_values);
    uint32_t *address_counts = shire_memory_resize(NULL, values->count * sizeof *address_counts);
    bool is_done =
        of_values != NULL && address_counts != NULL && shire_link_dictionary_init(&domains);
    if (is_done) {
        memset(of_values, 0, values->count * sizeof *of_values);
        memset(address_counts, 0, values->count * sizeof *address_counts);
        is_done = count_domains(values, &domains, of_values, address_counts);
    }
    if (is_done) {
        drop_names(dataset, values, ids, dates, date_ids, of_values, address_counts);
    }
    shire_link_dictionary_done(&domains);
    shire_memory_free(of_values);
    shire_memory_free(address_counts);
    return is_done;
}
