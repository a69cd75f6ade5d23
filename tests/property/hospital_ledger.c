/* The engine's first two steps: costs are built from the ledger, then disbursed by cascade. */
#include "hospital.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

shire_csv hospital_sheet(hospital *of, const char *name) {
    const char *path = shire_arena_format(of->arena, "%s/%s.csv", of->dir, name);
    shire_csv sheet;
    shire_error error = {0};
    if (shire_csv_read(path, 1 << 22, of->arena, &sheet, &error) != SHIRE_OK) {
        fail_msg("%s", error.message);
    }
    return sheet;
}

const char *hospital_cell(const shire_csv *sheet, size_t row, const char *column) {
    size_t at = shire_csv_column(sheet, column);
    if (at == sheet->column_count) {
        fail_msg("%s has no column %s", sheet->path, column);
    }
    return shire_csv_cell(sheet, row, at).bytes;
}

void hospital_number(const shire_csv *sheet, size_t row, const char *column, mpq_t number) {
    const char *text = hospital_cell(sheet, row, column);
    char digits[64];
    size_t length = 0;
    long decimals = 0;
    bool behind_point = false;
    mpz_t billion;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == 'E') { /* 4.9000000000000002E-2 */
            decimals -= strtol(at + 1, NULL, 10);
            break;
        }
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        assert_true((*at >= '0' && *at <= '9') || (*at == '-' && at == text));
        assert_true(length + 1 < sizeof(digits));
        digits[length++] = *at;
        decimals += behind_point;
    }
    digits[length] = '\0';
    assert_int_equal(mpz_set_str(mpq_numref(number), digits, 10), 0);
    assert_true(decimals >= 0);
    mpz_ui_pow_ui(mpq_denref(number), 10, (unsigned long)decimals);
    /* floor(2e9 x + 1) / 2e9, the floor halved: the nearest multiple of 1e-9 */
    mpz_init_set_ui(billion, 1000000000);
    mpz_mul(mpq_numref(number), mpq_numref(number), billion);
    mpz_mul_ui(mpq_numref(number), mpq_numref(number), 2);
    mpz_add(mpq_numref(number), mpq_numref(number), mpq_denref(number));
    mpz_mul_ui(mpq_denref(number), mpq_denref(number), 2);
    mpz_fdiv_q(mpq_numref(number), mpq_numref(number), mpq_denref(number));
    mpz_set(mpq_denref(number), billion);
    mpq_canonicalize(number);
    mpz_clear(billion);
}

bool hospital_has_prefix(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- the ledger as a map of accounts ---- */

static hospital_account *find_row(hospital_ledger *ledger, const char *department,
                                  const char *kind) {
    for (size_t i = 0; i < ledger->count; i++) {
        if (strcmp(ledger->accounts[i].department, department) == 0 &&
            strcmp(ledger->accounts[i].kind, kind) == 0) {
            return &ledger->accounts[i];
        }
    }
    return NULL;
}

hospital_account *hospital_account_of(hospital_ledger *ledger, const char *department,
                                      const char *kind) {
    hospital_account *row = find_row(ledger, department, kind);
    return row != NULL && row->there ? row : NULL;
}

/* The account, made with nothing in it where it is not there. */
static hospital_account *make_account(hospital_ledger *ledger, const char *department,
                                      const char *kind) {
    hospital_account *row = find_row(ledger, department, kind);
    if (row == NULL) {
        assert_true(ledger->count < HOSPITAL_ACCOUNTS);
        row = &ledger->accounts[ledger->count++];
        row->department = department;
        row->kind = kind;
        mpq_init(row->cost);
    }
    row->there = true;
    return row;
}

static void move_amount(hospital_ledger *ledger, hospital_account *from, const char *department,
                        const char *kind, const mpq_t amount) {
    hospital_account *to = make_account(ledger, department, kind);
    if (from != to) {
        mpq_add(to->cost, to->cost, amount);
        mpq_sub(from->cost, from->cost, amount);
    }
}

/* All of it; nothing where `from` is not there. */
static void move_all(hospital_ledger *ledger, const char *from_department, const char *from_kind,
                     const char *to_department, const char *to_kind) {
    hospital_account *from = hospital_account_of(ledger, from_department, from_kind);
    mpq_t amount;
    if (from == NULL) {
        return;
    }
    mpq_init(amount);
    mpq_set(amount, from->cost);
    move_amount(ledger, from, to_department, to_kind, amount);
    mpq_clear(amount);
}

static void drop_zeros(hospital_ledger *ledger) {
    for (size_t i = 0; i < ledger->count; i++) {
        ledger->accounts[i].there &= mpq_sgn(ledger->accounts[i].cost) != 0;
    }
}

static void preserve(hospital_ledger *ledger, const char *kind) {
    assert_true(ledger->preserved_count < HOSPITAL_KINDS);
    ledger->preserved[ledger->preserved_count++] = kind;
}

static bool is_preserved(const hospital_ledger *ledger, const char *kind) {
    for (size_t i = 0; i < ledger->preserved_count; i++) {
        if (strcmp(ledger->preserved[i], kind) == 0) {
            return true;
        }
    }
    return false;
}

void hospital_ledger_total(const hospital_ledger *ledger, mpq_t total) {
    mpq_set_ui(total, 0, 1);
    for (size_t i = 0; i < ledger->count; i++) {
        if (ledger->accounts[i].there) {
            mpq_add(total, total, ledger->accounts[i].cost);
        }
    }
}

size_t hospital_ledger_rows(const hospital_ledger *ledger) {
    size_t count = 0;
    for (size_t i = 0; i < ledger->count; i++) {
        count += ledger->accounts[i].there;
    }
    return count;
}

/* ---- 1: build costs ---- */

/* What a cost feeder itemises leaves each item's account for the feeder's own. */
static void move_itemised(hospital *of) {
    shire_csv index = hospital_sheet(of, "Jun97HospitalCostsAndAdjustments__itemized_costs");
    shire_csv models = hospital_sheet(of, "model1__feeder_model");
    for (size_t row = 0; row < index.row_count; row++) {
        const char *feeder = hospital_cell(&index, row, "feeder_code");
        char *sheet = shire_arena_format(of->arena, "Jun97HospitalCostsAndAdjustments__%s",
                                         hospital_cell(&index, row, "worksheet"));
        for (char *at = sheet; *at != '\0'; at++) {
            *at = *at == ' ' ? '_' : *at;
        }
        shire_csv items = hospital_sheet(of, sheet);
        for (size_t m = 0; m < models.row_count; m++) {
            const char *department = hospital_cell(&models, m, "new_department_code");
            const char *kind = hospital_cell(&models, m, "new_cost_type_code");
            if (strcmp(hospital_cell(&models, m, "feeder_code"), feeder) != 0) {
                continue;
            }
            preserve(&of->ledger, kind);
            /* Item by item comes to what the sums by account come to. */
            for (size_t i = 0; i < items.row_count; i++) {
                hospital_account *from =
                    hospital_account_of(&of->ledger, hospital_cell(&items, i, "department_code"),
                                        hospital_cell(&items, i, "cost_type_code"));
                mpq_t amount;
                mpq_init(amount);
                hospital_number(&items, i, "amount", amount);
                assert_non_null(from);
                move_amount(&of->ledger, from, department, kind, amount);
                mpq_clear(amount);
            }
        }
    }
    drop_zeros(&of->ledger);
}

/* Mappings of one sheet, in its order: A is an amount, F a fraction of what is there now. */
static void move_mapped(hospital *of, const char *name) {
    shire_csv sheet = hospital_sheet(of, name);
    for (size_t row = 0; row < sheet.row_count; row++) {
        const char *kind = hospital_cell(&sheet, row, "to_cost_type_code");
        hospital_account *from =
            hospital_account_of(&of->ledger, hospital_cell(&sheet, row, "from_department_code"),
                                hospital_cell(&sheet, row, "from_cost_type_code"));
        mpq_t amount;
        preserve(&of->ledger, kind);
        if (from == NULL) {
            continue;
        }
        mpq_init(amount);
        hospital_number(&sheet, row, "amount", amount);
        if (strcmp(hospital_cell(&sheet, row, "mapping_type_code"), "F") == 0) {
            mpq_mul(amount, amount, from->cost);
        }
        move_amount(&of->ledger, from, hospital_cell(&sheet, row, "to_department_code"), kind,
                    amount);
        mpq_clear(amount);
    }
}

/* Groupings: of departments, of cost types within a department, of cost types everywhere, and at
 * last what no step preserved becomes 'other'. */
static void group(hospital *of) {
    hospital_ledger *ledger = &of->ledger;
    shire_csv departments = hospital_sheet(of, "model1__department_grouping");
    shire_csv within = hospital_sheet(of, "model1__department_cost_type_grouping");
    shire_csv kinds = hospital_sheet(of, "model1__cost_type_grouping");
    for (size_t row = 0; row < departments.row_count; row++) {
        const char *from = hospital_cell(&departments, row, "from_department_code");
        const char *to = hospital_cell(&departments, row, "to_department_code");
        for (size_t i = 0, count = ledger->count; i < count; i++) {
            if (strcmp(ledger->accounts[i].department, from) == 0) {
                move_all(ledger, from, ledger->accounts[i].kind, to, ledger->accounts[i].kind);
            }
        }
    }
    for (size_t row = 0; row < within.row_count; row++) {
        const char *department = hospital_cell(&within, row, "department_code");
        const char *to = hospital_cell(&within, row, "to_cost_type_code");
        preserve(ledger, to);
        move_all(ledger, department, hospital_cell(&within, row, "from_cost_type_code"), department,
                 to);
    }
    for (size_t row = 0; row < kinds.row_count; row++) {
        const char *from = hospital_cell(&kinds, row, "from_cost_type_code");
        const char *to = hospital_cell(&kinds, row, "to_cost_type_code");
        preserve(ledger, to);
        for (size_t i = 0, count = ledger->count; i < count; i++) {
            if (strcmp(ledger->accounts[i].kind, from) == 0) {
                move_all(ledger, ledger->accounts[i].department, from,
                         ledger->accounts[i].department, to);
            }
        }
    }
    for (size_t i = 0, count = ledger->count; i < count; i++) {
        if (!is_preserved(ledger, ledger->accounts[i].kind)) {
            move_all(ledger, ledger->accounts[i].department, ledger->accounts[i].kind,
                     ledger->accounts[i].department, "other");
        }
    }
    drop_zeros(ledger);
}

void hospital_build_costs(hospital *of) {
    shire_csv sheet = hospital_sheet(of, "Jun97HospitalCostsAndAdjustments__general_ledger_costs");
    for (size_t row = 0; row < sheet.row_count; row++) {
        hospital_account *account =
            make_account(&of->ledger, hospital_cell(&sheet, row, "department_code"),
                         hospital_cell(&sheet, row, "cost_type_code"));
        hospital_number(&sheet, row, "cost", account->cost);
    }
    move_itemised(of);
    move_mapped(of, "Jun97HospitalCostsAndAdjustments__general_ledger_run_adjustments");
    move_mapped(of, "model1__general_ledger_mapping"); /* all of one mapping order */
    drop_zeros(&of->ledger);
    group(of);
}

/* ---- 2: disburse ---- */

/* The weight of an attribute's row: 'total...' is what its department costs, the name of a cost
 * type what its department costs of that type, anything else what the sheet says. */
static void weigh_attribute(hospital *of, const shire_csv *attributes, const shire_csv *kinds,
                            size_t row, mpq_t weight) {
    const char *code = hospital_cell(attributes, row, "general_ledger_attribute_code");
    const char *department = hospital_cell(attributes, row, "department_code");
    hospital_number(attributes, row, "general_ledger_attribute_weight", weight);
    if (hospital_has_prefix(code, "total")) {
        mpq_set_ui(weight, 0, 1);
        for (size_t i = 0; i < of->ledger.count; i++) {
            const hospital_account *account = &of->ledger.accounts[i];
            if (account->there && strcmp(account->department, department) == 0) {
                mpq_add(weight, weight, account->cost);
            }
        }
        return;
    }
    for (size_t i = 0; i < kinds->row_count; i++) {
        const char *kind = hospital_cell(kinds, i, "cost_type_code");
        const hospital_account *account = hospital_account_of(&of->ledger, department, kind);
        if (hospital_has_prefix(code, kind) && account != NULL) {
            mpq_set(weight, account->cost);
        }
    }
}

/* True when the account gives at this level or an earlier one: it then receives no more. */
static bool gave_already(const shire_csv *sources, const char *department, const char *kind,
                         long level) {
    for (size_t i = 0; i < sources->row_count; i++) {
        if (strcmp(hospital_cell(sources, i, "department_code"), department) == 0 &&
            strcmp(hospital_cell(sources, i, "cost_type_code"), kind) == 0 &&
            strtol(hospital_cell(sources, i, "disbursement_level"), NULL, 10) <= level) {
            return true;
        }
    }
    return false;
}

/* Gives all that the source holds to the receivers of its attribute, by their weights. */
static void give(hospital *of, const shire_csv *sources, size_t source, long level,
                 const shire_csv *attributes, mpq_t *weights) {
    const char *code = hospital_cell(sources, source, "general_ledger_attribute_code");
    hospital_account *from =
        hospital_account_of(&of->ledger, hospital_cell(sources, source, "department_code"),
                            hospital_cell(sources, source, "cost_type_code"));
    mpq_t sum, held, part;
    if (from == NULL) {
        return;
    }
    mpq_inits(sum, held, part, NULL);
    mpq_set(held, from->cost);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t row = 0; row < attributes->row_count; row++) {
            const char *department = hospital_cell(attributes, row, "department_code");
            const char *kind = hospital_cell(attributes, row, "cost_type_code");
            const char *of_row = hospital_cell(attributes, row, "general_ledger_attribute_code");
            if (strcmp(of_row, code) != 0 || gave_already(sources, department, kind, level)) {
                continue;
            }
            if (pass == 0) {
                mpq_add(sum, sum, weights[row]);
            } else {
                mpq_mul(part, held, weights[row]);
                mpq_div(part, part, sum);
                move_amount(&of->ledger, from, department, kind, part);
            }
        }
        assert_int_not_equal(mpq_sgn(sum), 0);
    }
    mpq_clears(sum, held, part, NULL);
}

void hospital_disburse(hospital *of) {
    shire_csv attributes = hospital_sheet(of, "model1__general_ledger_attributes");
    shire_csv kinds = hospital_sheet(of, "hospital1__cost_types");
    shire_csv sources = hospital_sheet(of, "model1__general_ledger_disbursement");
    mpq_t *weights = calloc(attributes.row_count, sizeof(*weights));
    mpq_t limit, size;
    assert_non_null(weights);
    mpq_inits(limit, size, NULL);
    mpq_set_ui(limit, 1, 10);
    for (size_t row = 0; row < attributes.row_count; row++) {
        mpq_init(weights[row]);
        weigh_attribute(of, &attributes, &kinds, row, weights[row]);
    }
    for (long level = 0; level < 10; level++) {
        for (size_t i = 0; i < sources.row_count; i++) {
            if (strtol(hospital_cell(&sources, i, "disbursement_level"), NULL, 10) == level) {
                give(of, &sources, i, level, &attributes, weights);
            }
        }
    }
    for (size_t i = 0; i < of->ledger.count; i++) {
        hospital_account *account = &of->ledger.accounts[i];
        mpq_abs(size, account->cost);
        if (account->there && mpq_cmp(size, limit) <= 0) {
            mpq_add(of->dropped, of->dropped, size);
            account->there = false;
        }
    }
    for (size_t row = 0; row < attributes.row_count; row++) {
        mpq_clear(weights[row]);
    }
    free(weights);
    mpq_clears(limit, size, NULL);
}
