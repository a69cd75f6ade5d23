/* The server's own state for who watches it: /health, and /metrics in Prometheus' text format
 * (version 0.0.4). Neither holds anything personal. */
#include "core/meter.h"
#include "web/web_internal.h"
#include "web/web_routes.h"

static shire_status show_health(shire_call *call, shire_error *error) {
    return shire_call_json(call, json_pack("{s:s}", "status", "ok"), error);
}

static void append_metric(shire_builder *text, const char *name, const char *type, const char *help,
                          double value) {
    shire_builder_append_format(text, "# HELP %s %s\n# TYPE %s %s\n%s %.0f\n", name, help, name,
                                type, name, value);
}

static void append_answers(shire_builder *text, const shire_web *web) {
    size_t route_count = shire_route_count();
    shire_builder_append_text(text, "# HELP shire_answers_total Answers by route and status.\n"
                                    "# TYPE shire_answers_total counter\n");
    for (size_t i = 0; i <= route_count; i++) {
        const shire_route *route = i < route_count ? shire_route_at(i) : NULL;
        for (int class = 1; class < SHIRE_WEB_STATUS_CLASSES; class ++) {
            uint64_t count = atomic_load(&web->counts[i].answers[class]);
            if (count > 0) {
                shire_builder_append_format(
                    text, "shire_answers_total{method=\"%s\",route=\"%s\",status=\"%dxx\"} %llu\n",
                    route == NULL ? "-" : shire_http_method_name(route->method),
                    route == NULL ? "-" : route->pattern, class, (unsigned long long)count);
            }
        }
    }
}

static void append_times(shire_builder *text, const shire_web *web) {
    size_t route_count = shire_route_count();
    shire_builder_append_text(text, "# HELP shire_answer_seconds Time to answer by route.\n"
                                    "# TYPE shire_answer_seconds histogram\n");
    for (size_t i = 0; i < route_count; i++) {
        const shire_route *route = shire_route_at(i);
        const shire_web_count *count = &web->counts[i];
        const char *method = shire_http_method_name(route->method);
        uint64_t sum = 0;
        for (int bucket = 0; bucket < SHIRE_WEB_TIME_BUCKETS; bucket++) {
            sum += atomic_load(&count->times[bucket]);
            shire_builder_append_format(
                text, "shire_answer_seconds_bucket{method=\"%s\",route=\"%s\",le=\"%g\"} %llu\n",
                method, route->pattern, (double)shire_web_bucket_microseconds[bucket] / 1e6,
                (unsigned long long)sum);
        }
        sum += atomic_load(&count->times[SHIRE_WEB_TIME_BUCKETS]);
        shire_builder_append_format(
            text,
            "shire_answer_seconds_bucket{method=\"%s\",route=\"%s\",le=\"+Inf\"} %llu\n"
            "shire_answer_seconds_sum{method=\"%s\",route=\"%s\"} %.6f\n"
            "shire_answer_seconds_count{method=\"%s\",route=\"%s\"} %llu\n",
            method, route->pattern, (unsigned long long)sum, method, route->pattern,
            (double)atomic_load(&count->microseconds) / 1e6, method, route->pattern,
            (unsigned long long)sum);
    }
}

static shire_status show_metrics(shire_call *call, shire_error *error) {
    (void)error;
    shire_builder *text = &call->response->body;
    const shire_web *web = call->web;
    shire_http_server_counts server = shire_http_server_count(web->server);
    shire_store_queue_counts queue = shire_store_queue_count(web->queue);
    append_metric(text, "shire_connections", "gauge", "Open connections.",
                  (double)server.connections);
    append_metric(text, "shire_requests_in_flight", "gauge", "Requests being answered.",
                  (double)server.in_flight);
    append_metric(text, "shire_requests_total", "counter", "Requests.", (double)server.requests);
    append_metric(text, "shire_requests_shed_total", "counter",
                  "Requests answered 503 because of load.", (double)server.shed);
    append_metric(text, "shire_connections_timed_out_total", "counter",
                  "Connections closed because they were too slow.", (double)server.timed_out);
    append_metric(text, "shire_writes_total", "counter", "Writes that are durable.",
                  (double)queue.done);
    append_metric(text, "shire_writes_failed_total", "counter", "Writes that were undone.",
                  (double)queue.failed);
    append_metric(text, "shire_writes_refused_total", "counter", "Writes that found no place.",
                  (double)queue.refused);
    append_metric(text, "shire_write_batches_total", "counter", "Transactions.",
                  (double)queue.batches);
    append_metric(text, "shire_writes_waiting", "gauge", "Writes that wait.",
                  (double)queue.waiting);
    append_metric(text, "shire_started_seconds", "gauge", "When the server started, since 1970.",
                  (double)web->started);
    append_metric(text, "shire_memory_peak_bytes", "gauge", "Peak memory of the process.",
                  shire_peak_memory_mb() * 1e6);
    append_answers(text, web);
    append_times(text, web);
    shire_http_set_header(call->response, "Content-Type",
                          "text/plain; version=0.0.4; charset=utf-8");
    return SHIRE_OK;
}

const shire_route shire_page_server_routes[] = {
    {.pattern = "/health",
     .handle = show_health,
     .access = SHIRE_ROUTE_PUBLIC,
     .form = SHIRE_ROUTE_API},
    {.pattern = "/metrics",
     .handle = show_metrics,
     .access = SHIRE_ROUTE_PUBLIC,
     .form = SHIRE_ROUTE_API},
    {.pattern = NULL},
};
