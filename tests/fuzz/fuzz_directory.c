/* The files of the directory of services, with form feeds between: whatever stands in them, what is
 * read refers to what is there, is text, and is found again. */
#include "core/arena.h"
#include "fuzz_target.h"
#include "io/file.h"
#include "org/directory.h"

#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/shire-fuzz-directory-XXXXXX";
static const char *const files[] = {"services.csv", "taxonomies.csv", "locations.csv",
                                    "postcodes.csv"};
#define FILE_COUNT (sizeof files / sizeof files[0])

static void remove_all(void) {
    shire_error error = {0};
    (void)!shire_dir_remove(dir, &error);
}

static void write_file(const char *name, shire_span text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "wbe"); /* not synced: nothing outlives the process */
    FUZZ_CHECK(file != NULL && fwrite(text.bytes, 1, text.length, file) == text.length);
    FUZZ_CHECK(fclose(file) == 0);
}

static void make_folder(void) {
    char inner[128];
    shire_error error = {0};
    FUZZ_CHECK(mkdtemp(dir) != NULL);
    snprintf(inner, sizeof inner, "%s/directory", dir);
    FUZZ_CHECK(shire_dir_make(inner, &error) == SHIRE_OK);
    write_file("organisations.csv", shire_span_of("code,name,kind\nRLQ,Hospital,trust\n"));
    FUZZ_CHECK(atexit(remove_all) == 0);
}

static void write_files(shire_span rest) {
    for (size_t i = 0; i < FILE_COUNT; i++) {
        char name[64];
        const char *end = rest.length == 0 ? NULL : memchr(rest.bytes, '\f', rest.length);
        size_t length = end == NULL ? rest.length : (size_t)(end - rest.bytes);
        snprintf(name, sizeof name, "directory/%s", files[i]);
        write_file(name, (shire_span){rest.bytes, length});
        size_t passed = end == NULL ? length : length + 1;
        rest = (shire_span){rest.bytes + passed, rest.length - passed};
    }
}

static shire_status told(const shire_directory_problem *problem, void *context,
                         shire_error *error) {
    (void)context;
    (void)error;
    FUZZ_CHECK(problem->kind[0] != '\0' && problem->problem[0] != '\0' && problem->line >= 0);
    return SHIRE_OK;
}

static void check_text(const char *text) {
    FUZZ_CHECK(text != NULL && shire_text_is_utf8(shire_span_of(text)));
}

static void check_found(const shire_directory *directory, const shire_directory_query *query,
                        shire_arena *arena) {
    const uint32_t *places = NULL;
    size_t count = 0;
    shire_error error = {0};
    shire_status status = shire_directory_find(directory, query, arena, &places, &count, &error);
    FUZZ_CHECK(status == SHIRE_OK || status == SHIRE_NOT_FOUND);
    for (size_t i = 0; status == SHIRE_OK && i < count; i++) {
        FUZZ_CHECK(places[i] < directory->service_count);
    }
    FUZZ_CHECK(status != SHIRE_OK || query->id == NULL || count == 1);
}

static void check_directory(const shire_directory *directory, shire_arena *arena) {
    for (size_t i = 0; i < directory->taxonomy_count; i++) {
        uint32_t parent = directory->taxonomies[i].parent;
        check_text(directory->taxonomies[i].name);
        FUZZ_CHECK(parent == SHIRE_DIRECTORY_NONE || parent < directory->taxonomy_count);
    }
    for (size_t i = 0; i < directory->location_count; i++) {
        const shire_directory_location *location = &directory->locations[i];
        check_text(location->address);
        FUZZ_CHECK(location->service < directory->service_count);
        FUZZ_CHECK(!location->has_place ||
                   (location->latitude >= -90 && location->latitude <= 90 &&
                    location->longitude >= -180 && location->longitude <= 180));
    }
    for (size_t i = 0; i < directory->service_count; i++) {
        const shire_directory_service *service = &directory->services[i];
        check_text(service->name);
        FUZZ_CHECK(service->name[0] != '\0' && service->body < directory->body_count);
        FUZZ_CHECK(service->first_location + service->location_count <= directory->location_count);
        for (size_t k = 0; k < service->taxonomy_count; k++) {
            FUZZ_CHECK(service->taxonomies[k] < directory->taxonomy_count);
        }
        if (i < 4) {
            check_found(directory, &(shire_directory_query){.id = service->id, .age = -1}, arena);
            check_found(directory,
                        &(shire_directory_query){.text = shire_span_of(service->name), .age = 40},
                        arena);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_arena *arena = NULL;
    shire_directory directory = {0};
    shire_error error = {0};
    if (dir[sizeof dir - 2] == 'X') {
        make_folder();
    }
    if (size > 20000 || shire_arena_new("fuzz", 256 << 20, &arena, &error) != SHIRE_OK) {
        return 0;
    }
    write_files((shire_span){(const char *)data, size});
    if (shire_directory_read(dir, arena, told, NULL, &directory, &error) == SHIRE_OK) {
        check_directory(&directory, arena);
        check_found(&directory,
                    &(shire_directory_query){
                        .postcode = shire_span_of("HR1 2AA"), .metres = 5000, .age = -1},
                    arena);
    }
    shire_arena_free(arena);
    return 0;
}
