/* E-mail addresses that are the name once more: what counts as one, which are forgotten, and that
 * namesakes whose addresses are their name stay apart. */
#include "link/link_email_kernel.h"

#include "core/random.h"
#include "link/link_engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COLUMNS 5
#define RECORDS_MAX 4096

typedef enum shape { DOT, INITIAL, REVERSED, YEAR, USER, NUMBER, SHAPES } shape;

typedef struct records {
    size_t count;
    uint32_t offsets[COLUMNS][RECORDS_MAX + 1];
    shire_builder bytes[COLUMNS];
    shire_column columns[COLUMNS];
    shire_link_input inputs[COLUMNS];
    uint32_t truth[RECORDS_MAX];
} records;

static const shire_link_role record_roles[COLUMNS] = {SHIRE_LINK_ROLE_GIVEN, SHIRE_LINK_ROLE_FAMILY,
                                                      SHIRE_LINK_ROLE_DOB, SHIRE_LINK_ROLE_ADDRESS,
                                                      SHIRE_LINK_ROLE_EMAIL};

static bool is_name(const char *email, const char *date) {
    const shire_span words[] = {shire_span_of("jane"), shire_span_of("ann"),
                                shire_span_of("smith")};
    return shire_link_email_is_name(shire_span_of(email), words, 3, shire_span_of(date));
}

static void a_name_in_any_order_and_length_is_a_name(void **state) {
    (void)state;
    const char *const names[] = {"jane.smith@x.org", "smithj@x.org",   "j_smith@x", "jsmith",
                                 "jas@x.org",        "jane-ann@x.org", "j.a.s@x",   "janeannsmith",
                                 "jane.smith85@x",   "smith1985@x"};
    const char *const others[] = {
        "jane.smith7@x.org", "jane.smith84@x", "rose@x.org", "jane.jones@x",
        "jane.janes@x",      "@x.org",         "1985@x",     "smithson@x",
        "jane19@x",          "jane.smith!@x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(is_name(names[i], "19850203"));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(is_name(others[i], "19850203"));
    }
    assert_false(is_name("smith1985@x", "")); /* no birth date that it could be of */
    assert_false(is_name("", "19850203"));
}

static void a_mailbox_of_one_letter_ends_soon(void **state) {
    (void)state;
    char letters[241];
    memset(letters, 'a', sizeof letters - 1);
    letters[240] = '\0';
    shire_span words[SHIRE_LINK_EMAIL_WORDS_MAX];
    for (size_t i = 0; i < SHIRE_LINK_EMAIL_WORDS_MAX; i++) {
        words[i] = (shire_span){letters, 20 + i};
    }
    assert_false(shire_link_email_is_name(shire_span_of(letters), words, SHIRE_LINK_EMAIL_WORDS_MAX,
                                          (shire_span){NULL, 0}));
}

static void add(records *made, uint32_t person, const char *const *texts) {
    made->truth[made->count++] = person;
    for (size_t i = 0; i < COLUMNS; i++) {
        shire_builder_append_text(&made->bytes[i], texts[i]);
        made->offsets[i][made->count] = (uint32_t)made->bytes[i].length;
    }
}

static void write_email(shape of, const char *given, const char *family, const char *date,
                        size_t person, const char *domain, char *email, size_t size) {
    switch (of) {
    case DOT:
        snprintf(email, size, "%s.%s@%s", given, family, domain);
        break;
    case INITIAL:
        snprintf(email, size, "%c.%s@%s", given[0], family, domain);
        break;
    case REVERSED:
        snprintf(email, size, "%s%c@%s", family, given[0], domain);
        break;
    case YEAR:
        snprintf(email, size, "%s.%s%.4s@%s", given, family, date, domain);
        break;
    case USER:
        snprintf(email, size, "%c%s", given[0], family);
        break;
    default:
        snprintf(email, size, "%s%zu@%s", given, person, domain);
    }
}

/* `people` persons of few names, most with two records, the second often at another address. */
static void add_people(records *made, size_t people, shape of) {
    static const char *const starts[] = {"al", "be", "ca", "do", "el", "fa", "gri", "ha"};
    static const char *const ends[] = {"bert", "cott", "den", "ford", "ham", "ley"};
    shire_random random = shire_random_seed(7, (uint64_t)of);
    for (size_t person = 0; person < people; person++) {
        char given[32];
        char family[32];
        char date[40];
        char email[96];
        snprintf(given, sizeof given, "%s%s", starts[shire_random_below(&random, 8)],
                 ends[shire_random_below(&random, 3)]);
        snprintf(family, sizeof family, "%s%s", starts[shire_random_below(&random, 8)],
                 ends[3 + shire_random_below(&random, 3)]);
        snprintf(date, sizeof date, "%d-%02d-%02d", (int)(1930 + shire_random_below(&random, 80)),
                 (int)(1 + shire_random_below(&random, 12)),
                 (int)(1 + shire_random_below(&random, 28)));
        write_email(of, given, family, date, person, "example.org", email, sizeof email);
        size_t count = 1 + shire_random_chance(&random, 2, 3);
        char address[64] = "";
        for (size_t i = 0; i < count; i++) {
            if (i == 0 || shire_random_chance(&random, 1, 4)) {
                snprintf(address, sizeof address, "%d %s road",
                         (int)(1 + shire_random_below(&random, 200)),
                         starts[shire_random_below(&random, 8)]);
            }
            const char *texts[COLUMNS] = {
                given, family, shire_random_chance(&random, 1, 20) ? "" : date, address, email};
            add(made, (uint32_t)person, texts);
        }
    }
}

static void build(records *made, shire_link_dataset *dataset) {
    shire_error error = {0};
    for (size_t i = 0; i < COLUMNS; i++) {
        made->columns[i] = (shire_column){.name = shire_link_role_name(record_roles[i]),
                                          .type = SHIRE_TYPE_TEXT,
                                          .text_offsets = made->offsets[i],
                                          .text_bytes = made->bytes[i].bytes};
        made->inputs[i] = (shire_link_input){.role = record_roles[i], .column = &made->columns[i]};
    }
    assert_int_equal(
        shire_link_dataset_build(made->inputs, COLUMNS, made->count, 2, dataset, &error), SHIRE_OK);
}

static void done(records *made) {
    for (size_t i = 0; i < COLUMNS; i++) {
        shire_builder_free(&made->bytes[i]);
    }
    free(made);
}

static const shire_link_field *find_emails(const shire_link_dataset *dataset) {
    for (size_t field = 0; field < dataset->field_count; field++) {
        if (dataset->fields[field].role == SHIRE_LINK_ROLE_EMAIL) {
            return &dataset->fields[field];
        }
    }
    return NULL;
}

/* Of all pairs of records in one person, and of all true pairs, how many are the other too. */
static void namesakes_stay_apart_whatever_their_addresses_are_made_of(void **state) {
    (void)state;
    for (shape of = DOT; of < SHAPES; of++) {
        records *made = calloc(1, sizeof *made);
        shire_link_dataset dataset = {0};
        shire_link_engine_result result = {0};
        shire_link_engine_options options = {.thread_count = 2};
        shire_error error = {0};
        assert_non_null(made);
        add_people(made, 1200, of);
        build(made, &dataset);
        /* What is left: years of birth beside records that do not know it. */
        const shire_link_field *emails = find_emails(&dataset);
        uint64_t left = emails == NULL ? 0 : emails->known_count;
        assert_true(of == NUMBER ? left == made->count : left * 20 < made->count);
        assert_int_equal(shire_link_engine_run(&dataset, &options, &result, &error), SHIRE_OK);
        size_t joined = 0;
        size_t right = 0;
        size_t true_pairs = 0;
        for (size_t a = 0; a < made->count; a++) {
            for (size_t b = a + 1; b < made->count; b++) {
                bool is_joined = result.people[a] == result.people[b];
                bool is_true = made->truth[a] == made->truth[b];
                joined += is_joined;
                true_pairs += is_true;
                right += is_joined && is_true;
            }
        }
        assert_true(right * 100 > joined * 97);
        assert_true(right * 100 > true_pairs * 90);
        shire_link_engine_result_done(&result);
        shire_link_dataset_done(&dataset);
        done(made);
    }
}

/* Households of four with one address and one e-mail address, two records a person. */
static void a_family_with_one_e_mail_address_is_several_people(void **state) {
    (void)state;
    records *made = calloc(1, sizeof *made);
    shire_link_dataset dataset = {0};
    shire_link_engine_result result = {0};
    shire_link_engine_options options = {.thread_count = 2};
    shire_error error = {0};
    shire_random random = shire_random_seed(11, 1);
    assert_non_null(made);
    for (uint32_t person = 0; person < 2000; person++) {
        char texts[COLUMNS][128];
        uint32_t household = person / 4;
        for (int i = 0; i < 2; i++) {
            shire_random name = shire_random_seed(500, i == 0 ? person + 5000 : household);
            for (int at = 0; at < 5; at++) {
                texts[i][at] = (char)('a' + shire_random_below(&name, i == 0 ? 3 : 26));
            }
            texts[i][5] = '\0';
        }
        snprintf(texts[2], sizeof texts[2], "%d-%02d-%02d",
                 (int)(1930 + shire_random_below(&random, 80)),
                 (int)(1 + shire_random_below(&random, 12)),
                 (int)(1 + shire_random_below(&random, 28)));
        snprintf(texts[3], sizeof texts[3], "%u %.5s road", household % 90 + 1, texts[1]);
        snprintf(texts[4], sizeof texts[4], "the%.5ss%u@example.org", texts[1], household);
        for (int i = 0; i < 2; i++) {
            const char *told[COLUMNS] = {texts[0], texts[1], texts[2], texts[3], texts[4]};
            add(made, person, told);
        }
    }
    build(made, &dataset);
    assert_int_equal(shire_link_engine_run(&dataset, &options, &result, &error), SHIRE_OK);
    assert_in_range(result.person_count, 1990, 2010);
    shire_link_engine_result_done(&result);
    shire_link_dataset_done(&dataset);
    done(made);
}

static void addresses_at_rare_domains_and_of_other_names_stay(void **state) {
    (void)state;
    records *made = calloc(1, sizeof *made);
    shire_link_dataset dataset = {0};
    assert_non_null(made);
    add_people(made, 1200, DOT);
    for (uint32_t person = 5000; person < 5004; person++) {
        const char *const rare[] = {"jane", "smith", "1980-02-03", "1 high road",
                                    "jane.smith@smith.net"};
        const char *const maiden[] = {"jane", "smith", "1980-02-03", "1 high road",
                                      "jane.jones@example.org"};
        add(made, person, rare);
        add(made, person, maiden);
    }
    build(made, &dataset);
    const shire_link_field *emails = find_emails(&dataset);
    assert_non_null(emails);
    assert_int_equal(emails->known_count, 8);
    shire_link_dataset_done(&dataset);
    done(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_in_any_order_and_length_is_a_name),
        cmocka_unit_test(a_mailbox_of_one_letter_ends_soon),
        cmocka_unit_test(namesakes_stay_apart_whatever_their_addresses_are_made_of),
        cmocka_unit_test(a_family_with_one_e_mail_address_is_several_people),
        cmocka_unit_test(addresses_at_rare_domains_and_of_other_names_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
