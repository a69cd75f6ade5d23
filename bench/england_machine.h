/*
 * What the machine itself can do, measured in the same run: the figures that a stage's bytes per
 * second are held against.
 */
#ifndef SHIRE_BENCH_ENGLAND_MACHINE_H
#define SHIRE_BENCH_ENGLAND_MACHINE_H

#include "core/arena.h"

typedef struct england_disk_speed {
    double write; /* bytes a second, flushed to the disk */
    double read;  /* past the page cache */
} england_disk_speed;

/* Bytes read plus bytes written a second, of copying between arrays far larger than the caches. */
double england_memory_speed(int thread_count, shire_arena *arena);

/* Writes, reads and removes a file of a gigabyte in `dir`. */
shire_status england_disk_measure(const char *dir, england_disk_speed *speed_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

#endif
