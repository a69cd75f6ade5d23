/* Repeated records: hashes noted as records pass, sorted once at the end. */
#include "plics/plics_repeat.h"

#include "plics/plics.h"

#include <stdlib.h>

bool plics_repeat_note(plics_repeat *repeat, const shire_span *values, size_t value_count,
                       int64_t line) {
    uint64_t hash = 1;
    uint64_t further = 2;
    if (repeat->count >= (size_t)SHIRE_PLICS_RECORDS_MAX || line > UINT32_MAX) {
        return true;
    }
    if (repeat->count == repeat->capacity) {
        size_t capacity = repeat->capacity * 2 + 4096;
        plics_record_mark *marks = realloc(repeat->marks, capacity * sizeof(*marks));
        if (marks == NULL) {
            return false;
        }
        repeat->marks = marks;
        repeat->capacity = capacity;
    }
    for (size_t i = 0; i < value_count; i++) {
        hash = shire_text_hash(values[i], hash);
        further = shire_text_hash(values[i], further);
    }
    repeat->marks[repeat->count++] = (plics_record_mark){
        .hash = hash, .further_hash = (uint32_t)further, .line = (uint32_t)line};
    return true;
}

static int compare_marks(const void *a_pointer, const void *b_pointer) {
    const plics_record_mark *a = a_pointer;
    const plics_record_mark *b = b_pointer;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    if (a->further_hash != b->further_hash) {
        return a->further_hash < b->further_hash ? -1 : 1;
    }
    return (a->line > b->line) - (a->line < b->line);
}

void plics_repeat_find(plics_repeat *repeat, plics_repeat_visitor visit, void *context) {
    const plics_record_mark *first = repeat->marks;
    if (repeat->count < 2) {
        return;
    }
    qsort(repeat->marks, repeat->count, sizeof(*repeat->marks), compare_marks);
    for (size_t i = 1; i < repeat->count; i++) {
        const plics_record_mark *mark = &repeat->marks[i];
        if (mark->hash == first->hash && mark->further_hash == first->further_hash) {
            visit(context, mark->line, first->line);
        } else {
            first = mark;
        }
    }
}

void plics_repeat_free(plics_repeat *repeat) {
    free(repeat->marks);
    *repeat = (plics_repeat){0};
}
