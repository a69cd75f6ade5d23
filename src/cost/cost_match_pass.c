/*
 * One pass of matching: items of a filter, still without event, to the events of equal columns. The
 * engine reads the columns; where all of them are text, an index of the events (match_kernel.h)
 * finds the event of each item. Several columns make one key, each but the last behind its length,
 * so that no two lists of values look alike. Columns of other types are compared as the engine does
 * it, by a join; the best pair of an item is kept, so that the order of the pairs does not matter.
 */
#include "cost/cost_internal.h"
#include "cost/cost_scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Keys that are looked up together: their slots are fetched first. */
#define LOOK_UPS 256

typedef struct pass_state {
    cost_matches *matches;
    const cost_match_pass *pass;
    bool by_index; /* all its columns are text */
} pass_state;

/* Of one part of the items, which alone writes what is said of them. */
typedef struct pass_part {
    const pass_state *state;
    shire_arena *arena;
    cost_names feeds;  /* scope: organisation; the part's own numbers */
    int32_t last_feed; /* of the row before, or -1 */
} pass_part;

/* ---- SQL ---- */

bool cost_match_next_pair(const char **next, shire_span *item_out, shire_span *event_out) {
    while (**next != '\0') {
        size_t length = strcspn(*next, ";,");
        shire_span pair = shire_span_trim((shire_span){*next, length});
        *next += length + ((*next)[length] != '\0');
        if (pair.length > 0) {
            const char *equals = memchr(pair.bytes, '=', pair.length);
            size_t item_length = equals == NULL ? pair.length : (size_t)(equals - pair.bytes);
            *item_out = shire_span_trim((shire_span){pair.bytes, item_length});
            *event_out =
                equals == NULL
                    ? *item_out
                    : shire_span_trim((shire_span){equals + 1, pair.length - item_length - 1});
            return true;
        }
    }
    return false;
}

static bool has_pair(const char *columns) {
    shire_span item;
    shire_span event;
    return cost_match_next_pair(&columns, &item, &event);
}

/* i."local_id" = e."local_id" AND ... */
static void print_equalities(const char *columns, shire_builder *sql) {
    shire_span item;
    shire_span event;
    while (cost_match_next_pair(&columns, &item, &event)) {
        shire_builder_append_text(sql, " AND i.");
        shire_builder_append_sql_name(sql, item);
        shire_builder_append_text(sql, " = e.");
        shire_builder_append_sql_name(sql, event);
    }
}

/* The columns of one side ('i' or 'e') as one text; null where one of them is. */
static void print_key(const char *columns, char side, shire_builder *sql) {
    shire_span names[2];
    bool more = cost_match_next_pair(&columns, &names[0], &names[1]);
    while (more) {
        shire_span name = names[side == 'e'];
        more = cost_match_next_pair(&columns, &names[0], &names[1]);
        if (more) {
            shire_builder_append_format(sql, "strlen(%c.", side);
            shire_builder_append_sql_name(sql, name);
            shire_builder_append_text(sql, ") || ':' || ");
        }
        shire_builder_append_format(sql, "%c.", side);
        shire_builder_append_sql_name(sql, name);
        shire_builder_append_text(sql, more ? " || " : "");
    }
}

static void print_all_columns(const char *columns, shire_builder *sql) {
    shire_span item;
    shire_span event;
    shire_builder_append_text(sql, "SELECT ");
    for (const char *separator = "i."; cost_match_next_pair(&columns, &item, &event);
         separator = ", i.") {
        shire_builder_append_text(sql, separator);
        shire_builder_append_sql_name(sql, item);
        shire_builder_append_text(sql, ", e.");
        shire_builder_append_sql_name(sql, event);
    }
    shire_builder_append_text(sql, " FROM activity_item i, event e LIMIT 0");
}

/* The pairs of equal columns, and whether they are in the window. Items that have their event
 * already may be among them. */
static void print_pairs(const cost_match_pass *pass, shire_builder *sql) {
    shire_builder_append_format(
        sql, "SELECT i.item_no, e.event_no, %s::BIGINT, ",
        pass->window.nearest ? "coalesce(abs(epoch_us(i.start) - epoch_us(e.start)), 0)" : "0");
    if (pass->window.before_days == SHIRE_MATCH_NO_WINDOW) {
        shire_builder_append_text(sql, "1");
    } else {
        shire_builder_append_format(
            sql,
            "coalesce(i.start >= e.start - to_days(%" PRId64
            ") AND ((e.\"end\" IS NULL AND d.has_ends) "
            "OR i.start::DATE <= greatest(coalesce(e.\"end\", e.start), e.start)::DATE + %" PRId64
            "), false)::INTEGER",
            pass->window.before_days, pass->window.after_days);
    }
    shire_builder_append_text(
        sql, " FROM activity_item i JOIN event e ON e.organisation_no = i.organisation_no");
    print_equalities(pass->columns, sql);
    shire_builder_append_format(sql,
                                " JOIN (SELECT organisation_no, dataset, count(\"end\") > 0 AS "
                                "has_ends FROM event GROUP BY ALL) d ON d.organisation_no = "
                                "e.organisation_no AND d.dataset IS NOT DISTINCT FROM e.dataset "
                                "WHERE %s",
                                pass->item_filter);
}

/* ---- by the engine's join ---- */

/* Frame columns: item_no, event_no, distance, whether it is in the window. */
static shire_status keep_best(const shire_frame *frame, void *context, shire_error *error) {
    pass_state *state = context;
    cost_matches *matches = state->matches;
    int32_t *item_events = matches->run->item_events;
    (void)error;
    for (size_t row = 0; row < frame->row_count; row++) {
        size_t item = (size_t)frame->columns[0].int64[row];
        int32_t event = (int32_t)frame->columns[1].int64[row];
        int64_t distance = frame->columns[2].int64[row];
        bool open = item_events[item] < 0 || matches->rules[item] == state->pass->rule;
        if (frame->columns[3].int32[row] == 0) {
            matches->flags[item] |= COST_MATCH_OUTSIDE_WINDOW;
            continue;
        }
        bool tied = item_events[item] >= 0 && open && distance == matches->distances[item];
        bool better = item_events[item] < 0 || distance < matches->distances[item] ||
                      (distance == matches->distances[item] && event < item_events[item]);
        if (tied) {
            matches->flags[item] |= COST_MATCH_TIED;
        } else if (open && better) {
            matches->flags[item] &= (uint8_t)~COST_MATCH_TIED;
        }
        if (open && better) {
            item_events[item] = event;
            matches->distances[item] = distance;
            matches->rules[item] = state->pass->rule;
        }
    }
    return SHIRE_OK;
}

static shire_status match_by_join(pass_state *state, shire_error *error) {
    cost_matches *matches = state->matches;
    size_t item_count = matches->run->item_count;
    if (matches->distances == NULL) {
        matches->distances =
            shire_arena_alloc_array(matches->arena, item_count, sizeof(*matches->distances));
        if (matches->distances == NULL) {
            return COST_NO_MEMORY(error);
        }
    }
    shire_builder sql = {0};
    print_pairs(state->pass, &sql);
    shire_status status =
        sql.failed ? COST_NO_MEMORY(error)
                   : shire_table_scan(matches->run->table, sql.bytes, keep_best, state, error);
    shire_builder_free(&sql);
    return status;
}

/* ---- by the index ---- */

/* Events of organisations that none of the rules of equal columns is for need no place. */
static bool *choose_organisations(const cost_run *run, const cost_match_pass *pass,
                                  shire_arena *arena) {
    bool *chosen = shire_arena_alloc_array(arena, run->organisation_count, sizeof(*chosen));
    for (size_t o = 0; chosen != NULL && o < run->organisation_count; o++) {
        chosen[o] = pass->rule == 0;
        for (size_t i = 0; i < run->model.matches.count; i++) {
            const cost_match_row *rule = &run->model.matches.items[i];
            chosen[o] |= strcmp(rule->columns, pass->columns) == 0 &&
                         cost_applies(rule->organisation, (int32_t)o);
        }
    }
    return chosen;
}

/* Frame columns: event_no, key. */
static shire_status take_keys(const shire_frame *frame, void *context, shire_error *error) {
    cost_event_texts *texts = context;
    for (size_t row = 0; row < frame->row_count; row++) {
        shire_span key = shire_column_text(&frame->columns[1], row);
        bool is_null = shire_column_is_null(&frame->columns[1], row);
        texts->items[frame->columns[0].int64[row]] =
            (shire_match_text){.start = (uint32_t)texts->bytes.length,
                               .length = is_null ? SHIRE_MATCH_NO_TEXT : (uint32_t)key.length};
        shire_builder_append(&texts->bytes, key);
    }
    return texts->bytes.failed || texts->bytes.length >= UINT32_MAX ? COST_NO_MEMORY(error)
                                                                    : SHIRE_OK;
}

/* The events' keys: texts that were read with them, or what the columns make. */
static shire_status read_keys(pass_state *state, const cost_event_texts **texts_out,
                              shire_error *error) {
    static const char *const read_names[COST_TEXT_COUNT] = {"event_id", "local_id"};
    cost_matches *matches = state->matches;
    cost_event_texts *texts = &matches->index_texts;
    const char *columns = state->pass->columns;
    shire_builder sql = {0};
    shire_span item;
    shire_span event;
    bool is_one = cost_match_next_pair(&columns, &item, &event) && !has_pair(columns);
    for (int i = 0; i < COST_TEXT_COUNT && is_one; i++) {
        if (shire_span_equal_ignoring_case(event, shire_span_of(read_names[i]))) {
            *texts_out = &matches->texts[i];
            return SHIRE_OK;
        }
    }
    shire_builder_clear(&texts->bytes);
    texts->items = shire_arena_alloc_array(matches->index_arena, matches->run->event_count,
                                           sizeof(*texts->items));
    shire_builder_append_text(&sql, "SELECT e.event_no::BIGINT, ");
    print_key(state->pass->columns, 'e', &sql);
    shire_builder_append_text(&sql, " FROM event e");
    shire_status status =
        texts->items == NULL || sql.failed
            ? COST_NO_MEMORY(error)
            : shire_table_scan(matches->run->table, sql.bytes, take_keys, texts, error);
    shire_builder_free(&sql);
    *texts_out = texts;
    return status;
}

static shire_status build_index(cost_matches *matches, const cost_event_texts *texts,
                                const bool *chosen, shire_error *error) {
    const cost_run *run = matches->run;
    shire_match_keys keys = {.organisations = run->event_organisations,
                             .texts = texts->items,
                             .text_bytes = texts->bytes.bytes};
    const shire_match_times times = {.starts = run->event_starts,
                                     .last_days = run->event_last_days};
    int32_t *event_nos =
        shire_arena_alloc_array(matches->index_arena, run->event_count, sizeof(*event_nos));
    if (event_nos == NULL) {
        return COST_NO_MEMORY(error);
    }
    for (size_t event = 0; event < run->event_count; event++) {
        if (texts->items[event].length != SHIRE_MATCH_NO_TEXT &&
            chosen[run->event_organisations[event]]) {
            event_nos[keys.count++] = (int32_t)event;
        }
    }
    keys.event_nos = event_nos;
    void *memory = shire_arena_alloc(matches->index_arena, shire_match_index_bytes(keys.count));
    if (memory == NULL) {
        return COST_NO_MEMORY(error);
    }
    matches->index = shire_match_index_build(&keys, &times, memory);
    return SHIRE_OK;
}

/* The index for the pass, or the one that stands if it is of the same events and columns. */
static shire_status make_index(pass_state *state, shire_error *error) {
    cost_matches *matches = state->matches;
    const cost_event_texts *texts = NULL;
    bool is_of_all = state->pass->rule == 0;
    if (matches->index_columns != NULL && matches->index_is_of_all == is_of_all &&
        strcmp(matches->index_columns, state->pass->columns) == 0) {
        return SHIRE_OK;
    }
    shire_arena_free(matches->index_arena);
    matches->index_arena = NULL;
    matches->index_columns = NULL;
    shire_status status = shire_arena_new("cost_match_index", 0, &matches->index_arena, error);
    if (status == SHIRE_OK) {
        status = read_keys(state, &texts, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    bool *chosen = choose_organisations(matches->run, state->pass, matches->index_arena);
    status = chosen == NULL ? COST_NO_MEMORY(error) : build_index(matches, texts, chosen, error);
    if (status == SHIRE_OK) {
        matches->index_columns = state->pass->columns;
        matches->index_is_of_all = is_of_all;
    }
    return status;
}

/* Frame columns: item_no, organisation_no, start, key. */
static void look_up(const pass_state *state, const shire_frame *frame, size_t first, size_t count) {
    cost_matches *matches = state->matches;
    const shire_match_index *index = &matches->index;
    int32_t *item_events = matches->run->item_events;
    uint64_t hashes[LOOK_UPS];
    size_t rows[LOOK_UPS];
    size_t row_count = 0;
    for (size_t row = first; row < first + count; row++) {
        if (item_events[frame->columns[0].int64[row]] < 0 &&
            !shire_column_is_null(&frame->columns[3], row)) {
            uint64_t hash = shire_match_hash(frame->columns[1].int32[row],
                                             shire_column_text(&frame->columns[3], row));
            shire_match_index_fetch(index, hash);
            rows[row_count] = row;
            hashes[row_count++] = hash;
        }
    }
    for (size_t i = 0; i < row_count; i++) {
        size_t item = (size_t)frame->columns[0].int64[rows[i]];
        shire_timestamp start = shire_column_is_null(&frame->columns[2], rows[i])
                                    ? SHIRE_MATCH_NO_TIME
                                    : frame->columns[2].timestamp[rows[i]];
        int64_t group = shire_match_index_find(index, hashes[i], frame->columns[1].int32[rows[i]],
                                               shire_column_text(&frame->columns[3], rows[i]));
        if (group >= 0) {
            bool tied = false;
            item_events[item] =
                shire_match_index_choose(index, group, start, &state->pass->window, &tied);
            matches->rules[item] = state->pass->rule;
            matches->flags[item] |= item_events[item] < 0 ? COST_MATCH_OUTSIDE_WINDOW
                                    : tied                ? COST_MATCH_TIED
                                                          : 0;
        }
    }
}

/* Frame columns: as above, then feed, has event_id, local_id. */
static shire_status take_feeds(pass_part *part, const shire_frame *frame, shire_error *error) {
    const shire_column *columns = frame->columns;
    cost_matches *matches = part->state->matches;
    for (size_t row = 0; row < frame->row_count; row++) {
        size_t item = (size_t)columns[0].int64[row];
        int32_t organisation = columns[1].int32[row];
        shire_span name = shire_column_text(&columns[4], row);
        const cost_name *last = part->last_feed < 0 ? NULL : &part->feeds.items[part->last_feed];
        if (last == NULL || last->scope != organisation || !shire_span_equal(last->text, name)) {
            part->last_feed = cost_names_add(&part->feeds, organisation, name);
            if (part->last_feed < 0) {
                return COST_NO_MEMORY(error);
            }
        }
        matches->run->item_feeds[item] = part->last_feed;
        matches->run->item_days[item] = shire_column_is_null(&columns[2], row)
                                            ? COST_NO_DAY
                                            : shire_timestamp_date(columns[2].timestamp[row]);
        matches->flags[item] |=
            (uint8_t)((columns[5].int32[row] != 0 ? COST_MATCH_NAMES_EVENT : 0) |
                      (shire_column_is_null(&columns[6], row) ? 0 : COST_MATCH_HAS_LOCAL_ID));
    }
    return SHIRE_OK;
}

/* Items that name an event of another local_id than theirs. */
static void compare_local_ids(cost_matches *matches, const shire_frame *frame) {
    const cost_event_texts *texts = &matches->texts[COST_TEXT_LOCAL_ID];
    for (size_t row = 0; row < frame->row_count; row++) {
        size_t item = (size_t)frame->columns[0].int64[row];
        int32_t event = matches->run->item_events[item];
        if (event >= 0 && (matches->flags[item] & COST_MATCH_HAS_LOCAL_ID) != 0 &&
            texts->items[event].length != SHIRE_MATCH_NO_TEXT) {
            const shire_span other = {texts->bytes.bytes + texts->items[event].start,
                                      texts->items[event].length};
            bool same = shire_span_equal(shire_column_text(&frame->columns[6], row), other);
            matches->flags[item] |= same ? 0 : COST_MATCH_OTHER_LOCAL_ID;
        }
    }
}

static shire_status take_items(const shire_frame *frame, void *context, shire_error *error) {
    pass_part *part = context;
    const pass_state *state = part->state;
    bool by_event_id = state->pass->rule == 0;
    shire_status status =
        by_event_id && state->pass->is_first ? take_feeds(part, frame, error) : SHIRE_OK;
    for (size_t first = 0; state->by_index && first < frame->row_count; first += LOOK_UPS) {
        size_t left = frame->row_count - first;
        look_up(state, frame, first, left < LOOK_UPS ? left : LOOK_UPS);
    }
    if (status == SHIRE_OK && by_event_id) {
        compare_local_ids(state->matches, frame);
    }
    return status;
}

/* The feeds of all parts as one list, in the order of the items. False when out of memory. */
static bool join_feeds(cost_matches *matches, const pass_part *parts, size_t part_count) {
    int32_t *item_feeds = matches->run->item_feeds;
    size_t count = matches->run->item_count;
    for (size_t i = 0; i < part_count; i++) {
        int32_t *numbers = cost_names_join(&parts[i].feeds, &matches->feeds, parts[i].arena);
        if (numbers == NULL) {
            return false;
        }
        size_t last = cost_scan_part_first(count, part_count, i + 1);
        for (size_t item = cost_scan_part_first(count, part_count, i); item < last; item++) {
            item_feeds[item] = numbers[item_feeds[item]];
        }
    }
    return true;
}

/* The items that are picked by event_id are most of them, those of a rule few. */
static shire_status scan_parts(pass_state *state, const char *select, shire_error *error) {
    cost_run *run = state->matches->run;
    bool by_event_id = state->pass->rule == 0;
    size_t part_count = by_event_id ? cost_scan_part_count(run->item_count, run->thread_count) : 1;
    pass_part *parts = shire_arena_alloc_array(state->matches->arena, part_count, sizeof(*parts));
    shire_status status = parts == NULL ? COST_NO_MEMORY(error) : SHIRE_OK;
    for (size_t i = 0; i < part_count && status == SHIRE_OK; i++) {
        parts[i] = (pass_part){.state = state, .last_feed = -1};
        status = shire_arena_new("cost_match_part", 0, &parts[i].arena, error);
        parts[i].feeds.arena = parts[i].arena;
    }
    if (status == SHIRE_OK) {
        const cost_scan scan = {.select = select,
                                .key = "item_no",
                                .key_count = run->item_count,
                                .visit = take_items,
                                .contexts = parts,
                                .context_bytes = sizeof(*parts),
                                .part_count = part_count,
                                .thread_count = run->thread_count};
        status = cost_scan_run(run->table, &scan, error);
    }
    if (status == SHIRE_OK && by_event_id && state->pass->is_first &&
        !join_feeds(state->matches, parts, part_count)) {
        status = COST_NO_MEMORY(error);
    }
    for (size_t i = 0; parts != NULL && i < part_count; i++) {
        shire_arena_free(parts[i].arena);
    }
    return status;
}

/* The items of the pass. By event_id all of them, and what they bring along for their feeds. */
static shire_status scan_items(pass_state *state, shire_error *error) {
    bool by_event_id = state->pass->rule == 0;
    shire_builder sql = {0};
    shire_builder_append_text(&sql, "SELECT item_no::BIGINT, organisation_no::INTEGER, start, key");
    shire_builder_append_text(
        &sql, by_event_id ? ", coalesce(feed, ''), has_event_id, local_id FROM (SELECT i.feed, "
                            "(i.event_id IS NOT NULL)::INTEGER AS has_event_id, i.local_id, "
                          : " FROM (SELECT ");
    shire_builder_append_text(&sql, "i.item_no, i.organisation_no, i.start, ");
    if (state->by_index) {
        print_key(state->pass->columns, 'i', &sql);
    } else {
        shire_builder_append_text(&sql, "NULL::VARCHAR");
    }
    shire_builder_append_format(&sql, " AS key FROM activity_item i WHERE %s) WHERE %s",
                                state->pass->item_filter, by_event_id ? "true" : "key IS NOT NULL");
    shire_status status = sql.failed ? COST_NO_MEMORY(error) : scan_parts(state, sql.bytes, error);
    shire_builder_free(&sql);
    return status;
}

static shire_status match_by_index(pass_state *state, shire_error *error) {
    shire_status status = make_index(state, error);
    return status == SHIRE_OK ? scan_items(state, error) : status;
}

/* False too where the columns do not exist: the join then says so. */
static shire_status all_columns_are_text(const pass_state *state, bool *all_text_out,
                                         shire_error *error) {
    shire_arena *arena = NULL;
    shire_builder sql = {0};
    shire_frame frame = {0};
    shire_error engine_error = {0};
    *all_text_out = false;
    shire_status status = shire_arena_new("cost_match_types", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    print_all_columns(state->pass->columns, &sql);
    if (sql.failed) {
        status = COST_NO_MEMORY(error);
    } else if (shire_table_query(state->matches->run->table, sql.bytes, arena, &frame,
                                 &engine_error) == SHIRE_OK) {
        *all_text_out = true;
        for (size_t i = 0; i < frame.column_count; i++) {
            *all_text_out &= frame.columns[i].type == SHIRE_TYPE_TEXT;
        }
    }
    shire_builder_free(&sql);
    shire_arena_free(arena);
    return status;
}

shire_status cost_match_pass_run(cost_matches *matches, const cost_match_pass *pass,
                                 shire_error *error) {
    pass_state state = {.matches = matches, .pass = pass};
    if (!has_pair(pass->columns)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "the rule names no columns");
    }
    shire_status status = all_columns_are_text(&state, &state.by_index, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (state.by_index) {
        return match_by_index(&state, error);
    }
    status = match_by_join(&state, error);
    return status == SHIRE_OK && pass->rule == 0 ? scan_items(&state, error) : status;
}
