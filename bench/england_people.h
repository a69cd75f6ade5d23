/*
 * Totals per person of parts that come in any order of people: a random access of each part to
 * hundreds of megabytes, made in two passes that stay near the processor. Adding scatters
 * (person, part) packed into eight bytes over ranges of people, through a small buffer for each
 * range whose full cache line is written past the caches. Settling adds range by range.
 */
#ifndef SHIRE_BENCH_ENGLAND_PEOPLE_H
#define SHIRE_BENCH_ENGLAND_PEOPLE_H

#include "core/arena.h"
#include "core/money.h"

typedef struct england_people england_people;

/* Room for `parts_max` parts between two settlements; `total` bounds the sum of their sizes. */
shire_status england_people_new(size_t person_count, size_t parts_max, shire_money total,
                                int thread_count, shire_arena *arena, england_people **people_out,
                                shire_error *error) SHIRE_MUST_CHECK;

/* Safe from several threads at once, each under its own number. Persons are below person_count. */
void england_people_add(england_people *people, int thread, const uint32_t *persons,
                        const shire_money *parts, size_t count);

/* Adds all that was added since the last settlement to the totals. */
void england_people_settle(england_people *people);

/* person -> total, of what is settled. */
const shire_money *england_people_totals(const england_people *people);

#endif
