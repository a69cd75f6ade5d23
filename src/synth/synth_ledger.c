/*
 * General ledgers: cost centres by accounts by months for every pool, department and excluded
 * service of the five bodies, in each body's own file format, to the penny of its published total.
 * An amount is spread by uneven weights with an exact split; accruals and their reversals cancel;
 * income is credited; a few lines sit in a suspense account that no rule maps.
 */
#include "synth/synth_model.h"

#include "core/money.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL_PEOPLE 180000
#define MONTHS 12
#define CENTRES_MAX 8
#define ACCOUNTS_MAX 10
/* One cost centre for so much money a year. */
#define CENTRE_PENCE 120000000
#define SUSPENSE_PENCE 123456

typedef struct ledger {
    synth_body_no body;
    shire_builder text;
    int64_t line_count;
    int64_t sum_pence;
    shire_random random;
} ledger;

/* How each body's finance system writes an amount. */
static void format_amount(synth_body_no body, int64_t pence, char buffer[32]) {
    long long pounds = llabs((long long)pence) / 100, rest = llabs((long long)pence) % 100;
    if (body != SYNTH_BODY_COUNCIL) {
        snprintf(buffer, 32, "%s%lld.%02lld", pence < 0 ? "-" : "", pounds, rest);
        return;
    }
    /* The council: "1,234.56" and "(12.00)". */
    char grouped[28];
    if (pounds >= 1000000) {
        snprintf(grouped, sizeof grouped, "%lld,%03lld,%03lld.%02lld", pounds / 1000000,
                 pounds / 1000 % 1000, pounds % 1000, rest);
    } else if (pounds >= 1000) {
        snprintf(grouped, sizeof grouped, "%lld,%03lld.%02lld", pounds / 1000, pounds % 1000, rest);
    } else {
        snprintf(grouped, sizeof grouped, "%lld.%02lld", pounds, rest);
    }
    snprintf(buffer, 32, pence < 0 ? "\"(%s)\"" : "\"%s\"", grouped);
}

/* month 0 is April 2024. */
static void add_line(ledger *book, int month, const char *centre, const char *centre_name,
                     const char *account, const char *account_name, int64_t pence) {
    if (pence == 0) {
        return;
    }
    char amount[32];
    format_amount(book->body, pence, amount);
    shire_builder_append_format(&book->text, "%04d-%02d,%s,\"%s\",%s,\"%s\",%s\n",
                                month < 9 ? 2024 : 2025, month < 9 ? month + 4 : month - 8, centre,
                                centre_name, account, account_name, amount);
    book->line_count++;
    book->sum_pence += pence;
}

/* Spread an amount over cost centres `prefix`01.. of a service and the accounts of its profile. */
static shire_status add_service(ledger *book, char letter, int number, const char *name,
                                synth_profile profile, int64_t pence, shire_error *error) {
    size_t account_count = 0;
    const synth_account *accounts = synth_profile_accounts(profile, &account_count);
    assert(account_count <= ACCOUNTS_MAX);
    size_t centres = 1 + (size_t)(pence / CENTRE_PENCE);
    centres = centres > CENTRES_MAX ? CENTRES_MAX : centres;
    int64_t weights[CENTRES_MAX * ACCOUNTS_MAX * MONTHS];
    int64_t parts[CENTRES_MAX * ACCOUNTS_MAX * MONTHS];
    size_t count = 0;
    for (size_t centre = 0; centre < centres; centre++) {
        int64_t size = shire_random_between(&book->random, 60, 140);
        for (size_t account = 0; account < account_count; account++) {
            for (int month = 0; month < MONTHS; month++) {
                weights[count++] =
                    size * accounts[account].weight * shire_random_between(&book->random, 90, 110);
            }
        }
    }
    shire_status status = shire_money_split(pence, weights, count, parts, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        size_t centre = i / (account_count * MONTHS);
        size_t account = i / MONTHS % account_count;
        char code[8], title[96];
        snprintf(code, sizeof code, "%c%02d%02zu", letter, number, centre + 1);
        snprintf(title, sizeof title, centres > 1 ? "%s - team %zu" : "%s", name, centre + 1);
        add_line(book, (int)(i % MONTHS), code, title, accounts[account].code,
                 accounts[account].name, parts[i]);
    }
    return SHIRE_OK;
}

/* A bill expected in one month and taken back in the next; a credit note and its correction. */
static void add_reversals(ledger *book, const synth_pool *pool) {
    char code[8];
    snprintf(code, sizeof code, "%c%02d01", pool->support ? 'S' : 'P', pool->number);
    int month = (int)shire_random_below(&book->random, MONTHS - 1);
    int64_t pence = 1 + pool->own_pence / 400 + shire_random_between(&book->random, 0, 9999);
    add_line(book, month, code, pool->name, "6900", "Accrual", pence);
    add_line(book, month + 1, code, pool->name, "6900", "Reversal of accrual", -pence);
    pence = 1 + pence / 7;
    add_line(book, month, code, pool->name, "6010", "Credit note", -pence);
    add_line(book, month + 1, code, pool->name, "6010", "Credit note withdrawn", pence);
}

static shire_status add_excluded(ledger *book, int64_t pence, shire_error *error) {
    int64_t weights[64] = {0}, parts[64];
    const synth_excluded *rows[64];
    size_t count = 0;
    for (size_t i = 0; i < synth_excluded_count; i++) {
        if (synth_excludeds[i].body == book->body) {
            assert(count < 64);
            rows[count] = &synth_excludeds[i];
            weights[count++] = synth_excludeds[i].weight;
        }
    }
    shire_status status = shire_money_split(pence, weights, count, parts, error);
    for (size_t i = 0; i < count && status == SHIRE_OK; i++) {
        status =
            add_service(book, 'X', (int)i + 1, rows[i]->name, rows[i]->profile, parts[i], error);
    }
    return status;
}

static void add_income(ledger *book, int64_t person_count) {
    for (size_t i = 0; i < synth_income_count; i++) {
        const synth_income *row = &synth_incomes[i];
        if (row->body != book->body) {
            continue;
        }
        int64_t year = (int64_t)((__int128)row->pence * person_count / MODEL_PEOPLE);
        for (int month = 0; month < MONTHS; month++) {
            int64_t pence = year / MONTHS + (month == MONTHS - 1 ? year % MONTHS : 0);
            add_line(book, month, "I0101", "Income", row->account, row->name, -pence);
        }
    }
}

static shire_status write_body(const synth_files *files, const synth_sizes *sizes, ledger *book,
                               int64_t person_count, shire_error *error) {
    shire_status status = SHIRE_OK;
    shire_builder_append_text(&book->text,
                              "period,cost_centre,cost_centre_name,account,account_name,amount\n");
    for (size_t i = 0; i < sizes->pool_count && status == SHIRE_OK; i++) {
        const synth_pool *pool = &sizes->pools[i];
        if (pool->body == book->body && pool->own_pence > 0) {
            status = add_service(book, pool->support ? 'S' : 'P', pool->number, pool->name,
                                 pool->profile, pool->own_pence, error);
            add_reversals(book, pool);
        }
    }
    int64_t excluded = sizes->excluded_pence[book->body];
    if (book->body == SYNTH_BODY_HOSPITAL) {
        add_line(book, 11, "Z9999", "Suspense account", "7999", "Postings not yet identified",
                 SUSPENSE_PENCE);
        excluded -= SUSPENSE_PENCE;
    }
    add_income(book, person_count);
    if (status == SHIRE_OK) {
        status = add_excluded(book, excluded, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (book->sum_pence != sizes->total_pence[book->body]) {
        return SHIRE_FAIL(error, SHIRE_INTERNAL, "the ledger of %s misses its total by %lld pence",
                          synth_bodies[book->body].code,
                          (long long)(book->sum_pence - sizes->total_pence[book->body]));
    }
    char name[96];
    snprintf(name, sizeof name, "data/%s.csv", synth_bodies[book->body].ledger_file);
    if (book->text.failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to write %s", name);
    }
    return synth_file_write(files, name, (shire_span){book->text.bytes, book->text.length}, error);
}

shire_status synth_ledger_write(const synth_files *files, const synth_people *people,
                                const synth_tally tallies[SYNTH_SHEET_COUNT][SYNTH_GROUPS_MAX],
                                int64_t *line_count_out, shire_error *error) {
    synth_sizes *sizes = shire_arena_alloc(files->arena, sizeof *sizes);
    if (sizes == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the costing model");
    }
    int64_t person_count = (int64_t)people->person_count;
    synth_model_size(tallies, person_count, sizes);
    int64_t line_count = 0;
    shire_status status = SHIRE_OK;
    for (int body = 0; body < SYNTH_BODY_COUNT && status == SHIRE_OK; body++) {
        ledger book = {
            .body = (synth_body_no)body,
            .random = shire_random_seed(people->seed, SYNTH_STREAM_LEDGER + 8 * (uint64_t)body)};
        status = write_body(files, sizes, &book, person_count, error);
        line_count += book.line_count;
        shire_builder_free(&book.text);
    }
    if (status == SHIRE_OK) {
        *line_count_out = line_count;
        status = synth_model_write(files, sizes, people, error);
    }
    return status;
}
