/*
 * partnership.yaml into a checked struct. One table lists the keys; each has a reader that takes
 * the node and fills its field. What only the keys together can show (a period is there, and said
 * once) is checked at the end. Every refusal names file, line and key.
 */
#include "org/partnership.h"

#include "core/calendar.h"
#include "io/file.h"
#include "io/yaml.h"
#include "org/finding_kind.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define STORE_VARIABLE "SHIRE_STORE"

#define SETTINGS_BYTES_MAX ((size_t)1 << 20)
#define MEMORY_LIMIT_MB_MIN 64

typedef struct loading {
    const char *path; /* of partnership.yaml */
    shire_arena *arena;
    shire_partnership *partnership;
    const shire_yaml_node *financial_year;
    const shire_yaml_node *period_first;
    const shire_yaml_node *period_last;
} loading;

static shire_status refuse(const loading *load, const shire_yaml_node *node, const char *problem,
                           shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line %d, %s: %s", load->path, node->line,
                      node->key == NULL ? "entry" : node->key, problem);
}

static shire_status no_memory(const loading *load, shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while reading it", load->path);
}

static shire_status read_text(const loading *load, const shire_yaml_node *node,
                              const char **text_out, shire_error *error) {
    if (node->kind != SHIRE_YAML_SCALAR || node->text[0] == '\0') {
        return refuse(load, node, "a text is due here", error);
    }
    *text_out = node->text;
    return SHIRE_OK;
}

static shire_status read_number(const loading *load, const shire_yaml_node *node, int64_t low,
                                int64_t high, int64_t *number_out, shire_error *error) {
    const char *text = node->kind == SHIRE_YAML_SCALAR ? node->text : "";
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || number < low ||
        number > high) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, line %d, %s: a whole number from %lld to %lld is due here",
                          load->path, node->line, node->key, (long long)low, (long long)high);
    }
    *number_out = number;
    return SHIRE_OK;
}

static size_t name_length(const char *text) {
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        length++;
    }
    return isdigit((unsigned char)text[0]) ? 0 : length;
}

/* One ${NAME} or ${NAME:-default} at `text`; what it stands for goes to `expanded`. */
static shire_status expand_variable(const loading *load, const shire_yaml_node *node,
                                    const char *text, shire_builder *expanded,
                                    const char **rest_out, shire_error *error) {
    const char *name = text + 2;
    size_t length = name_length(name);
    const char *close = strchr(name, '}');
    const char *after = name + length;
    bool has_default = strncmp(after, ":-", 2) == 0;
    if (length == 0 || close == NULL || (!has_default && after != close)) {
        return refuse(load, node, "write ${NAME} or ${NAME:-default}, with a closing brace", error);
    }
    char *terminated = shire_arena_copy_text(load->arena, name, length);
    if (terminated == NULL) {
        return no_memory(load, error);
    }
    const char *value = getenv(terminated);
    if (value != NULL && value[0] != '\0') {
        shire_builder_append_text(expanded, value);
    } else if (has_default) {
        shire_builder_append(expanded, (shire_span){after + 2, (size_t)(close - after) - 2});
    } else {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, line %d, %s: the environment variable %s is not set; set it, or "
                          "write ${%s:-default}",
                          load->path, node->line, node->key == NULL ? "entry" : node->key,
                          terminated, terminated);
    }
    *rest_out = close + 1;
    return SHIRE_OK;
}

/* The path from the root, so that it means the same wherever a reader looks it up. NULL: out of
 * memory. */
static const char *path_from_root(const char *path, shire_arena *arena) {
    char here[PATH_MAX];
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL) {
        return path;
    }
    return strcmp(path, ".") == 0 ? shire_arena_copy_text(arena, here, strlen(here))
                                  : shire_arena_format(arena, "%s/%s", here, path);
}

/* Variables expanded, and a relative path made to start at the partnership folder. */
static shire_status read_path(const loading *load, const shire_yaml_node *node,
                              const char **path_out, shire_error *error) {
    const char *text = NULL;
    shire_builder expanded = {0};
    shire_status status = read_text(load, node, &text, error);
    while (status == SHIRE_OK && *text != '\0') {
        if (strncmp(text, "${", 2) == 0) {
            status = expand_variable(load, node, text, &expanded, &text, error);
        } else {
            shire_builder_append(&expanded, (shire_span){text, 1});
            text++;
        }
    }
    if (status == SHIRE_OK && !expanded.failed && expanded.length == 0) {
        status = refuse(load, node, "a path is due here; this one is empty", error);
    }
    if (status == SHIRE_OK) {
        const char *path = NULL;
        if (!expanded.failed) {
            path = expanded.bytes[0] == '/'
                       ? shire_arena_copy_text(load->arena, expanded.bytes, expanded.length)
                       : shire_arena_format(load->arena, "%s/%s", load->partnership->data_dirs[0],
                                            expanded.bytes);
        }
        status = path == NULL ? no_memory(load, error) : SHIRE_OK;
        *path_out = path;
    }
    shire_builder_free(&expanded);
    return status;
}

typedef shire_status (*text_reader)(const loading *load, const shire_yaml_node *node,
                                    const char **text_out, shire_error *error);

/* A list, or one scalar as a list of one; the first `reserved` places are left to the caller. */
static shire_status read_list(const loading *load, const shire_yaml_node *node, size_t reserved,
                              text_reader read_item, const char ***texts_out, size_t *count_out,
                              shire_error *error) {
    if (node->kind == SHIRE_YAML_MAP) {
        return refuse(load, node, "a list is due here, each entry on a line that starts with -",
                      error);
    }
    const shire_yaml_node *item = node->kind == SHIRE_YAML_LIST ? node->first : node;
    size_t count = reserved;
    for (const shire_yaml_node *at = item; at != NULL; at = at->next) {
        count++;
        if (node->kind == SHIRE_YAML_SCALAR) {
            break;
        }
    }
    const char **texts = shire_arena_alloc_array(load->arena, count, sizeof *texts);
    if (texts == NULL) {
        return no_memory(load, error);
    }
    for (size_t i = reserved; i < count; i++, item = item->next) {
        shire_status status = read_item(load, item, &texts[i], error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    *texts_out = texts;
    *count_out = count;
    return SHIRE_OK;
}

static shire_status read_name(loading *load, const shire_yaml_node *node, shire_error *error) {
    return read_text(load, node, &load->partnership->name, error);
}

static shire_status read_financial_year(loading *load, const shire_yaml_node *node,
                                        shire_error *error) {
    int64_t year = 0;
    shire_status status = read_number(load, node, 1900, 2200, &year, error);
    if (status == SHIRE_OK) {
        load->financial_year = node;
        load->partnership->period_first = shire_financial_year_first((int)year);
        load->partnership->period_last = shire_financial_year_last((int)year);
    }
    return status;
}

static shire_status read_date(const loading *load, const shire_yaml_node *node,
                              shire_date *date_out, shire_error *error) {
    shire_span text = shire_span_of(node->kind == SHIRE_YAML_SCALAR ? node->text : "");
    if (shire_date_parse(text, date_out) != SHIRE_OK) {
        return refuse(load, node, "a date such as 2024-04-01 is due here", error);
    }
    return SHIRE_OK;
}

static shire_status read_period_first(loading *load, const shire_yaml_node *node,
                                      shire_error *error) {
    load->period_first = node;
    return read_date(load, node, &load->partnership->period_first, error);
}

static shire_status read_period_last(loading *load, const shire_yaml_node *node,
                                     shire_error *error) {
    load->period_last = node;
    return read_date(load, node, &load->partnership->period_last, error);
}

static shire_status read_population(loading *load, const shire_yaml_node *node,
                                    shire_error *error) {
    return read_number(load, node, 1, INT64_C(10000000000), &load->partnership->population, error);
}

static shire_status read_data(loading *load, const shire_yaml_node *node, shire_error *error) {
    const char **dirs = NULL;
    size_t count = 0;
    shire_status status = read_list(load, node, 1, read_path, &dirs, &count, error);
    if (status == SHIRE_OK) {
        dirs[0] = load->partnership->data_dirs[0];
        load->partnership->data_dirs = dirs;
        load->partnership->data_dir_count = count;
    }
    return status;
}

/* A kind that is misspelt would never stop a run. */
static shire_status check_kind(const loading *load, const shire_yaml_node *node, const char *kind,
                               shire_error *error) {
    for (size_t i = 0; i < shire_finding_kind_count; i++) {
        if (strcmp(kind, shire_finding_kinds[i]) == 0) {
            return SHIRE_OK;
        }
    }
    const char *nearest = shire_text_nearest(kind, shire_finding_kinds, shire_finding_kind_count);
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "%s, line %d, stop_on: there is no kind of finding \"%s\"; %s%s%s",
                      load->path, node->line, kind, nearest == NULL ? "" : "did you mean \"",
                      nearest == NULL ? "docs/partnership-folder.md lists them" : nearest,
                      nearest == NULL ? "" : "\"?");
}

static shire_status read_stop_on(loading *load, const shire_yaml_node *node, shire_error *error) {
    const char **kinds = NULL;
    shire_status status =
        read_list(load, node, 0, read_text, &kinds, &load->partnership->stop_on_count, error);
    for (size_t i = 0; status == SHIRE_OK && i < load->partnership->stop_on_count; i++) {
        status = check_kind(load, node, kinds[i], error);
    }
    if (status == SHIRE_OK) {
        load->partnership->stop_on = kinds;
    }
    return status;
}

static shire_status read_memory_limit(loading *load, const shire_yaml_node *node,
                                      shire_error *error) {
    return read_number(load, node, MEMORY_LIMIT_MB_MIN, 100000000,
                       &load->partnership->memory_limit_mb, error);
}

static shire_status read_truth(loading *load, const shire_yaml_node *node, shire_error *error) {
    return read_path(load, node, &load->partnership->truth_path, error);
}

static shire_status read_national(loading *load, const shire_yaml_node *node, shire_error *error) {
    return read_path(load, node, &load->partnership->national_unit_costs_path, error);
}

static shire_status read_brought_forward(loading *load, const shire_yaml_node *node,
                                         shire_error *error) {
    return read_path(load, node, &load->partnership->brought_forward_path, error);
}

static shire_status read_public_url(loading *load, const shire_yaml_node *node,
                                    shire_error *error) {
    return read_text(load, node, &load->partnership->public_url, error);
}

static shire_status read_issuer(loading *load, const shire_yaml_node *node, shire_error *error) {
    return read_text(load, node, &load->partnership->provider_issuer, error);
}

static shire_status read_client(loading *load, const shire_yaml_node *node, shire_error *error) {
    return read_text(load, node, &load->partnership->provider_client, error);
}

static shire_status read_secret_file(loading *load, const shire_yaml_node *node,
                                     shire_error *error) {
    return read_path(load, node, &load->partnership->provider_secret_path, error);
}

typedef shire_status (*setting_reader)(loading *load, const shire_yaml_node *node,
                                       shire_error *error);

static shire_status read_setting(loading *load, const shire_yaml_node *node,
                                 const char *const *names, const setting_reader *readers,
                                 size_t count, shire_error *error);

static const char *const provider_names[] = {"issuer", "client", "secret_file"};
#define PROVIDER_COUNT (sizeof provider_names / sizeof provider_names[0])

/* In the order of provider_names. */
static const setting_reader provider_readers[PROVIDER_COUNT] = {read_issuer, read_client,
                                                                read_secret_file};

static shire_status read_provider(loading *load, const shire_yaml_node *node, shire_error *error) {
    shire_status status = SHIRE_OK;
    if (node->kind != SHIRE_YAML_MAP) {
        return refuse(load, node, "lines of `key: value`, set in, are due here: issuer and client",
                      error);
    }
    for (const shire_yaml_node *at = node->first; at != NULL && status == SHIRE_OK; at = at->next) {
        status = read_setting(load, at, provider_names, provider_readers, PROVIDER_COUNT, error);
    }
    if (status == SHIRE_OK && (load->partnership->provider_issuer == NULL ||
                               load->partnership->provider_client == NULL)) {
        status =
            refuse(load, node, "issuer and client are both due here; add what is missing", error);
    }
    return status;
}

static const char *const setting_names[] = {
    "name",
    "financial_year",
    "period_first",
    "period_last",
    "population",
    "data",
    "stop_on",
    "memory_limit_mb",
    "truth",
    "brought_forward",
    "national_unit_costs",
    "public_url",
    "sign_in_provider",
};

#define SETTING_COUNT (sizeof setting_names / sizeof setting_names[0])

/* In the order of setting_names. */
static const setting_reader setting_readers[SETTING_COUNT] = {
    read_name,     read_financial_year, read_period_first, read_period_last, read_population,
    read_data,     read_stop_on,        read_memory_limit, read_truth,       read_brought_forward,
    read_national, read_public_url,     read_provider,
};

static shire_status read_setting(loading *load, const shire_yaml_node *node,
                                 const char *const *names, const setting_reader *readers,
                                 size_t count, shire_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(node->key, names[i]) == 0) {
            return readers[i](load, node, error);
        }
    }
    const char *nearest = shire_text_nearest(node->key, names, count);
    if (nearest == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, line %d: unknown key \"%s\"; remove it, or see "
                          "docs/partnership-folder.md for those there are",
                          load->path, node->line, node->key);
    }
    return SHIRE_FAIL(error, SHIRE_INVALID, "%s, line %d: unknown key \"%s\"; did you mean \"%s\"?",
                      load->path, node->line, node->key, nearest);
}

static shire_status check_whole(const loading *load, shire_error *error) {
    const shire_partnership *partnership = load->partnership;
    const shire_yaml_node *period =
        load->period_first != NULL ? load->period_first : load->period_last;
    if (partnership->name == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: the key \"name\" is missing; add it",
                          load->path);
    }
    if (load->financial_year == NULL && period == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: the period is missing; add financial_year, or period_first and "
                          "period_last",
                          load->path);
    }
    if (load->financial_year != NULL && period != NULL) {
        return refuse(load, period, "the period is said twice; keep this or financial_year", error);
    }
    if (period != NULL && (load->period_first == NULL || load->period_last == NULL)) {
        return refuse(load, period, "period_first and period_last go together; add the other",
                      error);
    }
    if (period != NULL && partnership->period_first > partnership->period_last) {
        return refuse(load, period, "the period ends before it begins; swap the dates", error);
    }
    return SHIRE_OK;
}

static shire_status read_settings(loading *load, shire_error *error) {
    const shire_yaml_node *root = NULL;
    shire_status status =
        shire_yaml_read(load->path, SETTINGS_BYTES_MAX, load->arena, &root, error);
    if (status != SHIRE_OK) {
        return status;
    }
    if (root->kind != SHIRE_YAML_MAP) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s, line %d: settings are lines of `key: value`; this is something else",
                          load->path, root->line);
    }
    for (const shire_yaml_node *node = root->first; node != NULL && status == SHIRE_OK;
         node = node->next) {
        status = read_setting(load, node, setting_names, setting_readers, SETTING_COUNT, error);
    }
    return status == SHIRE_OK ? check_whole(load, error) : status;
}

shire_status shire_partnership_open(const char *dir, shire_arena *arena,
                                    shire_partnership *partnership_out, shire_error *error) {
    size_t length = strlen(dir);
    while (length > 1 && dir[length - 1] == '/') {
        length--;
    }
    shire_partnership partnership = {.dir = shire_arena_copy_text(arena, dir, length)};
    const char **data_dirs = shire_arena_alloc_array(arena, 1, sizeof *data_dirs);
    char *path = shire_arena_format(arena, "%.*s/partnership.yaml", (int)length, dir);
    if (partnership.dir == NULL || data_dirs == NULL || path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while reading it", dir);
    }
    data_dirs[0] = path_from_root(partnership.dir, arena);
    if (data_dirs[0] == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while reading it", dir);
    }
    const char *store = getenv(STORE_VARIABLE);
    if (store != NULL && *store != '\0') {
        partnership.store = shire_arena_copy_text(arena, store, strlen(store));
        if (partnership.store == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "%s: out of memory while reading it", dir);
        }
    }
    partnership.data_dirs = data_dirs;
    partnership.data_dir_count = 1;
    if (!shire_dir_exists(dir)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND, "%s: there is no such folder", dir);
    }
    if (!shire_file_exists(path) && !shire_dir_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                          "%s: no partnership.yaml in this folder; name a partnership folder, or "
                          "write one as docs/partnership-folder.md says",
                          dir);
    }
    loading load = {.path = path, .arena = arena, .partnership = &partnership};
    shire_status status = read_settings(&load, error);
    if (status == SHIRE_OK) {
        *partnership_out = partnership;
    }
    return status;
}

char *shire_partnership_state_path(const shire_partnership *partnership, shire_arena *arena,
                                   const char *name) {
    return shire_arena_format(arena, "%s/.shire/%s", partnership->dir, name);
}

const char *shire_partnership_store(const shire_partnership *partnership, shire_arena *arena) {
    return partnership->store != NULL
               ? partnership->store
               : shire_partnership_state_path(partnership, arena, "store.db");
}

shire_status shire_partnership_lock(const shire_partnership *partnership, shire_arena *arena,
                                    int *lock_out, shire_error *error) {
    const char *state_dir = shire_partnership_state_path(partnership, arena, "");
    const char *path = shire_partnership_state_path(partnership, arena, "lock");
    if (state_dir == NULL || path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    shire_status status = shire_dir_make_private(state_dir, error);
    if (status != SHIRE_OK) {
        return status;
    }
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be opened: %s; make it writable",
                          path, strerror(errno));
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                          "%s: another run is at work in this folder; wait for it to end", path);
    }
    *lock_out = lock;
    return SHIRE_OK;
}
