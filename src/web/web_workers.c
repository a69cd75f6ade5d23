/* A few threads for work of long computing, so that a password's hash holds up no other page: a
 * ring of tasks under one lock. */
#include "web/web_internal.h"

enum { TASKS_MAX = 64, THREADS_MAX = 8 };

struct shire_web_workers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct {
        shire_web_task task;
        void *context;
    } tasks[TASKS_MAX];
    size_t first;
    size_t count;
    bool ends;
    pthread_t threads[THREADS_MAX];
    int thread_count;
};

static void *labour(void *context) {
    pthread_setname_np(pthread_self(), "web-worker");
    shire_web_workers *workers = context;
    pthread_mutex_lock(&workers->lock);
    while (workers->count > 0 || !workers->ends) {
        if (workers->count == 0) {
            pthread_cond_wait(&workers->wake, &workers->lock);
            continue;
        }
        shire_web_task task = workers->tasks[workers->first].task;
        void *task_context = workers->tasks[workers->first].context;
        workers->first = (workers->first + 1) % TASKS_MAX;
        workers->count--;
        pthread_mutex_unlock(&workers->lock);
        task(task_context);
        pthread_mutex_lock(&workers->lock);
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

shire_status shire_web_workers_start(int thread_count, shire_web_workers **workers_out,
                                     shire_error *error) {
    shire_web_workers *workers = shire_memory_resize(NULL, sizeof *workers);
    if (workers == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for the server");
    }
    *workers = (shire_web_workers){.ends = false};
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->wake, NULL);
    while (workers->thread_count < thread_count && workers->thread_count < THREADS_MAX) {
        if (pthread_create(&workers->threads[workers->thread_count], NULL, labour, workers) != 0) {
            shire_web_workers_stop(workers);
            return SHIRE_FAIL(error, SHIRE_IO_FAILED, "the server's threads could not be started");
        }
        workers->thread_count++;
    }
    *workers_out = workers;
    return SHIRE_OK;
}

shire_status shire_web_workers_give(shire_web_workers *workers, shire_web_task task,
                                    void *context) {
    pthread_mutex_lock(&workers->lock);
    bool has_place = workers->count < TASKS_MAX;
    if (has_place) {
        size_t place = (workers->first + workers->count++) % TASKS_MAX;
        workers->tasks[place].task = task;
        workers->tasks[place].context = context;
        pthread_cond_signal(&workers->wake);
    }
    pthread_mutex_unlock(&workers->lock);
    return has_place ? SHIRE_OK : SHIRE_BUSY;
}

void shire_web_workers_stop(shire_web_workers *workers) {
    if (workers == NULL) {
        return;
    }
    pthread_mutex_lock(&workers->lock);
    workers->ends = true;
    pthread_cond_broadcast(&workers->wake);
    pthread_mutex_unlock(&workers->lock);
    for (int i = 0; i < workers->thread_count; i++) {
        pthread_join(workers->threads[i], NULL);
    }
    pthread_cond_destroy(&workers->wake);
    pthread_mutex_destroy(&workers->lock);
    shire_memory_free(workers);
}
