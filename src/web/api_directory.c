/*
 * Open Referral UK 1.0 (the UK's application profile of HSDS): /services, /services/{id},
 * /taxonomies, /service_at_locations, open to anybody and to any site's script. Lists are pages by
 * number, as the standard has them. What the standard lets a client filter by and this does not is
 * refused, because a filter that is passed over finds too much.
 */
#include "web/api_call.h"
#include "web/page_person.h"
#include "web/web_directory.h"
#include "web/web_internal.h"
#include "web/web_routes.h"
#include "web/web_world.h"

#include <ctype.h>
#include <string.h>

#define PAGE_DEFAULT 50
#define PAGE_MAX 1000

const shire_directory *shire_call_directory(shire_call *call) {
    if (call->world == NULL) {
        call->world = shire_world_take(call->web);
    }
    return &call->world->directory;
}

/* ---- JSON ---- */

/* A text that is known; others are left out, for the standard has no empty ones. */
static void set_text(json_t *object, const char *key, const char *text) {
    if (text[0] != '\0') {
        (void)json_object_set_new(object, key, json_string(text));
    }
}

static json_t *taxonomy_json(const shire_directory *directory, uint32_t place) {
    const shire_directory_taxonomy *taxonomy = &directory->taxonomies[place];
    json_t *json = json_pack("{s:s, s:s}", "id", taxonomy->id, "name", taxonomy->name);
    set_text(json, "vocabulary", taxonomy->vocabulary);
    if (taxonomy->parent != SHIRE_DIRECTORY_NONE) {
        (void)json_object_set_new(json, "parent", taxonomy_json(directory, taxonomy->parent));
    }
    return json;
}

static json_t *schedule_json(const shire_directory_location *location) {
    json_t *schedules = json_array();
    for (const char *day = location->days; strlen(day) >= 2; day += day[2] == ' ' ? 3 : 2) {
        json_t *one =
            json_pack("{s:o?, s:s%, s:s}", "id", json_sprintf("%s-%.2s", location->id, day),
                      "byday", day, (size_t)2, "freq", "WEEKLY");
        set_text(one, "opens_at", location->opens);
        set_text(one, "closes_at", location->closes);
        (void)json_array_append_new(schedules, one);
    }
    return schedules;
}

static json_t *location_json(const shire_directory_location *location) {
    json_t *json = json_pack("{s:s, s:s}", "id", location->id, "name",
                             location->name[0] != '\0' ? location->name : location->address);
    if (location->has_place) {
        (void)json_object_set_new(json, "latitude", json_real(location->latitude));
        (void)json_object_set_new(json, "longitude", json_real(location->longitude));
    }
    json_t *address = json_pack("{s:s, s:s, s:s}", "id", location->id, "address_1",
                                location->address, "country", "GB");
    set_text(address, "city", location->city);
    set_text(address, "postal_code", location->postcode);
    (void)json_object_set_new(json, "physical_addresses", json_pack("[o?]", address));
    return json;
}

static json_t *at_location_json(const shire_directory_location *location) {
    return json_pack("{s:s, s:o?, s:o?}", "id", location->id, "location", location_json(location),
                     "regular_schedule", schedule_json(location));
}

static void add_details(const shire_directory *directory, const shire_directory_service *service,
                        json_t *json) {
    json_t *places = json_array();
    json_t *taxonomies = json_array();
    for (size_t i = 0; i < service->location_count; i++) {
        (void)json_array_append_new(
            places, at_location_json(&directory->locations[service->first_location + i]));
    }
    for (size_t i = 0; i < service->taxonomy_count; i++) {
        (void)json_array_append_new(
            taxonomies, json_pack("{s:o?, s:o?}", "id", json_sprintf("%s-%zu", service->id, i),
                                  "taxonomy", taxonomy_json(directory, service->taxonomies[i])));
    }
    (void)json_object_set_new(json, "service_at_locations", places);
    (void)json_object_set_new(json, "service_taxonomys", taxonomies);
    if (service->phone[0] != '\0') {
        (void)json_object_set_new(
            json, "contacts",
            json_pack("[{s:o?, s:s, s:[{s:o?, s:s}]}]", "id",
                      json_sprintf("%s-contact", service->id), "name", service->name, "phones",
                      "id", json_sprintf("%s-phone", service->id), "number", service->phone));
    }
    if (service->minimum_age >= 0 || service->maximum_age >= 0) {
        json_t *eligibility = json_pack("{s:o?}", "id", json_sprintf("%s-age", service->id));
        if (service->minimum_age >= 0) {
            (void)json_object_set_new(eligibility, "minimum_age",
                                      json_integer(service->minimum_age));
        }
        if (service->maximum_age >= 0) {
            (void)json_object_set_new(eligibility, "maximum_age",
                                      json_integer(service->maximum_age));
        }
        (void)json_object_set_new(json, "eligibilitys", json_pack("[o?]", eligibility));
    }
}

json_t *shire_directory_service_json(const shire_directory *directory, size_t place,
                                     bool is_whole) {
    const shire_directory_service *service = &directory->services[place];
    const shire_directory_body *body = &directory->bodies[service->body];
    json_t *json = json_pack("{s:s, s:s, s:{s:s, s:s, s:s}, s:s}", "id", service->id, "name",
                             service->name, "organization", "id", body->uuid, "name", body->name,
                             "description", body->name, "status", service->status);
    const struct {
        const char *key;
        const char *text;
    } texts[] = {{"description", service->description},
                 {"url", service->url},
                 {"email", service->email},
                 {"fees", service->fees},
                 {"accreditations", service->accreditations},
                 {"deliverable_type", service->deliverable_type},
                 {"attending_type", service->attending_type},
                 {"attending_access", service->attending_access},
                 {"assured_date", service->assured_date}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        set_text(json, texts[i].key, texts[i].text);
    }
    if (json != NULL && is_whole) {
        add_details(directory, service, json);
    }
    return json;
}

/* ---- the query ---- */

/* "MO", in any letters. */
static bool read_weekday(shire_span text, char day_out[3]) {
    static const char days[] = "MO TU WE TH FR SA SU";
    char day[3] = {0};
    for (size_t i = 0; i < 2 && i < text.length; i++) {
        day[i] = (char)toupper((unsigned char)text.bytes[i]);
    }
    memcpy(day_out, day, sizeof day);
    return text.length == 2 && memchr(day, ' ', 2) == NULL && strstr(days, day) != NULL;
}

/* "09:30", with seconds or without. */
static bool read_clock(shire_span text, char time_out[6]) {
    static const char shape[] = "dd:dd:dd";
    bool is_good = text.length == 5 || text.length == 8;
    for (size_t i = 0; is_good && i < text.length; i++) {
        is_good =
            shape[i] == ':' ? text.bytes[i] == ':' : text.bytes[i] >= '0' && text.bytes[i] <= '9';
    }
    is_good = is_good && memcmp(text.bytes, "24", 2) < 0 && text.bytes[3] < '6' &&
              (text.length == 5 || text.bytes[6] < '6');
    snprintf(time_out, 6, "%.*s", is_good ? 5 : 0, is_good ? text.bytes : "");
    return is_good;
}

/* One time alone is a moment. */
static const char *read_hours(const shire_call *call, shire_directory_query *query) {
    shire_span day = shire_call_query(call, "day");
    shire_span start = shire_call_query(call, "start_time");
    shire_span end = shire_call_query(call, "end_time");
    if (day.length > 0 && !read_weekday(day, query->day)) {
        return "day is MO, TU, WE, TH, FR, SA or SU.";
    }
    if ((start.length > 0 && !read_clock(start, query->open_from)) ||
        (end.length > 0 && !read_clock(end, query->open_until))) {
        return "start_time and end_time are times of the day, such as 09:30.";
    }
    if (start.length == 0) {
        memcpy(query->open_from, query->open_until, sizeof query->open_from);
    }
    if (end.length == 0) {
        memcpy(query->open_until, query->open_from, sizeof query->open_until);
    }
    return strcmp(query->open_until, query->open_from) < 0
               ? "end_time lies before start_time; ask for each day by itself."
               : NULL;
}

const char *shire_directory_read_query(const shire_call *call, shire_directory_query *query_out) {
    shire_span minimum = shire_call_query(call, "minimum_age");
    shire_span maximum = shire_call_query(call, "maximum_age");
    shire_span proximity = shire_call_query(call, "proximity");
    shire_span age = minimum.length > 0 ? minimum : maximum;
    int64_t years = -1;
    int64_t metres = 0;
    *query_out =
        (shire_directory_query){.text = shire_span_trim(shire_call_query(call, "text")),
                                .taxonomy = shire_call_query(call, "taxonomy_id"),
                                .vocabulary = shire_call_query(call, "vocabulary"),
                                .postcode = shire_span_trim(shire_call_query(call, "postcode"))};
    if ((age.length > 0 && (!api_number(age, &years) || years > 200)) ||
        (minimum.length > 0 && maximum.length > 0 && !shire_span_equal(minimum, maximum))) {
        return "minimum_age and maximum_age are the years of one person for whom the service is.";
    }
    if (proximity.length > 0 && (!api_number(proximity, &metres) || metres == 0)) {
        return "proximity is a whole number of metres.";
    }
    if (metres > 0 && query_out->postcode.length == 0) {
        return "proximity goes with a postcode to measure from.";
    }
    query_out->age = (int)years;
    query_out->metres = (double)metres;
    return read_hours(call, query_out);
}

/* ---- pages ---- */

typedef struct page_of {
    size_t number; /* from 1 */
    size_t size;
} page_of;

/* False when the request was answered. */
static bool read_page(shire_call *call, page_of *page_out, shire_status *status_out,
                      shire_error *error) {
    shire_span page = shire_call_query(call, "page");
    shire_span size = shire_call_query(call, "per_page");
    int64_t number = 1;
    int64_t count = PAGE_DEFAULT;
    bool is_good = (page.length == 0 || api_number(page, &number)) && number >= 1 &&
                   (size.length == 0 || api_number(size, &count)) && count >= 1 &&
                   count <= PAGE_MAX && number <= 1000000;
    if (!is_good) {
        *status_out = shire_call_refuse(
            call, 400, "page is a number from 1, per_page one from 1 to 1,000.", error);
    }
    *page_out = (page_of){(size_t)number, (size_t)count};
    return is_good;
}

static shire_status answer_page(shire_call *call, const page_of *page, size_t total,
                                json_t *content, shire_error *error) {
    size_t pages = total == 0 ? 0 : (total - 1) / page->size + 1;
    return shire_call_json(call,
                           json_pack("{s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:o}", "totalElements",
                                     (json_int_t)total, "totalPages", (json_int_t)pages, "number",
                                     (json_int_t)page->number, "size", (json_int_t)page->size,
                                     "first", page->number == 1, "last", page->number >= pages,
                                     "empty", json_array_size(content) == 0, "content", content),
                           error);
}

/* ---- routes ---- */

static shire_status find_services(shire_call *call, const uint32_t **places_out, size_t *count_out,
                                  bool *answered_out, shire_error *error) {
    shire_directory_query query;
    shire_error inner = {0};
    const char *problem = shire_directory_read_query(call, &query);
    *answered_out = problem != NULL;
    if (problem != NULL) {
        return shire_call_refuse(call, 400, problem, error);
    }
    shire_status status = shire_directory_find(shire_call_directory(call), &query,
                                               call->request->arena, places_out, count_out, &inner);
    if (status == SHIRE_NOT_FOUND) {
        *answered_out = true;
        return shire_call_refuse(call, 400, inner.message, error);
    }
    if (status != SHIRE_OK && error != NULL) {
        *error = inner;
    }
    return status;
}

static shire_status list_services(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {
        "text", "taxonomy_id", "vocabulary", "postcode", "proximity", "minimum_age", "maximum_age",
        "day",  "start_time",  "end_time",   "page",     "per_page",  "include",     NULL};
    const shire_directory *directory = shire_call_directory(call);
    const uint32_t *places = NULL;
    size_t count = 0;
    bool answered = false;
    page_of page;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) || !read_page(call, &page, &status, error)) {
        return status;
    }
    status = find_services(call, &places, &count, &answered, error);
    if (status != SHIRE_OK || answered) {
        return status;
    }
    bool is_whole = shire_call_query(call, "include").length > 0;
    json_t *content = json_array();
    size_t first = (page.number - 1) * page.size;
    for (size_t i = first; i < count && i < first + page.size; i++) {
        (void)json_array_append_new(content,
                                    shire_directory_service_json(directory, places[i], is_whole));
    }
    return answer_page(call, &page, count, content, error);
}

static shire_status show_service(shire_call *call, shire_error *error) {
    const shire_directory *directory = shire_call_directory(call);
    for (size_t i = 0; i < directory->service_count; i++) {
        if (shire_span_equal(shire_span_of(directory->services[i].id), call->ids[0])) {
            return shire_call_json(call, shire_directory_service_json(directory, i, true), error);
        }
    }
    return shire_call_refuse(call, 404, "There is no service of this id.", error);
}

static bool takes_taxonomy(const shire_directory *directory, size_t place, shire_span vocabulary,
                           shire_span parent, bool root_only) {
    const shire_directory_taxonomy *taxonomy = &directory->taxonomies[place];
    bool has_parent = taxonomy->parent != SHIRE_DIRECTORY_NONE;
    return (vocabulary.length == 0 ||
            shire_span_equal(shire_span_of(taxonomy->vocabulary), vocabulary)) &&
           (parent.length == 0 ||
            (has_parent &&
             shire_span_equal(shire_span_of(directory->taxonomies[taxonomy->parent].id),
                              parent))) &&
           !(root_only && has_parent);
}

static shire_status list_taxonomies(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"vocabulary", "parent_id", "root_only",
                                             "page",       "per_page",  NULL};
    const shire_directory *directory = shire_call_directory(call);
    bool root_only = shire_span_equal(shire_call_query(call, "root_only"), shire_span_of("true"));
    page_of page;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) || !read_page(call, &page, &status, error)) {
        return status;
    }
    size_t first = (page.number - 1) * page.size;
    size_t count = 0;
    json_t *content = json_array();
    for (size_t i = 0; i < directory->taxonomy_count; i++) {
        if (!takes_taxonomy(directory, i, shire_call_query(call, "vocabulary"),
                            shire_call_query(call, "parent_id"), root_only)) {
            continue;
        }
        if (count >= first && count < first + page.size) {
            (void)json_array_append_new(content, taxonomy_json(directory, (uint32_t)i));
        }
        count++;
    }
    return answer_page(call, &page, count, content, error);
}

/* Each place of each service that fits the same search as /services. */
static shire_status list_places(shire_call *call, shire_error *error) {
    static const char *const parameters[] = {"text",      "taxonomy_id", "vocabulary", "postcode",
                                             "proximity", "page",        "per_page",   NULL};
    const shire_directory *directory = shire_call_directory(call);
    const uint32_t *places = NULL;
    size_t service_count = 0;
    bool answered = false;
    page_of page;
    shire_status status = SHIRE_OK;
    if (!api_takes(call, parameters, &status, error) || !read_page(call, &page, &status, error)) {
        return status;
    }
    status = find_services(call, &places, &service_count, &answered, error);
    if (status != SHIRE_OK || answered) {
        return status;
    }
    size_t first = (page.number - 1) * page.size;
    size_t count = 0;
    json_t *content = json_array();
    for (size_t i = 0; i < service_count; i++) {
        const shire_directory_service *service = &directory->services[places[i]];
        for (size_t k = 0; k < service->location_count; k++, count++) {
            if (count >= first && count < first + page.size) {
                json_t *one = at_location_json(&directory->locations[service->first_location + k]);
                (void)json_object_set_new(
                    one, "service", shire_directory_service_json(directory, places[i], false));
                (void)json_array_append_new(content, one);
            }
        }
    }
    return answer_page(call, &page, count, content, error);
}

#define OPEN .access = SHIRE_ROUTE_OPEN_DATA, .form = SHIRE_ROUTE_API

const shire_route shire_api_directory_routes[] = {
    {.pattern = "/services", .handle = list_services, OPEN},
    {.pattern = "/services/{id}", .handle = show_service, OPEN},
    {.pattern = "/taxonomies", .handle = list_taxonomies, OPEN},
    {.pattern = "/service_at_locations", .handle = list_places, OPEN},
    {.pattern = NULL},
};
