/* Patterns of routes, and what the table as it stands says of who may ask for what. */
#include "web/web_route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool matches(const char *pattern, const char *path) {
    shire_span ids[SHIRE_CALL_IDS_MAX];
    return shire_route_matches(pattern, shire_span_of(path), ids);
}

static void patterns_match_part_by_part(void **state) {
    (void)state;
    assert_true(matches("/", "/"));
    assert_true(matches("/people/{id}/plan", "/people/P1/plan"));
    assert_false(matches("/people/{id}/plan", "/people/P1/plans"));
    assert_false(matches("/people/{id}/plan", "/people//plan"));
    assert_false(matches("/people/{id}", "/people/P1/"));
    assert_false(matches("/people/{id}", "/people/"));
    assert_false(matches("/people", "/people/"));
    assert_false(matches("/", "//"));
    assert_false(matches("/people", ""));
    shire_span ids[SHIRE_CALL_IDS_MAX];
    assert_true(shire_route_matches("/a/{x}/{y}", shire_span_of("/a/1/22"), ids));
    assert_memory_equal(ids[1].bytes, "22", 2);
    assert_int_equal(ids[1].length, 2);
}

static void unknown_paths_and_methods_are_told_apart(void **state) {
    (void)state;
    const shire_route *route = NULL;
    size_t route_no;
    shire_span ids[SHIRE_CALL_IDS_MAX];
    char allowed[64];
    assert_int_equal(
        shire_route_find(SHIRE_HTTP_GET, shire_span_of("/"), &route, &route_no, ids, allowed),
        SHIRE_ROUTE_FOUND);
    assert_ptr_equal(shire_route_at(route_no), route);
    assert_int_equal(
        shire_route_find(SHIRE_HTTP_DELETE, shire_span_of("/"), &route, &route_no, ids, allowed),
        SHIRE_ROUTE_NO_METHOD);
    assert_string_equal(allowed, "GET, HEAD");
    assert_int_equal(
        shire_route_find(SHIRE_HTTP_GET, shire_span_of("/none"), &route, &route_no, ids, allowed),
        SHIRE_ROUTE_NO_PATH);
}

/* Who reads this list signs that each of these may be seen by anybody. The statement of what /fhir
   can do is among them since FHIR R4 has clients read it before they sign in; it holds no person.
   So are the directory of services, which holds nothing about people, and the description of
   /api/v1; /api/v1/sessions takes a name and password, as /sign-in does.
 */
static void only_these_are_open_to_anybody(void **state) {
    (void)state;
    static const char *const open[] = {"/",
                                       "/about",
                                       "/help",
                                       "/accessibility",
                                       "/health",
                                       "/metrics",
                                       "/sign-in",
                                       "/sign-in/code",
                                       "/sign-in/provider",
                                       "/sign-in/provider/answer",
                                       "/sign-in/provider/logout",
                                       "/signed-out",
                                       "/sign-out/provider",
                                       "/assets/{hash}/{name}",
                                       "/fhir/metadata",
                                       "/directory",
                                       "/directory/{id}",
                                       "/services",
                                       "/services/{id}",
                                       "/taxonomies",
                                       "/service_at_locations",
                                       "/api/v1/openapi.json",
                                       "/api/v1/sessions"};
    for (size_t i = 0; i < shire_route_count(); i++) {
        const shire_route *route = shire_route_at(i);
        bool listed = false;
        for (size_t j = 0; j < sizeof open / sizeof open[0]; j++) {
            listed = listed || strcmp(open[j], route->pattern) == 0;
        }
        if (listed != (route->access != SHIRE_ROUTE_SIGNED_IN)) {
            fail_msg("%s is %s to anybody", route->pattern, listed ? "not open" : "open");
        }
    }
}

static void no_two_routes_are_the_same(void **state) {
    (void)state;
    for (size_t i = 0; i < shire_route_count(); i++) {
        for (size_t j = 0; j < i; j++) {
            const shire_route *a = shire_route_at(i), *b = shire_route_at(j);
            assert_false(a->method == b->method && strcmp(a->pattern, b->pattern) == 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_part_by_part),
        cmocka_unit_test(unknown_paths_and_methods_are_told_apart),
        cmocka_unit_test(only_these_are_open_to_anybody),
        cmocka_unit_test(no_two_routes_are_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
