/* A list under one lock, which the sweeper holds while it walks, so that no socket is closed and
 * given to another connection meanwhile. */
#include "web/http_peers.h"

#include "core/arena.h"
#include "core/meter.h"

#include <linux/sockios.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND INT64_C(1000000000)
#define CROWDED_SECONDS_MAX 5

struct shire_http_peer {
    shire_http_peer *previous;
    shire_http_peer *next;
    int socket;
    _Atomic int64_t since;    /* when it began what it is at, monotonic nanoseconds */
    _Atomic int64_t deadline; /* 0: none */
};

struct shire_http_peers {
    int count_max;
    _Atomic int64_t count, timed_out;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t wake;
    shire_http_peer *first;
    bool sweeper_ends;
    pthread_t sweeper;
};

/* An answer that the other side does not take would lie in the kernel, megabytes a connection, for
 * as long as that side keeps its end open: then closing throws it away. */
static void let_go(int socket) {
    static const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int unsent = 0;
    if (ioctl(socket, SIOCOUTQ, &unsent) == 0 && unsent > 0) {
        (void)setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    shutdown(socket, SHUT_RDWR);
}

static void shut_down_late(shire_http_peers *peers) {
    int64_t now = shire_clock_nanoseconds();
    bool is_crowded = atomic_load(&peers->count) > peers->count_max / 4 * INT64_C(3);
    for (shire_http_peer *peer = peers->first; peer != NULL; peer = peer->next) {
        int64_t deadline = atomic_load(&peer->deadline);
        int64_t waited = now - atomic_load(&peer->since);
        if (deadline != 0 &&
            (deadline <= now || (is_crowded && waited >= CROWDED_SECONDS_MAX * SECOND))) {
            let_go(peer->socket);
            atomic_store(&peer->deadline, 0);
            atomic_fetch_add(&peers->timed_out, 1);
        }
    }
}

static void *sweep(void *context) {
    pthread_setname_np(pthread_self(), "peer-sweeper");
    shire_http_peers *peers = context;
    pthread_mutex_lock(&peers->lock);
    while (!peers->sweeper_ends) {
        shut_down_late(peers);
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&peers->wake, &peers->lock, &until);
    }
    pthread_mutex_unlock(&peers->lock);
    return NULL;
}

shire_status shire_http_peers_new(int count_max, shire_http_peers **peers_out, shire_error *error) {
    shire_http_peers *peers = shire_memory_resize(NULL, sizeof *peers);
    if (peers == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for the server");
    }
    *peers = (shire_http_peers){.count_max = count_max};
    pthread_mutex_init(&peers->lock, NULL);
    pthread_cond_init(&peers->wake, NULL);
    if (pthread_create(&peers->sweeper, NULL, sweep, peers) != 0) {
        pthread_cond_destroy(&peers->wake);
        pthread_mutex_destroy(&peers->lock);
        shire_memory_free(peers);
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "the server's threads could not be started");
    }
    *peers_out = peers;
    return SHIRE_OK;
}

void shire_http_peers_free(shire_http_peers *peers) {
    if (peers == NULL) {
        return;
    }
    pthread_mutex_lock(&peers->lock);
    peers->sweeper_ends = true;
    pthread_cond_signal(&peers->wake);
    pthread_mutex_unlock(&peers->lock);
    pthread_join(peers->sweeper, NULL);
    pthread_cond_destroy(&peers->wake);
    pthread_mutex_destroy(&peers->lock);
    shire_memory_free(peers);
}

void shire_http_peer_set_deadline(shire_http_peer *peer, int seconds) {
    if (peer != NULL) {
        int64_t now = shire_clock_nanoseconds();
        atomic_store(&peer->since, now);
        atomic_store(&peer->deadline, seconds == 0 ? 0 : now + seconds * SECOND);
    }
}

shire_http_peer *shire_http_peers_add(shire_http_peers *peers, int socket, int seconds) {
    shire_http_peer *peer = shire_memory_resize(NULL, sizeof *peer);
    atomic_fetch_add(&peers->count, 1);
    if (peer == NULL) {
        return NULL;
    }
    peer->socket = socket;
    peer->previous = NULL;
    shire_http_peer_set_deadline(peer, seconds);
    pthread_mutex_lock(&peers->lock);
    peer->next = peers->first;
    if (peer->next != NULL) {
        peer->next->previous = peer;
    }
    peers->first = peer;
    pthread_mutex_unlock(&peers->lock);
    return peer;
}

void shire_http_peers_remove(shire_http_peers *peers, shire_http_peer *peer) {
    atomic_fetch_sub(&peers->count, 1);
    if (peer == NULL) {
        return;
    }
    pthread_mutex_lock(&peers->lock);
    if (peer->next != NULL) {
        peer->next->previous = peer->previous;
    }
    if (peer->previous != NULL) {
        peer->previous->next = peer->next;
    } else {
        peers->first = peer->next;
    }
    pthread_mutex_unlock(&peers->lock);
    shire_memory_free(peer);
}

int64_t shire_http_peers_count(const shire_http_peers *peers) {
    return atomic_load(&peers->count);
}

int64_t shire_http_peers_timed_out(const shire_http_peers *peers) {
    return atomic_load(&peers->timed_out);
}
