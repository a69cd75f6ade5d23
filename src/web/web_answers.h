/*
 * Answers of a run's warehouse, kept by their SELECT. Opening a warehouse takes a hundredth of a
 * second and summing the costs of a county's items more than one, and the answer stays the same as
 * long as the run does. What is asked must be the same for every viewer; what each is shown of it
 * the gate decides, and the log tells, every time.
 *
 * The last 64 are kept, and none that is larger than 256 KB. Safe from any thread.
 */
#ifndef SHIRE_WEB_WEB_ANSWERS_H
#define SHIRE_WEB_WEB_ANSWERS_H

#include "io/table.h"

typedef struct shire_answers shire_answers;

shire_status shire_answers_new(shire_answers **answers_out, shire_error *error) SHIRE_MUST_CHECK;
void shire_answers_free(shire_answers *answers); /* NULL is allowed */

/* A copy of the rows of `sql`, in `arena`; false, and nothing is written, where they are not kept
 * or there is no memory for a copy. */
bool shire_answers_recall(shire_answers *answers, const char *sql, shire_arena *arena,
                          shire_frame *frame_out);
/* Keep a copy. What cannot be kept is not. */
void shire_answers_keep(shire_answers *answers, const char *sql, const shire_frame *frame);

#endif
