/*
 * shire record: takes over plans, alerts and documents that partners kept elsewhere. Reading people
 * is the server's: there the gate stands in front of it.
 */
#include "cli/cli_record.h"

#include "audit/audit_service.h"
#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "io/json.h"
#include "record/record_import.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct record_call {
    const char *dir;
    const char *file;
    bool json;
    shire_arena *arena;
    shire_partnership partnership;
    shire_record_import_summary summary;
} record_call;

static void print_help(void) {
    puts(
        "Usage: shire record DIR load [FILE] [--json]\n"
        "\n"
        "Load plans, alerts and documents about people from FILE (default DIR/record/items.json),\n"
        "a JSON list; docs/record.md says what is in it. All of it is taken or nothing, each item\n"
        "with an entry in the audit log; what was loaded before is passed over.\n"
        "\n"
        "Exit status: 0 done; 2 bad input; 1 failed.");
}

static shire_status load(record_call *call, shire_error *error) {
    shire_record_book *book = NULL;
    shire_store *store = NULL;
    shire_status status = shire_record_book_open(call->dir, 0, &book, error);
    if (status == SHIRE_OK) {
        status = shire_cli_open_store(call->dir, SHIRE_STORE_WRITE, call->arena, &store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_begin(store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_record_import(book, store, call->file, shire_audit_account(call->arena),
                                     (int64_t)time(NULL), &call->summary, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_sign_all(&call->partnership, store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(store, error);
    }
    shire_store_close(store);
    shire_record_book_close(book);
    return status;
}

static shire_status print_summary(const record_call *call, shire_error *error) {
    const shire_record_import_summary *summary = &call->summary;
    if (!call->json) {
        printf("%zu of %zu items loaded; %zu were there before.\n", summary->added, summary->items,
               summary->known);
        return SHIRE_OK;
    }
    json_t *object = json_pack("{s:I, s:I, s:I}", "items", (json_int_t)summary->items, "added",
                               (json_int_t)summary->added, "known", (json_int_t)summary->known);
    return object == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                          : shire_json_print(object, stdout, error);
}

int shire_cli_record(int argc, char **argv) {
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    record_call call = {0};
    shire_error error = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return 0;
        }
        if (option == '?') {
            return shire_cli_usage("record", "that option is not known");
        }
        call.json = true;
    }
    int places = argc - optind;
    if (places < 2 || places > 3 || strcmp(argv[optind + 1], "load") != 0) {
        return shire_cli_usage("record", "give the partnership folder, `load`, and a file or none");
    }
    call.dir = argv[optind];
    shire_status status = shire_arena_new("record", 0, &call.arena, &error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(call.dir, call.arena, &call.partnership, &error);
    }
    if (status == SHIRE_OK) {
        call.file = places == 3 ? argv[optind + 2]
                                : shire_arena_format(call.arena, "%s/record/items.json",
                                                     call.partnership.dir);
        status = call.file == NULL ? SHIRE_FAIL(&error, SHIRE_NO_MEMORY, "out of memory")
                                   : load(&call, &error);
    }
    if (status == SHIRE_OK) {
        status = print_summary(&call, &error);
    }
    shire_arena_wipe_free(call.arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("record", &error);
}
