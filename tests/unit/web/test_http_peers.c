/* Connections whose time is up: who is idle is told so, who takes no answer is let go with all that
 * was sent, so that the kernel keeps nothing of it. */
#include "web/http_peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct line {
    int server;
    int client;
} line;

static line connect_line(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    line made = {.client = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(connect(made.client, (struct sockaddr *)&address, sizeof address), 0);
    made.server = accept(listener, NULL, NULL);
    assert_true(made.server >= 0);
    close(listener);
    return made;
}

/* As the library does: the socket's end is noticed, and it is closed. */
static void wait_and_close(shire_http_peers *peers, shire_http_peer *peer, int socket) {
    struct pollfd wait = {.fd = socket, .events = POLLRDHUP};
    assert_int_equal(poll(&wait, 1, 600000), 1);
    shire_http_peers_remove(peers, peer);
    close(socket);
}

static void who_is_idle_is_told_and_who_takes_nothing_is_let_go(void **state) {
    (void)state;
    static char bytes[1 << 16];
    char got[16];
    shire_http_peers *peers = NULL;
    assert_int_equal(shire_http_peers_new(100, &peers, NULL), SHIRE_OK);
    line idle = connect_line();
    line deaf = connect_line();
    assert_int_equal(fcntl(deaf.server, F_SETFL, O_NONBLOCK), 0);
    while (send(deaf.server, bytes, sizeof bytes, MSG_NOSIGNAL) > 0) {
    }
    assert_int_equal(errno, EAGAIN);
    shire_http_peer *idle_peer = shire_http_peers_add(peers, idle.server, 1);
    shire_http_peer *deaf_peer = shire_http_peers_add(peers, deaf.server, 1);
    assert_int_equal(shire_http_peers_count(peers), 2);
    wait_and_close(peers, idle_peer, idle.server);
    wait_and_close(peers, deaf_peer, deaf.server);
    assert_int_equal(shire_http_peers_timed_out(peers), 2);
    assert_int_equal(recv(idle.client, got, sizeof got, 0), 0);
    struct pollfd wait = {.fd = deaf.client, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, 600000), 1);
    assert_true((wait.revents & POLLERR) != 0); /* reset: no byte of it is kept */
    close(idle.client);
    close(deaf.client);
    shire_http_peers_free(peers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_idle_is_told_and_who_takes_nothing_is_let_go)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
