/*
 * Which column holds the dates and which the sources, what a column of numbers holds, and the
 * sentences about what is in doubt.
 */
#include "link/link_file_settle.h"

#include "link/link_date_order.h"
#include "link/link_normalise_kernel.h"

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
    const shire_column *files;   /* the name of the file */
    const shire_column *sources; /* the same where a source is a file */
} teller;

/* The last `part_count` parts of a path, or all of it. */
static const char *tail_of(const char *path, size_t part_count) {
    const char *at = path + strlen(path);
    while (at > path && (at[-1] != '/' || --part_count > 0)) {
        at--;
    }
    return at;
}

bool shire_link_file_append_name(const shire_link_file_options *options, size_t file,
                                 shire_builder *name) {
    const char *path = options->paths[file];
    size_t same = 0; /* the same file, given before */
    const char *tail = path;
    bool is_alone = false;
    for (size_t other = 0; other < file; other++) {
        same += strcmp(options->paths[other], path) == 0;
    }
    for (size_t parts = 1; !is_alone && (parts == 1 || tail > path); parts++) {
        tail = tail_of(path, parts);
        is_alone = true;
        for (size_t other = 0; other < options->path_count && is_alone; other++) {
            is_alone = strcmp(options->paths[other], path) == 0 ||
                       strcmp(tail_of(options->paths[other], parts), tail) != 0;
        }
    }
    shire_builder_append_text(name, options->path_count == 1 ? "0" : tail);
    if (same > 0) {
        shire_builder_append_format(name, " (%zu)", same + 1);
    }
    return !name->failed;
}

/* The path of the file that a record is from. */
static const char *path_of(const shire_link_file_options *options, shire_span name) {
    shire_builder made = {0};
    size_t file = 0;
    for (; file + 1 < options->path_count; file++) {
        shire_builder_clear(&made);
        if (shire_link_file_append_name(options, file, &made) &&
            shire_span_equal(name, (shire_span){made.bytes, made.length})) {
            break;
        }
    }
    shire_builder_free(&made);
    return options->paths[file];
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
    const char *path = path_of(told->options, shire_column_text(told->files, record));
    snprintf(sentence, sizeof sentence,
             "%s%s: %llu birth date%s can be read day first or month first, and %s; taken %s "
             "first, so write them as 1980-12-31 if that is wrong",
             path, name, (unsigned long long)order->either, order->either == 1 ? "" : "s",
             order->day_first == 0 ? "nothing there says which" : "the others there say both",
             order->is_month_first ? "month" : "day");
    told->options->tell(sentence, told->options->context);
}

shire_status shire_link_file_settle_dates(const shire_link_file_options *options,
                                          shire_frame *frame, shire_arena *arena,
                                          shire_error *error) {
    size_t dates = find_choice(options, SHIRE_LINK_ROLE_DOB);
    size_t sources = find_choice(options, SHIRE_LINK_ROLE_SOURCE);
    if (dates == options->choice_count) {
        return SHIRE_OK;
    }
    /* The column behind the choices is the name of the file. */
    teller told = {options, &frame->columns[options->choice_count], &frame->columns[sources]};
    return shire_link_dates_settle(&frame->columns[dates], told.sources, frame->row_count, arena,
                                   options->tell == NULL ? NULL : tell_of_source, &told, error);
}

shire_link_role shire_link_file_settle_role(const shire_link_file_options *options, size_t choice,
                                            const shire_column *column, size_t record_count) {
    const shire_link_column_choice *chosen = &options->choices[choice];
    uint64_t known = 0;
    uint64_t valid = 0;
    for (size_t record = 0; chosen->role == SHIRE_LINK_ROLE_NHS_NUMBER && record < record_count;
         record++) {
        char value[SHIRE_LINK_VALUE_BYTES_MAX];
        shire_span text = shire_column_text(column, record);
        known += shire_link_normalise_identifier(text, value) > 0;
        valid += shire_link_normalise_nhs_number(text, value) > 0;
    }
    if (valid * 2 >= known) {
        return chosen->role;
    }
    if (options->tell != NULL) {
        char sentence[512];
        snprintf(sentence, sizeof sentence,
                 "%llu of the %llu numbers given as nhs_number are valid NHS numbers; they are "
                 "compared as other numbers, of which a person may have several",
                 (unsigned long long)valid, (unsigned long long)known);
        options->tell(sentence, options->context);
    }
    return SHIRE_LINK_ROLE_OTHER;
}
