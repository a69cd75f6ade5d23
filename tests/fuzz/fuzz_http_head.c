/*
 * Bytes as they come from the network, through a real server on this machine: whatever they are,
 * the connection ends, each answer begins as one, and what reaches the handler keeps what
 * http_request.h promises.
 */
#include "fuzz_target.h"
#include "web/http_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MILLISECONDS_OF_SILENCE = 20,
    MILLISECONDS_MAX = 600000,
    HEADER_BYTES = 4096,
    BODY_BYTES = 2048
};

static void check_text(shire_span text) {
    FUZZ_CHECK(text.bytes != NULL && text.bytes[text.length] == '\0');
    FUZZ_CHECK(memchr(text.bytes, '\0', text.length) == NULL);
    FUZZ_CHECK(shire_text_is_utf8(text));
}

static void check_fields(const shire_http_fields *fields) {
    FUZZ_CHECK(fields->count <= SHIRE_HTTP_FIELDS_MAX);
    for (size_t i = 0; i < fields->count; i++) {
        check_text(fields->items[i].name);
        check_text(fields->items[i].value);
    }
}

static void handle(void *context, shire_http_request *request, shire_http_response *response) {
    (void)context;
    check_text(request->path);
    check_fields(&request->query);
    check_fields(&request->form);
    FUZZ_CHECK(request->method_name[0] != '\0');
    FUZZ_CHECK(request->body.length <= BODY_BYTES);
    FUZZ_CHECK(request->cookies.count <= SHIRE_HTTP_FIELDS_MAX);
    FUZZ_CHECK(shire_http_address(request, true) != NULL);
    const char *host = shire_http_header(request, "Host");
    shire_http_set_header(response, "X-Host", host == NULL ? "" : host);
    shire_builder_append(&response->body, request->path);
}

static int port_of_server(void) {
    static shire_http_server *server;
    if (server == NULL) {
        const shire_http_server_options options = {.address = "127.0.0.1",
                                                   .thread_count = 1,
                                                   .header_bytes_max = HEADER_BYTES,
                                                   .body_bytes_max = BODY_BYTES,
                                                   .upload_bytes_max = BODY_BYTES,
                                                   .handle = handle};
        FUZZ_CHECK(shire_http_server_start(&options, &server, NULL) == SHIRE_OK);
    }
    return shire_http_server_port(server);
}

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FUZZ_CHECK(descriptor >= 0);
    FUZZ_CHECK(connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0);
    return descriptor;
}

static void send_all(int descriptor, const void *bytes, size_t size) {
    size_t sent = 0;
    while (sent < size) {
        ssize_t now = send(descriptor, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);
        if (now <= 0) {
            return; /* it was closed before it had all */
        }
        sent += (size_t)now;
    }
}

/* The answers' beginning, until the end of the connection or until nothing more comes for so long.
 */
static size_t read_answers(int descriptor, int milliseconds, char *answer, size_t capacity) {
    char rest[4096];
    size_t length = 0;
    struct pollfd wait = {.fd = descriptor, .events = POLLIN};
    while (poll(&wait, 1, milliseconds) == 1) {
        ssize_t got = recv(descriptor, rest, sizeof rest, 0);
        if (got <= 0) { /* also one that was reset, because not all was read that we sent */
            break;
        }
        size_t kept = (size_t)got < capacity - length ? (size_t)got : capacity - length;
        memcpy(answer + length, rest, kept);
        length += kept;
    }
    return length;
}

/* Sends, reads, and leaves no connection behind. */
static size_t ask(const uint8_t *data, size_t size, int milliseconds, char *answer,
                  size_t capacity) {
    static const char end[] = "GET /end HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int descriptor = connect_to(port_of_server());
    send_all(descriptor, data, size);
    send_all(descriptor, end, sizeof end - 1);
    size_t length = read_answers(descriptor, milliseconds, answer, capacity);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(descriptor);
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned count;
    char answer[16];
    size_t length = ask(data, size, MILLISECONDS_OF_SILENCE, answer, sizeof answer);
    FUZZ_CHECK(length == 0 || (length >= 9 && memcmp(answer, "HTTP/1.", 7) == 0));
    if (count++ % 64 == 0) {
        length = ask(data, 0, MILLISECONDS_MAX, answer, sizeof answer);
        FUZZ_CHECK(length >= 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0);
    }
    return 0;
}
