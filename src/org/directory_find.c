/* Which services of the directory fit a search: all are looked at, for there are hundreds. */
#include "org/directory.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EARTH_METRES 6371008.8 /* mean radius (IUGG) */
#define DEGREE 0.017453292519943295
#define POSTCODE_BYTES_MAX 16

double shire_directory_distance(double latitude_a, double longitude_a, double latitude_b,
                                double longitude_b) {
    double north = sin((latitude_b - latitude_a) * DEGREE / 2);
    double east = sin((longitude_b - longitude_a) * DEGREE / 2);
    double part = north * north + cos(latitude_a * DEGREE) * cos(latitude_b * DEGREE) * east * east;
    return 2 * EARTH_METRES * asin(sqrt(part < 1 ? part : 1));
}

static bool holds_word(const char *text, shire_span word) {
    for (; *text != '\0'; text++) {
        size_t i = 0;
        while (i < word.length &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)word.bytes[i])) {
            i++;
        }
        if (i == word.length) {
            return true;
        }
    }
    return word.length == 0;
}

static bool some_holds(const shire_directory *directory, const shire_directory_service *service,
                       shire_span word) {
    bool holds = holds_word(service->name, word) || holds_word(service->description, word) ||
                 holds_word(directory->bodies[service->body].name, word);
    for (size_t i = 0; !holds && i < service->taxonomy_count; i++) {
        holds = holds_word(directory->taxonomies[service->taxonomies[i]].name, word);
    }
    return holds;
}

/* 0: a word is missing; 1: all are there; 2: all in the name. */
static int text_rank(const shire_directory *directory, const shire_directory_service *service,
                     shire_span text) {
    int rank = 2;
    while (text.length > 0) {
        const char *blank = memchr(text.bytes, ' ', text.length);
        size_t length = blank == NULL ? text.length : (size_t)(blank - text.bytes);
        shire_span word = {text.bytes, length};
        size_t taken = length + (blank != NULL);
        text = (shire_span){text.bytes + taken, text.length - taken};
        if (!holds_word(service->name, word)) {
            rank = 1;
        }
        if (!some_holds(directory, service, word)) {
            return 0;
        }
    }
    return rank;
}

/* Of the id or under it. */
static bool is_of(const shire_directory *directory, uint32_t place, shire_span id) {
    while (place != SHIRE_DIRECTORY_NONE) {
        if (shire_span_equal(shire_span_of(directory->taxonomies[place].id), id)) {
            return true;
        }
        place = directory->taxonomies[place].parent;
    }
    return false;
}

static bool fits_taxonomy(const shire_directory *directory, const shire_directory_service *service,
                          const shire_directory_query *query) {
    bool is_found = query->taxonomy.length == 0 && query->vocabulary.length == 0;
    for (size_t i = 0; !is_found && i < service->taxonomy_count; i++) {
        uint32_t place = service->taxonomies[i];
        is_found = (query->taxonomy.length == 0 || is_of(directory, place, query->taxonomy)) &&
                   (query->vocabulary.length == 0 ||
                    shire_span_equal(shire_span_of(directory->taxonomies[place].vocabulary),
                                     query->vocabulary));
    }
    return is_found;
}

static bool is_open_on(const shire_directory_location *place, const char *day) {
    for (const char *at = place->days; strlen(at) >= 2; at += at[2] == ' ' ? 3 : 2) {
        if (memcmp(at, day, 2) == 0) {
            return true;
        }
    }
    return false;
}

/* Hours compare as texts. A place that closes after midnight is open until then. */
static bool is_open(const shire_directory_location *place, const shire_directory_query *query) {
    bool closes_later = strcmp(place->closes, place->opens) <= 0;
    return (query->day[0] == '\0' || is_open_on(place, query->day)) &&
           (query->open_from[0] == '\0' ||
            (place->opens[0] != '\0' && place->closes[0] != '\0' &&
             strcmp(place->opens, query->open_from) <= 0 &&
             (closes_later || strcmp(place->closes, query->open_until) >= 0)));
}

static bool asks_for_hours(const shire_directory_query *query) {
    return query->day[0] != '\0' || query->open_from[0] != '\0';
}

static bool some_is_open(const shire_directory *directory, const shire_directory_service *service,
                         const shire_directory_query *query) {
    bool is_found = !asks_for_hours(query);
    for (size_t i = 0; !is_found && i < service->location_count; i++) {
        is_found = is_open(&directory->locations[service->first_location + i], query);
    }
    return is_found;
}

static bool fits(const shire_directory *directory, const shire_directory_service *service,
                 const shire_directory_query *query) {
    if (query->id != NULL) {
        return strcmp(service->id, query->id) == 0;
    }
    return strcmp(service->status, "defunct") != 0 && strcmp(service->status, "inactive") != 0 &&
           fits_taxonomy(directory, service, query) && some_is_open(directory, service, query) &&
           (query->age < 0 || ((service->minimum_age < 0 || query->age >= service->minimum_age) &&
                               (service->maximum_age < 0 || query->age <= service->maximum_age)));
}

/* The whole postcode, else its district (all but the last three letters). */
static const shire_directory_postcode *find_postcode(const shire_directory *directory,
                                                     shire_span given) {
    char text[POSTCODE_BYTES_MAX] = "";
    size_t length = 0;
    for (size_t i = 0; i < given.length; i++) {
        if (isalnum((unsigned char)given.bytes[i])) {
            if (length + 1 == sizeof text) {
                return NULL;
            }
            text[length++] = (char)toupper((unsigned char)given.bytes[i]);
        }
    }
    for (int tries = 0; tries < 2; tries++) {
        text[length] = '\0';
        for (size_t i = 0; i < directory->postcode_count; i++) {
            if (strcmp(directory->postcodes[i].postcode, text) == 0) {
                return &directory->postcodes[i];
            }
        }
        if (length <= 3) {
            break;
        }
        length -= 3;
    }
    return NULL;
}

/* To the nearest place of the service that is open when the query asks; infinite without one. */
static double distance_to(const shire_directory *directory, const shire_directory_service *service,
                          const shire_directory_query *query,
                          const shire_directory_postcode *from) {
    double nearest = INFINITY;
    for (size_t i = 0; i < service->location_count; i++) {
        const shire_directory_location *place = &directory->locations[service->first_location + i];
        bool counts = place->has_place && (!asks_for_hours(query) || is_open(place, query));
        double metres = counts ? shire_directory_distance(from->latitude, from->longitude,
                                                          place->latitude, place->longitude)
                               : INFINITY;
        nearest = metres < nearest ? metres : nearest;
    }
    return nearest;
}

typedef struct found {
    uint32_t place;
    double score; /* the lowest first */
} found;

static int compare_found(const void *a_pointer, const void *b_pointer) {
    const found *a = a_pointer;
    const found *b = b_pointer;
    return a->score != b->score ? (a->score > b->score) - (a->score < b->score)
                                : (a->place > b->place) - (a->place < b->place);
}

shire_status shire_directory_find(const shire_directory *directory,
                                  const shire_directory_query *query, shire_arena *arena,
                                  const uint32_t **places_out, size_t *count_out,
                                  shire_error *error) {
    const shire_directory_postcode *from = NULL;
    size_t count = 0;
    if (query->postcode.length > 0) {
        from = find_postcode(directory, query->postcode);
        if (from == NULL) {
            return SHIRE_FAIL(error, SHIRE_NOT_FOUND,
                              "neither this postcode nor its district is one that the directory "
                              "knows");
        }
    }
    found *all = shire_arena_alloc_array(arena, directory->service_count, sizeof *all);
    uint32_t *places = shire_arena_alloc_array(arena, directory->service_count, sizeof *places);
    if (all == NULL || places == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a search");
    }
    for (size_t i = 0; i < directory->service_count; i++) {
        const shire_directory_service *service = &directory->services[i];
        int rank = fits(directory, service, query) ? text_rank(directory, service, query->text) : 0;
        double metres = from == NULL ? 0 : distance_to(directory, service, query, from);
        if (rank > 0 && (from == NULL || query->metres <= 0 || metres <= query->metres)) {
            all[count++] = (found){(uint32_t)i, from == NULL ? -rank : metres};
        }
    }
    qsort(all, count, sizeof *all, compare_found);
    for (size_t i = 0; i < count; i++) {
        places[i] = all[i].place;
    }
    *places_out = places;
    *count_out = count;
    return SHIRE_OK;
}
