/* Reading the files of directory/: one reader a file, each row checked cell by cell. Ids are looked
 * up by walking the arrays: a county has hundreds of services. */
#include "org/directory.h"

#include "core/date.h"
#include "io/crypto.h"
#include "io/csv.h"
#include "io/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)
#define AGE_MAX 130

typedef struct reading {
    const char *dir;
    shire_arena *arena;
    shire_directory_told tell;
    void *context;
    shire_error *error;
    const char *file; /* that is read */
    shire_csv csv;
    size_t columns[20]; /* of the file's names, in their order */
    shire_status status;
    shire_directory_body *bodies;
    shire_directory_taxonomy *taxonomies;
    shire_directory_service *services;
    shire_directory_location *locations;
    shire_directory_postcode *postcodes;
    shire_directory directory;
} reading;

static void tell(reading *r, const char *kind, int32_t line, const char *column,
                 const char *problem, const char *remedy) {
    if (r->tell != NULL && r->status == SHIRE_OK) {
        r->status =
            r->tell(&(shire_directory_problem){kind, r->file, line, column, problem, remedy},
                    r->context, r->error);
    }
}

static bool no_memory(reading *r) {
    if (r->status == SHIRE_OK) {
        r->status = SHIRE_FAIL(r->error, SHIRE_NO_MEMORY, "out of memory for the directory");
    }
    return false;
}

/* Opens a file; false when there are no rows to take. */
static bool open_file(reading *r, const char *file, const char *const *names, size_t name_count,
                      size_t needed_count) {
    shire_error inner = {0};
    r->file = file;
    char *path = shire_arena_format(r->arena, "%s/%s", r->dir, file);
    if (path == NULL) {
        return no_memory(r);
    }
    if (r->status != SHIRE_OK || !shire_file_exists(path)) {
        return false;
    }
    shire_status status = shire_csv_read(path, FILE_BYTES_MAX, r->arena, &r->csv, &inner);
    if (status == SHIRE_OK) {
        status = shire_csv_check_columns(&r->csv, names, name_count, needed_count, &inner);
    }
    if (status == SHIRE_NO_MEMORY) {
        return no_memory(r);
    }
    if (status != SHIRE_OK) {
        char *problem = shire_arena_copy_text(r->arena, inner.message, strlen(inner.message));
        tell(r, "bad_csv", 1, NULL, problem == NULL ? "the file cannot be read" : problem,
             "correct the file; until then nothing of it is in the directory");
        return false;
    }
    for (size_t i = 0; i < name_count; i++) {
        r->columns[i] = shire_csv_column(&r->csv, names[i]);
    }
    return true;
}

/* The cell's text; terminated. */
static const char *cell(const reading *r, size_t row, size_t column) {
    shire_span text = shire_csv_cell(&r->csv, row, r->columns[column]);
    return text.length == 0 ? "" : text.bytes;
}

static bool need(reading *r, size_t row, const char *column, const char *value) {
    if (value[0] == '\0') {
        tell(r, "empty_cell", r->csv.lines[row], column, "the cell is empty; the row is left out",
             "fill it in");
        return false;
    }
    return true;
}

/* A value of a list of choices, "" for another, which is told. */
static const char *choice(reading *r, size_t row, const char *column, const char *value,
                          const char *const *choices) {
    for (size_t i = 0; value[0] != '\0' && choices[i] != NULL; i++) {
        if (strcmp(value, choices[i]) == 0) {
            return value;
        }
    }
    if (value[0] != '\0') {
        tell(r, "unknown_choice", r->csv.lines[row], column,
             "this is none of the choices of the standard; it is left empty",
             "take one that docs/partnership-folder.md lists");
    }
    return "";
}

static bool read_degrees(const char *text, double most, double *degrees_out) {
    char *end = NULL;
    double degrees = strtod(text, &end);
    if (text[0] == '\0' || *end != '\0' || !isfinite(degrees) || fabs(degrees) > most) {
        return false;
    }
    *degrees_out = degrees;
    return true;
}

/* An id of 122 bits of the text's SHA-256, in the form that the standard asks of organisations. */
static void make_uuid(const char *what, const char *text, char uuid[SHIRE_DIRECTORY_UUID_BYTES]) {
    const shire_span parts[] = {shire_span_of(what), shire_span_of(text)};
    shire_hash hash = shire_sha256(parts, 2);
    const uint8_t *b = hash.bytes;
    snprintf(uuid, SHIRE_DIRECTORY_UUID_BYTES,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], (b[6] & 0x0Fu) | 0x80u, b[7], (b[8] & 0x3Fu) | 0x80u, b[9],
             b[10], b[11], b[12], b[13], b[14], b[15]);
}

/* ---- bodies: of organisations.csv, which load checks ---- */

static void read_bodies(reading *r) {
    static const char *const names[] = {"code", "name", "kind", "opened", "closed"};
    shire_directory_told kept = r->tell;
    r->tell = NULL;
    if (open_file(r, "organisations.csv", names, 5, 2)) {
        r->bodies = shire_arena_alloc_array(r->arena, r->csv.row_count, sizeof *r->bodies);
        for (size_t row = 0; r->bodies != NULL && row < r->csv.row_count; row++) {
            shire_directory_body *body = &r->bodies[r->directory.body_count++];
            body->code = cell(r, row, 0);
            body->name = cell(r, row, 1);
            make_uuid("shire organisation ", body->code, body->uuid);
        }
        if (r->bodies == NULL) {
            (void)no_memory(r);
        }
    }
    r->tell = kept;
}

static uint32_t find_body(const reading *r, const char *code) {
    for (size_t i = 0; i < r->directory.body_count; i++) {
        if (strcmp(r->bodies[i].code, code) == 0) {
            return (uint32_t)i;
        }
    }
    return SHIRE_DIRECTORY_NONE;
}

/* ---- taxonomies ---- */

static uint32_t find_taxonomy(const reading *r, shire_span id) {
    for (size_t i = 0; i < r->directory.taxonomy_count; i++) {
        if (shire_span_equal(shire_span_of(r->taxonomies[i].id), id)) {
            return (uint32_t)i;
        }
    }
    return SHIRE_DIRECTORY_NONE;
}

/* A parent stands above its children, so that none can be above itself. */
static void take_taxonomy(reading *r, size_t row) {
    const char *id = cell(r, row, 0);
    const char *name = cell(r, row, 1);
    const char *parent = cell(r, row, 3);
    int32_t line = r->csv.lines[row];
    if (!need(r, row, "id", id) || !need(r, row, "name", name)) {
        return;
    }
    if (find_taxonomy(r, shire_span_of(id)) != SHIRE_DIRECTORY_NONE) {
        tell(r, "duplicate_key", line, "id", "the id is there already; the row is left out",
             "give it an id of its own");
        return;
    }
    uint32_t above =
        parent[0] == '\0' ? SHIRE_DIRECTORY_NONE : find_taxonomy(r, shire_span_of(parent));
    if (parent[0] != '\0' && above == SHIRE_DIRECTORY_NONE) {
        tell(r, "dangling_reference", line, "parent",
             "no row above has this id; the taxonomy is taken without a parent",
             "put the parent's row above it, or correct the id");
    }
    r->taxonomies[r->directory.taxonomy_count++] =
        (shire_directory_taxonomy){id, name, cell(r, row, 2), above};
}

static void read_taxonomies(reading *r) {
    static const char *const names[] = {"id", "name", "vocabulary", "parent"};
    if (!open_file(r, "directory/taxonomies.csv", names, 4, 2)) {
        return;
    }
    r->taxonomies = shire_arena_alloc_array(r->arena, r->csv.row_count, sizeof *r->taxonomies);
    if (r->taxonomies == NULL) {
        (void)no_memory(r);
        return;
    }
    for (size_t row = 0; row < r->csv.row_count; row++) {
        take_taxonomy(r, row);
    }
}

/* ---- services ---- */

enum {
    S_ID,
    S_ORGANISATION,
    S_NAME,
    S_DESCRIPTION,
    S_URL,
    S_EMAIL,
    S_PHONE,
    S_FEES,
    S_ACCREDITATIONS,
    S_STATUS,
    S_DELIVERABLE,
    S_TYPE,
    S_ACCESS,
    S_TAXONOMIES,
    S_MINIMUM,
    S_MAXIMUM,
    S_ASSURED,
    S_COUNT
};

static const char *const service_names[S_COUNT] = {"id",
                                                   "organisation",
                                                   "name",
                                                   "description",
                                                   "url",
                                                   "email",
                                                   "phone",
                                                   "fees",
                                                   "accreditations",
                                                   "status",
                                                   "deliverable_type",
                                                   "attending_type",
                                                   "attending_access",
                                                   "taxonomies",
                                                   "minimum_age",
                                                   "maximum_age",
                                                   "assured_date"};

static uint32_t find_service(const reading *r, const char *id) {
    for (size_t i = 0; i < r->directory.service_count; i++) {
        if (strcmp(r->services[i].id, id) == 0) {
            return (uint32_t)i;
        }
    }
    return SHIRE_DIRECTORY_NONE;
}

static int read_age(reading *r, size_t row, int column) {
    const char *text = cell(r, row, (size_t)column);
    char *end = NULL;
    long age = strtol(text, &end, 10);
    if (text[0] == '\0') {
        return -1;
    }
    if (*end != '\0' || age < 0 || age > AGE_MAX) {
        tell(r, "not_a_whole_number", r->csv.lines[row], service_names[column],
             "this is no age in years; it is left empty", "write a whole number from 0 to 130");
        return -1;
    }
    return (int)age;
}

/* A link goes to the web and to nothing that a browser would run. */
static const char *read_url(reading *r, size_t row) {
    const char *url = cell(r, row, S_URL);
    bool is_web = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    if (url[0] != '\0' && (!is_web || strpbrk(url, " \"<>\\") != NULL)) {
        tell(r, "unknown_choice", r->csv.lines[row], "url",
             "this is no address of the web; it is left empty", "begin it with https://");
        return "";
    }
    return url;
}

static const char *read_email(reading *r, size_t row) {
    const char *email = cell(r, row, S_EMAIL);
    const char *at = strchr(email, '@');
    bool is_one = at != NULL && at != email && strchr(at, '.') != NULL &&
                  strchr(at + 1, '@') == NULL && strpbrk(email, " \"<>,;:\\?&") == NULL;
    if (email[0] != '\0' && !is_one) {
        tell(r, "unknown_choice", r->csv.lines[row], "email",
             "this is no e-mail address; it is left empty", "write it as name@example.org");
        return "";
    }
    return email;
}

static const char *read_day(reading *r, size_t row) {
    shire_date day;
    const char *text = cell(r, row, S_ASSURED);
    char *iso = shire_arena_alloc(r->arena, 11);
    if (text[0] == '\0' || iso == NULL) {
        return "";
    }
    if (shire_date_parse(shire_span_of(text), &day) != SHIRE_OK) {
        tell(r, "impossible_date", r->csv.lines[row], "assured_date",
             "this is no date; it is left empty", "write it as 2024-04-01");
        return "";
    }
    shire_date_format(day, iso);
    return iso;
}

static void read_service_taxonomies(reading *r, size_t row, shire_directory_service *service) {
    shire_span rest = shire_span_of(cell(r, row, S_TAXONOMIES));
    uint32_t *places = shire_arena_alloc_array(r->arena, rest.length / 2 + 1, sizeof *places);
    if (places == NULL) {
        (void)no_memory(r);
        return;
    }
    while (rest.length > 0) {
        const char *blank = memchr(rest.bytes, ' ', rest.length);
        size_t length = blank == NULL ? rest.length : (size_t)(blank - rest.bytes);
        shire_span id = {rest.bytes, length};
        size_t taken = length + (blank != NULL);
        rest = (shire_span){rest.bytes + taken, rest.length - taken};
        uint32_t place = length == 0 ? SHIRE_DIRECTORY_NONE : find_taxonomy(r, id);
        if (place != SHIRE_DIRECTORY_NONE) {
            places[service->taxonomy_count++] = place;
        } else if (length > 0) {
            tell(r, "dangling_reference", r->csv.lines[row], "taxonomies",
                 "taxonomies.csv has no such id; it is left out",
                 "add the taxonomy, or correct the id");
        }
    }
    service->taxonomies = places;
}

static void take_service(reading *r, size_t row) {
    static const char *const statuses[] = {"active", "inactive", "defunct", "temporarily closed",
                                           NULL};
    static const char *const deliverables[] = {"Advice",     "Assessment",        "Counselling",
                                               "Equipment",  "Financial Support", "Information",
                                               "Permission", "Training",          NULL};
    static const char *const types[] = {"phone", "online", "venue", "home visit", NULL};
    static const char *const accesses[] = {"referral", "appointment", "membership", "drop-in",
                                           NULL};
    const char *id = cell(r, row, S_ID);
    const char *code = cell(r, row, S_ORGANISATION);
    const char *name = cell(r, row, S_NAME);
    if (!need(r, row, "id", id) || !need(r, row, "organisation", code) ||
        !need(r, row, "name", name)) {
        return;
    }
    uint32_t body = find_body(r, code);
    if (body == SHIRE_DIRECTORY_NONE) {
        tell(r, "unknown_organisation", r->csv.lines[row], "organisation",
             "organisations.csv has no such code; the row is left out",
             "add the organisation, or correct the code");
        return;
    }
    if (find_service(r, id) != SHIRE_DIRECTORY_NONE || strchr(id, '/') != NULL) {
        tell(r, "duplicate_key", r->csv.lines[row], "id",
             "the id is there already, or has a slash in it; the row is left out",
             "give it an id of its own without a slash");
        return;
    }
    shire_directory_service service = {
        .id = id,
        .body = body,
        .name = name,
        .description = cell(r, row, S_DESCRIPTION),
        .url = read_url(r, row),
        .email = read_email(r, row),
        .phone = cell(r, row, S_PHONE),
        .fees = cell(r, row, S_FEES),
        .accreditations = cell(r, row, S_ACCREDITATIONS),
        .status = choice(r, row, "status", cell(r, row, S_STATUS), statuses),
        .deliverable_type =
            choice(r, row, "deliverable_type", cell(r, row, S_DELIVERABLE), deliverables),
        .attending_type = choice(r, row, "attending_type", cell(r, row, S_TYPE), types),
        .attending_access = choice(r, row, "attending_access", cell(r, row, S_ACCESS), accesses),
        .assured_date = read_day(r, row),
        .minimum_age = read_age(r, row, S_MINIMUM),
        .maximum_age = read_age(r, row, S_MAXIMUM)};
    if (service.status[0] == '\0') {
        service.status = "active";
    }
    read_service_taxonomies(r, row, &service);
    r->services[r->directory.service_count++] = service;
}

static void read_services(reading *r) {
    if (!open_file(r, "directory/services.csv", service_names, S_COUNT, 3)) {
        return;
    }
    r->services = shire_arena_alloc_array(r->arena, r->csv.row_count, sizeof *r->services);
    if (r->services == NULL) {
        (void)no_memory(r);
        return;
    }
    for (size_t row = 0; row < r->csv.row_count; row++) {
        take_service(r, row);
    }
}

/* ---- locations ---- */

static bool is_time(const char *text) {
    return strlen(text) == 5 && text[2] == ':' && text[0] >= '0' && text[0] <= '2' &&
           text[1] >= '0' && text[1] <= (text[0] == '2' ? '3' : '9') && text[3] >= '0' &&
           text[3] <= '5' && text[4] >= '0' && text[4] <= '9';
}

static const char *read_time(reading *r, size_t row, const char *column, const char *text) {
    if (text[0] != '\0' && !is_time(text)) {
        tell(r, "unknown_choice", r->csv.lines[row], column,
             "this is no time of day; it is left empty", "write it as 09:30");
        return "";
    }
    return text;
}

static const char *read_days(reading *r, size_t row, const char *text) {
    static const char names[] = "MO TU WE TH FR SA SU";
    bool is_good = true;
    for (size_t i = 0; text[i] != '\0' && is_good; i++) {
        size_t place = i % 3;
        const char day[] = {text[i], place == 0 ? text[i + 1] : '\0', '\0'};
        is_good = place == 2   ? text[i] == ' ' && text[i + 1] != '\0'
                  : place == 0 ? day[1] != '\0' && strstr(names, day) != NULL && day[0] != ' ' &&
                                     day[1] != ' '
                               : true;
    }
    if (!is_good) {
        tell(r, "unknown_choice", r->csv.lines[row], "days",
             "these are no days of the week; they are left empty",
             "write them as MO TU WE TH FR SA SU with blanks between");
        return "";
    }
    return text;
}

static void take_location(reading *r, size_t row, uint32_t service) {
    shire_directory_location one = {.service = service,
                                    .name = cell(r, row, 1),
                                    .address = cell(r, row, 2),
                                    .city = cell(r, row, 3),
                                    .postcode = cell(r, row, 4),
                                    .days = read_days(r, row, cell(r, row, 7)),
                                    .opens = read_time(r, row, "opens", cell(r, row, 8)),
                                    .closes = read_time(r, row, "closes", cell(r, row, 9))};
    const char *latitude = cell(r, row, 5);
    const char *longitude = cell(r, row, 6);
    one.has_place =
        read_degrees(latitude, 90, &one.latitude) && read_degrees(longitude, 180, &one.longitude);
    if (!one.has_place && (latitude[0] != '\0' || longitude[0] != '\0')) {
        tell(r, "not_a_number", r->csv.lines[row], "latitude",
             "latitude and longitude are no place in degrees; they are left empty",
             "write both as 52.0567 and -2.7160");
    }
    char *text = shire_arena_format(r->arena, "%s\n%s\n%s\n%s\n%d", r->services[service].id,
                                    one.name, one.address, one.postcode, (int)r->csv.lines[row]);
    if (text == NULL) {
        (void)no_memory(r);
        return;
    }
    make_uuid("shire location ", text, one.id);
    r->locations[r->directory.location_count++] = one;
    r->services[service].location_count++;
}

/* Service by service, so that each one's stand together. */
static void read_locations(reading *r) {
    static const char *const names[] = {"service",  "name",      "address", "city",  "postcode",
                                        "latitude", "longitude", "days",    "opens", "closes"};
    if (!open_file(r, "directory/locations.csv", names, 10, 1)) {
        return;
    }
    uint32_t *of_row = shire_arena_alloc_array(r->arena, r->csv.row_count, sizeof *of_row);
    r->locations = shire_arena_alloc_array(r->arena, r->csv.row_count, sizeof *r->locations);
    if (of_row == NULL || r->locations == NULL) {
        (void)no_memory(r);
        return;
    }
    for (size_t row = 0; row < r->csv.row_count; row++) {
        of_row[row] = find_service(r, cell(r, row, 0));
        if (of_row[row] == SHIRE_DIRECTORY_NONE) {
            tell(r, "dangling_reference", r->csv.lines[row], "service",
                 "services.csv has no such id that was taken; the row is left out",
                 "add the service, or correct the id");
        }
    }
    for (size_t i = 0; i < r->directory.service_count; i++) {
        r->services[i].first_location = r->directory.location_count;
        for (size_t row = 0; row < r->csv.row_count; row++) {
            if (of_row[row] == i) {
                take_location(r, row, (uint32_t)i);
            }
        }
    }
}

/* ---- postcodes ---- */

/* Capitals and digits; "" for another text or out of memory. */
static const char *compact(shire_span text, shire_arena *arena) {
    char *kept = shire_arena_copy_text(arena, text.bytes == NULL ? "" : text.bytes, text.length);
    size_t length = 0;
    for (size_t i = 0; kept != NULL && i < text.length; i++) {
        char letter = kept[i];
        letter = letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
        if ((letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9')) {
            kept[length++] = letter;
        }
    }
    if (kept == NULL) {
        return "";
    }
    kept[length] = '\0';
    return kept;
}

static int compare_postcodes(const void *a, const void *b) {
    return strcmp(((const shire_directory_postcode *)a)->postcode,
                  ((const shire_directory_postcode *)b)->postcode);
}

static void read_postcodes(reading *r) {
    static const char *const names[] = {"postcode", "latitude", "longitude"};
    if (!open_file(r, "directory/postcodes.csv", names, 3, 3)) {
        return;
    }
    r->postcodes = shire_arena_alloc_array(r->arena, r->csv.row_count, sizeof *r->postcodes);
    if (r->postcodes == NULL) {
        (void)no_memory(r);
        return;
    }
    for (size_t row = 0; row < r->csv.row_count; row++) {
        shire_directory_postcode one = {.postcode =
                                            compact(shire_span_of(cell(r, row, 0)), r->arena)};
        if (!need(r, row, "postcode", one.postcode)) {
            continue;
        }
        if (!read_degrees(cell(r, row, 1), 90, &one.latitude) ||
            !read_degrees(cell(r, row, 2), 180, &one.longitude)) {
            tell(r, "not_a_number", r->csv.lines[row], "latitude",
                 "latitude and longitude are no place in degrees; the row is left out",
                 "write both as 52.0567 and -2.7160");
            continue;
        }
        r->postcodes[r->directory.postcode_count++] = one;
    }
    qsort(r->postcodes, r->directory.postcode_count, sizeof *r->postcodes, compare_postcodes);
}

shire_status shire_directory_read(const char *dir, shire_arena *arena, shire_directory_told told,
                                  void *context, shire_directory *directory_out,
                                  shire_error *error) {
    reading r = {.dir = dir, .arena = arena, .tell = told, .context = context, .error = error};
    read_bodies(&r);
    read_taxonomies(&r);
    read_services(&r);
    read_locations(&r);
    read_postcodes(&r);
    r.directory.bodies = r.bodies;
    r.directory.taxonomies = r.taxonomies;
    r.directory.services = r.services;
    r.directory.locations = r.locations;
    r.directory.postcodes = r.postcodes;
    if (r.status == SHIRE_OK) {
        *directory_out = r.directory;
    }
    return r.status;
}
