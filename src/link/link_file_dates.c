/*
 * Which column holds the dates and which the sources, and the sentence about a doubtful source.
 */
#include "link/link_file_dates.h"

#include "link/link_date_order.h"

#include <stdio.h>

#define NAME_SHOWN 60 /* bytes of a source's name */

/* The choice with a role, or the count of choices. */
static size_t find_choice(const shire_link_file_options *options, shire_link_role role) {
    size_t i = 0;
    while (i < options->choice_count && options->choices[i].role != role) {
        i++;
    }
    return i;
}

typedef struct teller {
    const shire_link_file_options *options;
    const shire_column *files;   /* the number of the file */
    const shire_column *sources; /* the same where a source is a file */
} teller;

static size_t read_number(shire_span digits) {
    size_t number = 0;
    for (size_t i = 0; i < digits.length; i++) {
        number = number * 10 + (size_t)(digits.bytes[i] - '0');
    }
    return number;
}

static void tell_of_source(size_t record, const shire_link_date_order *order, void *context) {
    const teller *told = context;
    char sentence[1024];
    char name[NAME_SHOWN + 16] = "";
    if (told->sources != told->files) {
        shire_span source = shire_column_text(told->sources, record);
        int length = (int)(source.length < NAME_SHOWN ? source.length : NAME_SHOWN);
        snprintf(name, sizeof name, ", source '%.*s'", length, source.bytes);
    }
    const char *path = told->options->paths[read_number(shire_column_text(told->files, record))];
    snprintf(sentence, sizeof sentence,
             "%s%s: %llu birth date%s can be read day first or month first, and %s; taken %s "
             "first, so write them as 1980-12-31 if that is wrong",
             path, name, (unsigned long long)order->either, order->either == 1 ? "" : "s",
             order->day_first == 0 ? "nothing there says which" : "the others there say both",
             order->is_month_first ? "month" : "day");
    told->options->tell(sentence, told->options->context);
}

shire_status shire_link_file_dates_settle(const shire_link_file_options *options,
                                          shire_frame *frame, shire_arena *arena,
                                          shire_error *error) {
    size_t dates = find_choice(options, SHIRE_LINK_ROLE_DOB);
    size_t sources = find_choice(options, SHIRE_LINK_ROLE_SOURCE);
    if (dates == options->choice_count) {
        return SHIRE_OK;
    }
    /* The column behind the choices is the number of the file. */
    teller told = {options, &frame->columns[options->choice_count], &frame->columns[sources]};
    return shire_link_dates_settle(&frame->columns[dates], told.sources, frame->row_count, arena,
                                   options->tell == NULL ? NULL : tell_of_source, &told, error);
}
