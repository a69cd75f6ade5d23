/*
 * Which parts of a value make blocks, kind by kind of field. Every typing error leaves some part as
 * it was: the sound, the start or the end of a name, two of the three parts of a date, one half of
 * a number.
 */
#include "link/link_feature.h"

#include "link/link_encode_kernel.h"
#include "link/link_text_kernel.h"

#include <string.h>

static shire_span take_part(shire_span text, shire_link_part which) {
    size_t length = text.length;
    switch (which) {
    case SHIRE_LINK_PART_START_3:
        return (shire_span){text.bytes, length < 3 ? length : 3};
    case SHIRE_LINK_PART_START_4:
        return (shire_span){text.bytes, length < 4 ? length : 4};
    case SHIRE_LINK_PART_WITHOUT_LAST_2:
        return (shire_span){text.bytes, length > 4 ? length - 2 : 0};
    case SHIRE_LINK_PART_WITHOUT_LAST_3:
        return (shire_span){text.bytes, length > 4 ? length - 3 : 0};
    case SHIRE_LINK_PART_FIRST_HALF:
        return (shire_span){text.bytes, length >= 6 ? length / 2 : 0};
    case SHIRE_LINK_PART_SECOND_HALF:
        return (shire_span){text.bytes + length / 2, length >= 6 ? length - length / 2 : 0};
    case SHIRE_LINK_PART_YEAR:
        return (shire_span){text.bytes, length == 8 ? 4 : 0};
    case SHIRE_LINK_PART_YEAR_MONTH:
        return (shire_span){text.bytes, length == 8 ? 6 : 0};
    case SHIRE_LINK_PART_MONTH_DAY:
        return (shire_span){text.bytes + 4, length == 8 ? 4 : 0};
    case SHIRE_LINK_PART_FIRST_WORD: {
        const char *blank = memchr(text.bytes, ' ', length);
        return (shire_span){text.bytes, blank == NULL ? 0 : (size_t)(blank - text.bytes)};
    }
    case SHIRE_LINK_PART_LAST_3:
        return (shire_span){text.bytes + (length > 4 ? length - 3 : 0), length > 4 ? 3 : 0};
    default:
        return text;
    }
}

uint32_t shire_link_feature_hash(shire_link_part part, shire_span value) {
    if (part == SHIRE_LINK_PART_SOUND) {
        uint32_t sound = shire_link_soundex(value);
        return sound == 0 ? 0 : (sound * 2654435761U) | 1U;
    }
    if (part >= SHIRE_LINK_PART_SAMPLE_0 && part <= SHIRE_LINK_PART_SAMPLE_3) {
        return shire_link_encoding_sample(value, (int)(part - SHIRE_LINK_PART_SAMPLE_0));
    }
    shire_span taken = take_part(value, part);
    return taken.length == 0 ? 0 : (uint32_t)shire_text_hash(taken, (uint64_t)part) | 1U;
}

typedef struct feature_list {
    shire_link_feature *features;
    size_t count;
} feature_list;

static void add_features(feature_list *list, size_t field, const shire_link_part *parts,
                         size_t part_count) {
    for (size_t i = 0; i < part_count && list->count < SHIRE_LINK_FEATURES_MAX; i++) {
        list->features[list->count++] = (shire_link_feature){field, parts[i]};
    }
}

size_t shire_link_features_choose(const shire_link_dataset *dataset,
                                  shire_link_feature features_out[SHIRE_LINK_FEATURES_MAX]) {
    feature_list list = {features_out, 0};
    static const shire_link_part names[] = {SHIRE_LINK_PART_WHOLE, SHIRE_LINK_PART_SOUND,
                                            SHIRE_LINK_PART_START_3, SHIRE_LINK_PART_LAST_3};
    static const shire_link_part dates[] = {SHIRE_LINK_PART_WHOLE, SHIRE_LINK_PART_YEAR_MONTH,
                                            SHIRE_LINK_PART_MONTH_DAY, SHIRE_LINK_PART_YEAR};
    static const shire_link_part postcodes[] = {
        SHIRE_LINK_PART_WHOLE, SHIRE_LINK_PART_WITHOUT_LAST_2, SHIRE_LINK_PART_WITHOUT_LAST_3};
    static const shire_link_part identifiers[] = {SHIRE_LINK_PART_WHOLE, SHIRE_LINK_PART_FIRST_HALF,
                                                  SHIRE_LINK_PART_SECOND_HALF};
    static const shire_link_part texts[] = {SHIRE_LINK_PART_WHOLE, SHIRE_LINK_PART_START_4,
                                            SHIRE_LINK_PART_FIRST_WORD};
    static const shire_link_part samples[] = {SHIRE_LINK_PART_WHOLE, SHIRE_LINK_PART_SAMPLE_0,
                                              SHIRE_LINK_PART_SAMPLE_1, SHIRE_LINK_PART_SAMPLE_2,
                                              SHIRE_LINK_PART_SAMPLE_3};
    static const shire_link_part wholes[] = {SHIRE_LINK_PART_WHOLE};
    for (size_t field = 0; field < dataset->field_count; field++) {
        switch (dataset->fields[field].kind) {
        case SHIRE_LINK_KIND_GIVEN:
        case SHIRE_LINK_KIND_FAMILY:
            add_features(&list, field, names, 4);
            break;
        case SHIRE_LINK_KIND_DATE:
            add_features(&list, field, dates, 4);
            break;
        case SHIRE_LINK_KIND_POSTCODE:
            add_features(&list, field, postcodes, 3);
            break;
        case SHIRE_LINK_KIND_IDENTIFIER:
        case SHIRE_LINK_KIND_EMAIL:
            add_features(&list, field, identifiers, 3);
            break;
        case SHIRE_LINK_KIND_TEXT:
        case SHIRE_LINK_KIND_REST:
            add_features(&list, field, texts, 3);
            break;
        case SHIRE_LINK_KIND_ENCODED:
        case SHIRE_LINK_KIND_ENCODED_NUMBER:
            add_features(&list, field, samples, 5);
            break;
        case SHIRE_LINK_KIND_NUMBER:
        case SHIRE_LINK_KIND_CATEGORY:
            add_features(&list, field, wholes, 1);
            break;
        }
    }
    return list.count;
}

bool shire_link_feature_of_names(const shire_link_dataset *dataset,
                                 shire_link_feature *feature_out) {
    if (dataset->given_field < 0 || dataset->family_field < 0) {
        return false;
    }
    *feature_out = (shire_link_feature){(size_t)dataset->family_field, SHIRE_LINK_PART_BOTH_NAMES};
    return true;
}

uint32_t shire_link_feature_names_hash(const shire_link_dataset *dataset, const uint32_t *row,
                                       const uint32_t *of_value) {
    uint64_t given = of_value[row[dataset->given_field]];
    uint64_t family = of_value[row[dataset->family_field]];
    uint64_t both = (given + family) * UINT64_C(0x9E3779B97F4A7C15);
    return given == 0 || family == 0 ? 0 : (uint32_t)(both >> 32) | 1U;
}
