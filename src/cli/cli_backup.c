/*
 * shire backup DIR FILE, shire restore FILE DIR: all that no run can derive again, into one file
 * and back, checked (audit/backup_service.h).
 */
#include "cli/cli_backup.h"

#include "audit/backup_service.h"
#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "gate/gate_code.h"
#include "io/file.h"
#include "io/json.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

typedef struct backup_call {
    const char *dir;
    const char *file;
    bool may_overwrite;
    bool json;
    shire_arena *arena;
    shire_partnership partnership;
    shire_backup_summary summary;
    int64_t code_count; /* sealed secrets of one-time codes */
    bool has_code_key;
} backup_call;

static void print_backup_help(void) {
    puts("Usage: shire backup DIR FILE [--store URL] [--json]\n"
         "\n"
         "Writes all that the partnership DIR has and no run can derive again into FILE: the\n"
         "store, with person ids, decisions and the audit log. Servers and runs go on meanwhile;\n"
         "FILE holds one moment. It holds personal data and can be read by its owner alone.\n"
         "\n"
         "Not in it: the key that signs the audit log, DIR/.shire/audit.key, which must lie apart\n"
         "from any backup; the one that opens one-time codes, DIR/.shire/codes.key; and DIR's own\n"
         "files (extracts, costing model), which are yours.\n"
         "\n"
         "  --store URL  the store, where it is not DIR/.shire/store.db\n"
         "  --json       print one JSON object\n"
         "\n"
         "Exit status: 0 done; 1 failed; 2 no store, or FILE is there already.");
}

static void print_restore_help(void) {
    puts(
        "Usage: shire restore FILE DIR [--store URL] [--force] [--json]\n"
        "\n"
        "Puts the backup FILE into the store of the partnership DIR. First all of it is checked:\n"
        "that no byte is missing or changed, each table, and the audit log's tree and signatures;\n"
        "then what was written is read again. That it was restored is an entry of the log.\n"
        "\n"
        "  --store URL  the store, where it is not DIR/.shire/store.db; a backup of either kind\n"
        "               of store can be restored into the other\n"
        "  --force      also where there is a store, which is lost\n"
        "  --json       print one JSON object\n"
        "\n"
        "Stop the server of DIR first. Run `shire run DIR` afterwards: the warehouse is derived.\n"
        "\n"
        "Exit status: 0 done; 1 failed; 2 no backup, a damaged one, or there is a store already;\n"
        "3 the audit log in the backup does not hold.");
}

/* ---- what is said ---- */

static shire_status print_json(const backup_call *call, bool is_restore, shire_error *error) {
    const shire_backup_summary *summary = &call->summary;
    json_t *object =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:b}", "file", call->file, "made",
                  summary->made, "tables", (json_int_t)summary->table_count, "rows",
                  (json_int_t)summary->row_count, "audit_entries", (json_int_t)summary->entry_count,
                  "audit_signed", (json_int_t)summary->signed_count, "hash", summary->hash,
                  "has_code_key", call->has_code_key);
    if (object != NULL && is_restore) {
        json_object_set_new(object, "has_key", json_boolean(summary->has_key));
    }
    return object == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                          : shire_json_print(object, stdout, error);
}

static void print_code_key(const backup_call *call, bool is_restore) {
    if (!call->has_code_key) {
        printf("Put the copy of the key that opens one-time codes to\n"
               "%s/.shire/codes.key: without it %" PRId64 " of them open%s nothing.\n",
               call->dir, call->code_count, call->code_count == 1 ? "s" : "");
    } else if (!is_restore && call->code_count > 0) {
        printf("Nor is the key that opens one-time codes: keep a copy of\n"
               "%s/.shire/codes.key there too.\n",
               call->dir);
    }
}

static void print_text(const backup_call *call, bool is_restore) {
    const shire_backup_summary *summary = &call->summary;
    printf("%s %s of %s\n\n", is_restore ? "Restored" : "Wrote", call->file, summary->made);
    printf("  Tables          %12" PRId64 "\n", summary->table_count);
    printf("  Rows            %12" PRId64 "\n", summary->row_count);
    printf("  Audit entries   %12" PRIu64 ", %" PRIu64 " of them signed\n", summary->entry_count,
           summary->signed_count);
    printf("  Hash            %s\n\n", summary->hash);
    if (!is_restore) {
        printf("The key that signs the audit log is not in it: keep a copy of\n"
               "%s/.shire/audit.key in another place.\n",
               call->dir);
    } else if (summary->has_key) {
        puts("The audit log holds. That its end was not cut off, only a checkpoint kept elsewhere\n"
             "can show: `shire audit verify DIR --checkpoint FILE`.");
    } else {
        printf("The audit log holds. Put the copy of the key that signs it to\n"
               "%s/.shire/audit.key: without it nothing more is signed.\n",
               call->dir);
    }
    print_code_key(call, is_restore);
}

/* ---- the verbs ---- */

static shire_status back_up(backup_call *call, shire_error *error) {
    return shire_backup_write(&call->partnership, call->file, call->arena, &call->summary, error);
}

static shire_status restore(backup_call *call, shire_error *error) {
    int lock = -1;
    shire_status status = shire_partnership_lock(&call->partnership, call->arena, &lock, error);
    if (status == SHIRE_OK) {
        status = shire_backup_restore(&call->partnership, call->file, call->may_overwrite,
                                      call->arena, &call->summary, error);
    }
    if (lock >= 0) {
        close(lock);
    }
    return status;
}

static shire_status find_code_key(backup_call *call, shire_error *error) {
    shire_store *store = NULL;
    const char *path =
        shire_partnership_state_path(&call->partnership, call->arena, SHIRE_GATE_CODE_KEY_FILE);
    shire_status status = path == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                                       : shire_cli_open_store(call->dir, SHIRE_STORE_READ,
                                                              call->arena, &store, error);
    if (status == SHIRE_OK) {
        status =
            shire_gate_code_find_key(store, path, &call->code_count, &call->has_code_key, error);
    }
    shire_store_close(store);
    return status;
}

/* The two verbs differ in the order of their places, one option, and what they do. */
static int run(int argc, char **argv, bool is_restore) {
    static const struct option options[] = {{"force", no_argument, NULL, 'f'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *verb = is_restore ? "restore" : "backup";
    backup_call call = {0};
    shire_error error = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            (is_restore ? print_restore_help : print_backup_help)();
            return 0;
        }
        if (option == '?' || (option == 'f' && !is_restore)) {
            return shire_cli_usage(verb, "that option is not known");
        }
        call.may_overwrite |= option == 'f';
        call.json |= option == 'j';
    }
    if (optind + 2 != argc) {
        return shire_cli_usage(verb, is_restore ? "give the backup and the partnership folder"
                                                : "give the partnership folder and a file name");
    }
    call.file = argv[is_restore ? optind : optind + 1];
    call.dir = argv[is_restore ? optind + 1 : optind];
    shire_status status = shire_arena_new("backup", 0, &call.arena, &error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(call.dir, call.arena, &call.partnership, &error);
    }
    if (status == SHIRE_OK) {
        status = is_restore ? restore(&call, &error) : back_up(&call, &error);
    }
    if (status == SHIRE_OK) {
        status = find_code_key(&call, &error);
    }
    if (status == SHIRE_OK && call.json) {
        status = print_json(&call, is_restore, &error);
    } else if (status == SHIRE_OK) {
        print_text(&call, is_restore);
    }
    shire_arena_wipe_free(call.arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail(verb, &error);
}

int shire_cli_backup(int argc, char **argv) {
    return run(argc, argv, false);
}

int shire_cli_restore(int argc, char **argv) {
    return run(argc, argv, true);
}
