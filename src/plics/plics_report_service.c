/*
 * Writing the feeds: each organisation's costed activity is cut into cells, the cells become
 * records, the sums are compared with the reconciliation of the run, and only then the files take
 * their place.
 */
#include "io/file.h"
#include "plics/plics_internal.h"

#include <string.h>
#include <unistd.h>

bool plics_list_add(plics_call *call, plics_list *list, const char *feed, const char *reason,
                    int64_t event_no, int64_t events, int64_t records, shire_money amount) {
    size_t i = list->count;
    /* The same reason comes again and again, so the newest items are looked at first. */
    while (i > 0 && (strcmp(list->items[i - 1].reason, reason) != 0 ||
                     strcmp(list->items[i - 1].feed, feed) != 0 ||
                     strcmp(list->items[i - 1].organisation, call->organisation) != 0)) {
        i--;
    }
    if (i == 0 && list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 32;
        shire_plics_left_out *items =
            shire_arena_alloc_array(call->arena, capacity, sizeof(*items));
        int64_t *last_events = shire_arena_alloc_array(call->arena, capacity, sizeof(*last_events));
        if (items == NULL || last_events == NULL) {
            return false;
        }
        for (size_t k = 0; k < list->count; k++) {
            items[k] = list->items[k];
            last_events[k] = list->last_events[k];
        }
        list->items = items;
        list->last_events = last_events;
        list->capacity = capacity;
    }
    if (i == 0) {
        list->items[list->count] = (shire_plics_left_out){
            .organisation = call->organisation, .feed = feed, .reason = reason};
        list->last_events[list->count++] = -1;
        i = list->count;
    }
    shire_plics_left_out *item = &list->items[i - 1];
    if (event_no >= 0 && list->last_events[i - 1] != event_no) {
        item->event_count++;
        list->last_events[i - 1] = event_no;
    }
    item->event_count += events;
    item->record_count += records;
    item->amount += amount;
    return true;
}

/* ---- what is asked for ---- */

static shire_status read_feeds(plics_call *call, shire_error *error) {
    const char *text = call->options->feeds;
    for (int i = 0; i < PLICS_FEED_COUNT; i++) {
        call->wanted[i] = text == NULL;
    }
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ",");
        shire_span name = shire_span_trim((shire_span){text, length});
        int feed = plics_feed_find(name);
        if (feed < 0) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "'%.*s' is no feed; name some of APC,OP,EC,SWC,SI,REC",
                              (int)name.length, name.bytes);
        }
        call->wanted[feed] = true;
        text += length + (text[length] == ',' ? 1 : 0);
    }
    return SHIRE_OK;
}

static shire_status read_period(plics_call *call, shire_error *error) {
    call->period = plics_period_of(call->partnership->period_first, call->partnership->period_last);
    if (call->period.last > call->period.year_last) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s/partnership.yaml: the period lies in two financial years; a PLICS "
                          "extract is of one, so cost a period between 1 April and 31 March",
                          call->partnership->dir);
    }
    return SHIRE_OK;
}

/* Columns: organisation_no, code, ledger, allocated, acute (costed acute activity). */
static const char organisations_sql[] =
    "SELECT organisation_no, code, r.ledger, r.allocated, organisation_no IN ("
    "SELECT organisation_no FROM event JOIN event_cost USING (event_no) WHERE upper(dataset) IN "
    "('APC', 'IP', 'OP', 'OPA', 'OPD', 'EC', 'AE', 'A&E', 'ECDS', 'ED')) AS acute "
    "FROM organisation JOIN reconciliation r USING (organisation_no) ORDER BY organisation_no";

static bool is_asked_for(const plics_call *call, const char *code, bool acute) {
    const char *asked = call->options->organisation;
    if (asked != NULL) {
        return strcmp(asked, code) == 0;
    }
    return plics_map_names(&call->map, code) || (acute && plics_map_names(&call->map, "*"));
}

/* ---- one organisation ---- */

static shire_status check_allocated(const plics_call *call, shire_error *error) {
    shire_money both = call->sums.in_feeds + call->sums.left_out;
    if (both == call->sums.allocated) {
        return SHIRE_OK;
    }
    char texts[2][24];
    shire_decimal_format(both, 2, texts[0]);
    shire_decimal_format(call->sums.allocated, 2, texts[1]);
    return SHIRE_FAIL(error, SHIRE_UNRECONCILED,
                      "%s: feeds and what is left out sum to %s of a costed activity of %s; report "
                      "this",
                      call->organisation, texts[0], texts[1]);
}

static shire_status write_organisation(plics_call *call, shire_error *error) {
    shire_status status = plics_cells_make(call, error);
    for (int feed = 0; status == SHIRE_OK && feed < PLICS_REC; feed++) {
        status = plics_feed_write(call, (plics_feed_no)feed, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < call->left_out.count; i++) {
        if (strcmp(call->left_out.items[i].organisation, call->organisation) == 0) {
            call->sums.left_out += call->left_out.items[i].amount;
        }
    }
    status = check_allocated(call, error);
    return status == SHIRE_OK ? plics_reconciliation_write(call, error) : status;
}

static shire_status write_organisations(plics_call *call, shire_plics_summary *summary,
                                        shire_error *error) {
    shire_frame frame;
    shire_status status =
        shire_table_query(call->table, organisations_sql, call->arena, &frame, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_plics_organisation *sums =
        shire_arena_alloc_array(call->arena, frame.row_count, sizeof(*sums));
    if (sums == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    for (size_t row = 0; row < frame.row_count && status == SHIRE_OK; row++) {
        shire_span code = shire_column_text(&frame.columns[1], row);
        call->organisation = shire_arena_copy_text(call->arena, code.bytes, code.length);
        if (call->organisation == NULL) {
            return PLICS_NO_MEMORY(error);
        }
        if (!is_asked_for(call, call->organisation, frame.columns[4].int64[row] != 0)) {
            continue;
        }
        call->organisation_no = frame.columns[0].int32[row];
        call->sums = (shire_plics_organisation){.organisation = call->organisation,
                                                .ledger = frame.columns[2].decimal6[row],
                                                .allocated = frame.columns[3].decimal6[row]};
        status = write_organisation(call, error);
        sums[summary->organisation_count++] = call->sums;
    }
    summary->organisations = sums;
    if (status == SHIRE_OK && summary->organisation_count == 0) {
        const char *asked = call->options->organisation;
        status = asked != NULL
                     ? SHIRE_FAIL(error, SHIRE_INVALID,
                                  "there is no organisation '%s' in the last run; name one of "
                                  "organisations.csv by its code",
                                  asked)
                     : SHIRE_FAIL(error, SHIRE_INVALID,
                                  "costing/plics_map.csv names no organisation with costed APC, OP "
                                  "or EC activity in the last run; map its activities");
    }
    return status;
}

/* ---- files into their place ---- */

static void add_list(shire_file_writer *writer, const plics_list *list, const char *kind) {
    for (size_t i = 0; i < list->count; i++) {
        const shire_plics_left_out *item = &list->items[i];
        char text[96];
        char amount[24];
        shire_file_writer_add_cell(writer, shire_span_of(item->organisation), ',');
        shire_file_writer_add_cell(writer, shire_span_of(kind), ',');
        shire_file_writer_add_cell(writer, shire_span_of(item->feed), ',');
        shire_file_writer_add_cell(writer, shire_span_of(item->reason), ',');
        shire_decimal_format(item->amount, 2, amount);
        snprintf(text, sizeof(text), "%lld,%lld,%s\n", (long long)item->event_count,
                 (long long)item->record_count, amount);
        shire_file_writer_add(writer, shire_span_of(text));
    }
}

static shire_status write_lists(plics_call *call, shire_error *error) {
    shire_file_writer writer = {0};
    char *path = shire_arena_format(call->arena, "%s/left_out.csv", call->options->output_dir);
    if (path == NULL) {
        return PLICS_NO_MEMORY(error);
    }
    shire_status status = shire_file_writer_open(&writer, path, false, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_file_writer_add(&writer,
                          shire_span_of("organisation,kind,feed,reason,events,records,amount\n"));
    add_list(&writer, &call->left_out, "left_out");
    add_list(&writer, &call->emptied, "sent_changed");
    return shire_file_writer_close(&writer, true, error);
}

/* Files of an earlier call that this one does not replace: of a feed that is wanted, the parts
 * after the last one. */
static void remove_stale(plics_call *call, const char *organisation) {
    for (int feed = 0; feed < PLICS_FEED_COUNT; feed++) {
        int parts = 0;
        for (size_t i = 0; i < call->file_count; i++) {
            parts += strcmp(call->files[i].about.feed, plics_feeds[feed].code) == 0 &&
                     strcmp(call->files[i].about.organisation, organisation) == 0;
        }
        for (int part = parts + 1; call->wanted[feed]; part++) {
            char *path = plics_file_path(call, organisation, &plics_feeds[feed], part);
            if (path == NULL || unlink(path) != 0) {
                break;
            }
        }
    }
}

static shire_status place_files(plics_call *call, const shire_plics_summary *summary,
                                shire_status status, shire_error *error) {
    for (size_t i = 0; i < call->file_count; i++) {
        shire_status closed = shire_file_writer_close(&call->files[i].writer, status == SHIRE_OK,
                                                      status == SHIRE_OK ? error : NULL);
        status = status == SHIRE_OK ? closed : status;
    }
    for (size_t i = 0; status == SHIRE_OK && i < summary->organisation_count; i++) {
        remove_stale(call, summary->organisations[i].organisation);
    }
    return status == SHIRE_OK ? write_lists(call, error) : status;
}

shire_status shire_plics_report(shire_table *warehouse, const shire_partnership *partnership,
                                const shire_plics_options *options, shire_arena *arena,
                                shire_plics_summary *summary_out, shire_error *error) {
    plics_call call = {
        .table = warehouse, .partnership = partnership, .options = options, .arena = arena};
    shire_plics_summary summary = {0};
    shire_status status = read_feeds(&call, error);
    if (status == SHIRE_OK) {
        status = read_period(&call, error);
    }
    if (status == SHIRE_OK) {
        status = plics_map_read(partnership, arena, &call.map, error);
    }
    if (status == SHIRE_OK) {
        status = shire_dir_make(options->output_dir, error);
    }
    if (status == SHIRE_OK) {
        status = write_organisations(&call, &summary, error);
    }
    status = place_files(&call, &summary, status, error);
    shire_plics_file *files = shire_arena_alloc_array(arena, call.file_count, sizeof(*files));
    if (status == SHIRE_OK && files == NULL) {
        status = PLICS_NO_MEMORY(error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t i = 0; i < call.file_count; i++) {
        files[i] = call.files[i].about;
    }
    summary.files = files;
    summary.file_count = call.file_count;
    summary.left_out = call.left_out.items;
    summary.left_out_count = call.left_out.count;
    summary.emptied = call.emptied.items;
    summary.emptied_count = call.emptied.count;
    *summary_out = summary;
    return SHIRE_OK;
}
