/*
 * The server's own health and security check, for administrators: each line says how something is,
 * whether that is well, and what to do where it is not. Verifying the audit log reads all of it, so
 * it is done when it is asked for, and the log holds when that was.
 */
#include "gate/gate_account.h"
#include "gate/gate_sharing.h"
#include "report/report_format.h"
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_user.h"
#include "web/web_world.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define VERIFIED "audit log verified" /* the subject by which it is found again */
#define ENTRIES_LOOKED_AT 1000        /* for a backup among exports */
#define BACKUP_DAYS_MAX 2
#define VERIFIED_DAYS_MAX 31
#define AGREEMENT_DAYS_MIN 60 /* left, before somebody should look */
#define DISK_PERCENT_MIN 10   /* free */
#define RUN_DAYS_MAX 40
#define DAY_SECONDS 86400

typedef enum state { WELL, LOOK, BAD } state;

typedef struct check {
    shire_call *call;
    json_t *lines;
    size_t counts[3];
    int64_t now;
    /* Of the store. */
    size_t active, without_code, watchful_without_code;
    size_t agreements_ending;
    int64_t entry_count;
    char at[32]; /* of the entry that was asked for last */
    bool is_verifying;
    shire_audit_verdict verdict;
} check;

static void add(check *page, state how, const char *what, const char *words, const char *remedy) {
    static const char *const labels[] = {"Good", "Look at this", "Mend this"};
    static const char *const colours[] = {"green", "yellow", "red"};
    page->counts[how]++;
    (void)json_array_append_new(page->lines, json_pack("{s:s, s:s, s:s, s:s, s:s}", "what", what,
                                                       "state", labels[how], "colour", colours[how],
                                                       "words", words == NULL ? "" : words,
                                                       "remedy", how == WELL ? "" : remedy));
}

static const char *words(const check *page, const char *format, long long number) {
    char text[SHIRE_REPORT_NUMBER_BYTES];
    shire_report_format_count(number, text);
    return shire_arena_format(page->call->request->arena, "%s %s", number == 0 ? "No" : text,
                              format);
}

/* ---- the machine ---- */

static void check_files(check *page) {
    static const char *const names[] = {"",           "store.db",         "audit.key",  "codes.key",
                                        "record.bin", "warehouse.duckdb", "columns.bin"};
    const char *open_to_others = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct stat info;
        const char *path = shire_partnership_state_path(&page->call->web->partnership,
                                                        page->call->request->arena, names[i]);
        if (path != NULL && stat(path, &info) == 0 && (info.st_mode & 077) != 0) {
            open_to_others = names[i][0] == '\0' ? "the folder .shire" : names[i];
            break;
        }
    }
    add(page, open_to_others == NULL ? WELL : BAD, "Permissions of files",
        open_to_others == NULL
            ? "Store, key and personal data can be read by the service's own user alone"
            : shire_arena_format(page->call->request->arena, "%s can be read by others",
                                 open_to_others),
        "On the server: chmod -R go= .shire");
}

static void check_disk(check *page) {
    struct statvfs info;
    const char *path =
        shire_partnership_state_path(&page->call->web->partnership, page->call->request->arena, "");
    if (path == NULL || statvfs(path, &info) != 0 || info.f_blocks == 0) {
        add(page, LOOK, "Disk space", "It cannot be asked for", "Look at the server's disk");
        return;
    }
    long long free_percent = (long long)(info.f_bavail * 100 / info.f_blocks);
    double gigabytes = (double)info.f_bavail * (double)info.f_frsize / 1e9;
    add(page, free_percent >= DISK_PERCENT_MIN ? WELL : BAD, "Disk space",
        shire_arena_format(page->call->request->arena, "%.1f GB are free, %lld%%", gigabytes,
                           free_percent),
        "Make room: on a full disk nothing can be written, and so nothing be read");
}

static void check_transport(check *page) {
    const shire_web *web = page->call->web;
    bool is_local =
        strcmp(web->options.address, "127.0.0.1") == 0 || strcmp(web->options.address, "::1") == 0;
    add(page,
        web->is_secure ? WELL
        : is_local     ? LOOK
                       : BAD,
        "Encryption on the way",
        web->is_secure ? "Browsers come by https, and cookies are for https alone"
        : is_local     ? "Plain HTTP, which this machine alone can reach"
                       : "Plain HTTP, which other machines can reach",
        "Put a proxy with TLS in front, and say its address by the option --public-url");
}

static void check_load(check *page) {
    const shire_web *web = page->call->web;
    shire_http_server_counts server = shire_http_server_count(web->server);
    shire_store_queue_counts queue = shire_store_queue_count(web->queue);
    long long shed = (long long)(server.shed + queue.refused);
    add(page, shed == 0 ? WELL : LOOK, "Load",
        words(page, "requests were turned away because of load since the start", shed),
        "Look at /metrics for when; give the server more processors");
    add(page, queue.failed == 0 ? WELL : LOOK, "Writes",
        words(page, "writes were undone since the start", (long long)queue.failed),
        "Look at the service's own log for why");
}

/* ---- the store ---- */

static shire_status count_account(const shire_gate_account *account, void *context,
                                  shire_error *error) {
    (void)error;
    check *page = context;
    if (!account->is_disabled && account->has_password) {
        uint32_t abilities = shire_gate_abilities(account->role);
        page->active++;
        page->without_code += !account->has_code;
        page->watchful_without_code +=
            !account->has_code &&
            (abilities & (SHIRE_GATE_MANAGE_ACCOUNTS | SHIRE_GATE_SEE_AUDIT)) != 0;
    }
    return SHIRE_OK;
}

static shire_status count_sharing(const shire_gate_sharing *sharing, void *context,
                                  shire_error *error) {
    (void)error;
    check *page = context;
    shire_date today = shire_gate_day(page->now);
    if (sharing->until != SHIRE_GATE_NO_END && sharing->until >= today &&
        sharing->until - today < AGREEMENT_DAYS_MIN) {
        page->agreements_ending++;
    }
    return SHIRE_OK;
}

/* The latest entry that fits; `purpose` may be NULL. */
typedef struct latest {
    const char *purpose;
    char at[32];
} latest;

static shire_status keep_latest(const shire_audit_row *row, void *context, shire_error *error) {
    (void)error;
    latest *kept = context;
    if (kept->at[0] == '\0' &&
        (kept->purpose == NULL || shire_span_equal(row->purpose, shire_span_of(kept->purpose)))) {
        snprintf(kept->at, sizeof kept->at, "%.*s", (int)row->at.length, row->at.bytes);
    }
    return SHIRE_OK;
}

/* Days since it, -1 where there is none; page->at is its time. */
static shire_status days_since(check *page, shire_store *store, const shire_audit_filter *filter,
                               const char *purpose, int64_t *days_out, shire_error *error) {
    latest kept = {.purpose = purpose};
    shire_timestamp at = 0;
    shire_status status = shire_audit_find(store, filter, purpose == NULL ? 1 : ENTRIES_LOOKED_AT,
                                           keep_latest, &kept, error);
    *days_out = -1;
    snprintf(page->at, sizeof page->at, "%s", kept.at);
    if (status == SHIRE_OK && page->at[0] != '\0' &&
        shire_timestamp_parse(shire_span_of(page->at), &at) == SHIRE_OK) {
        *days_out = (page->now - at / 1000000) / DAY_SECONDS;
    }
    return status;
}

static const char *when(const check *page, const char *what, int64_t days) {
    if (days < 0) {
        return "Never made";
    }
    shire_arena *arena = page->call->request->arena;
    json_t *moment = shire_words_iso(shire_span_of(page->at));
    const char *ago = days == 0   ? "in the last 24 hours"
                      : days == 1 ? "a day ago"
                                  : shire_arena_format(arena, "%lld days ago", (long long)days);
    const char *text =
        moment == NULL || ago == NULL
            ? NULL
            : shire_arena_format(arena, "%s on %s, %s", what, json_string_value(moment), ago);
    json_decref(moment);
    return text;
}

static shire_status check_log(check *page, shire_store *store, shire_error *error) {
    int64_t days = 0;
    shire_status status = shire_store_query_int64(store, "SELECT count(*) FROM audit_entry",
                                                  &page->entry_count, error);
    if (status == SHIRE_OK) {
        const shire_audit_filter verified = {.subject = VERIFIED};
        status = days_since(page, store, &verified, NULL, &days, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    if (page->is_verifying) {
        bool holds = page->verdict.problem_count == 0;
        add(page, holds ? WELL : BAD, "Audit log",
            holds ? words(page, "entries were verified just now: all are as they were signed",
                          (long long)page->verdict.entry_count)
                  : words(page, "entries are not as they were signed",
                          (long long)page->verdict.problem_count),
            "Keep the store as it is, and run shire audit verify, which says which entries");
    } else {
        add(page, days >= 0 && days <= VERIFIED_DAYS_MAX ? WELL : LOOK, "Audit log",
            shire_arena_format(page->call->request->arena, "%s. It has %s",
                               days < 0 ? "Never verified here" : when(page, "Verified", days),
                               words(page, "entries", (long long)page->entry_count)),
            "Verify it now, below");
    }
    const shire_audit_filter exports = {.kind = "export"};
    status = days_since(page, store, &exports, "backup", &days, error);
    if (status == SHIRE_OK) {
        add(page,
            days < 0                  ? BAD
            : days <= BACKUP_DAYS_MAX ? WELL
                                      : LOOK,
            "Backup", when(page, "Made", days), "On the server: shire backup, each night");
        const shire_audit_filter runs = {.kind = "run"};
        status = days_since(page, store, &runs, NULL, &days, error);
    }
    if (status == SHIRE_OK) {
        add(page,
            days < 0               ? BAD
            : days <= RUN_DAYS_MAX ? WELL
                                   : LOOK,
            "Last run", when(page, "Made", days),
            "On the server: shire run, then reload the service");
    }
    return status;
}

static shire_status check_store(check *page, shire_store *store, shire_error *error) {
    shire_status status = shire_gate_account_scan(store, count_account, page, error);
    if (status == SHIRE_OK) {
        status = shire_gate_sharing_scan(store, count_sharing, page, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    add(page, WELL, "Store",
        strstr(page->call->web->store_where, "://") != NULL ? "PostgreSQL, and it answers"
                                                            : "SQLite, and it answers",
        "");
    status = check_log(page, store, error);
    add(page,
        page->watchful_without_code > 0 ? BAD
        : page->without_code > 0        ? LOOK
                                        : WELL,
        "Second factor",
        shire_arena_format(page->call->request->arena,
                           "%zu of %zu accounts sign in without a one-time code, %zu of them "
                           "administrators and privacy officers",
                           page->without_code, page->active, page->watchful_without_code),
        "On the server: shire access, account code");
    add(page, page->agreements_ending == 0 ? WELL : LOOK, "Agreements",
        words(page, "agreements end within two months", (long long)page->agreements_ending),
        "Ask the privacy officer to renew them, or records close on their last day");
    return status;
}

/* ---- the page ---- */

static shire_status look(void *context, shire_error *error) {
    check *page = context;
    shire_store *store = NULL;
    shire_web *web = page->call->web;
    page->lines = json_array();
    page->now = shire_call_now();
    shire_status status = shire_web_store_borrow(web, &store, error);
    if (status == SHIRE_OK && page->is_verifying) {
        status = shire_audit_verify(store, &web->sealer.signer.verifier, NULL, 0,
                                    page->call->request->arena, &page->verdict, error);
    }
    if (status == SHIRE_OK) {
        status = check_store(page, store, error);
    }
    shire_web_store_return(web, store);
    if (status == SHIRE_OK) {
        check_transport(page);
        check_files(page);
        check_disk(page);
        check_load(page);
        add(page, WELL, "Version", "Shire " SHIRE_VERSION, "");
        return SHIRE_OK;
    }
    json_decref(page->lines);
    page->lines = NULL;
    return status;
}

static shire_status looked(shire_call *call, void *context, shire_error *error) {
    check *page = context;
    json_t *lines = page->lines;
    page->lines = NULL;
    json_t *values = json_pack(
        "{s:o, s:I, s:I, s:b}", "lines", lines, "bad", (json_int_t)page->counts[BAD], "look",
        (json_int_t)page->counts[LOOK], "is_good", page->counts[BAD] + page->counts[LOOK] == 0);
    shire_status status = shire_call_page(call, "server", "Server", values, error);
    if (status == SHIRE_OK) {
        bool holds = page->is_verifying && page->verdict.problem_count == 0;
        shire_call_log(call, &(shire_audit_entry){.kind = "read",
                                                  .actor = call->user->account,
                                                  .organisation = call->user->organisation,
                                                  .purpose = "administration",
                                                  .subject = holds ? VERIFIED : "",
                                                  .detail = holds ? "the audit log was verified"
                                                            : page->is_verifying
                                                                ? "the audit log does not hold"
                                                                : "the server's check"});
    }
    return status;
}

static shire_status begin(shire_call *call, bool is_verifying, shire_error *error) {
    check *page = shire_arena_alloc(call->request->arena, sizeof *page);
    if (page == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    page->call = call;
    page->is_verifying = is_verifying;
    shire_call_work(call, look, looked, page);
    return SHIRE_OK;
}

static shire_status show_check(shire_call *call, shire_error *error) {
    return begin(call, false, error);
}

static shire_status take_verify(shire_call *call, shire_error *error) {
    return begin(call, true, error);
}

const shire_route shire_page_check_routes[] = {
    {.pattern = "/admin/server", .handle = show_check, .abilities = SHIRE_GATE_SEE_SERVER},
    {.method = SHIRE_HTTP_POST,
     .pattern = "/admin/server",
     .handle = take_verify,
     .abilities = SHIRE_GATE_SEE_SERVER},
    {.pattern = NULL},
};
