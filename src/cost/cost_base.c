/*
 * Small helpers of the costing chain: growing arrays in an arena, names numbered through an open
 * hash table, model rows grouped by the name or pattern that they hold for.
 */
#include "cost/cost_internal.h"

#include <string.h>

#define SLOTS_FIRST 64

bool cost_grow(shire_arena *arena, void *array_pointer, size_t *capacity, size_t count,
               size_t size) {
    if (count < *capacity) {
        return true;
    }
    size_t more = *capacity < 8 ? 8 : *capacity * 2;
    void *old;
    void *larger = shire_arena_alloc_array(arena, more, size);
    if (larger == NULL) {
        return false;
    }
    memcpy(&old, array_pointer, sizeof(old)); /* whatever type of pointer it is */
    if (count > 0) {
        memcpy(larger, old, count * size);
    }
    memcpy(array_pointer, &larger, sizeof(larger));
    *capacity = more;
    return true;
}

/* ---- names ---- */

static uint64_t hash_name(int32_t scope, shire_span text) {
    return shire_text_hash(text, (uint64_t)(int64_t)scope);
}

/* The slot that holds the name, or the empty one where it would stand. */
static size_t find_slot(const cost_names *names, int32_t scope, shire_span text, uint64_t hash) {
    size_t slot = hash & (names->slot_count - 1);
    while (names->slots[slot] != 0) {
        const cost_name *name = &names->items[names->slots[slot] - 1];
        if (name->hash == hash && name->scope == scope && shire_span_equal(name->text, text)) {
            break;
        }
        slot = (slot + 1) & (names->slot_count - 1);
    }
    return slot;
}

static bool grow_slots(cost_names *names) {
    size_t slot_count = names->slot_count == 0 ? SLOTS_FIRST : names->slot_count * 2;
    int32_t *slots = shire_arena_alloc_array(names->arena, slot_count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    names->slots = slots;
    names->slot_count = slot_count;
    for (size_t i = 0; i < names->count; i++) {
        const cost_name *name = &names->items[i];
        slots[find_slot(names, name->scope, name->text, name->hash)] = (int32_t)i + 1;
    }
    return true;
}

int32_t cost_names_find(const cost_names *names, int32_t scope, shire_span text) {
    if (names->slot_count == 0) {
        return -1;
    }
    return names->slots[find_slot(names, scope, text, hash_name(scope, text))] - 1;
}

int32_t cost_names_add(cost_names *names, int32_t scope, shire_span text) {
    if (names->count * 2 >= names->slot_count && !grow_slots(names)) {
        return -1;
    }
    uint64_t hash = hash_name(scope, text);
    size_t slot = find_slot(names, scope, text, hash);
    if (names->slots[slot] == 0) {
        char *copy = shire_arena_copy_text(names->arena, text.bytes, text.length);
        cost_name name = {.scope = scope, .text = {copy, text.length}, .hash = hash};
        if (copy == NULL || !COST_PUSH(names->arena, names, name)) {
            return -1;
        }
        names->slots[slot] = (int32_t)names->count;
    }
    return names->slots[slot] - 1;
}

int32_t *cost_names_join(const cost_names *part, cost_names *all, shire_arena *arena) {
    int32_t *numbers = shire_arena_alloc_array(arena, part->count, sizeof(*numbers));
    for (size_t i = 0; numbers != NULL && i < part->count; i++) {
        numbers[i] = cost_names_add(all, part->items[i].scope, part->items[i].text);
        if (numbers[i] < 0) {
            return NULL;
        }
    }
    return numbers;
}

/* ---- groups of model rows ---- */

bool cost_has_pattern(const char *text) {
    return strpbrk(text, "*?") != NULL;
}

bool cost_applies(int32_t row_organisation, int32_t organisation) {
    return row_organisation == COST_EVERY_ORGANISATION || row_organisation == organisation;
}

bool cost_groups_add(cost_groups *groups, shire_arena *arena, int32_t organisation,
                     const char *name) {
    size_t known = groups->names.count;
    groups->names.arena = arena;
    int32_t row = (int32_t)groups->next_rows.count;
    int32_t group = cost_names_add(&groups->names, organisation, shire_span_of(name));
    if (group < 0 || !COST_PUSH(arena, &groups->next_rows, -1)) {
        return false;
    }
    if ((size_t)group < known) {
        groups->next_rows.items[groups->last_rows.items[group]] = row;
        groups->last_rows.items[group] = row;
        return true;
    }
    return COST_PUSH(arena, &groups->first_rows, row) &&
           COST_PUSH(arena, &groups->last_rows, row) &&
           (!cost_has_pattern(name) || COST_PUSH(arena, &groups->patterns, group));
}

static int32_t find_pattern(const cost_groups *groups, int32_t organisation, shire_span name) {
    for (size_t i = 0; i < groups->patterns.count; i++) {
        const cost_name *pattern = &groups->names.items[groups->patterns.items[i]];
        if (pattern->scope == organisation && shire_text_glob(pattern->text, name)) {
            return groups->patterns.items[i];
        }
    }
    return -1;
}

int32_t cost_groups_find(const cost_groups *groups, int32_t organisation, shire_span name) {
    int32_t group = cost_names_find(&groups->names, organisation, name);
    if (group < 0) {
        group = find_pattern(groups, organisation, name);
    }
    if (group < 0) {
        group = cost_names_find(&groups->names, COST_EVERY_ORGANISATION, name);
    }
    return group >= 0 ? group : find_pattern(groups, COST_EVERY_ORGANISATION, name);
}

/* ---- the run ---- */

const char *cost_organisation_code(const cost_run *run, int32_t organisation) {
    return organisation < 0 ? "*" : run->organisations[organisation].code;
}

int32_t cost_pool_find(const cost_run *run, int32_t organisation, const char *name) {
    return cost_names_find(&run->pool_names, organisation, shire_span_of(name));
}

int32_t cost_pool_make(cost_run *run, int32_t organisation, const char *name, cost_place place) {
    int32_t number = cost_names_add(&run->pool_names, organisation, shire_span_of(name));
    if (number < 0 || (size_t)number < run->pools.count) {
        return number;
    }
    cost_pool pool = {.organisation = organisation,
                      .name = run->pool_names.items[number].text.bytes,
                      .place = place,
                      .support_group = cost_groups_find(&run->model.support_groups, organisation,
                                                        shire_span_of(name))};
    return COST_PUSH(run->arena, &run->pools, pool) ? number : -1;
}

const char *cost_segment_name(const cost_run *run, int32_t segment) {
    return run->segment_names.items[segment].text.bytes;
}

void cost_leave(cost_run *run, int32_t segment, int32_t organisation, const char *stage,
                const char *name, const char *reason, shire_money amount) {
    if (segment >= COST_SEGMENT_APART) {
        cost_rows_add(&run->kept_apart, organisation, cost_segment_name(run, segment), stage, name,
                      reason, amount);
    } else {
        cost_rows_add(segment == COST_SEGMENT_INCOME ? &run->unallocated_income : &run->unallocated,
                      organisation, stage, name, reason, amount);
    }
}

char *cost_glob(shire_arena *arena, const char *pattern) {
    shire_builder escaped = {0};
    bool glob = cost_has_pattern(pattern);
    for (const char *p = pattern; *p != '\0'; p++) {
        bool special = glob && (*p == '[' || *p == '\\');
        shire_builder_append_format(&escaped, special ? "[%c]" : "%c", *p);
    }
    char *copy =
        escaped.failed ? NULL : shire_arena_copy_text(arena, escaped.bytes, escaped.length);
    shire_builder_free(&escaped);
    return copy;
}

char *cost_sql_fits(shire_arena *arena, const char *column, const char *pattern) {
    shire_builder builder = {0};
    char *glob = cost_glob(arena, pattern);
    shire_builder_append_sql_name(&builder, shire_span_of(column));
    shire_builder_append_text(&builder, cost_has_pattern(pattern) ? " GLOB " : " = ");
    shire_builder_append_sql_literal(&builder, shire_span_of(glob));
    char *sql = builder.failed || glob == NULL
                    ? NULL
                    : shire_arena_copy_text(arena, builder.bytes, builder.length);
    shire_builder_free(&builder);
    return sql;
}
