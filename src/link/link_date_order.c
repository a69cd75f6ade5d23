/*
 * Two walks over the dates: one counts what each source's dates can only mean, the other writes
 * those of sources that are read month first. A column of other dates (2024-04-03) costs one look
 * at each and no memory.
 */
#include "link/link_date_order.h"

#include "core/arena.h"
#include "link/link_dictionary.h"
#include "link/link_normalise_kernel.h"

#include <string.h>

void shire_link_date_order_add(shire_link_date_order *order, shire_span text) {
    switch (shire_link_date_order_of(text)) {
    case SHIRE_LINK_DATE_ORDER_DAY_FIRST:
        order->day_first++;
        break;
    case SHIRE_LINK_DATE_ORDER_MONTH_FIRST:
        order->month_first++;
        break;
    case SHIRE_LINK_DATE_ORDER_EITHER:
        order->either++;
        break;
    case SHIRE_LINK_DATE_ORDER_NONE:
        break;
    }
}

void shire_link_date_orders_decide(shire_link_date_order *orders, size_t count) {
    uint64_t day_first = 0;
    uint64_t month_first = 0;
    for (size_t i = 0; i < count; i++) {
        day_first += orders[i].day_first;
        month_first += orders[i].month_first;
    }
    for (size_t i = 0; i < count; i++) {
        bool is_silent = orders[i].day_first == 0 && orders[i].month_first == 0;
        orders[i].is_month_first =
            is_silent ? month_first > day_first : orders[i].month_first > orders[i].day_first;
    }
}

bool shire_link_date_order_is_doubtful(const shire_link_date_order *order) {
    return order->either > 0 && (order->day_first > 0) == (order->month_first > 0);
}

typedef struct settling {
    shire_column *dates;
    size_t record_count;
    uint32_t *sources; /* by record */
    uint32_t source_count;
    shire_link_date_order *orders; /* by source */
} settling;

static bool number_sources(settling *work, const shire_column *sources) {
    shire_link_dictionary names = {0};
    size_t byte_count = (work->record_count + 1) * sizeof *work->sources;
    work->sources = shire_memory_resize(NULL, byte_count);
    bool is_done = work->sources != NULL && shire_link_dictionary_init(&names);
    if (is_done) {
        memset(work->sources, 0, byte_count);
    }
    for (size_t record = 0; is_done && sources != NULL && record < work->record_count; record++) {
        is_done = shire_link_dictionary_add(&names, shire_column_text(sources, record),
                                            &work->sources[record]);
    }
    work->source_count = sources == NULL ? 1 : names.count;
    shire_link_dictionary_done(&names);
    return is_done;
}

static bool count_orders(settling *work) {
    size_t byte_count = (work->source_count + 1) * sizeof *work->orders;
    work->orders = shire_memory_resize(NULL, byte_count);
    if (work->orders == NULL) {
        return false;
    }
    memset(work->orders, 0, byte_count);
    for (size_t record = 0; record < work->record_count; record++) {
        shire_link_date_order_add(&work->orders[work->sources[record]],
                                  shire_column_text(work->dates, record));
    }
    shire_link_date_orders_decide(work->orders, work->source_count);
    return true;
}

/* A date as it is to be read: its own text, or eight digits in `value`. */
static shire_span read_date(const settling *work, size_t record, char *value) {
    shire_span text = shire_column_text(work->dates, record);
    if (!work->orders[work->sources[record]].is_month_first) {
        return text;
    }
    return (shire_span){value, shire_link_normalise_date_month_first(text, value)};
}

static bool write_dates(settling *work, shire_arena *arena) {
    char value[SHIRE_LINK_VALUE_BYTES_MAX];
    uint64_t byte_count = 0;
    for (size_t record = 0; record < work->record_count; record++) {
        byte_count += read_date(work, record, value).length;
    }
    uint32_t *offsets = shire_arena_alloc_array(arena, work->record_count + 1, sizeof *offsets);
    char *bytes = shire_arena_alloc_array(arena, byte_count + 1, 1);
    if (offsets == NULL || bytes == NULL || byte_count > UINT32_MAX) {
        return false;
    }
    uint32_t used = 0;
    for (size_t record = 0; record < work->record_count; record++) {
        shire_span date = read_date(work, record, value);
        memcpy(bytes + used, date.bytes, date.length);
        used += (uint32_t)date.length;
        offsets[record + 1] = used;
    }
    work->dates->text_offsets = offsets;
    work->dates->text_bytes = bytes;
    return true;
}

static void tell_doubtful(const settling *work,
                          void (*tell)(size_t record, const shire_link_date_order *order,
                                       void *context),
                          void *context) {
    uint32_t told = 0; /* sources are numbered as they come, 0 aside: those without a name */
    bool is_first_told = false;
    for (size_t record = 0; record < work->record_count; record++) {
        uint32_t source = work->sources[record];
        if (source == 0 ? is_first_told : source <= told) {
            continue;
        }
        is_first_told = is_first_told || source == 0;
        told = source > told ? source : told;
        if (shire_link_date_order_is_doubtful(&work->orders[source])) {
            tell(record, &work->orders[source], context);
        }
    }
}

shire_status shire_link_dates_settle(shire_column *dates, const shire_column *sources,
                                     size_t record_count, shire_arena *arena,
                                     void (*tell)(size_t record, const shire_link_date_order *order,
                                                  void *context),
                                     void *context, shire_error *error) {
    settling work = {.dates = dates, .record_count = record_count};
    bool has_late_years = false;
    bool is_any_month_first = false;
    bool is_done = true;
    for (size_t record = 0; record < record_count && !has_late_years; record++) {
        has_late_years = shire_link_date_order_of(shire_column_text(dates, record)) !=
                         SHIRE_LINK_DATE_ORDER_NONE;
    }
    if (has_late_years) {
        is_done = number_sources(&work, sources) && count_orders(&work);
    }
    for (size_t source = 0; is_done && source < work.source_count; source++) {
        is_any_month_first = is_any_month_first || work.orders[source].is_month_first;
    }
    if (is_done && has_late_years && tell != NULL) {
        tell_doubtful(&work, tell, context);
    }
    if (is_done && is_any_month_first) {
        is_done = write_dates(&work, arena);
    }
    shire_memory_free(work.sources);
    shire_memory_free(work.orders);
    return is_done ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to read the birth dates");
}
