/* The directory of services: what is read, what is left out and told, and which services fit. */
#include "io/file.h"
#include "org/directory.h"
#include "unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-directory-XXXXXX";
static shire_arena *arena;
static shire_error error;
static size_t problem_count;

static int set_up(void **state) {
    char inner[128];
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(inner, sizeof inner, "%s/directory", dir);
    return shire_dir_make(inner, &error) != SHIRE_OK ||
           shire_arena_new("test_arena", 0, &arena, NULL) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static shire_status count_problem(const shire_directory_problem *problem, void *context,
                                  shire_error *told) {
    (void)context;
    (void)told;
    assert_true(problem->problem[0] != '\0' && problem->remedy[0] != '\0');
    problem_count++;
    return SHIRE_OK;
}

static shire_directory read_directory(void) {
    shire_directory directory = {0};
    problem_count = 0;
    assert_int_equal(shire_directory_read(dir, arena, count_problem, NULL, &directory, &error),
                     SHIRE_OK);
    return directory;
}

/* The ids that fit, with blanks between. */
static const char *found(const shire_directory *directory, shire_directory_query query) {
    static char text[256];
    const uint32_t *places = NULL;
    size_t count = 0;
    text[0] = '\0';
    assert_int_equal(shire_directory_find(directory, &query, arena, &places, &count, &error),
                     SHIRE_OK);
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s%s", i == 0 ? "" : " ",
                 directory->services[places[i]].id);
    }
    return text;
}

static void a_folder_without_a_directory_has_an_empty_one(void **state) {
    (void)state;
    shire_directory directory = read_directory();
    assert_int_equal(directory.service_count, 0);
    assert_int_equal(problem_count, 0);
    assert_string_equal(found(&directory, (shire_directory_query){.age = -1}), "");
}

static void services_fit_by_words_kind_age_and_distance(void **state) {
    (void)state;
    scratch_write(dir, "organisations.csv", "code,name,kind,opened,closed\nA,Alpha,council,,\n");
    scratch_write(dir, "directory/taxonomies.csv",
                  "id,name,vocabulary,parent\nh,Health,v,\nr,Rehabilitation,v,h\n");
    scratch_write(dir, "directory/services.csv",
                  "id,organisation,name,description,status,taxonomies,minimum_age,maximum_age\n"
                  "walk,A,Walks,with lunch,active,h,,\n"
                  "lunch,A,Lunch club,,,r,60,\n"
                  "gone,A,Lunch of old,,defunct,,,\n"
                  "young,A,Youth club,,,,8,17\n");
    scratch_write(dir, "directory/locations.csv",
                  "service,name,address,city,postcode,latitude,longitude,days,opens,closes\n"
                  "lunch,Hall,,,,52.06,-2.70,TU,12:00,14:00\n"
                  "walk,Green,,,,52.23,-2.74,,,\n"
                  "lunch,Barn,,,,52.22,-2.74,,,\n");
    scratch_write(dir, "directory/postcodes.csv",
                  "postcode,latitude,longitude\nHR6,52.23,-2.74\n"
                  "HR1 1AA,52.06,-2.70\n");
    shire_directory directory = read_directory();
    assert_int_equal(problem_count, 0);
    assert_int_equal(directory.services[1].location_count, 2);
    assert_string_equal(found(&directory, (shire_directory_query){.age = -1}), "walk lunch young");
    /* A word of the name comes before one of the description. */
    assert_string_equal(
        found(&directory, (shire_directory_query){.age = -1, .text = shire_span_of("LUNCH")}),
        "lunch walk");
    assert_string_equal(
        found(&directory, (shire_directory_query){.age = -1, .taxonomy = shire_span_of("h")}),
        "walk lunch");
    assert_string_equal(found(&directory, (shire_directory_query){.age = 17}), "walk young");
    assert_string_equal(found(&directory, (shire_directory_query){.age = 18}), "walk");
    /* HR6 9ZZ is not known, its district is; what has no place is the farthest. */
    shire_directory_query near = {.age = -1, .postcode = shire_span_of("hr6 9zz")};
    assert_string_equal(found(&directory, near), "walk lunch young");
    near.metres = 500;
    assert_string_equal(found(&directory, near), "walk");
    near = (shire_directory_query){.age = -1, .postcode = shire_span_of("HR1 1AA"), .metres = 500};
    assert_string_equal(found(&directory, near), "lunch");
    assert_string_equal(found(&directory, (shire_directory_query){.age = -1, .id = "gone"}),
                        "gone");
    const uint32_t *places = NULL;
    size_t count = 0;
    near.postcode = shire_span_of("ZZ1 1ZZ");
    assert_int_equal(shire_directory_find(&directory, &near, arena, &places, &count, &error),
                     SHIRE_NOT_FOUND);
}

/* A degree of latitude is 111.195 km on the sphere of the mean radius. */
static void distances_are_those_of_the_sphere(void **state) {
    (void)state;
    double metres = shire_directory_distance(52, -2, 53, -2);
    assert_true(metres > 111194 && metres < 111196);
    assert_true(shire_directory_distance(52, -2, 52, -2) < 0.001);
    metres = shire_directory_distance(0, 0, 0, 180);
    assert_true(metres > 20015000 && metres < 20015200);
}

static void the_same_rows_have_the_same_ids(void **state) {
    (void)state;
    shire_directory a = read_directory();
    shire_directory b = read_directory();
    assert_string_equal(a.bodies[0].uuid, b.bodies[0].uuid);
    assert_int_equal(a.bodies[0].uuid[14], '8');
    for (size_t i = 0; i < a.location_count; i++) {
        assert_string_equal(a.locations[i].id, b.locations[i].id);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(a.locations[i].id, a.locations[j].id);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_without_a_directory_has_an_empty_one),
        cmocka_unit_test(services_fit_by_words_kind_age_and_distance),
        cmocka_unit_test(distances_are_those_of_the_sphere),
        cmocka_unit_test(the_same_rows_have_the_same_ids),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
