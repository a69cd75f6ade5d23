/*
 * The library keeps a request's bytes, and a record of each header, cookie and name of the query,
 * in one block of memory a connection, out of which it also takes the answer's headers; when that
 * is full it closes the connection without a word. It looks neither for two lengths of one body nor
 * for a second host, of which a proxy in front may believe the other one, and takes any name for a
 * header's.
 */
#include "web/http_head.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define RECORD_BYTES 64        /* of the library, of each header, cookie and name */
#define ANSWER_HEAD_BYTES 3072 /* that an answer's headers may take: a policy, cookies */
#define ADDED_BYTES 32         /* what the library adds to a copy, at most */

typedef struct head_facts {
    size_t host_count;
    size_t length_count;
    bool has_odd_host;
    bool has_odd_header;
    bool has_encoding;
    bool is_chunked;
} head_facts;

/* A name, a name and a port, or an address: what becomes part of links to ourselves. */
static bool is_host(const char *value) {
    static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._:[]";
    return value != NULL && value[0] != '\0' && value[strspn(value, taken)] == '\0';
}

/* A name is a token (RFC 9110, 5.1), so that none ends in a blank that others pass over; a value
 * has no controls, which others take for the end of a line. */
static bool is_header(const char *name, size_t name_length, const char *value,
                      size_t value_length) {
    static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < value_length; i++) {
        unsigned char byte = (unsigned char)value[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7F) {
            return false;
        }
    }
    return name_length > 0 && strspn(name, taken) == name_length;
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length) {
    (void)kind;
    head_facts *facts = context;
    facts->has_odd_header |= !is_header(name, name_length, value, value_length);
    facts->host_count += strcasecmp(name, "Host") == 0;
    facts->has_odd_host |= strcasecmp(name, "Host") == 0 && !is_host(value);
    facts->length_count += strcasecmp(name, "Content-Length") == 0;
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        facts->is_chunked =
            !facts->has_encoding && value != NULL && strcasecmp(value, "chunked") == 0;
        facts->has_encoding = true;
    }
    return MHD_YES;
}

const char *shire_http_head_problem(struct MHD_Connection *connection, const char *version,
                                    const char *uri) {
    head_facts facts = {0};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &facts);
    bool needs_host = strcmp(version, MHD_HTTP_VERSION_1_1) == 0;
    if (strchr(uri, ' ') != NULL) {
        return "The address has a blank in it; write %20.\n";
    }
    if (facts.has_odd_header) {
        return "A header's name or value has characters that may not be in it.\n";
    }
    if (facts.has_odd_host || facts.host_count > 1 || (needs_host && facts.host_count == 0)) {
        return "The request must have one Host, with a name or an address.\n";
    }
    if (facts.length_count > 1 || (facts.length_count > 0 && facts.has_encoding)) {
        return "The request says in two ways how long it is.\n";
    }
    if (facts.has_encoding && !facts.is_chunked) {
        return "The only transfer encoding that is taken is chunked.\n";
    }
    return NULL;
}

bool shire_http_head_has_few_names(const char *uri, size_t bytes_max) {
    size_t names = 1;
    size_t length = 0;
    for (; uri[length] != '\0'; length++) {
        names += uri[length] == '&';
    }
    return names * RECORD_BYTES + length + ANSWER_HEAD_BYTES <= bytes_max;
}

bool shire_http_head_leaves_room(struct MHD_Connection *connection, const char *uri,
                                 size_t bytes_max) {
    int records = MHD_get_connection_values(
        connection, MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND, NULL, NULL);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    const char *cookies = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Cookie");
    size_t used = (size_t)records * RECORD_BYTES + ADDED_BYTES +
                  (info == NULL ? strlen(uri) : info->header_size) +
                  (cookies == NULL ? 0 : strlen(cookies));
    return used + ANSWER_HEAD_BYTES <= bytes_max;
}

void shire_http_head_turn_away(struct MHD_Connection *connection, const char *method) {
    static const char head[] = "HTTP/1.1 431 Request Header Fields Too Large\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Content-Length: 64\r\n"
                               "Cache-Control: no-store\r\n"
                               "X-Content-Type-Options: nosniff\r\n"
                               "Connection: close\r\n\r\n";
    static const char sentence[] =
        "The request has more headers, cookies or names than are taken.\n\n";
    char answer[sizeof head + sizeof sentence];
    bool asks_for_head = method != NULL && strcmp(method, "HEAD") == 0;
    int length = snprintf(answer, sizeof answer, "%s%s", head, asks_for_head ? "" : sentence);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL) {
        (void)!send(info->connect_fd, answer, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(info->connect_fd, SHUT_WR);
    }
}
