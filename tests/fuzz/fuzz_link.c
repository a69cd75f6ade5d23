/*
 * Linkage's normalisers and comparators: the first byte chooses a role, the next is the separator
 * between two values. Whatever the bytes are, values stay within their bounds, comparing is
 * symmetric, equal values are equal, and what is known beforehand of a text (its signature) never
 * rules out what the text itself would say.
 */
#include "fuzz_target.h"
#include "link/link_compare_kernel.h"
#include "link/link_encode_kernel.h"
#include "link/link_feature.h"
#include "link/link_normalise_kernel.h"
#include "link/link_text_kernel.h"

#include <string.h>

static const struct {
    shire_link_role role;
    shire_link_kind kind;
} roles[] = {{SHIRE_LINK_ROLE_GIVEN, SHIRE_LINK_KIND_GIVEN},
             {SHIRE_LINK_ROLE_FAMILY, SHIRE_LINK_KIND_FAMILY},
             {SHIRE_LINK_ROLE_FULL_NAME, SHIRE_LINK_KIND_REST},
             {SHIRE_LINK_ROLE_DOB, SHIRE_LINK_KIND_DATE},
             {SHIRE_LINK_ROLE_SEX, SHIRE_LINK_KIND_CATEGORY},
             {SHIRE_LINK_ROLE_NHS_NUMBER, SHIRE_LINK_KIND_IDENTIFIER},
             {SHIRE_LINK_ROLE_ADDRESS, SHIRE_LINK_KIND_TEXT},
             {SHIRE_LINK_ROLE_STREET_NUMBER, SHIRE_LINK_KIND_NUMBER},
             {SHIRE_LINK_ROLE_POSTCODE, SHIRE_LINK_KIND_POSTCODE},
             {SHIRE_LINK_ROLE_PHONE, SHIRE_LINK_KIND_IDENTIFIER},
             {SHIRE_LINK_ROLE_EMAIL, SHIRE_LINK_KIND_EMAIL},
             {SHIRE_LINK_ROLE_OTHER, SHIRE_LINK_KIND_TEXT}};

static void check_texts(shire_span a, shire_span b) {
    double forth = shire_link_jaro_winkler(a, b);
    double back = shire_link_jaro_winkler(b, a);
    FUZZ_CHECK(forth >= 0 && forth <= 1);
    FUZZ_CHECK(forth == back);
    shire_link_signature a_made = shire_link_signature_of(a);
    shire_link_signature b_made = shire_link_signature_of(b);
    int apart = shire_link_signature_apart(&a_made, &b_made);
    FUZZ_CHECK(apart == shire_link_signature_apart(&b_made, &a_made));
    if (a.length <= SHIRE_LINK_TEXT_BYTES_MAX && b.length <= SHIRE_LINK_TEXT_BYTES_MAX) {
        FUZZ_CHECK(forth <= shire_link_jaro_winkler_most(a.length, b.length, apart) + 1e-9);
    }
    for (int limit = 0; limit <= 4; limit++) {
        int distance = shire_link_edit_distance(a, b, limit);
        FUZZ_CHECK(distance >= 0 && distance <= limit + 1);
        FUZZ_CHECK(distance == shire_link_edit_distance(b, a, limit));
        FUZZ_CHECK(distance > limit || a.length > SHIRE_LINK_TEXT_BYTES_MAX ||
                   b.length > SHIRE_LINK_TEXT_BYTES_MAX || apart <= 2 * distance);
    }
    shire_link_soundex(a);
    FUZZ_CHECK(shire_link_is_nickname(a, b) == shire_link_is_nickname(b, a));
}

static void check_kind(shire_link_kind kind, shire_span a, shire_span b) {
    int level = shire_link_compare_values(kind, a, b, true);
    FUZZ_CHECK(level >= 0 && level < shire_link_level_count(kind));
    FUZZ_CHECK(shire_link_level_name(kind, level) != NULL);
    FUZZ_CHECK(level == shire_link_compare_values(kind, b, a, true));
    FUZZ_CHECK(shire_link_compare_values(kind, a, a, false) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char values[2][SHIRE_LINK_VALUE_BYTES_MAX];
    char again[SHIRE_LINK_VALUE_BYTES_MAX];
    if (size < 2) {
        return 0;
    }
    size_t which = data[0] % (sizeof roles / sizeof roles[0]);
    const char *text = (const char *)data + 2;
    const char *split = memchr(text, data[1], size - 2);
    size_t first = split == NULL ? size - 2 : (size_t)(split - text);
    shire_span raw[2] = {{text, first},
                         {split == NULL ? text : split + 1, split == NULL ? 0 : size - 3 - first}};
    shire_span made[2];
    for (int i = 0; i < 2; i++) {
        size_t length = shire_link_role_normalise(roles[which].role, raw[i], values[i]);
        FUZZ_CHECK(length <= SHIRE_LINK_VALUE_BYTES_MAX);
        FUZZ_CHECK(shire_link_role_normalise(roles[which].role, raw[i], again) == length);
        FUZZ_CHECK(memcmp(values[i], again, length) == 0);
        made[i] = (shire_span){values[i], length};
        for (int part = 0; part <= SHIRE_LINK_PART_SAMPLE_3 && length > 0; part++) {
            shire_link_feature_hash((shire_link_part)part, made[i]);
        }
    }
    check_texts(raw[0], raw[1]);
    if (made[0].length > 0 && made[1].length > 0) {
        check_texts(made[0], made[1]);
        check_kind(roles[which].kind, made[0], made[1]);
    }
    check_kind(SHIRE_LINK_KIND_ENCODED, raw[0], raw[1]);
    double dice = shire_link_encoding_dice(raw[0], raw[1]);
    FUZZ_CHECK(dice >= 0 && dice <= 1 && dice == shire_link_encoding_dice(raw[1], raw[0]));
    return 0;
}
