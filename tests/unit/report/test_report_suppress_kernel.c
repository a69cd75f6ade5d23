/*
 * The suppression kernel, against two attackers written independently of it: one who solves the
 * totals as linear equations (Gaussian elimination modulo a prime), and one who also knows that
 * no cell is below zero (reachability in the residual graph of the transportation polytope).
 */
#include "report/report_suppress_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SIDE_MAX 8
#define CELLS_MAX (SIDE_MAX * SIDE_MAX)
#define PRIME INT64_C(1000000007)

static uint64_t random_state;

/* splitmix64 */
static uint64_t random_next(void) {
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int64_t modular_inverse(int64_t value) {
    int64_t result = 1;
    for (int64_t exponent = PRIME - 2; exponent > 0; exponent >>= 1) {
        if (exponent & 1) {
            result = result * value % PRIME;
        }
        value = value * value % PRIME;
    }
    return result;
}

/* True when the shown cells and totals fix `cell`: its unit vector lies in the row space of the
 * equations over the withheld cells. */
static bool linear_attacker_finds(const shire_report_suppress_table *table, const uint8_t *withheld,
                                  size_t cell) {
    size_t rows = table->row_count, columns = table->column_count, cells = rows * columns;
    int64_t matrix[2 * SIDE_MAX][CELLS_MAX] = {0};
    size_t equations = 0;
    for (size_t row = 0; table->row_totals_shown && row < rows; row++, equations++) {
        for (size_t column = 0; column < columns; column++) {
            matrix[equations][row * columns + column] = withheld[row * columns + column];
        }
    }
    for (size_t column = 0; table->column_totals_shown && column < columns; column++, equations++) {
        for (size_t row = 0; row < rows; row++) {
            matrix[equations][row * columns + column] = withheld[row * columns + column];
        }
    }
    int64_t target[CELLS_MAX] = {0};
    target[cell] = 1;
    size_t rank = 0;
    for (size_t pivot = 0; pivot < cells && rank < equations; pivot++) {
        size_t found = rank;
        while (found < equations && matrix[found][pivot] == 0) {
            found++;
        }
        if (found == equations) {
            continue;
        }
        int64_t swap[CELLS_MAX];
        memcpy(swap, matrix[rank], sizeof swap);
        memcpy(matrix[rank], matrix[found], sizeof swap);
        memcpy(matrix[found], swap, sizeof swap);
        int64_t inverse = modular_inverse(matrix[rank][pivot]);
        for (size_t i = 0; i < cells; i++) {
            matrix[rank][i] = matrix[rank][i] * inverse % PRIME;
        }
        for (size_t other = 0; other < equations; other++) {
            int64_t factor = matrix[other][pivot];
            for (size_t i = 0; other != rank && factor != 0 && i < cells; i++) {
                matrix[other][i] =
                    ((matrix[other][i] - factor * matrix[rank][i]) % PRIME + PRIME) % PRIME;
            }
        }
        int64_t factor = target[pivot];
        for (size_t i = 0; factor != 0 && i < cells; i++) {
            target[i] = ((target[i] - factor * matrix[rank][i]) % PRIME + PRIME) % PRIME;
        }
        rank++;
    }
    for (size_t i = 0; i < cells; i++) {
        if (target[i] != 0) {
            return false;
        }
    }
    return true;
}

/*
 * True when no other table without negative cells has the same totals and shown cells but another
 * value in `cell`. Lowering the cell by a little must be made good by a walk from its row to its
 * column through withheld cells: raised from row to column, lowered (so not empty) back; raising
 * it, the other way round.
 */
static bool bounds_attacker_finds(const shire_report_suppress_table *table, const uint8_t *withheld,
                                  size_t cell) {
    size_t rows = table->row_count, columns = table->column_count;
    for (int lower = 0; lower < 2; lower++) {
        bool reach[2 * SIDE_MAX][2 * SIDE_MAX] = {{false}};
        for (size_t i = 0; i < rows * columns; i++) {
            size_t row = i / columns, column = rows + i % columns;
            if (withheld[i] && i != cell) {
                reach[row][column] |= lower || table->people[i] > 0;
                reach[column][row] |= !lower || table->people[i] > 0;
            }
        }
        size_t vertices = rows + columns;
        for (size_t a = 0; a < vertices; a++) {
            for (size_t b = 0; b < vertices; b++) {
                bool both_rows = a < rows && b < rows, both_columns = a >= rows && b >= rows;
                reach[a][b] |= (both_rows && !table->row_totals_shown) ||
                               (both_columns && !table->column_totals_shown);
            }
        }
        for (size_t k = 0; k < vertices; k++) {
            for (size_t i = 0; i < vertices; i++) {
                for (size_t j = 0; j < vertices; j++) {
                    reach[i][j] |= reach[i][k] && reach[k][j];
                }
            }
        }
        if (reach[cell / columns][rows + cell % columns] && (!lower || table->people[cell] > 0)) {
            return false;
        }
    }
    return true;
}

static size_t count_found(const shire_report_suppress_table *table, const uint8_t *withheld) {
    size_t found = 0;
    for (size_t cell = 0; cell < table->row_count * table->column_count; cell++) {
        if (shire_report_people_small(table->people[cell])) {
            found += linear_attacker_finds(table, withheld, cell) ||
                     bounds_attacker_finds(table, withheld, cell);
        }
    }
    return found;
}

static size_t suppress(const shire_report_suppress_table *table, uint8_t *withheld) {
    size_t exposed = SIZE_MAX;
    assert_int_equal(shire_report_suppress(table, withheld, &exposed, NULL), SHIRE_OK);
    return exposed;
}

static void attackers_find_a_cell_alone_in_its_row(void **state) {
    (void)state;
    const int64_t people[] = {3, 40, 50, 60};
    const uint8_t primary_only[] = {1, 0, 0, 0};
    shire_report_suppress_table table = {2, 2, people, true, true};
    assert_true(linear_attacker_finds(&table, primary_only, 0));
    assert_true(bounds_attacker_finds(&table, primary_only, 0));
    const uint8_t square[] = {1, 1, 1, 1};
    assert_false(linear_attacker_finds(&table, square, 0));
    assert_false(bounds_attacker_finds(&table, square, 0));
}

static void small_counts_are_withheld_and_large_ones_are_not(void **state) {
    (void)state;
    const int64_t people[] = {0, 1, 7, 8};
    uint8_t withheld[4];
    shire_report_suppress_table table = {2, 2, people, false, false};
    assert_int_equal(suppress(&table, withheld), 0);
    const uint8_t expected[] = {0, 1, 1, 0};
    assert_memory_equal(withheld, expected, 4);
}

static void a_list_with_a_total_loses_its_next_smallest_cell(void **state) {
    (void)state;
    const int64_t people[] = {100, 30, 5, 31};
    uint8_t withheld[4];
    shire_report_suppress_table table = {1, 4, people, true, false};
    assert_int_equal(suppress(&table, withheld), 0);
    const uint8_t expected[] = {0, 1, 1, 0};
    assert_memory_equal(withheld, expected, 4);
}

static void two_tiny_cells_do_not_protect_each_other(void **state) {
    (void)state;
    const int64_t people[] = {2, 3, 30, 100};
    uint8_t withheld[4];
    shire_report_suppress_table table = {1, 4, people, true, false};
    assert_int_equal(suppress(&table, withheld), 0);
    const uint8_t expected[] = {1, 1, 1, 0};
    assert_memory_equal(withheld, expected, 4);
}

static void a_square_of_the_fewest_people_hides_a_cell_in_a_table(void **state) {
    (void)state;
    const int64_t people[] = {5, 20, 900, 30, 40, 900, 900, 900, 900};
    uint8_t withheld[9];
    shire_report_suppress_table table = {3, 3, people, true, true};
    assert_int_equal(suppress(&table, withheld), 0);
    const uint8_t expected[] = {1, 1, 0, 1, 1, 0, 0, 0, 0};
    assert_memory_equal(withheld, expected, 9);
}

static void an_empty_cell_hides_a_cell_that_has_no_other_company(void **state) {
    (void)state;
    const int64_t people[] = {5, 0, 40, 50};
    uint8_t withheld[4];
    shire_report_suppress_table table = {2, 2, people, true, true};
    assert_int_equal(suppress(&table, withheld), 0);
    const uint8_t expected[] = {1, 1, 1, 1};
    assert_memory_equal(withheld, expected, 4);
}

static void a_cell_that_is_its_own_total_is_counted_as_exposed(void **state) {
    (void)state;
    const int64_t people[] = {5, 40, 50};
    uint8_t withheld[3];
    shire_report_suppress_table table = {1, 3, people, true, true};
    assert_int_equal(suppress(&table, withheld), 1);
    assert_int_equal(withheld[0], 1);
}

static void negative_counts_and_huge_tables_are_refused(void **state) {
    (void)state;
    const int64_t people[] = {-1};
    uint8_t withheld[1] = {9};
    size_t exposed = 0;
    shire_error error = {0};
    shire_report_suppress_table table = {1, 1, people, true, true};
    assert_int_equal(shire_report_suppress(&table, withheld, &exposed, &error), SHIRE_INVALID);
    table.row_count = SHIRE_REPORT_SUPPRESS_LINES_MAX + 1;
    assert_int_equal(shire_report_suppress(&table, withheld, &exposed, &error), SHIRE_INVALID);
    assert_int_equal(withheld[0], 9);
}

static void no_small_cell_can_be_worked_out_in_random_tables(void **state) {
    (void)state;
    random_state = 20240401;
    const uint64_t bounds[] = {4, 9, 12, 30, 200};
    size_t small_cells = 0, exposed_cells = 0;
    for (int round = 0; round < 6000; round++) {
        int64_t people[CELLS_MAX];
        uint8_t withheld[CELLS_MAX];
        size_t rows = 1 + random_next() % 5, columns = 1 + random_next() % 5;
        uint64_t bound = bounds[random_next() % 5];
        bool sparse = random_next() % 2;
        for (size_t i = 0; i < rows * columns; i++) {
            people[i] = sparse && random_next() % 2 ? 0 : (int64_t)(random_next() % bound);
            small_cells += shire_report_people_small(people[i]);
        }
        uint64_t shown = 1 + random_next() % 3;
        shire_report_suppress_table table = {rows, columns, people, shown & 1, shown >> 1};
        size_t exposed = suppress(&table, withheld);
        exposed_cells += exposed;
        assert_int_equal(count_found(&table, withheld), exposed);
        for (size_t i = 0; i < rows * columns; i++) {
            assert_true(withheld[i] || !shire_report_people_small(people[i]));
        }
    }
    assert_true(small_cells > 10000);
    assert_true(exposed_cells < small_cells / 10);
}

static void nothing_is_exposed_where_each_row_and_column_has_company(void **state) {
    (void)state;
    random_state = 7;
    for (int round = 0; round < 2000; round++) {
        int64_t people[CELLS_MAX];
        uint8_t withheld[CELLS_MAX];
        size_t rows = 2 + random_next() % 4, columns = 2 + random_next() % 4;
        for (size_t i = 0; i < rows * columns; i++) {
            people[i] = 1 + (int64_t)(random_next() % 20);
        }
        shire_report_suppress_table table = {rows, columns, people, true, true};
        assert_int_equal(suppress(&table, withheld), 0);
        assert_int_equal(count_found(&table, withheld), 0);
    }
}

static void withheld_cells_of_a_line_hold_more_than_a_small_group(void **state) {
    (void)state;
    random_state = 99;
    for (int round = 0; round < 2000; round++) {
        int64_t people[CELLS_MAX];
        uint8_t withheld[CELLS_MAX];
        size_t rows = 2 + random_next() % 6, columns = 2 + random_next() % 6;
        for (size_t i = 0; i < rows * columns; i++) {
            people[i] = (int64_t)(random_next() % 12);
        }
        shire_report_suppress_table table = {rows, columns, people, true, true};
        (void)suppress(&table, withheld);
        for (size_t row = 0; row < rows; row++) {
            int64_t hidden = 0, all = 0;
            for (size_t i = row * columns; i < (row + 1) * columns; i++) {
                hidden += withheld[i] ? people[i] : 0;
                all += people[i];
            }
            assert_true(!shire_report_people_small(hidden) || hidden == all);
        }
    }
}

static void counts_round_to_the_nearest_five(void **state) {
    (void)state;
    const int64_t counts[] = {0, 8, 12, 13, 17, 18, 179998};
    const int64_t rounded[] = {0, 10, 10, 15, 15, 20, 180000};
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(shire_report_people_round(counts[i]), rounded[i]);
    }
}

static void ordered_categories_join_their_neighbours(void **state) {
    (void)state;
    size_t group[6];
    const int64_t tail[] = {500, 90, 20, 4, 3, 2};
    const size_t tail_groups[] = {0, 1, 2, 3, 3, 3};
    assert_int_equal(shire_report_group_ordered(tail, 6, group), 4);
    assert_memory_equal(group, tail_groups, sizeof tail_groups);
    const int64_t start[] = {3, 0, 90, 20};
    assert_int_equal(shire_report_group_ordered(start, 4, group), 2);
    assert_int_equal(group[0], 0);
    assert_int_equal(group[1], 0);
    assert_int_equal(group[2], 0);
    assert_int_equal(group[3], 1);
    const int64_t few[] = {1, 0, 2};
    assert_int_equal(shire_report_group_ordered(few, 3, group), 1);
    assert_int_equal(shire_report_group_ordered(few, 0, group), 0);
}

static void small_categories_join_the_smallest_other(void **state) {
    (void)state;
    size_t group[5];
    bool joined = false;
    const int64_t people[] = {100, 3, 20, 50, 0};
    assert_int_equal(shire_report_group_small(people, people, 5, group, &joined), 3);
    assert_true(joined);
    const size_t expected[] = {0, 2, 2, 1, 2};
    assert_memory_equal(group, expected, sizeof expected);
    const int64_t cost[] = {100, 3, 900, 50, 0}; /* joining the cheapest loses least */
    assert_int_equal(shire_report_group_small(people, cost, 5, group, &joined), 3);
    assert_int_equal(group[1], group[3]);
    const int64_t large[] = {100, 0, 20};
    assert_int_equal(shire_report_group_small(large, large, 3, group, &joined), 3);
    assert_false(joined);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attackers_find_a_cell_alone_in_its_row),
        cmocka_unit_test(small_counts_are_withheld_and_large_ones_are_not),
        cmocka_unit_test(a_list_with_a_total_loses_its_next_smallest_cell),
        cmocka_unit_test(two_tiny_cells_do_not_protect_each_other),
        cmocka_unit_test(a_square_of_the_fewest_people_hides_a_cell_in_a_table),
        cmocka_unit_test(an_empty_cell_hides_a_cell_that_has_no_other_company),
        cmocka_unit_test(a_cell_that_is_its_own_total_is_counted_as_exposed),
        cmocka_unit_test(negative_counts_and_huge_tables_are_refused),
        cmocka_unit_test(no_small_cell_can_be_worked_out_in_random_tables),
        cmocka_unit_test(nothing_is_exposed_where_each_row_and_column_has_company),
        cmocka_unit_test(withheld_cells_of_a_line_hold_more_than_a_small_group),
        cmocka_unit_test(counts_round_to_the_nearest_five),
        cmocka_unit_test(ordered_categories_join_their_neighbours),
        cmocka_unit_test(small_categories_join_the_smallest_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
