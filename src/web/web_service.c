/* Opens what the site needs, in the order in which each stands on the one before, and waits for
 * signals. */
#include "core/parallel.h"
#include "gate/gate_code.h"
#include "io/file.h"
#include "web/web_assets.h"
#include "web/web_internal.h"
#include "web/web_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STOP_SECONDS 20
#define ASKERS 4 /* threads that wait for the sign-in provider */

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for the server");
}

static shire_status open_templates(shire_web *web, shire_error *error) {
    shire_status status =
        shire_template_set_new(SHIRE_TEMPLATE_NAMES_MAY_LACK, &web->templates, error);
    for (size_t i = 0; status == SHIRE_OK && i < shire_web_template_count; i++) {
        status = shire_template_add(web->templates, shire_web_templates[i].name,
                                    shire_web_templates[i].source, error);
    }
    return status;
}

/* What the command line does not say, the settings do. */
static void take_settings(shire_web_options *options, const shire_partnership *partnership) {
    if (options->public_url == NULL) {
        options->public_url = partnership->public_url;
    }
    if (options->openid_issuer == NULL && options->openid_client == NULL) {
        options->openid_issuer = partnership->provider_issuer;
        options->openid_client = partnership->provider_client;
        if (options->openid_secret == NULL) {
            options->openid_secret = partnership->provider_secret_path;
        }
    }
}

static shire_status read_options(shire_web *web, shire_error *error) {
    const shire_web_options *options = &web->options;
    take_settings(&web->options, &web->partnership);
    web->started = time(NULL);
    if (options->public_url != NULL) {
        const char *host = strstr(options->public_url, "://");
        web->is_secure = strncmp(options->public_url, "https://", 8) == 0;
        if (host == NULL || (!web->is_secure && strncmp(options->public_url, "http://", 7) != 0) ||
            host[3] == '\0') {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "the public address '%s' is none; give one such as "
                              "https://record.example.org",
                              options->public_url);
        }
        host += 3;
        web->public_host = shire_arena_copy_text(web->arena, host, strcspn(host, "/"));
    }
    web->store_where = options->store != NULL
                           ? options->store
                           : shire_partnership_store(&web->partnership, web->arena);
    web->counts = shire_arena_alloc_array(web->arena, shire_route_count() + 1, sizeof *web->counts);
    return web->store_where == NULL || web->counts == NULL ||
                   (options->public_url != NULL && web->public_host == NULL)
               ? no_memory(error)
               : SHIRE_OK;
}

/* Browsers come back to the address that the provider knows, so it has to be said. */
static shire_status open_provider(shire_web *web, shire_error *error) {
    const shire_web_options *options = &web->options;
    return options->public_url == NULL
               ? SHIRE_FAIL(error, SHIRE_INVALID,
                            "a sign-in provider goes with a public address (--public-url, or "
                            "public_url in partnership.yaml), to which it sends people back")
               : shire_openid_open(options->openid_issuer, options->openid_client,
                                   options->openid_secret, getenv("SHIRE_OPENID_SECRET"),
                                   &web->openid, error);
}

/* Secrets of one-time codes that an earlier version kept as they are. */
static shire_status seal_codes(shire_web *web, shire_store *store, shire_error *error) {
    web->code_key_path =
        shire_partnership_state_path(&web->partnership, web->arena, SHIRE_GATE_CODE_KEY_FILE);
    if (web->code_key_path == NULL) {
        return no_memory(error);
    }
    shire_status status = shire_store_begin(store, error);
    if (status == SHIRE_OK) {
        status = shire_gate_code_seal_all(store, web->code_key_path, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_commit(store, error);
    }
    shire_store_rollback(store);
    return status;
}

/* The store is brought up to date, and its log's key read, before the writer's thread has it. */
static shire_status open_store(shire_web *web, shire_error *error) {
    shire_store *store = NULL;
    char *dir = shire_arena_format(web->arena, "%s/.shire", web->partnership.dir);
    shire_status status = dir == NULL ? no_memory(error) : shire_dir_make(dir, error);
    if (status == SHIRE_OK) {
        status = shire_store_open(web->store_where, SHIRE_STORE_WRITE, &store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_open_signer(&web->partnership, store, web->arena, &web->sealer.signer,
                                         error);
    }
    if (status == SHIRE_OK) {
        status = seal_codes(web, store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_web_reserve_open(web, store, error);
    }
    shire_store_close(store);
    const shire_store_queue_options options = {.where = web->store_where,
                                               .seal = shire_audit_seal,
                                               .seal_context = &web->sealer,
                                               .make_room = shire_web_reserve_release,
                                               .room_context = web};
    return status == SHIRE_OK ? shire_store_queue_open(&options, &web->queue, error) : status;
}

static shire_status start_server(shire_web *web, shire_error *error) {
    int thread_count = web->options.thread_count > 0 ? web->options.thread_count
                                                     : shire_parallel_processor_count();
    shire_status status =
        shire_web_workers_start(thread_count > 2 ? thread_count / 2 : 1, &web->workers, error);
    if (status == SHIRE_OK && web->openid != NULL) {
        status = shire_web_workers_start(ASKERS, &web->askers, error);
    }
    return status == SHIRE_OK ? shire_http_server_start(
                                    &(shire_http_server_options){.address = web->options.address,
                                                                 .port = web->options.port,
                                                                 .thread_count = thread_count,
                                                                 .handle = shire_web_handle,
                                                                 .refuse = shire_web_refuse,
                                                                 .finished = shire_web_finish,
                                                                 .context = web},
                                    &web->server, error)
                              : status;
}

/* In the order in which nothing is taken away from what still uses it. */
static void close_web(shire_web *web) {
    shire_http_server_stop(web->server, STOP_SECONDS);
    shire_web_workers_stop(web->workers);
    shire_web_workers_stop(web->askers);
    shire_world_stop_keepers(web);
    shire_store_queue_close(web->queue);
    shire_world_release(web->world);
    for (size_t i = 0; i < web->idle_store_count; i++) {
        shire_store_close(web->idle_stores[i]);
    }
    pthread_cond_destroy(&web->keeper_wake);
    pthread_mutex_destroy(&web->keeper_lock);
    pthread_mutex_destroy(&web->reload_lock);
    pthread_mutex_destroy(&web->lock);
    shire_openid_close(web->openid);
    shire_template_set_free(web->templates);
    shire_arena_wipe_free(web->arena);
}

static shire_status tell_ready(const shire_web *web, shire_web_ready ready, void *context,
                               shire_error *error) {
    bool is_ipv6 = strchr(web->options.address, ':') != NULL;
    const char *url = web->options.public_url;
    char *local = shire_arena_format(web->arena, "http://%s%s%s:%d/", is_ipv6 ? "[" : "",
                                     web->options.address, is_ipv6 ? "]" : "",
                                     shire_http_server_port(web->server));
    if (local == NULL) {
        return no_memory(error);
    }
    if (url != NULL && url[strlen(url) - 1] != '/') {
        url = shire_arena_format(web->arena, "%s/", url);
    }
    ready(context, url != NULL ? url : local);
    return SHIRE_OK;
}

static void wait_for_end(shire_web *web, const sigset_t *signals) {
    int signal_number = 0;
    while (sigwait(signals, &signal_number) == 0 && signal_number == SIGHUP) {
        shire_world_take_up(web);
    }
}

shire_status shire_web_serve(const shire_web_options *options, shire_web_ready ready, void *context,
                             shire_error *error) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    shire_json_keep_memory();

    shire_web web = {.options = *options};
    pthread_mutex_init(&web.lock, NULL);
    pthread_mutex_init(&web.keeper_lock, NULL);
    pthread_mutex_init(&web.reload_lock, NULL);
    pthread_cond_init(&web.keeper_wake, NULL);
    shire_status status = shire_arena_new("server", 0, &web.arena, error);
    if (status == SHIRE_OK) {
        status = shire_partnership_open(options->dir, web.arena, &web.partnership, error);
    }
    if (status == SHIRE_OK) {
        status = read_options(&web, error);
    }
    if (status == SHIRE_OK) {
        status = open_templates(&web, error);
    }
    if (status == SHIRE_OK &&
        (web.options.openid_issuer != NULL || web.options.openid_client != NULL)) {
        status = open_provider(&web, error);
    }
    if (status == SHIRE_OK) {
        status = open_store(&web, error);
    }
    if (status == SHIRE_OK) {
        status = shire_world_open(&web, &web.world, error);
    }
    if (status == SHIRE_OK) {
        if (web.world->has_other_run) {
            fputs("shire serve: the last run was made by another version of this program, so no "
                  "records are shown; run `shire run` on the folder\n",
                  stderr);
        }
        status = shire_world_start_keepers(&web, error);
    }
    if (status == SHIRE_OK) {
        status = start_server(&web, error);
    }
    if (status == SHIRE_OK) {
        status = tell_ready(&web, ready, context, error);
    }
    if (status == SHIRE_OK) {
        wait_for_end(&web, &signals);
    }
    close_web(&web);
    return status;
}
