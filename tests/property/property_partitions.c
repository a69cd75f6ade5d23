/*
 * Items split over partitions, as on several machines: each partition is a process of its own that
 * has nothing but copies of its own items. It sends its sums of weights, gets back the lines that
 * it starts with, and sends its parts; put together they are the parts of one spread over all
 * items, byte for byte, wherever the cuts are.
 */
#include "core/random.h"
#include "cost/cost_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ITEMS_MAX 3000
#define LINES_MAX 40
#define PARTITIONS_MAX 64

typedef struct spread_case {
    size_t item_count;
    size_t line_count;
    int32_t lines[ITEMS_MAX];
    int64_t weights[ITEMS_MAX];
    shire_money totals[LINES_MAX];
    size_t partition_count;
    size_t cuts[PARTITIONS_MAX + 1]; /* partition -> first item; several may be the same */
} spread_case;

static int compare_sizes(const void *a_pointer, const void *b_pointer) {
    size_t a = *(const size_t *)a_pointer;
    size_t b = *(const size_t *)b_pointer;
    return (a > b) - (a < b);
}

/* kind 0: costs only; 1: credits too; 2: weights of both signs too; 3: nearly as large as can be */
static void draw_case(shire_random *random, int kind, spread_case *one) {
    one->item_count = 1 + shire_random_below(random, ITEMS_MAX);
    one->line_count = 1 + shire_random_below(random, LINES_MAX);
    int64_t weight_most = kind == 3 ? SHIRE_COST_WEIGHT_LIMIT / ITEMS_MAX : 5000000;
    for (size_t i = 0; i < one->item_count; i++) {
        one->lines[i] = (int32_t)shire_random_below(random, one->line_count);
        one->weights[i] = shire_random_between(random, kind == 2 ? -40 : 0, weight_most);
    }
    for (size_t line = 0; line < one->line_count; line++) {
        int64_t most = kind == 3 ? INT64_MAX : 9000000000000;
        one->totals[line] = shire_random_between(random, kind == 0 ? 0 : -most, most);
    }
    one->partition_count = 1 + shire_random_below(random, PARTITIONS_MAX);
    for (size_t i = 0; i <= one->partition_count; i++) {
        one->cuts[i] = shire_random_below(random, one->item_count + 1);
    }
    one->cuts[0] = 0;
    one->cuts[one->partition_count] = one->item_count;
    qsort(one->cuts, one->partition_count + 1, sizeof(*one->cuts), compare_sizes);
}

/* ---- a partition's process ---- */

static void send_all(int file, const void *bytes, size_t count) {
    for (const char *at = bytes; count > 0;) {
        ssize_t sent = write(file, at, count);
        if (sent <= 0) {
            _exit(1);
        }
        at += sent;
        count -= (size_t)sent;
    }
}

static bool receive_all(int file, void *bytes, size_t count) {
    for (char *at = bytes; count > 0;) {
        ssize_t received = read(file, at, count);
        if (received <= 0) {
            return false;
        }
        at += received;
        count -= (size_t)received;
    }
    return true;
}

static void *copy_of(const void *bytes, size_t count) {
    void *copy = malloc(count + 1);
    if (copy == NULL) {
        _exit(1);
    }
    return memcpy(copy, bytes, count);
}

/* Knows its items and the number of lines, and what it is told through the pipes. */
static void be_partition(const spread_case *one, size_t partition, int from, int to) {
    size_t first = one->cuts[partition];
    size_t count = one->cuts[partition + 1] - first;
    size_t line_count = one->line_count;
    int32_t *lines = copy_of(one->lines + first, count * sizeof(*lines));
    int64_t *weights = copy_of(one->weights + first, count * sizeof(*weights));
    int64_t sums[LINES_MAX] = {0};
    shire_cost_line states[LINES_MAX];
    shire_money parts[ITEMS_MAX];
    bool negative = false;
    shire_cost_weights about = shire_cost_sum_weights(lines, weights, count, sums);
    send_all(to, &about, sizeof(about));
    send_all(to, sums, line_count * sizeof(*sums));
    if (!receive_all(from, &negative, sizeof(negative)) ||
        !receive_all(from, states, line_count * sizeof(*states)) ||
        !shire_cost_spread_stretch(states, lines, weights, count, negative, parts)) {
        _exit(1);
    }
    send_all(to, parts, count * sizeof(*parts));
    free(lines);
    free(weights);
    _exit(0);
}

typedef struct partition_process {
    pid_t id;
    int from; /* what it sends */
    int to;   /* what it is told */
} partition_process;

static partition_process start_partition(const spread_case *one, size_t partition) {
    int down[2];
    int up[2];
    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    partition_process process = {.id = fork(), .from = up[0], .to = down[1]};
    assert_true(process.id >= 0);
    if (process.id == 0) {
        close(down[1]);
        close(up[0]);
        be_partition(one, partition, down[0], up[1]);
    }
    close(down[0]);
    close(up[1]);
    return process;
}

/* False where the parts do not fit. */
static bool spread_in_processes(const spread_case *one, shire_money *parts) {
    static partition_process processes[PARTITIONS_MAX];
    static int64_t sums[PARTITIONS_MAX * LINES_MAX];
    int64_t weight_totals[LINES_MAX];
    shire_cost_line lines[LINES_MAX];
    bool negative = false;
    bool fits = true;
    for (size_t i = 0; i < one->partition_count; i++) {
        shire_cost_weights about;
        processes[i] = start_partition(one, i);
        assert_true(receive_all(processes[i].from, &about, sizeof(about)));
        assert_true(
            receive_all(processes[i].from, sums + i * LINES_MAX, one->line_count * sizeof(*sums)));
        assert_false(about.overflows);
        negative |= about.negative;
    }
    for (size_t line = 0; line < one->line_count; line++) {
        negative |= one->totals[line] < 0;
    }
    assert_true(shire_cost_partitions_start(one->totals, one->line_count, sums, LINES_MAX,
                                            one->partition_count, negative, weight_totals, lines));
    for (size_t i = 0; i < one->partition_count; i++) {
        shire_cost_line states[LINES_MAX];
        int status = 0;
        size_t bytes = (one->cuts[i + 1] - one->cuts[i]) * sizeof(*parts);
        shire_cost_partition_take_up(lines, sums + i * LINES_MAX, one->line_count, states);
        send_all(processes[i].to, &negative, sizeof(negative));
        send_all(processes[i].to, states, one->line_count * sizeof(*states));
        fits &= receive_all(processes[i].from, parts + one->cuts[i], bytes);
        assert_int_equal(waitpid(processes[i].id, &status, 0), processes[i].id);
        fits &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
        close(processes[i].from);
        close(processes[i].to);
    }
    return fits;
}

/* ---- the property ---- */

static bool spread_at_once(const spread_case *one, int thread_count, shire_money *parts) {
    shire_cost_spread_input input = {.lines = one->lines,
                                     .weights = one->weights,
                                     .item_count = one->item_count,
                                     .totals = one->totals,
                                     .line_count = one->line_count};
    int64_t weight_totals[LINES_MAX];
    void *scratch = aligned_alloc(
        64, shire_cost_spread_scratch_bytes(one->item_count, one->line_count, thread_count));
    assert_non_null(scratch);
    shire_status status =
        shire_cost_spread(&input, thread_count, scratch, weight_totals, parts, NULL);
    free(scratch);
    return status == SHIRE_OK;
}

static void partitions_in_processes_of_their_own_give_the_same_bytes(void **state) {
    (void)state;
    static spread_case one;
    static shire_money expected[ITEMS_MAX];
    static shire_money parts[ITEMS_MAX];
    int compared = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        shire_random random = shire_random_seed(seed, 0);
        draw_case(&random, (int)(seed % 4), &one);
        bool fits = spread_at_once(&one, 1 + (int)(seed % 2), expected);
        bool fits_apart = spread_in_processes(&one, parts);
        if (fits != fits_apart ||
            (fits && memcmp(parts, expected, one.item_count * sizeof(*parts)) != 0)) {
            fail_msg("seed %d: %zu items in %zu partitions differ", (int)seed, one.item_count,
                     one.partition_count);
        }
        compared += fits;
    }
    assert_in_range(compared, 30, 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partitions_in_processes_of_their_own_give_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
