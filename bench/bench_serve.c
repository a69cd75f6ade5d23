/*
 * The server on one processor with a county behind it: reading persons and searching, by `wrk` on
 * another processor, flat out and at a steady rate, and with many connections that only wait.
 *
 * bench-serve [DIR] [--rate N] [--seconds N] [--idle N] [--store URL]: DIR is a partnership that
 * was run, by default the demo's county; by default 2,000 requests a second for 20 seconds and
 * 10,000 idle connections. Accounts and agreements are the bench's own, in a scratch store (or one
 * to throw away, by --store): a clinician of each body, every body sharing everything; each request
 * is for a random person whom that clinician may see. Processor time is the server's, user and
 * system, of /proc; what wrk measures is wall-clock time, which other work on the machine
 * lengthens. Prints Markdown.
 */
#include "core/meter.h"
#include "core/random.h"
#include "gate/gate_session.h"
#include "io/file.h"
#include "record/record_search.h"
#include "web/http_form.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ORGANISATIONS_MAX 256
#define VISITS 4096
#define FLAT_OUT_CONNECTIONS 32
#define STEADY_CONNECTIONS 256
#define SEARCH_RATE 200
#define ACCOUNTS_FROM 1000000 /* numbers that no account of a partnership has */

typedef struct serve_bench {
    const char *dir;
    const char *where; /* the store */
    long rate;
    long seconds;
    long idle_count;
    char scratch[64];
    char store_path[96];
    shire_record *record;
    shire_store *store;
    const shire_gate_policy *policy;
    shire_gate_token tokens[ORGANISATIONS_MAX];
    char csrf[ORGANISATIONS_MAX][SHIRE_GATE_TOKEN_LETTERS + 1];
    size_t body_count;
    pid_t server;
    int port;
    shire_error error;
} serve_bench;

static void clean_up(serve_bench *bench) {
    if (bench->server > 0) {
        kill(bench->server, SIGTERM);
        waitpid(bench->server, NULL, 0);
    }
    if (bench->scratch[0] != '\0') {
        (void)!shire_dir_remove(bench->scratch, NULL);
    }
}

static void give_up(serve_bench *bench, const char *sentence) {
    fprintf(stderr, "bench-serve: %s\n", sentence);
    clean_up(bench);
    exit(1);
}

static void check(serve_bench *bench, shire_status status) {
    if (status != SHIRE_OK) {
        give_up(bench, bench->error.message);
    }
}

/* In the child; never returns. */
static void execute(const char *const *words) {
    union {
        const char *const *ours;
        char *const *theirs; /* which are not written to */
    } list = {words};
    execvp(words[0], list.theirs);
    _exit(127);
}

/* Runs a command to its end; its output goes to `log`, or to ours where that is NULL. */
static void run(serve_bench *bench, const char *const *words, const char *log) {
    int result = 1;
    pid_t child = fork();
    if (child == 0) {
        int file = log == NULL ? -1 : open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file >= 0) {
            dup2(file, STDOUT_FILENO);
        }
        execute(words);
    }
    if (child < 0 || waitpid(child, &result, 0) != child || result != 0) {
        char sentence[128];
        snprintf(sentence, sizeof sentence, "this failed: %.60s; is it installed?", words[0]);
        give_up(bench, sentence);
    }
}

/* ---- who asks, and for whom ---- */

static void make_accounts(serve_bench *bench, const char *const *codes) {
    shire_builder sql = {0};
    for (size_t i = 0; i < bench->body_count; i++) {
        shire_builder_append_format(&sql,
                                    "INSERT INTO account VALUES (%lld, 'bench%zu', 'B', '%s', "
                                    "'clinician', NULL, 0);",
                                    ACCOUNTS_FROM + (long long)i, i, codes[i]);
        for (size_t j = 0; j < bench->body_count; j++) {
            if (i != j) {
                shire_builder_append_format(
                    &sql,
                    "INSERT INTO agreement SELECT coalesce(max(agreement_no), 0) + 1, '%s', '%s', "
                    "'care', 'demographics acute gp community mental_health social_care housing "
                    "plan document', '2000-01-01', NULL, 'bench' FROM agreement;",
                    codes[i], codes[j]);
            }
        }
    }
    check(bench, sql.failed ? SHIRE_NO_MEMORY
                            : shire_store_execute(bench->store, sql.bytes, &bench->error));
    shire_builder_free(&sql);
}

static void sign_in(serve_bench *bench) {
    int64_t now = time(NULL);
    for (size_t i = 0; i < bench->body_count; i++) {
        shire_gate_session session;
        check(bench, shire_gate_session_open(bench->store, ACCOUNTS_FROM + (int64_t)i, NULL, now,
                                             &bench->tokens[i], &bench->error));
        check(bench, shire_gate_session_find(bench->store, shire_span_of(bench->tokens[i].text),
                                             now, &session, &bench->error));
        memcpy(bench->csrf[i], session.csrf, sizeof session.csrf);
    }
}

static void make_access(serve_bench *bench) {
    const shire_record_book *book = shire_record_get_book(bench->record);
    const char *codes[ORGANISATIONS_MAX];
    char texts[ORGANISATIONS_MAX][64];
    bench->body_count =
        book->organisation_count < ORGANISATIONS_MAX ? book->organisation_count : ORGANISATIONS_MAX;
    for (size_t i = 0; i < bench->body_count; i++) {
        shire_span code = shire_record_book_text(book, book->organisations[i].code);
        snprintf(texts[i], sizeof texts[i], "%.*s", (int)code.length, code.bytes);
        codes[i] = texts[i];
    }
    check(bench, shire_store_begin(bench->store, &bench->error));
    make_accounts(bench, codes);
    sign_in(bench);
    check(bench, shire_store_commit(bench->store, &bench->error));
    check(bench, shire_gate_policy_read(bench->store, codes, bench->body_count, &bench->policy,
                                        &bench->error));
}

/* Whether a clinician of the body may see the person. */
static bool may_read(serve_bench *bench, uint32_t body, shire_span person_id) {
    shire_arena *arena = NULL;
    shire_gate_viewer viewer;
    shire_record_view view = {0};
    shire_audit_entry entry;
    shire_record_asker asker = {.policy = bench->policy, .viewer = &viewer, .reason = ""};
    const shire_record_request request = {.person_id = person_id};
    check(bench, shire_arena_new("read", 0, &arena, &bench->error));
    check(bench, shire_gate_policy_viewer(bench->policy, ACCOUNTS_FROM + (int64_t)body,
                                          SHIRE_GATE_CARE, time(NULL), arena, &viewer,
                                          &asker.account, &asker.organisation, &bench->error));
    shire_status status =
        shire_record_read(bench->record, &asker, &request, arena, &view, &entry, &bench->error);
    shire_record_view_done(&view);
    shire_arena_free(arena);
    return status == SHIRE_OK;
}

/* ---- what wrk asks: one script of Lua for each kind of request ---- */

static const char script_end[] =
    "}\n"
    "local at = 0\n"
    "function request() at = at % #visits + 1; local v = visits[at]; return wrk.format(v[1], v[2], "
    "{[\"Cookie\"] = \"shire=\" .. v[3], [\"Content-Type\"] = v[4]}, v[5]) end\n"
    "local mean = tonumber(os.getenv('BENCH_DELAY_MS'))\n"
    "if mean > 0 then function delay() return math.floor(-mean * math.log(1 - math.random()) + "
    "0.5) end end\n"
    "function done(summary, latency) local e = summary.errors; io.write(string.format('%d %d %.3f "
    "%.3f %.3f %.3f %d\\n', summary.requests, summary.duration, latency:percentile(50) / 1000, "
    "latency:percentile(99) / 1000, latency:percentile(99.9) / 1000, latency.max / 1000, e.connect "
    "+ e.read + e.write + e.status + e.timeout)) end\n";

static void write_script(serve_bench *bench, const char *name, const char *lines) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s.lua", bench->scratch, name);
    FILE *file = fopen(path, "we");
    if (file == NULL || fprintf(file, "local visits = {\n%s%s", lines, script_end) < 0 ||
        fclose(file) != 0) {
        give_up(bench, "a script cannot be written");
    }
}

/* Visits to persons as pages and as FHIR, and searches by name and birth year. */
static void write_scripts(serve_bench *bench) {
    const shire_record_book *book = shire_record_get_book(bench->record);
    shire_random random = shire_random_seed(5, 1);
    shire_builder pages = {0};
    shire_builder fhir = {0};
    shire_builder searches = {0};
    for (int visit = 0; visit < VISITS;) {
        const shire_record_entry *one =
            &book->entries[shire_random_below(&random, book->entry_count)];
        uint32_t body = book->sources[one->source].organisation;
        shire_span id = shire_record_book_text(book, book->persons[one->person].id);
        shire_span given = shire_record_book_text(book, one->texts[SHIRE_RECORD_GIVEN_NAME]);
        shire_span family = shire_record_book_text(book, one->texts[SHIRE_RECORD_FAMILY_NAME]);
        if (body >= bench->body_count || !may_read(bench, body, id)) {
            continue;
        }
        const char *token = bench->tokens[body].text;
        visit++;
        shire_builder_append_format(&pages, "{'GET', '/people/%.*s', '%s'},\n", (int)id.length,
                                    id.bytes, token);
        shire_builder_append_format(&fhir, "{'GET', '/fhir/Patient/%.*s', '%s'},\n", (int)id.length,
                                    id.bytes, token);
        char day[11] = "";
        if (one->birth != SHIRE_RECORD_NO_TIME) {
            shire_date_format(one->birth, day);
        }
        shire_builder_append_format(
            &searches,
            "{'POST', '/people', '%s', 'application/x-www-form-urlencoded', \"csrf=%s&line=", token,
            bench->csrf[body]);
        shire_builder_append_url(&searches, given);
        shire_builder_append_text(&searches, "+");
        shire_builder_append_url(&searches, family);
        shire_builder_append_format(&searches, "+%.4s\"},\n", day);
    }
    if (pages.failed || fhir.failed || searches.failed) {
        give_up(bench, "out of memory");
    }
    write_script(bench, "page", pages.bytes);
    write_script(bench, "fhir", fhir.bytes);
    write_script(bench, "search", searches.bytes);
    shire_builder_free(&pages);
    shire_builder_free(&fhir);
    shire_builder_free(&searches);
}

/* ---- the server ---- */

static void start_server(serve_bench *bench) {
    int pipes[2];
    char line[256] = "";
    const char *const words[] = {"taskset", "-c",       "0",       BENCH_SHIRE,
                                 "serve",   bench->dir, "--store", bench->where,
                                 "--port",  "0",        NULL};
    if (pipe(pipes) != 0) {
        give_up(bench, "no pipe");
    }
    bench->server = fork();
    if (bench->server == 0) {
        dup2(pipes[1], STDOUT_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        execute(words);
    }
    close(pipes[1]);
    FILE *out = fdopen(pipes[0], "r");
    if (out == NULL || fgets(line, sizeof line, out) == NULL || strrchr(line, ':') == NULL) {
        give_up(bench, "the server did not start");
    }
    fclose(out);
    bench->port = (int)strtol(strrchr(line, ':') + 1, NULL, 10);
}

/* User and system time of the server so far. */
static double server_seconds(const serve_bench *bench) {
    char path[64];
    char text[1024] = "";
    unsigned long user = 0;
    unsigned long system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)bench->server);
    FILE *file = fopen(path, "re");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL) {
        fclose(file);
    }
    text[length] = '\0';
    const char *after_name = strrchr(text, ')');
    if (after_name != NULL) {
        char *at = (char *)after_name + 1;
        for (int field = 3; field < 14; field++) {
            at = strchr(at + 1, ' ');
        }
        user = strtoul(at, &at, 10);
        system = strtoul(at, NULL, 10);
    }
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* Kilobytes of 1,024 bytes that a line of a file in /proc names; 0 when it is not there. */
static long read_kilobytes(const serve_bench *bench, const char *name, const char *label) {
    char path[64];
    char line[256];
    long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)bench->server, name);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, label, strlen(label)) == 0) {
            kilobytes = strtol(line + strlen(label), NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kilobytes;
}

/* PSS counts what others map too by its share. */
static void print_memory(const serve_bench *bench, const char *when) {
    long own = read_kilobytes(bench, "status", "RssAnon:");
    long mapped = read_kilobytes(bench, "status", "RssFile:");
    long shared_out = read_kilobytes(bench, "smaps_rollup", "Pss:");
    printf("\nMemory %s: %ld MB (%ld of its own, %ld of mapped files); by share of what others map "
           "too (PSS) %ld MB.\n",
           when, (own + mapped) * 1024 / 1000000, own * 1024 / 1000000, mapped * 1024 / 1000000,
           shared_out * 1024 / 1000000);
    fflush(stdout);
}

/* ---- measuring ---- */

static void measure(serve_bench *bench, const char *name, const char *what, long connections,
                    double rate) {
    char script[128];
    char url[64];
    char count[24];
    char duration[24];
    char delay[32];
    char log[128];
    const char *const words[] = {"taskset", "-c", "1",    "wrk",       "-t1", "-c", count, "-d",
                                 duration,  "-s", script, "--timeout", "10s", url,  NULL};
    snprintf(script, sizeof script, "%s/%s.lua", bench->scratch, name);
    snprintf(log, sizeof log, "%s/wrk.log", bench->scratch);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", bench->port);
    snprintf(count, sizeof count, "%ld", connections);
    snprintf(duration, sizeof duration, "%lds", bench->seconds);
    snprintf(delay, sizeof delay, "%.3f", rate == 0 ? 0 : 1000.0 * (double)connections / rate);
    setenv("BENCH_DELAY_MS", delay, 1);
    double work = server_seconds(bench);
    run(bench, words, log);
    work = server_seconds(bench) - work;
    long long requests = 0;
    long long microseconds = 1;
    long long errors = 0;
    double times[4] = {0};
    char line[512];
    FILE *file = fopen(log, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        /* Ours is the one line that begins with a digit. */
        if (line[0] >= '0' && line[0] <= '9') {
            sscanf(line, "%lld %lld %lf %lf %lf %lf %lld", &requests, &microseconds, &times[0],
                   &times[1], &times[2], &times[3], &errors);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    if (requests == 0) {
        give_up(bench, "wrk made no request");
    }
    printf("| %s | %.0f | %.3f ms | %.2f ms | %.2f ms | %.2f ms | %.1f ms | %lld |\n", what,
           (double)requests * 1e6 / (double)microseconds, work * 1e3 / (double)requests, times[0],
           times[1], times[2], times[3], errors);
    fflush(stdout);
}

/* Each asks once, so that it is one that a browser keeps, and then waits. */
static void hold_idle(serve_bench *bench, int *sockets) {
    static const char ask[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)bench->port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    for (long i = 0; i < bench->idle_count; i++) {
        char answer[1024];
        sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (sockets[i] < 0 ||
            connect(sockets[i], (struct sockaddr *)&address, sizeof address) != 0 ||
            send(sockets[i], ask, sizeof ask - 1, MSG_NOSIGNAL) != (ssize_t)sizeof ask - 1 ||
            recv(sockets[i], answer, sizeof answer, 0) < 12 ||
            memcmp(answer, "HTTP/1.1 200", 12) != 0) {
            char sentence[96];
            snprintf(sentence, sizeof sentence, "idle connection %ld was not taken: %s", i,
                     strerror(errno));
            give_up(bench, sentence);
        }
    }
}

static void measure_all(serve_bench *bench) {
    puts("| what | requests a second | processor a request | median | p99 | p99.9 | worst | errors "
         "|\n|---|---|---|---|---|---|---|---|");
    measure(bench, "page", "person page, flat out", FLAT_OUT_CONNECTIONS, 0);
    measure(bench, "page", "person page, steady", STEADY_CONNECTIONS, (double)bench->rate);
    measure(bench, "fhir", "FHIR Patient, flat out", FLAT_OUT_CONNECTIONS, 0);
    measure(bench, "fhir", "FHIR Patient, steady", STEADY_CONNECTIONS, (double)bench->rate);
    measure(bench, "search", "search, flat out", 4, 0);
    measure(bench, "search", "search, steady", STEADY_CONNECTIONS, SEARCH_RATE);
    print_memory(bench, "after these");
    if (bench->idle_count > 0) {
        int *sockets = calloc((size_t)bench->idle_count, sizeof *sockets);
        if (sockets == NULL) {
            give_up(bench, "out of memory");
        }
        hold_idle(bench, sockets);
        char what[96];
        snprintf(what, sizeof what, "with %ld idle connections", bench->idle_count);
        print_memory(bench, what);
        snprintf(what, sizeof what, "person page, steady, beside %ld idle connections",
                 bench->idle_count);
        puts("\n| what | requests a second | processor a request | median | p99 | p99.9 | worst | "
             "errors |\n|---|---|---|---|---|---|---|---|");
        measure(bench, "page", what, STEADY_CONNECTIONS, (double)bench->rate);
        for (long i = 0; i < bench->idle_count; i++) {
            close(sockets[i]);
        }
        free(sockets);
    }
}

/* ---- the whole ---- */

static bool parse(int argc, char **argv, serve_bench *bench) {
    for (int i = 1; i < argc; i++) {
        bool has_value = i + 1 < argc;
        long *number = strcmp(argv[i], "--rate") == 0      ? &bench->rate
                       : strcmp(argv[i], "--seconds") == 0 ? &bench->seconds
                       : strcmp(argv[i], "--idle") == 0    ? &bench->idle_count
                                                           : NULL;
        if (number != NULL && has_value) {
            *number = strtol(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--store") == 0 && has_value) {
            bench->where = argv[++i];
        } else if (argv[i][0] != '-') {
            bench->dir = argv[i];
        } else {
            return false;
        }
    }
    return bench->rate > 0 && bench->seconds > 0 && bench->idle_count >= 0;
}

static void open_all(serve_bench *bench) {
    char from[4096];
    struct rlimit files;
    if (mkdtemp(bench->scratch) == NULL) {
        bench->scratch[0] = '\0';
        give_up(bench, "no scratch folder");
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    if (bench->where == NULL) {
        snprintf(from, sizeof from, "%s/.shire/store.db", bench->dir);
        if (!shire_file_exists(from)) {
            give_up(bench, "the folder holds no .shire/store.db; name one of a partnership, after "
                           "`shire run` of it");
        }
        snprintf(bench->store_path, sizeof bench->store_path, "%s/store.db", bench->scratch);
        const char *const words[] = {"cp", from, bench->store_path, NULL};
        run(bench, words, NULL);
        bench->where = bench->store_path;
    }
    check(bench,
          shire_record_open(
              &(shire_record_options){.dir = bench->dir, .store = bench->where, .no_search = true},
              &bench->record, &bench->error));
    check(bench, shire_store_open(bench->where, SHIRE_STORE_WRITE, &bench->store, &bench->error));
}

int main(int argc, char **argv) {
    serve_bench bench = {.dir = "county",
                         .rate = 2000,
                         .seconds = 20,
                         .idle_count = 10000,
                         .scratch = "/tmp/shire-bench-serve-XXXXXX"};
    if (!parse(argc, argv, &bench)) {
        fprintf(stderr, "usage: bench-serve [DIR] [--rate N] [--seconds N] [--idle N] "
                        "[--store URL]\n");
        return 2;
    }
    open_all(&bench);
    make_access(&bench);
    write_scripts(&bench);
    shire_gate_policy_release(bench.policy);
    shire_store_close(bench.store);
    shire_record_close(bench.record);
    start_server(&bench);
    print_memory(&bench, "when it begins to serve");
    measure_all(&bench);
    clean_up(&bench);
    return 0;
}
