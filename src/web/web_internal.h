/* The site's own state, shared by the files of this folder. */
#ifndef SHIRE_WEB_WEB_INTERNAL_H
#define SHIRE_WEB_WEB_INTERNAL_H

#include "audit/audit_service.h"
#include "io/store_queue.h"
#include "io/template.h"
#include "org/partnership.h"
#include "web/http_server.h"
#include "web/openid_provider.h"
#include "web/web.h"
#include "web/web_call.h"
#include "web/web_route.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#define SHIRE_WEB_STATUS_CLASSES 6 /* by the hundreds of an answer's status */
#define SHIRE_WEB_TIME_BUCKETS 8
#define SHIRE_WEB_IDLE_STORES_MAX 8

/* Upper ends of the buckets of answers' times, in microseconds. */
extern const int64_t shire_web_bucket_microseconds[SHIRE_WEB_TIME_BUCKETS];

typedef struct shire_web_count {
    _Atomic uint64_t answers[SHIRE_WEB_STATUS_CLASSES];
    _Atomic uint64_t times[SHIRE_WEB_TIME_BUCKETS + 1]; /* the last: longer than all buckets */
    _Atomic uint64_t microseconds;
} shire_web_count;

#define SHIRE_WEB_KEEPERS 2

typedef struct shire_web_keeper {
    shire_web *web;
    void (*look)(shire_web *web); /* every second */
    pthread_t thread;
} shire_web_keeper;

struct shire_web {
    shire_web_options options;
    shire_arena *arena; /* of the whole service */
    shire_partnership partnership;
    const char *store_where;
    const char *code_key_path; /* of the secrets of one-time codes */
    bool is_secure;            /* browsers come by https */
    const char *public_host;
    shire_template_set *templates;
    shire_audit_sealer sealer;
    shire_store_queue *queue;
    int64_t reserve_bytes; /* 0: none */
    int reserve_looks;     /* the house keeper's, until it sees to the reserve */
    atomic_bool has_reserve;
    struct shire_web_workers *workers;
    struct shire_web_workers *askers; /* wait for the sign-in provider; NULL: there is none */
    shire_http_server *server;
    shire_openid *openid;    /* NULL: people sign in here alone */
    shire_web_count *counts; /* of each route; the last of what is no route */
    int64_t started;         /* seconds since 1970 */
    pthread_mutex_t lock;    /* of the two below */
    struct shire_world *world;
    shire_store *idle_stores[SHIRE_WEB_IDLE_STORES_MAX];
    size_t idle_store_count;
    pthread_mutex_t reload_lock; /* one at a time takes up a run */
    const char *warehouse_path;  /* of the run that has the place */
    struct stat tried_run;       /* the one that was taken up last, or could not be */
    pthread_mutex_t keeper_lock; /* of the house keepers (web_world.h) */
    pthread_cond_t keeper_wake;
    shire_web_keeper keepers[SHIRE_WEB_KEEPERS];
    int keeper_count;
    bool keeper_ends;
};

/* The router: a shire_http_handler, shire_http_refuser and shire_http_finished whose context is the
 * shire_web. */
void shire_web_handle(void *web, shire_http_request *request, shire_http_response *response);
void shire_web_refuse(void *web, shire_http_request *request, shire_http_response *response,
                      const char *sentence);
void shire_web_finish(void *web, const shire_http_request *request,
                      const shire_http_response *response);

/* Turn what a handler returned into the answer, and set the headers that every answer has. */
void shire_web_settle(shire_call *call, shire_status status, shire_error *error);

/* Room on the store's disk kept for the audit log. `release` is the queue's shire_store_make_room;
 * `keep` takes the room again when there is enough. While it is released nothing may be changed. */
shire_status shire_web_reserve_open(shire_web *web, shire_store *store,
                                    shire_error *error) SHIRE_MUST_CHECK;
bool shire_web_reserve_release(const shire_store *writer, void *web);
void shire_web_reserve_keep(shire_web *web);
bool shire_web_may_change(const shire_web *web);

/* Takes work one by one; at most 64 may wait, then SHIRE_BUSY. */
typedef struct shire_web_workers shire_web_workers;
typedef void (*shire_web_task)(void *context);
shire_status shire_web_workers_start(int thread_count, shire_web_workers **workers_out,
                                     shire_error *error) SHIRE_MUST_CHECK;
shire_status shire_web_workers_give(shire_web_workers *workers, shire_web_task task,
                                    void *context) SHIRE_MUST_CHECK;
/* Finishes what was given. NULL is allowed. */
void shire_web_workers_stop(shire_web_workers *workers);

#endif
