/* The thread waits for the descriptor of the library's events, for its own bell, or for as long as
 * the library says, and lets the library work through what there is. */
#include "web/http_loop.h"

#include "core/arena.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct shire_http_loop {
    struct MHD_Daemon *daemon;
    int bell; /* rung when a connection was resumed, or one of the two below has changed */
    bool is_driven;
    atomic_bool is_to_quiesce;
    atomic_bool is_to_end;
    pthread_t thread;
};

/* How long to wait in milliseconds; -1: until something comes. */
static int patience(struct MHD_Daemon *daemon) {
    MHD_UNSIGNED_LONG_LONG most = 0;
    if (MHD_get_timeout(daemon, &most) != MHD_YES) {
        return -1;
    }
    return most < 1000 ? (int)most : 1000;
}

static void *drive(void *context) {
    pthread_setname_np(pthread_self(), "http-loop");
    shire_http_loop *loop = context;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd waits[] = {{.fd = info->epoll_fd, .events = POLLIN},
                             {.fd = loop->bell, .events = POLLIN}};
    bool is_quiet = false;
    while (!atomic_load(&loop->is_to_end)) {
        uint64_t rings = 0;
        if (poll(waits, 2, patience(loop->daemon)) > 0 && waits[1].revents != 0) {
            (void)!read(loop->bell, &rings, sizeof rings);
        }
        if (!is_quiet && atomic_load(&loop->is_to_quiesce)) {
            (void)MHD_quiesce_daemon(loop->daemon);
            is_quiet = true;
        }
        (void)MHD_run(loop->daemon);
    }
    return NULL;
}

void shire_http_loop_wake(shire_http_loop *loop) {
    const uint64_t once = 1;
    (void)!write(loop->bell, &once, sizeof once);
}

shire_status shire_http_loop_new(shire_http_loop **loop_out, shire_error *error) {
    shire_http_loop *loop = shire_memory_resize(NULL, sizeof *loop);
    if (loop == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for the server");
    }
    *loop = (shire_http_loop){.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (loop->bell < 0) {
        shire_memory_free(loop);
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "the HTTP server could not be started (%s)",
                          strerror(errno));
    }
    *loop_out = loop;
    return SHIRE_OK;
}

shire_status shire_http_loop_start(shire_http_loop *loop, struct MHD_Daemon *daemon,
                                   shire_error *error) {
    loop->daemon = daemon;
    loop->is_driven = pthread_create(&loop->thread, NULL, drive, loop) == 0;
    return loop->is_driven
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_IO_FAILED, "the server's threads could not be started");
}

void shire_http_loop_quiesce(shire_http_loop *loop) {
    atomic_store(&loop->is_to_quiesce, true);
    shire_http_loop_wake(loop);
}

void shire_http_loop_free(shire_http_loop *loop) {
    if (loop == NULL) {
        return;
    }
    if (loop->is_driven) {
        atomic_store(&loop->is_to_end, true);
        shire_http_loop_wake(loop);
        pthread_join(loop->thread, NULL);
    }
    if (loop->daemon != NULL) {
        (void)MHD_quiesce_daemon(loop->daemon); /* else it would close the socket that all share */
        MHD_stop_daemon(loop->daemon);
    }
    close(loop->bell);
    shire_memory_free(loop);
}
