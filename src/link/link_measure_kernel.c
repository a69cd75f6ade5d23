/*
 * Sort by person and truth; runs of equal pairs are the cells of the table person x truth, from
 * whose counts all figures follow. Sorting again by truth gives the sizes of the true people.
 */
#include "link/link_measure_kernel.h"

#include <stdlib.h>

static int compare_people(const void *x, const void *y) {
    const shire_link_placement *a = x;
    const shire_link_placement *b = y;
    if (a->person != b->person) {
        return a->person < b->person ? -1 : 1;
    }
    return (a->truth > b->truth) - (a->truth < b->truth);
}

static int compare_truths(const void *x, const void *y) {
    const shire_link_placement *a = x;
    const shire_link_placement *b = y;
    if (a->truth != b->truth) {
        return a->truth < b->truth ? -1 : 1;
    }
    return (a->person > b->person) - (a->person < b->person);
}

static double pairs_of(size_t count) {
    return (double)count * ((double)count - 1) / 2;
}

/* Pairs inside groups, pairs inside cells, and the B-cubed sum of cell^2 / group, when sorted by
 * the group that `by_truth` chooses. */
static void sum_groups(const shire_link_placement *placements, size_t count, int by_truth,
                       double *group_pairs, double *cell_pairs, double *b3_sum) {
    *group_pairs = 0;
    *cell_pairs = 0;
    *b3_sum = 0;
    for (size_t at = 0; at < count;) {
        size_t end = at;
        double squares = 0;
        while (end < count && (by_truth ? placements[end].truth == placements[at].truth
                                        : placements[end].person == placements[at].person)) {
            size_t cell = end;
            while (cell < count && placements[cell].person == placements[end].person &&
                   placements[cell].truth == placements[end].truth) {
                cell++;
            }
            *cell_pairs += pairs_of(cell - end);
            squares += (double)(cell - end) * (double)(cell - end);
            end = cell;
        }
        *group_pairs += pairs_of(end - at);
        *b3_sum += squares / (double)(end - at);
        at = end;
    }
}

static double harmonic(double a, double b) {
    return a + b > 0 ? 2 * a * b / (a + b) : 0;
}

void shire_link_measure(shire_link_placement *placements, size_t count,
                        shire_link_quality *quality_out) {
    double made = 0;
    double correct = 0;
    double true_pairs = 0;
    double b3_sum = 0;
    if (count > 1) {
        qsort(placements, count, sizeof *placements, compare_people);
    }
    sum_groups(placements, count, 0, &made, &correct, &b3_sum);
    quality_out->precision = made > 0 ? correct / made : 1;
    quality_out->b3_precision = count > 0 ? b3_sum / (double)count : 1;
    if (count > 1) {
        qsort(placements, count, sizeof *placements, compare_truths);
    }
    sum_groups(placements, count, 1, &true_pairs, &correct, &b3_sum);
    quality_out->recall = true_pairs > 0 ? correct / true_pairs : 1;
    quality_out->b3_recall = count > 0 ? b3_sum / (double)count : 1;
    quality_out->f1 = harmonic(quality_out->precision, quality_out->recall);
    quality_out->b3_f1 = harmonic(quality_out->b3_precision, quality_out->b3_recall);
}
