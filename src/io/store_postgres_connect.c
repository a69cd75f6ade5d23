/*
 * Connecting to PostgreSQL, and what to say when something fails. The URL goes to the library as it
 * is, so everything that it knows can be said in it (several hosts, certificates, a service); no
 * sentence ever holds the URL, for it may hold a password.
 */
#include "io/store_postgres_internal.h"

#include "core/arena.h"
#include "core/text.h"

#include <string.h>

/* ---- sentences ---- */

typedef struct code_sentence {
    const char *code; /* SQLSTATE, or the class that it begins with */
    shire_status status;
    const char *sentence;
} code_sentence;

#define DISK_FULL "53100"

static const code_sentence sentences[] = {
    {DISK_FULL, SHIRE_IO_FAILED,
     "the database server's disk is full; make room there and try again"},
    {"53300", SHIRE_BUSY,
     "the database server has no connection left; raise max_connections or try again later"},
    {"53", SHIRE_IO_FAILED,
     "the database server is out of memory or other means; see its log and try again"},
    {"55P03", SHIRE_BUSY, "another program is writing to the store; try again when it is done"},
    {"40", SHIRE_BUSY, "another program was writing to the same rows; try again"},
    {"57014", SHIRE_BUSY, "the database server ended the request; try again"},
    {"25006", SHIRE_IO_FAILED,
     "the database server only reads (a standby?); give the address of the one that writes, or "
     "both with target_session_attrs=read-write"},
    {"42501", SHIRE_IO_FAILED,
     "the database user may not do this; give it the rights on the store's schema"},
    {"22021", SHIRE_INVALID,
     "a text holds bytes that the database does not take; mend it at its source"},
    {"22P05", SHIRE_INVALID,
     "a text holds characters that the database's encoding lacks; use a database in UTF8"},
    {"XX001", SHIRE_INVALID, "the database is damaged; restore a backup"},
    {"XX002", SHIRE_INVALID, "an index of the database is damaged; restore a backup"},
    {"58", SHIRE_IO_FAILED, "the database server cannot read or write its files; see its log"},
};

static const char *field(const PGresult *result, int code) {
    const char *text = PQresultErrorField(result, code);
    return text == NULL ? "" : text;
}

bool shire_postgres_is_gone(const postgres_store *store, const PGresult *result) {
    const char *code = field(result, PG_DIAG_SQLSTATE);
    return PQstatus(store->connection) != CONNECTION_OK || strncmp(code, "57P", 3) == 0 ||
           strncmp(code, "08", 2) == 0;
}

shire_status shire_postgres_fail(postgres_store *store, const PGresult *result,
                                 shire_error *error) {
    const char *name = store->base.name;
    const char *code = field(result, PG_DIAG_SQLSTATE);
    if (shire_postgres_is_gone(store, result)) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                          "%s: the connection to the database server was lost, and what was not "
                          "confirmed is undone; try again when the server is back",
                          name);
    }
    store->base.found_no_room |= strcmp(code, DISK_FULL) == 0;
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (strncmp(code, sentences[i].code, strlen(sentences[i].code)) == 0) {
            return SHIRE_FAIL(error, sentences[i].status, "%s: %s", name, sentences[i].sentence);
        }
    }
    return SHIRE_FAIL(error, SHIRE_INTERNAL,
                      "%s: the database refused a statement (SQLSTATE %s, table '%s', constraint "
                      "'%s')",
                      name, *code == '\0' ? "none" : code, field(result, PG_DIAG_TABLE_NAME),
                      field(result, PG_DIAG_CONSTRAINT_NAME));
}

/* ---- the URL ---- */

static const char *option_of(const PQconninfoOption *options, const char *keyword) {
    for (; options != NULL && options->keyword != NULL; options++) {
        if (strcmp(options->keyword, keyword) == 0 && options->val != NULL) {
            return options->val;
        }
    }
    return "";
}

bool shire_store_url_has_password(const char *url) {
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    bool has_password = *option_of(options, "password") != '\0';
    PQconninfoFree(options);
    return has_password;
}

/* postgresql://HOST/DATABASE, for sentences; SHIRE_INVALID for what is no URL. */
static shire_status name_store(const char *url, char **name_out, bool *says_ssl_out,
                               shire_error *error) {
    shire_builder name = {0};
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    if (options == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "the store's URL cannot be read; its form is "
                          "postgresql://USER@HOST:PORT/DATABASE, with special characters as %%XX");
    }
    const char *port = option_of(options, "port");
    shire_builder_append_format(&name, "postgresql://%s%s%s/%s", option_of(options, "host"),
                                *port == '\0' ? "" : ":", port, option_of(options, "dbname"));
    *says_ssl_out = *option_of(options, "sslmode") != '\0';
    PQconninfoFree(options);
    if (name.failed) {
        shire_builder_free(&name);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    *name_out = name.bytes;
    return SHIRE_OK;
}

/* ---- connecting ---- */

static void note_warning(void *context, const PGresult *result) {
    (void)result;
    ((postgres_store *)context)->has_warning = true;
}

static bool is_local(const PGconn *connection) {
    const char *host = PQhost(connection);
    return host == NULL || *host == '\0' || *host == '/' || *host == '@' ||
           strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
           strncmp(host, "127.", 4) == 0;
}

/* The first line of what the library says; it names hosts, users and databases, no password. */
static shire_status fail_to_connect(const postgres_store *store, shire_error *error) {
    const char *message = PQerrorMessage(store->connection);
    size_t length = strcspn(message, "\n");
    return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                      "%s: the database cannot be reached (%.*s); check the URL and that the "
                      "server runs",
                      store->base.name, (int)(length > 600 ? 600 : length), message);
}

/* Of a new session. A commit is not confirmed before it is on disk, also where the server's default
 * is less; more (a standby that has applied it) stays. */
static shire_status set_up(postgres_store *store, shire_error *error) {
    static const char raise_sql[] =
        "SELECT set_config('synchronous_commit', 'on', false) WHERE "
        "current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')";
    static const char *const sql[] = {
        raise_sql,
        "SET lock_timeout = '10s'",
        /* It would also end a commit's wait for the standby, and call that done. */
        "SET statement_timeout = 0",
        "SET client_min_messages = warning",
        "SET default_transaction_isolation = 'read committed'",
    };
    shire_status status = SHIRE_OK;
    (void)PQsetNoticeReceiver(store->connection, note_warning, store);
    store->session++;
    store->streaming = NULL;
    store->sent_count = 0;
    for (size_t i = 0; i < sizeof sql / sizeof sql[0] && status == SHIRE_OK; i++) {
        PGresult *result = PQexec(store->connection, sql[i]);
        ExecStatusType code = PQresultStatus(result);
        if (code != PGRES_COMMAND_OK && code != PGRES_TUPLES_OK) {
            status = shire_postgres_fail(store, result, error);
        }
        PQclear(result);
    }
    return status;
}

/* Rows must come in the order of their bytes, as from a file: the order of what is hashed and shown
 * depends on it. */
static shire_status check_order(postgres_store *store, shire_error *error) {
    PGresult *result = PQexec(store->connection, "SELECT 1 WHERE 'B' < 'a' AND 'a-c' < 'ab' AND "
                                                 "current_setting('server_encoding') = 'UTF8'");
    shire_status status = PQresultStatus(result) != PGRES_TUPLES_OK
                              ? shire_postgres_fail(store, result, error)
                          : PQntuples(result) == 1
                              ? SHIRE_OK
                              : SHIRE_FAIL(error, SHIRE_INVALID,
                                           "%s: the database must be in UTF8 and sort by bytes; "
                                           "make it with CREATE DATABASE name TEMPLATE template0 "
                                           "ENCODING 'UTF8' LOCALE 'C'",
                                           store->base.name);
    PQclear(result);
    return status;
}

shire_status shire_postgres_reconnect(postgres_store *store, shire_error *error) {
    PQreset(store->connection);
    return PQstatus(store->connection) == CONNECTION_OK ? set_up(store, error)
                                                        : fail_to_connect(store, error);
}

void shire_postgres_disconnect(postgres_store *store) {
    PQfinish(store->connection);
    shire_memory_free(store->base.name);
    shire_memory_free(store);
}

shire_status shire_store_open_postgres(const char *url, shire_store_mode mode,
                                       shire_store **store_out, shire_error *error) {
    /* The URL comes last, so that what it says holds. A server that died without a word is noticed
     * within half a minute. */
    const char *const keywords[] = {
        "connect_timeout",           "keepalives_idle",  "keepalives_interval",
        "keepalives_count",          "tcp_user_timeout", "client_encoding",
        "fallback_application_name", "dbname",           NULL};
    const char *const values[] = {"10", "10", "5", "3", "30000", "UTF8", "shire", url, NULL};
    bool says_ssl = false;
    char *name = NULL;
    (void)mode; /* the schema's to care for: a connection is the same for both */
    shire_status status = name_store(url, &name, &says_ssl, error);
    if (status != SHIRE_OK) {
        return status;
    }
    postgres_store *store = shire_memory_resize(NULL, sizeof *store);
    if (store == NULL) {
        shire_memory_free(name);
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the store");
    }
    *store = (postgres_store){.base = {.driver = &shire_store_postgres_driver, .name = name},
                              .connection = PQconnectdbParams(keywords, values, 1)};
    if (PQstatus(store->connection) != CONNECTION_OK) {
        status = fail_to_connect(store, error);
    } else if (!says_ssl && !is_local(store->connection) && PQsslInUse(store->connection) != 1) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: the connection would not be encrypted; set up TLS and say "
                            "sslmode=verify-full in the URL, or sslmode=disable where the network "
                            "itself is",
                            name);
    } else {
        status = set_up(store, error);
    }
    if (status == SHIRE_OK) {
        status = check_order(store, error);
    }
    if (status != SHIRE_OK) {
        shire_postgres_disconnect(store);
        return status;
    }
    *store_out = &store->base;
    return SHIRE_OK;
}
