/* The directory of services for the public: a search that stands in the address, so that a page of
 * it can be kept and passed on, and a page for each service. Nothing personal is asked or shown. */
#include "web/page_person.h"
#include "web/page_words.h"
#include "web/web_directory.h"
#include "web/web_internal.h"
#include "web/web_routes.h"

#include <string.h>

#define SHOWN_MAX 200

static json_t *text_json(shire_span text) {
    return json_stringn(text.length == 0 ? "" : text.bytes, text.length);
}

static json_t *taxonomies_json(const shire_directory *directory, shire_span chosen) {
    json_t *list = json_array();
    for (size_t i = 0; i < directory->taxonomy_count; i++) {
        const shire_directory_taxonomy *one = &directory->taxonomies[i];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:b}", "id", one->id, "name", one->name, "chosen",
                            shire_span_equal(shire_span_of(one->id), chosen)));
    }
    return list;
}

static const char *service_path(const shire_call *call, const char *id) {
    shire_builder path = {0};
    shire_builder_append_text(&path, "/directory/");
    shire_builder_append_url(&path, shire_span_of(id));
    const char *kept =
        path.failed ? NULL : shire_arena_copy_text(call->request->arena, path.bytes, path.length);
    shire_builder_free(&path);
    return kept;
}

static json_t *found_json(const shire_call *call, const shire_directory *directory,
                          const uint32_t *places, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
        const shire_directory_service *service = &directory->services[places[i]];
        const char *path = service_path(call, service->id);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", service->name,
                                                    "href", path == NULL ? "/directory" : path,
                                                    "body", directory->bodies[service->body].name,
                                                    "description", service->description));
    }
    return list;
}

static const char *const weekdays[][2] = {
    {"MO", "Monday"}, {"TU", "Tuesday"},  {"WE", "Wednesday"}, {"TH", "Thursday"},
    {"FR", "Friday"}, {"SA", "Saturday"}, {"SU", "Sunday"}};
#define WEEKDAYS (sizeof weekdays / sizeof weekdays[0])

static json_t *weekdays_json(const char *chosen) {
    json_t *list = json_array();
    for (size_t i = 0; i < WEEKDAYS; i++) {
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "value", weekdays[i][0],
                                                    "label", weekdays[i][1], "chosen",
                                                    strcmp(chosen, weekdays[i][0]) == 0));
    }
    return list;
}

static shire_status show_directory(shire_call *call, shire_error *error) {
    const shire_directory *directory = shire_call_directory(call);
    shire_directory_query query;
    const uint32_t *places = NULL;
    size_t count = 0;
    shire_error inner = {0};
    shire_span taxonomy = shire_call_query(call, "taxonomy_id");
    const char *problem = shire_directory_read_query(call, &query);
    bool is_near = query.postcode.length > 0;
    shire_status status = problem != NULL
                              ? SHIRE_INVALID
                              : shire_directory_find(directory, &query, call->request->arena,
                                                     &places, &count, &inner);
    if (status == SHIRE_NO_MEMORY) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a page");
    }
    json_t *values =
        json_pack("{s:{s:o, s:o}, s:o, s:o, s:o, s:I, s:b, s:b, s:{s:s, s:s}}", "form", "text",
                  text_json(query.text), "postcode", text_json(query.postcode), "taxonomies",
                  taxonomies_json(directory, taxonomy), "weekdays", weekdays_json(query.day),
                  "found", found_json(call, directory, places, count), "total", (json_int_t)count,
                  "has_found", count > 0, "is_near", is_near, "back", "text", "Home", "href", "/");
    if (values != NULL && status == SHIRE_NOT_FOUND) {
        shire_call_add_error(values, "postcode",
                             "Enter a postcode of this county, such as HR1 2BX, or leave it out");
        call->response->status = 422;
    } else if (values != NULL && status != SHIRE_OK) {
        shire_call_add_error(values, "text", "That could not be understood; search again");
        call->response->status = 422;
    }
    return shire_call_page(call, "directory", "Directory of services", values, error);
}

/* "MO,WE" as iCalendar says days -> "Monday, Wednesday"; what is no such day stays as it is. */
static json_t *days_json(const char *days) {
    shire_builder text = {0};
    while (days[0] != '\0') {
        size_t length = strcspn(days, ", ");
        const char *name = NULL;
        for (size_t i = 0; i < WEEKDAYS; i++) {
            name = length == 2 && strncmp(days, weekdays[i][0], 2) == 0 ? weekdays[i][1] : name;
        }
        if (length > 0) {
            shire_builder_append_text(&text, text.length == 0 ? "" : ", ");
            shire_builder_append(&text,
                                 name == NULL ? (shire_span){days, length} : shire_span_of(name));
        }
        days += length + (days[length] != '\0');
    }
    json_t *json = shire_words_text((shire_span){text.bytes, text.length});
    shire_builder_free(&text);
    return json;
}

static json_t *place_json(const shire_directory_location *place) {
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:b}", "name", place->name, "address",
                     place->address, "city", place->city, "postcode", place->postcode, "days",
                     days_json(place->days), "opens", place->opens, "closes", place->closes,
                     "has_days", place->days[0] != '\0');
}

/* How the standard's words for a service are said to people; what has none stays as it is. */
static const char *say(const char *word) {
    static const char *const words[][2] = {{"phone", "By telephone"},
                                           {"online", "Online"},
                                           {"venue", "At the place below"},
                                           {"home visit", "At your home"},
                                           {"referral", "Ask a professional to refer you"},
                                           {"appointment", "Make an appointment"},
                                           {"membership", "Become a member"},
                                           {"drop-in", "Just come, no appointment is needed"},
                                           {"inactive", "Not open now"},
                                           {"defunct", "Closed"},
                                           {"temporarily closed", "Closed for now"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    return word;
}

/* "18 to 65", "18 and older", "up to 17"; "" for everybody. */
static const char *ages_of(const shire_call *call, const shire_directory_service *service) {
    shire_arena *arena = call->request->arena;
    const char *text = "";
    if (service->minimum_age > 0 && service->maximum_age >= 0) {
        text = shire_arena_format(arena, "From %d to %d years of age", service->minimum_age,
                                  service->maximum_age);
    } else if (service->minimum_age > 0) {
        text = shire_arena_format(arena, "%d years of age and older", service->minimum_age);
    } else if (service->maximum_age >= 0) {
        text = shire_arena_format(arena, "Up to %d years of age", service->maximum_age);
    }
    return text == NULL ? "" : text;
}

/* What a telephone dials: without blanks, and up to an extension. */
static json_t *dialled(const char *phone) {
    shire_builder text = {0};
    for (size_t i = 0; phone[i] != '\0' && strchr("+0123456789 ()-", phone[i]) != NULL; i++) {
        if (strchr("+0123456789", phone[i]) != NULL) {
            shire_builder_append(&text, (shire_span){&phone[i], 1});
        }
    }
    json_t *json = shire_words_text((shire_span){text.bytes, text.length});
    shire_builder_free(&text);
    return json;
}

static shire_status show_service(shire_call *call, shire_error *error) {
    const shire_directory *directory = shire_call_directory(call);
    size_t place = 0;
    while (place < directory->service_count &&
           !shire_span_equal(shire_span_of(directory->services[place].id), call->ids[0])) {
        place++;
    }
    if (place == directory->service_count) {
        return shire_call_hide(call, error);
    }
    const shire_directory_service *service = &directory->services[place];
    json_t *places = json_array();
    json_t *taxonomies = json_array();
    for (size_t i = 0; i < service->location_count; i++) {
        (void)json_array_append_new(places,
                                    place_json(&directory->locations[service->first_location + i]));
    }
    for (size_t i = 0; i < service->taxonomy_count; i++) {
        (void)json_array_append_new(
            taxonomies, json_string(directory->taxonomies[service->taxonomies[i]].name));
    }
    json_t *values = json_pack(
        "{s:o?, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:b, s:b, s:{s:s, s:s}}",
        "service", shire_directory_service_json(directory, place, false), "given",
        say(service->attending_type), "access", say(service->attending_access), "status",
        say(service->status), "ages", ages_of(call, service), "body",
        directory->bodies[service->body].name, "phone", service->phone, "dialled",
        dialled(service->phone), "places", places, "taxonomies", taxonomies, "has_places",
        service->location_count > 0, "has_taxonomies", service->taxonomy_count > 0, "is_open",
        strcmp(service->status, "active") == 0, "back", "text", "Directory of services", "href",
        "/directory");
    return shire_call_page(call, "service", service->name, values, error);
}

const shire_route shire_page_directory_routes[] = {
    {.pattern = "/directory", .handle = show_directory, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = "/directory/{id}", .handle = show_service, .access = SHIRE_ROUTE_PUBLIC},
    {.pattern = NULL},
};
