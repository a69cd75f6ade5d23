/*
 * libmicrohttpd calls us when the headers of a request are there, for each piece of its body, when
 * it is whole, and again after a connection that was set aside is resumed. An exchange keeps what
 * one request has come to; a peer (http_peers.h) is one connection with the time by which it must
 * have done what it is at.
 */
#include "web/http_server.h"

#include "core/meter.h"
#include "io/crypto.h"
#include "web/http_head.h"
#include "web/http_loop.h"
#include "web/http_peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define LISTEN_BACKLOG 1024
#define ARENAS_KEPT_MAX 64
#define LOOPS_MAX 64
#define BODY_BYTES_MAX (64 << 20)   /* of all requests together; then large ones are shed */
#define SMALL_BODY_BYTES (16 << 10) /* a form: taken even so */
#define STATUS_CLIENT_GONE 499      /* as other servers count it */

/* A loop, and whose it is: what the library hands back with a new request. */
typedef struct http_seat {
    shire_http_server *server;
    shire_http_loop *loop;
} http_seat;

struct shire_http_server {
    shire_http_server_options options;
    http_seat seats[LOOPS_MAX]; /* that share the listening socket */
    int seat_count;
    int listen_socket;
    int port;
    atomic_bool stopping;
    _Atomic int64_t in_flight, waiting, waking, requests, shed;
    _Atomic int64_t body_bytes; /* of all bodies that are being read or answered */
    shire_http_peers *peers;
    pthread_mutex_t arena_lock;           /* of the two below */
    shire_arena *arenas[ARENAS_KEPT_MAX]; /* of requests that were answered, for the next ones */
    size_t arena_count;
};

typedef enum exchange_phase { EXCHANGE_NEW, EXCHANGE_READING, EXCHANGE_WAITING } exchange_phase;

typedef struct http_exchange {
    shire_http_request request;
    shire_http_response response;
    shire_http_server *server;
    shire_http_loop *loop;
    struct MHD_Connection *connection;
    shire_http_peer *peer;
    char *uri;
    shire_builder body;
    int64_t body_bytes; /* counted in the server's */
    exchange_phase phase;
    bool is_counted; /* in in_flight */
    bool is_waiting; /* in waiting */
    bool is_handled; /* the handler was called, so that it may hold something */
    bool is_answered;
    bool is_too_large;
    bool is_one_too_many; /* all bodies together are too large */
    shire_http_start start;
    shire_http_then then;
    void *wait_context;
    shire_status resume_status;
    shire_error resume_error;
} http_exchange;

static void set_deadline(http_exchange *exchange, int seconds) {
    shire_http_peer_set_deadline(exchange->peer, seconds);
}

/* ---- an answer ---- */

static void leave_flight(http_exchange *exchange) {
    if (exchange->is_counted) {
        exchange->is_counted = false;
        atomic_fetch_sub(&exchange->server->in_flight, 1);
    }
}

/* Also of a client that went away meanwhile: the library then asks for no answer. */
static void end_wait(http_exchange *exchange) {
    if (exchange->is_waiting) {
        exchange->is_waiting = false;
        atomic_fetch_sub(&exchange->server->waiting, 1);
    }
}

static enum MHD_Result send_answer(http_exchange *exchange) {
    shire_http_response *response = &exchange->response;
    if (shire_http_response_failed(response)) {
        shire_http_response_clear(response);
        response->status = 500;
        shire_builder_append_text(&response->body, "The server could not make this answer.\n");
    }
    shire_span body = response->lasting_body.bytes != NULL
                          ? response->lasting_body
                          : (shire_span){response->body.bytes, response->body.length};
    /* The body lives until the request is completed, so that it can be wiped then. */
    union {
        const char *bytes;
        void *buffer;
    } lasting = {body.length == 0 ? "" : body.bytes};
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(body.length, lasting.buffer, MHD_RESPMEM_PERSISTENT);
    if (answer == NULL) {
        return MHD_NO;
    }
    bool added = true;
    for (size_t i = 0; i < response->header_count; i++) {
        added = added && MHD_add_response_header(answer, response->headers[i].name,
                                                 response->headers[i].value) == MHD_YES;
    }
    if (atomic_load(&exchange->server->stopping)) {
        added = added && MHD_add_response_header(answer, "Connection", "close") == MHD_YES;
    }
    exchange->is_answered = true;
    leave_flight(exchange);
    set_deadline(exchange, exchange->server->options.send_seconds_max);
    enum MHD_Result result =
        added ? MHD_queue_response(exchange->connection, (unsigned)response->status, answer)
              : MHD_NO;
    MHD_destroy_response(answer);
    return result;
}

static enum MHD_Result refuse(http_exchange *exchange, int status, const char *sentence);

static enum MHD_Result shed(http_exchange *exchange) {
    atomic_fetch_add(&exchange->server->shed, 1);
    return refuse(exchange, 503, "The server is busy. Try again in a moment.\n");
}

/* An answer without the handler, before or in place of reading the request. */
static enum MHD_Result refuse(http_exchange *exchange, int status, const char *sentence) {
    shire_http_response *response = &exchange->response;
    response->status = status;
    shire_http_set_header(response, "Content-Type", "text/plain; charset=utf-8");
    shire_builder_append_text(&response->body, sentence);
    if (exchange->server->options.refuse != NULL) {
        exchange->server->options.refuse(exchange->server->options.context, &exchange->request,
                                         response, sentence);
    }
    shire_http_set_header(response, "Cache-Control", "no-store");
    shire_http_set_header(response, "X-Content-Type-Options", "nosniff");
    shire_http_set_header(response, "Connection", "close");
    if (status == 503) {
        shire_http_set_header(response, "Retry-After", "1");
    }
    return send_answer(exchange);
}

/* After the handler or `then`: sends the answer, or sets the connection aside. */
static enum MHD_Result go_on(http_exchange *exchange) {
    if (exchange->start == NULL) {
        return send_answer(exchange);
    }
    shire_http_start start = exchange->start;
    exchange->start = NULL;
    exchange->phase = EXCHANGE_WAITING;
    exchange->resume_error = (shire_error){0};
    exchange->is_waiting = true;
    atomic_fetch_add(&exchange->server->waiting, 1);
    MHD_suspend_connection(exchange->connection);
    shire_error error = {0};
    shire_status status = start(exchange->wait_context, &exchange->request, &error);
    if (status != SHIRE_OK) {
        shire_http_resume(&exchange->request, status, &error);
    }
    return MHD_YES;
}

void shire_http_wait(shire_http_request *request, shire_http_start start, shire_http_then then,
                     void *context) {
    http_exchange *exchange = (http_exchange *)request;
    exchange->start = start;
    exchange->then = then;
    exchange->wait_context = context;
}

void shire_http_resume(shire_http_request *request, shire_status status, const shire_error *error) {
    http_exchange *exchange = (http_exchange *)request;
    exchange->resume_status = status;
    if (error != NULL) {
        exchange->resume_error = *error;
    }
    /* The exchange may be gone as soon as it goes on; the server stays until all was woken. */
    shire_http_server *server = exchange->server;
    shire_http_loop *loop = exchange->loop;
    atomic_fetch_add(&server->waking, 1);
    MHD_resume_connection(exchange->connection);
    shire_http_loop_wake(loop);
    atomic_fetch_sub(&server->waking, 1);
}

const char *shire_http_header(const shire_http_request *request, const char *name) {
    const http_exchange *exchange = (const http_exchange *)request;
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

const char *shire_http_address(const shire_http_request *request, bool is_behind_proxy) {
    const http_exchange *exchange = (const http_exchange *)request;
    const char *forwarded = is_behind_proxy ? shire_http_header(request, "X-Forwarded-For") : NULL;
    char text[INET6_ADDRSTRLEN] = "";
    if (forwarded != NULL) {
        const char *comma = strrchr(forwarded, ',');
        shire_span last = shire_span_trim(shire_span_of(comma == NULL ? forwarded : comma + 1));
        const char *copy = shire_arena_copy_text(request->arena, last.bytes, last.length);
        return copy == NULL ? "" : copy;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)info->client_addr;
        inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text);
    } else if (info != NULL) {
        const struct sockaddr_in *address = (const struct sockaddr_in *)info->client_addr;
        inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
    }
    const char *copy = shire_arena_copy_text(request->arena, text, strlen(text));
    return copy == NULL ? "" : copy;
}

/* ---- a request ---- */

static shire_http_method method_of(const char *name) {
    static const struct {
        const char *name;
        shire_http_method method;
    } methods[] = {{"GET", SHIRE_HTTP_GET},        {"HEAD", SHIRE_HTTP_GET},
                   {"POST", SHIRE_HTTP_POST},      {"PUT", SHIRE_HTTP_PUT},
                   {"PATCH", SHIRE_HTTP_PATCH},    {"DELETE", SHIRE_HTTP_DELETE},
                   {"OPTIONS", SHIRE_HTTP_OPTIONS}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].name, name) == 0) {
            return methods[i].method;
        }
    }
    return SHIRE_HTTP_OTHER;
}

static shire_status read_target(http_exchange *exchange, shire_error *error) {
    shire_http_request *request = &exchange->request;
    shire_span target = shire_span_of(exchange->uri);
    const char *mark = memchr(target.bytes, '?', target.length);
    shire_span path = {target.bytes, mark == NULL ? target.length : (size_t)(mark - target.bytes)};
    request->path = path; /* as it was sent, for a refusal's form, until it is decoded */
    if (mark != NULL) {
        request->raw_query = (shire_span){mark + 1, target.length - path.length - 1};
    }
    shire_status status = shire_http_path_decode(path, request->arena, &request->path, error);
    if (status == SHIRE_OK) {
        status =
            shire_http_fields_parse(request->raw_query, request->arena, &request->query, error);
    }
    if (status == SHIRE_OK) {
        status = shire_http_cookies_parse(shire_span_of(shire_http_header(request, "Cookie")),
                                          request->arena, &request->cookies, error);
    }
    return status;
}

static shire_status read_body(http_exchange *exchange, shire_error *error) {
    shire_http_request *request = &exchange->request;
    if (exchange->body.failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a request");
    }
    request->body = (shire_span){exchange->body.bytes, exchange->body.length};
    const char *type = shire_http_header(request, "Content-Type");
    if (shire_http_is_multipart(type)) {
        return shire_http_multipart_parse(type, request->body, request->arena, &request->form,
                                          &request->files, error);
    }
    static const char form[] = "application/x-www-form-urlencoded";
    return type != NULL && strncasecmp(type, form, sizeof form - 1) == 0
               ? shire_http_fields_parse(request->body, request->arena, &request->form, error)
               : SHIRE_OK;
}

static size_t body_bytes_max(const http_exchange *exchange) {
    const shire_http_server_options *options = &exchange->server->options;
    return shire_http_is_multipart(shire_http_header(&exchange->request, "Content-Type"))
               ? options->upload_bytes_max
               : options->body_bytes_max;
}

static enum MHD_Result begin(http_exchange *exchange, const char *method, const char *version) {
    shire_http_server *server = exchange->server;
    shire_http_request *request = &exchange->request;
    if (!shire_http_head_leaves_room(exchange->connection, exchange->uri,
                                     server->options.header_bytes_max)) {
        shire_http_head_turn_away(exchange->connection, method);
        return MHD_NO;
    }
    exchange->phase = EXCHANGE_READING;
    request->method_name = shire_arena_copy_text(request->arena, method, strlen(method));
    if (request->method_name == NULL) {
        return MHD_NO;
    }
    request->method = method_of(method);
    request->started_nanoseconds = shire_clock_nanoseconds();
    atomic_fetch_add(&server->requests, 1);
    shire_error error = {0};
    bool is_target = read_target(exchange, &error) == SHIRE_OK;
    const char *problem = shire_http_head_problem(exchange->connection, version, exchange->uri);
    if (atomic_load(&server->in_flight) >= server->options.in_flight_max) {
        return shed(exchange);
    }
    const char *length = shire_http_header(request, "Content-Length");
    if (length != NULL && strtoull(length, NULL, 10) > body_bytes_max(exchange)) {
        return refuse(exchange, 413, "What was sent is too large.\n");
    }
    if (problem != NULL || !is_target) {
        return refuse(exchange, 400,
                      problem != NULL ? problem : "The address or its query is not well formed.\n");
    }
    set_deadline(exchange, server->options.body_seconds_max);
    return MHD_YES;
}

static enum MHD_Result take_body(http_exchange *exchange, const char *data, size_t *length) {
    shire_http_server *server = exchange->server;
    int64_t others = atomic_load(&server->body_bytes);
    if (exchange->body.length + *length > body_bytes_max(exchange)) {
        exchange->is_too_large = true;
    } else if (exchange->body.length + *length > SMALL_BODY_BYTES && others > BODY_BYTES_MAX) {
        exchange->is_one_too_many = true;
    } else {
        shire_builder_append(&exchange->body, (shire_span){data, *length});
        atomic_fetch_add(&server->body_bytes, (int64_t)*length);
        exchange->body_bytes += (int64_t)*length;
    }
    *length = 0;
    return MHD_YES;
}

static enum MHD_Result handle(http_exchange *exchange) {
    shire_http_server *server = exchange->server;
    set_deadline(exchange, 0);
    if (exchange->is_too_large) {
        return refuse(exchange, 413, "What was sent is too large.\n");
    }
    /* Counted from here on: who never sends the end of a body takes nobody's place. */
    bool is_full = atomic_fetch_add(&server->in_flight, 1) >= server->options.in_flight_max;
    exchange->is_counted = true;
    if (is_full || exchange->is_one_too_many) {
        return shed(exchange);
    }
    shire_error error = {0};
    if (read_body(exchange, &error) != SHIRE_OK) {
        return refuse(exchange, 400, "The form that was sent is not well formed.\n");
    }
    exchange->is_handled = true;
    server->options.handle(server->options.context, &exchange->request, &exchange->response);
    return go_on(exchange);
}

static enum MHD_Result take_call(void *context, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *data_length, void **exchange_at) {
    (void)context;
    (void)connection;
    (void)url;
    http_exchange *exchange = *exchange_at;
    if (exchange == NULL) {
        return MHD_NO; /* out of memory when it began, or turned away */
    }
    if (exchange->phase == EXCHANGE_NEW) {
        return begin(exchange, method, version);
    }
    if (exchange->phase == EXCHANGE_WAITING) {
        end_wait(exchange);
        exchange->then(exchange->wait_context, &exchange->request, &exchange->response,
                       exchange->resume_status, &exchange->resume_error);
        return go_on(exchange);
    }
    return *data_length > 0 ? take_body(exchange, data, data_length) : handle(exchange);
}

/* ---- arenas of requests, which follow each other quickly ---- */

static shire_arena *take_arena(shire_http_server *server) {
    shire_arena *arena = NULL;
    pthread_mutex_lock(&server->arena_lock);
    if (server->arena_count > 0) {
        arena = server->arenas[--server->arena_count];
    }
    pthread_mutex_unlock(&server->arena_lock);
    return arena != NULL || shire_arena_new("request", server->options.request_arena_bytes_max,
                                            &arena, NULL) == SHIRE_OK
               ? arena
               : NULL;
}

static void give_back_arena(shire_http_server *server, shire_arena *arena) {
    shire_arena_wipe_reset(arena);
    pthread_mutex_lock(&server->arena_lock);
    bool has_place = server->arena_count < ARENAS_KEPT_MAX;
    if (has_place) {
        server->arenas[server->arena_count++] = arena;
    }
    pthread_mutex_unlock(&server->arena_lock);
    if (!has_place) {
        shire_arena_free(arena);
    }
}

/* The request line was read: what this gives is the exchange of all later calls. */
static void *make_exchange(void *context, const char *uri, struct MHD_Connection *connection) {
    const http_seat *seat = context;
    shire_http_server *server = seat->server;
    /* Without an exchange: the library fails on such a query, and may read a further request into
     * the same connection without having ended this one. */
    if (!shire_http_head_has_few_names(uri, server->options.header_bytes_max)) {
        shire_http_head_turn_away(connection, NULL);
        return NULL;
    }
    shire_arena *arena = take_arena(server);
    if (arena == NULL) {
        return NULL;
    }
    http_exchange *exchange = shire_arena_alloc(arena, sizeof *exchange);
    char *copy = exchange == NULL ? NULL : shire_arena_copy_text(arena, uri, strlen(uri));
    if (copy == NULL) {
        give_back_arena(server, arena);
        return NULL;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    exchange->server = server;
    exchange->loop = seat->loop;
    exchange->connection = connection;
    exchange->peer = info == NULL ? NULL : info->socket_context;
    exchange->uri = copy;
    exchange->request.arena = arena;
    exchange->response = (shire_http_response){.status = 200, .arena = arena};
    return exchange;
}

static void free_body(shire_builder *body) {
    if (body->bytes != NULL) {
        shire_crypto_wipe(body->bytes, body->capacity);
    }
    shire_builder_free(body);
}

static void complete(void *context, struct MHD_Connection *connection, void **exchange_at,
                     enum MHD_RequestTerminationCode reason) {
    (void)connection;
    (void)reason;
    shire_http_server *server = context;
    http_exchange *exchange = *exchange_at;
    if (exchange == NULL) {
        return;
    }
    *exchange_at = NULL;
    end_wait(exchange);
    leave_flight(exchange);
    bool is_gone = exchange->is_handled && !exchange->is_answered;
    if (is_gone) {
        exchange->response.status = STATUS_CLIENT_GONE;
    }
    if ((is_gone || exchange->is_answered) && server->options.finished != NULL) {
        server->options.finished(server->options.context, &exchange->request, &exchange->response);
    }
    set_deadline(exchange, server->options.header_seconds_max);
    atomic_fetch_sub(&server->body_bytes, exchange->body_bytes);
    free_body(&exchange->body);
    free_body(&exchange->response.body);
    give_back_arena(server, exchange->request.arena);
}

/* ---- connections ---- */

static void notice_connection(void *context, struct MHD_Connection *connection,
                              void **socket_context, enum MHD_ConnectionNotificationCode code) {
    shire_http_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = shire_http_peers_add(server->peers, info == NULL ? -1 : info->connect_fd,
                                               server->options.header_seconds_max);
    } else {
        shire_http_peers_remove(server->peers, *socket_context);
        *socket_context = NULL;
    }
}

/* ---- the server ---- */

static shire_status open_socket(shire_http_server *server, shire_error *error) {
    const shire_http_server_options *options = &server->options;
    char port[16];
    snprintf(port, sizeof port, "%d", options->port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *address = NULL;
    if (getaddrinfo(options->address, port, &hints, &address) != 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "'%s' is no address of this machine; give numbers, such as 127.0.0.1",
                          options->address);
    }
    int yes = 1;
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool open = descriptor >= 0 &&
                setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 &&
                listen(descriptor, LISTEN_BACKLOG) == 0;
    int problem = errno;
    freeaddrinfo(address);
    struct sockaddr_storage bound;
    socklen_t bound_length = sizeof bound;
    if (!open || getsockname(descriptor, (struct sockaddr *)&bound, &bound_length) != 0) {
        if (descriptor >= 0) {
            close(descriptor);
        }
        return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                          "%s port %d cannot be listened on (%s); choose another --port",
                          options->address, options->port, strerror(problem));
    }
    server->listen_socket = descriptor;
    server->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                     : ((struct sockaddr_in *)&bound)->sin_port);
    return SHIRE_OK;
}

/* As many descriptors as connections may be open, where the system allows it. */
static void raise_descriptor_limit(int connection_count_max) {
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connection_count_max + 256;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static shire_status start_loop(shire_http_server *server, http_seat *seat, shire_error *error) {
    const shire_http_server_options *options = &server->options;
    struct MHD_OptionItem items[] = {
        {MHD_OPTION_LISTEN_SOCKET, server->listen_socket, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, options->connection_count_max / options->thread_count, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)options->header_bytes_max, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL}, /* the sweeper's business */
        {MHD_OPTION_END, 0, NULL}};
    seat->server = server;
    shire_status status = shire_http_loop_new(&seat->loop, error);
    if (status != SHIRE_OK) {
        return status;
    }
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, take_call, server,
        MHD_OPTION_URI_LOG_CALLBACK, make_exchange, seat, MHD_OPTION_NOTIFY_COMPLETED, complete,
        server, MHD_OPTION_NOTIFY_CONNECTION, notice_connection, server, MHD_OPTION_ARRAY, items,
        MHD_OPTION_END);
    return daemon == NULL ? SHIRE_FAIL(error, SHIRE_IO_FAILED,
                                       "the HTTP server could not be started (%s)", strerror(errno))
                          : shire_http_loop_start(seat->loop, daemon, error);
}

static void use_defaults(shire_http_server_options *options) {
    options->thread_count = options->thread_count < 1           ? 1
                            : options->thread_count > LOOPS_MAX ? LOOPS_MAX
                                                                : options->thread_count;
    if (options->connection_count_max == 0) {
        options->connection_count_max = 16000;
    }
    if (options->in_flight_max == 0) {
        options->in_flight_max = 1024;
    }
    if (options->header_bytes_max == 0) {
        options->header_bytes_max = 16 * 1024;
    }
    if (options->body_bytes_max == 0) {
        options->body_bytes_max = 1024 * 1024;
    }
    if (options->upload_bytes_max == 0) {
        options->upload_bytes_max = 6 * 1024 * 1024; /* a document of 5 MB, and the form around */
    }
    if (options->request_arena_bytes_max == 0) {
        options->request_arena_bytes_max = 32 * 1024 * 1024;
    }
    if (options->header_seconds_max == 0) {
        options->header_seconds_max = 60;
    }
    if (options->body_seconds_max == 0) {
        options->body_seconds_max = 30;
    }
    if (options->send_seconds_max == 0) {
        options->send_seconds_max = 60;
    }
}

static void free_server(shire_http_server *server) {
    while (server->seat_count > 0) {
        shire_http_loop_free(server->seats[--server->seat_count].loop);
    }
    if (server->listen_socket >= 0) {
        close(server->listen_socket);
    }
    while (server->arena_count > 0) {
        shire_arena_free(server->arenas[--server->arena_count]);
    }
    shire_http_peers_free(server->peers);
    pthread_mutex_destroy(&server->arena_lock);
    shire_memory_free(server);
}

shire_status shire_http_server_start(const shire_http_server_options *options,
                                     shire_http_server **server_out, shire_error *error) {
    shire_http_server *server = shire_memory_resize(NULL, sizeof *server);
    if (server == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for the server");
    }
    *server = (shire_http_server){.options = *options, .listen_socket = -1};
    pthread_mutex_init(&server->arena_lock, NULL);
    use_defaults(&server->options);
    raise_descriptor_limit(server->options.connection_count_max);
    shire_status status = open_socket(server, error);
    if (status == SHIRE_OK) {
        status = shire_http_peers_new(server->options.connection_count_max, &server->peers, error);
    }
    if (status == SHIRE_OK) {
        *server_out = server; /* requests may come from here on, and ask for its counts */
        while (status == SHIRE_OK && server->seat_count < server->options.thread_count) {
            status = start_loop(server, &server->seats[server->seat_count++], error);
        }
    }
    if (status != SHIRE_OK) {
        *server_out = NULL;
        free_server(server);
    }
    return status;
}

int shire_http_server_port(const shire_http_server *server) {
    return server->port;
}

void shire_http_server_stop(shire_http_server *server, int seconds) {
    if (server == NULL) {
        return;
    }
    atomic_store(&server->stopping, true);
    for (int i = 0; i < server->seat_count; i++) {
        shire_http_loop_quiesce(server->seats[i].loop);
    }
    int64_t until = shire_clock_nanoseconds() + seconds * SECOND;
    struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
    /* What waits is always waited for: the library cannot stop with a connection set aside. */
    while (atomic_load(&server->waiting) > 0 || atomic_load(&server->waking) > 0 ||
           (atomic_load(&server->in_flight) > 0 && shire_clock_nanoseconds() < until)) {
        nanosleep(&moment, NULL);
    }
    free_server(server);
}

shire_http_server_counts shire_http_server_count(const shire_http_server *server) {
    return (shire_http_server_counts){.connections = shire_http_peers_count(server->peers),
                                      .in_flight = atomic_load(&server->in_flight),
                                      .requests = atomic_load(&server->requests),
                                      .shed = atomic_load(&server->shed),
                                      .timed_out = shire_http_peers_timed_out(server->peers)};
}
