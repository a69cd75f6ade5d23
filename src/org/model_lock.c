/* Locks of costing models: a list of hashes beside the model, and a history that only grows. */
#include "org/model_lock.h"

#include "io/crypto.h"
#include "io/csv.h"
#include "io/file.h"
#include "io/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOCK_BYTES_MAX ((size_t)64 << 20)
#define SETTINGS_BYTES_MAX ((size_t)1 << 20)
#define SETTINGS_FILE "partnership.yaml"
#define SETTINGS_MARK "settings:" /* before their hash; older locks have the file's own */
#define HASH_TEXT_BYTES (sizeof SETTINGS_MARK + (size_t)2 * SHIRE_HASH_BYTES)

/* Settings of the server and of the machine, on which no cost depends. All others are locked, also
 * those that are yet to come. */
static const char *const open_settings[] = {"memory_limit_mb", "public_url", "sign_in_provider"};

typedef struct model_files {
    const char **names; /* from the partnership folder */
    size_t count;
} model_files;

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
}

static char *path_of(const char *dir, const char *name, shire_arena *arena) {
    return shire_arena_format(arena, "%s/%s", dir, name);
}

static shire_status list_files(const char *dir, shire_arena *arena, model_files *files_out,
                               shire_error *error) {
    static const char *const settings[] = {SETTINGS_FILE, "organisations.csv", "successions.csv"};
    static const char *const suffixes[] = {".csv", ".sql"};
    const char *const *found[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    char *costing = path_of(dir, "costing", arena);
    if (costing == NULL) {
        return no_memory(error);
    }
    for (int i = 0; i < 2 && shire_dir_exists(costing); i++) {
        shire_status status =
            shire_dir_list(costing, suffixes[i], arena, &found[i], &counts[i], error);
        if (status != SHIRE_OK) {
            return status;
        }
    }
    const char **names = shire_arena_alloc_array(arena, counts[0] + counts[1] + 3, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; names != NULL && i < 3; i++) {
        char *path = path_of(dir, settings[i], arena);
        if (path == NULL) {
            return no_memory(error);
        }
        if (shire_file_exists(path)) {
            names[count++] = settings[i];
        }
    }
    for (int kind = 0; names != NULL && kind < 2; kind++) {
        for (size_t i = 0; i < counts[kind]; i++) {
            names[count] = shire_arena_format(arena, "costing/%s", found[kind][i]);
            if (names[count++] == NULL) {
                return no_memory(error);
            }
        }
    }
    *files_out = (model_files){.names = names, .count = count};
    return names == NULL ? no_memory(error) : SHIRE_OK;
}

/* ---- the hashes ---- */

static bool is_open_setting(const char *key) {
    for (size_t i = 0; i < sizeof open_settings / sizeof open_settings[0]; i++) {
        if (strcmp(key, open_settings[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Lengths go before texts, so that no two trees give the same bytes. */
static void append_node(shire_builder *text, const shire_yaml_node *node) {
    const char *key = node->key == NULL ? "" : node->key;
    const char *value = node->text == NULL ? "" : node->text;
    shire_builder_append_format(text, "%d %zu:%s %zu:", (int)node->kind, strlen(key), key,
                                strlen(value));
    shire_builder_append_text(text, value);
    for (const shire_yaml_node *at = node->first; at != NULL; at = at->next) {
        append_node(text, at);
    }
    shire_builder_append_text(text, ".");
}

/* Of what the settings say, and not of how they are written. */
static shire_status hash_settings(const char *path, shire_arena *arena, char *hash_out,
                                  shire_error *error) {
    const shire_yaml_node *root = NULL;
    shire_builder text = {0};
    shire_status status = shire_yaml_read(path, SETTINGS_BYTES_MAX, arena, &root, error);
    if (status != SHIRE_OK) {
        return status;
    }
    for (const shire_yaml_node *at = root->first; at != NULL; at = at->next) {
        if (at->key == NULL || !is_open_setting(at->key)) {
            append_node(&text, at);
        }
    }
    const shire_span part = {text.bytes == NULL ? "" : text.bytes, text.length};
    shire_hash hash = shire_sha256(&part, 1);
    size_t length = (size_t)snprintf(hash_out, HASH_TEXT_BYTES, SETTINGS_MARK);
    for (size_t i = 0; i < SHIRE_HASH_BYTES; i++) {
        length += (size_t)snprintf(hash_out + length, HASH_TEXT_BYTES - length, "%02x",
                                   (unsigned)hash.bytes[i]);
    }
    status = text.failed ? no_memory(error) : SHIRE_OK;
    shire_builder_free(&text);
    return status;
}

/* ---- the history ---- */

static void append_cell(shire_builder *text, const char *cell) {
    shire_builder_append_text(text, "\"");
    for (const char *at = cell; *at != '\0'; at++) {
        bool breaks = *at == '\n' || *at == '\r';
        shire_builder_append_text(text, *at == '"' ? "\"" : "");
        shire_builder_append(text, (shire_span){breaks ? " " : at, 1});
    }
    shire_builder_append_text(text, "\"");
}

static shire_status add_history(const char *dir, const char *action, const char *who,
                                const char *why, shire_arena *arena, shire_error *error) {
    char when[32];
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
    char *path = path_of(dir, SHIRE_MODEL_HISTORY_FILE, arena);
    shire_span before = {"when,action,who,why\n", 20};
    shire_builder text = {0};
    shire_status status = path == NULL ? no_memory(error) : SHIRE_OK;
    if (status == SHIRE_OK && shire_file_exists(path)) {
        status = shire_file_read(path, LOCK_BYTES_MAX, arena, &before, error);
    }
    shire_builder_append(&text, before);
    shire_builder_append_format(&text, "%s,%s,", when, action);
    append_cell(&text, who);
    shire_builder_append_text(&text, ",");
    append_cell(&text, why);
    shire_builder_append_text(&text, "\n");
    if (status == SHIRE_OK) {
        status = text.failed
                     ? no_memory(error)
                     : shire_file_replace(path, (shire_span){text.bytes, text.length}, error);
    }
    shire_builder_free(&text);
    return status;
}

/* "by A on 2025-04-01T09:00:00Z (why)", of the last lock; "" where the history has none. */
static const char *last_lock(const char *dir, shire_arena *arena) {
    char *path = path_of(dir, SHIRE_MODEL_HISTORY_FILE, arena);
    shire_csv csv;
    shire_error ignored = {0};
    if (path == NULL || !shire_file_exists(path) ||
        shire_csv_read(path, LOCK_BYTES_MAX, arena, &csv, &ignored) != SHIRE_OK ||
        csv.row_count == 0 || csv.column_count < 4) {
        return "";
    }
    const char *text = shire_arena_format(arena, " by %s on %s (%s)",
                                          shire_csv_cell(&csv, csv.row_count - 1, 2).bytes,
                                          shire_csv_cell(&csv, csv.row_count - 1, 0).bytes,
                                          shire_csv_cell(&csv, csv.row_count - 1, 3).bytes);
    return text == NULL ? "" : text;
}

/* ---- the lock ---- */

static shire_status refuse(const char *dir, const char *file, const char *what, shire_arena *arena,
                           shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_INVALID,
                      "%s was %s since the model was locked%s; undo that, or unlock the model with "
                      "`shire model unlock %s --who NAME --why REASON`",
                      file, what, last_lock(dir, arena), dir);
}

shire_status shire_model_lock_check(const char *dir, shire_arena *arena, shire_error *error) {
    char *path = path_of(dir, SHIRE_MODEL_LOCK_FILE, arena);
    shire_csv csv;
    model_files files;
    if (path == NULL) {
        return no_memory(error);
    }
    if (!shire_file_exists(path)) {
        return SHIRE_OK;
    }
    shire_status status = shire_csv_read(path, LOCK_BYTES_MAX, arena, &csv, error);
    if (status == SHIRE_OK) {
        status = list_files(dir, arena, &files, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    for (size_t row = 0; row < csv.row_count; row++) {
        const char *file = shire_csv_cell(&csv, row, 0).bytes;
        char *locked = path_of(dir, file, arena);
        const char *kept = shire_csv_cell(&csv, row, 1).bytes;
        char hash[HASH_TEXT_BYTES];
        if (locked == NULL) {
            return no_memory(error);
        }
        if (!shire_file_exists(locked)) {
            return refuse(dir, file, "removed", arena, error);
        }
        status = strncmp(kept, SETTINGS_MARK, strlen(SETTINGS_MARK)) == 0
                     ? hash_settings(locked, arena, hash, error)
                     : shire_file_hash(locked, hash, error);
        if (status != SHIRE_OK) {
            return status;
        }
        if (strcmp(hash, kept) != 0) {
            return refuse(dir, file, "changed", arena, error);
        }
    }
    for (size_t i = 0; i < files.count; i++) {
        bool known = false;
        for (size_t row = 0; row < csv.row_count && !known; row++) {
            known = strcmp(files.names[i], shire_csv_cell(&csv, row, 0).bytes) == 0;
        }
        if (!known) {
            return refuse(dir, files.names[i], "added", arena, error);
        }
    }
    return SHIRE_OK;
}

shire_status shire_model_lock(const char *dir, const char *who, const char *why, shire_arena *arena,
                              shire_error *error) {
    char *path = path_of(dir, SHIRE_MODEL_LOCK_FILE, arena);
    model_files files;
    if (path == NULL) {
        return no_memory(error);
    }
    if (shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: the model is locked already%s; unlock it first to lock it anew",
                          path, last_lock(dir, arena));
    }
    shire_builder text = {0};
    shire_builder_append_text(&text, "file,hash\n");
    shire_status status = list_files(dir, arena, &files, error);
    for (size_t i = 0; status == SHIRE_OK && i < files.count; i++) {
        char *file = path_of(dir, files.names[i], arena);
        char hash[HASH_TEXT_BYTES];
        status = file == NULL ? no_memory(error)
                 : strcmp(files.names[i], SETTINGS_FILE) == 0
                     ? hash_settings(file, arena, hash, error)
                     : shire_file_hash(file, hash, error);
        if (status == SHIRE_OK) {
            append_cell(&text, files.names[i]);
            shire_builder_append_format(&text, ",%s\n", hash);
        }
    }
    if (status == SHIRE_OK) {
        status = text.failed
                     ? no_memory(error)
                     : shire_file_replace(path, (shire_span){text.bytes, text.length}, error);
    }
    shire_builder_free(&text);
    return status == SHIRE_OK ? add_history(dir, "lock", who, why, arena, error) : status;
}

shire_status shire_model_unlock(const char *dir, const char *who, const char *why,
                                shire_arena *arena, shire_error *error) {
    char *path = path_of(dir, SHIRE_MODEL_LOCK_FILE, arena);
    if (path == NULL) {
        return no_memory(error);
    }
    if (!shire_file_exists(path)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s: there is no lock; the model is open", path);
    }
    /* The trace first: no lock goes without one. */
    shire_status status = add_history(dir, "unlock", who, why, arena, error);
    if (status == SHIRE_OK && unlink(path) != 0) {
        status =
            SHIRE_FAIL(error, SHIRE_IO_FAILED, "%s: cannot be removed: %s", path, strerror(errno));
    }
    return status;
}
