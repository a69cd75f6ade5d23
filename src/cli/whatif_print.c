/*
 * Scenarios side by side: the results have the same organisations, pools and so on, so a table's
 * row is the same place in each of them; kinds and ages are looked up by name, because those
 * without cost are left out.
 */
#include "cli/whatif_print.h"

#include "core/date.h"
#include "cost/whatif_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_WIDTH 32
#define SIDE_BY_SIDE 2
#define POOLS_SHOWN 12

/* One row of a table: a name and its amounts in each scenario of the block. */
typedef struct row {
    const char *name;
    shire_whatif_amounts amounts[SIDE_BY_SIDE];
} row;

typedef struct block {
    const shire_whatif_result *results;
    size_t count; /* of results: 1 .. SIDE_BY_SIDE */
    FILE *file;
} block;

/* ---- cells ---- */

/* Names are others' text: control characters become blanks, long ones are cut. */
static void print_name(FILE *file, int indent, const char *name) {
    int width = indent;
    fprintf(file, "%*s", indent, "");
    for (; *name != '\0' && width < NAME_WIDTH; width++) {
        fputc((unsigned char)*name < ' ' || *name == 0x7F ? ' ' : *name, file);
        for (name++; ((unsigned char)*name & 0xC0) == 0x80; name++) {
            fputc(*name, file);
        }
    }
    fprintf(file, "%*s", NAME_WIDTH - width, "");
}

static void print_money(FILE *file, int width, shire_money money, bool sign) {
    char text[33];
    size_t plus = sign && money > 0;
    text[0] = '+';
    shire_money_format_pounds(money, text + plus);
    if (plus == 1 && strcmp(text, "+0.00") == 0) {
        plus = 0;
    }
    fprintf(file, " %*s", width, sign && plus == 0 && money > 0 ? "0.00" : text);
}

static void print_percent(FILE *file, const shire_whatif_amounts *amounts) {
    int64_t hundredths = 0;
    if (!shire_whatif_percent(amounts, &hundredths)) {
        fprintf(file, " %9s", amounts->after == 0 ? "" : "new");
        return;
    }
    char text[32];
    int64_t size = hundredths < 0 ? -hundredths : hundredths;
    snprintf(text, sizeof text, "%s%" PRId64 ".%02" PRId64 "%%",
             hundredths < 0   ? "-"
             : hundredths > 0 ? "+"
                              : "",
             size / 100, size % 100);
    fprintf(file, " %9s", text);
}

static void print_row(const block *b, int indent, const row *one) {
    print_name(b->file, indent, one->name);
    print_money(b->file, 16, one->amounts[0].before, false);
    for (size_t i = 0; i < b->count; i++) {
        print_money(b->file, 16, one->amounts[i].after, false);
        print_money(b->file, b->count == 1 ? 16 : 14,
                    one->amounts[i].after - one->amounts[i].before, true);
    }
    if (b->count == 1) {
        print_percent(b->file, &one->amounts[0]);
    }
    fputc('\n', b->file);
}

static void print_head(const block *b, const char *title) {
    fprintf(b->file, "\n%-*s %16s", NAME_WIDTH, title, "before");
    for (size_t i = 0; i < b->count; i++) {
        fprintf(b->file, " %16.16s %*s", b->count == 1 ? "after" : b->results[i].name,
                b->count == 1 ? 16 : 14, "change");
    }
    fprintf(b->file, "%s\n", b->count == 1 ? "   percent" : "");
}

static void add(row *sum, const row *one, size_t count) {
    for (size_t i = 0; i < count; i++) {
        sum->amounts[i].before += one->amounts[i].before;
        sum->amounts[i].after += one->amounts[i].after;
    }
}

/* ---- tables ---- */

static void print_organisations(const block *b) {
    row sums[] = {
        {.name = "All"}, {.name = "Excluded"}, {.name = "Unallocated"}, {.name = "Ledger"}};
    print_head(b, "Cost by organisation (GBP)");
    for (size_t o = 0; o < b->results[0].organisation_count; o++) {
        row allocated = {.name = b->results[0].organisations[o].name};
        row others[3] = {{0}};
        bool any = false;
        for (size_t i = 0; i < b->count; i++) {
            const shire_whatif_organisation *one = &b->results[i].organisations[o];
            allocated.amounts[i] = one->allocated;
            others[0].amounts[i] = one->excluded;
            others[1].amounts[i] = one->unallocated;
            others[2].amounts[i] = one->ledger;
            any |= one->ledger.before != 0 || one->ledger.after != 0 || one->allocated.before != 0;
        }
        add(&sums[0], &allocated, b->count);
        for (int k = 0; k < 3; k++) {
            add(&sums[k + 1], &others[k], b->count);
        }
        if (any) {
            print_row(b, 2, &allocated);
        }
    }
    for (int k = 0; k < 4; k++) {
        print_row(b, 2, &sums[k]);
    }
    fprintf(b->file, "  Every ledger reconciles to the last micropound.\n");
}

/* Kinds of care or ages of one result. */
typedef struct part_list {
    const shire_whatif_part *parts;
    size_t count;
} part_list;

static int compare_rows(const void *a_pointer, const void *b_pointer) {
    const row *a = a_pointer;
    const row *b = b_pointer;
    shire_money x = a->amounts[0].before;
    shire_money y = b->amounts[0].before;
    return x != y ? (x > y ? -1 : 1) : strcmp(a->name, b->name);
}

/* A part's row, in the order of first mention. */
static row *find_row(row *rows, size_t *count, const char *name) {
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    rows[*count] = (row){.name = name};
    return &rows[(*count)++];
}

static void print_parts(const block *b, const char *title, const part_list *lists, bool by_size) {
    size_t capacity = 0;
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        capacity += lists[i].count;
    }
    row *rows = calloc(capacity + 1, sizeof(*rows));
    if (rows == NULL || capacity == 0) {
        free(rows);
        return;
    }
    for (size_t i = 0; i < b->count; i++) {
        for (size_t k = 0; k < lists[i].count; k++) {
            const shire_whatif_part *part = &lists[i].parts[k];
            row *one = find_row(rows, &count, part->name == NULL ? "not stated" : part->name);
            one->amounts[i] = part->cost;
            if (i > 0) {
                one->amounts[0].before = part->cost.before;
            }
        }
    }
    if (by_size) {
        qsort(rows, count, sizeof(*rows), compare_rows);
    }
    print_head(b, title);
    for (size_t i = 0; i < count; i++) {
        print_row(b, 2, &rows[i]);
    }
    free(rows);
}

/* How much the pool's cost changes, before and after support, in any scenario. */
static shire_money change_of(const block *b, size_t pool) {
    shire_money largest = 0;
    for (size_t i = 0; i < b->count; i++) {
        const shire_whatif_pool *one = &b->results[i].pools[pool];
        shire_money change = llabs(one->total.after - one->total.before);
        largest = change > largest ? change : largest;
    }
    return largest;
}

typedef struct ranked_pool {
    size_t pool;
    shire_money change;
} ranked_pool;

static int compare_changes(const void *a_pointer, const void *b_pointer) {
    const ranked_pool *a = a_pointer;
    const ranked_pool *b = b_pointer;
    if (a->change != b->change) {
        return a->change > b->change ? -1 : 1;
    }
    return (a->pool > b->pool) - (a->pool < b->pool);
}

static void print_pools(const block *b) {
    size_t count = b->results[0].pool_count;
    ranked_pool *ranked = calloc(count + 1, sizeof(*ranked));
    size_t changed = 0;
    row others = {0};
    for (size_t i = 0; ranked != NULL && i < count; i++) {
        shire_money change = change_of(b, i);
        if (change != 0) {
            ranked[changed++] = (ranked_pool){i, change};
        }
    }
    if (changed > 0) {
        qsort(ranked, changed, sizeof(*ranked), compare_changes);
        print_head(b, "Pools that change most (GBP)");
    }
    for (size_t i = 0; i < changed; i++) {
        const shire_whatif_pool *pool = &b->results[0].pools[ranked[i].pool];
        char name[128];
        snprintf(name, sizeof name, "%s (%s)", pool->pool, pool->organisation);
        row one = {.name = name};
        for (size_t k = 0; k < b->count; k++) {
            one.amounts[k] = b->results[k].pools[ranked[i].pool].total;
        }
        if (i < POOLS_SHOWN) {
            print_row(b, 2, &one);
        } else {
            add(&others, &one, b->count);
        }
    }
    if (changed > POOLS_SHOWN) {
        char name[48];
        snprintf(name, sizeof name, "and %zu more", changed - POOLS_SHOWN);
        others.name = name;
        print_row(b, 2, &others);
    }
    free(ranked);
}

/* ---- delayed discharges ---- */

/* The partner's row in a table of nights or of cost. */
static row partner_row(const block *b, const shire_whatif_delay *partner, bool nights) {
    row one = {.name = partner->name};
    for (size_t i = 0; i < b->count; i++) {
        const shire_whatif_result *result = &b->results[i];
        for (size_t k = 0; k < result->delay_count; k++) {
            const shire_whatif_delay *delay = &result->delays[k];
            if (strcmp(delay->partner, partner->partner) == 0) {
                one.amounts[i] = nights ? delay->nights : delay->cost;
            }
        }
    }
    return one;
}

/* The partners are the same in every scenario: its changes shorten delays and add none. */
static void print_partners(const block *b, const char *title, bool nights) {
    row sum = {.name = "All"};
    if (b->results[0].delay_count == 0) {
        return;
    }
    print_head(b, title);
    for (size_t i = 0; i < b->results[0].delay_count; i++) {
        row one = partner_row(b, &b->results[0].delays[i], nights);
        add(&sum, &one, b->count);
        print_row(b, 2, &one);
    }
    print_row(b, 2, &sum);
}

static void print_releases(const block *b) {
    for (size_t i = 0; i < b->count; i++) {
        const shire_whatif_result *result = &b->results[i];
        char text[512];
        if (result->release_count == 0) {
            continue;
        }
        shire_whatif_describe_release(result, text);
        fprintf(b->file, "\n%s%s%s\n", b->count > 1 ? result->name : "", b->count > 1 ? ": " : "",
                text);
        for (size_t k = 0; k < result->release_count; k++) {
            const shire_whatif_release *release = &result->releases[k];
            char name[128];
            char weight[24];
            shire_decimal_format(release->weight, 0, weight);
            snprintf(name, sizeof name, "%s (%s)", release->activity, release->organisation);
            print_name(b->file, 2, name);
            print_money(b->file, 16, release->value, false);
            fprintf(b->file, "  %s by %s\n", weight, release->basis);
        }
    }
}

/* ---- a scenario's changes ---- */

static void print_changes(const shire_whatif_result *result, FILE *file) {
    fprintf(file, "\nScenario %s\n", result->name);
    for (size_t i = 0; i < result->change_count; i++) {
        const shire_whatif_change *change = &result->changes[i];
        char before[32];
        char after[32];
        shire_money_format_pounds(change->before, before);
        shire_money_format_pounds(change->after, after);
        fprintf(file, "  %s\n", change->text);
        if (change->row_count == 0) {
            fprintf(file, "    fits no row, so it changes nothing; see its conditions\n");
        } else {
            const char *what = change->is_delay ? "delayed stay" : "row";
            fprintf(file, "    %" PRId64 " %s%s, %s%s becomes %s\n", change->row_count, what,
                    change->row_count == 1 ? "" : "s", before, change->is_delay ? " nights" : "",
                    after);
        }
    }
}

void shire_whatif_print(const shire_partnership *partnership, const shire_whatif_result *results,
                        size_t result_count, FILE *file) {
    char first[11];
    char last[11];
    shire_date_format(partnership->period_first, first);
    shire_date_format(partnership->period_last, last);
    fprintf(file, "%s, %s to %s\n", partnership->name, first, last);
    for (size_t i = 0; i < result_count; i++) {
        print_changes(&results[i], file);
    }
    for (size_t i = 0; i < result_count; i += SIDE_BY_SIDE) {
        size_t rest = result_count - i;
        block b = {results + i, rest < SIDE_BY_SIDE ? rest : SIDE_BY_SIDE, file};
        part_list kinds[SIDE_BY_SIDE] = {{0}};
        part_list ages[SIDE_BY_SIDE] = {{0}};
        for (size_t k = 0; k < b.count; k++) {
            kinds[k] = (part_list){b.results[k].kinds, b.results[k].kind_count};
            ages[k] = (part_list){b.results[k].ages, b.results[k].age_count};
        }
        print_organisations(&b);
        print_parts(&b, "Cost by kind of care (GBP)", kinds, true);
        print_parts(&b, "Cost by age (GBP)", ages, false);
        print_pools(&b);
        print_partners(&b, "Nights of delayed discharges", true);
        print_partners(&b, "Cost of delayed discharges (GBP)", false);
        print_releases(&b);
    }
}
