/*
 * Copies of partnership folders, and the period of one: what `shire model copy` and `shire model
 * period` do.
 */
#ifndef SHIRE_CLI_MODEL_COPY_H
#define SHIRE_CLI_MODEL_COPY_H

#include "core/arena.h"
#include "core/date.h"
#include "core/error.h"

#include <stdbool.h>

typedef struct shire_model_period {
    bool given;
    int financial_year; /* 0: from first to last */
    shire_date first;
    shire_date last;
} shire_model_period;

/* "2025" or "2025-04-01..2026-03-31". SHIRE_INVALID for anything else. */
shire_status shire_model_period_parse(const char *text, shire_model_period *period_out,
                                      shire_error *error) SHIRE_MUST_CHECK;

/* Writes the period into DIR/partnership.yaml; other lines stay as they are. `brought_forward` may
 * be NULL, else that setting is written too. */
shire_status shire_model_period_set(const char *dir, const shire_model_period *period,
                                    const char *brought_forward, shire_arena *arena,
                                    shire_error *error) SHIRE_MUST_CHECK;

/*
 * Copies the folder without what runs derived (.shire), its lock and its history; `with_data`: its
 * folder data/ too, and of its store the person index, so that people keep their ids. `to` must not
 * exist yet, or be empty; after a failure it is as it was. When the new period follows the old one,
 * the work in progress of the old one's last run comes along.
 */
shire_status shire_model_copy(const char *from, const char *to, bool with_data,
                              const shire_model_period *period, shire_arena *arena,
                              shire_error *error) SHIRE_MUST_CHECK;

#endif
