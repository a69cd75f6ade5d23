/* Files, folders, hashes; JSON and YAML, which are small. */
#include "io/file.h"
#include "io/json.h"
#include "io/yaml.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/shire-file-XXXXXX";
static char path[64];
static shire_arena *arena;
static shire_error error;

static int set_up(void **state) {
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/file", dir);
    return shire_arena_new("test_arena", 0, &arena, NULL) != SHIRE_OK;
}

static int tear_down(void **state) {
    (void)state;
    shire_arena_free(arena);
    return shire_dir_remove(dir, &error) != SHIRE_OK;
}

static void write_text(const char *text) {
    assert_int_equal(shire_file_replace(path, shire_span_of(text), &error), SHIRE_OK);
}

static void a_file_is_replaced_and_read(void **state) {
    (void)state;
    shire_span contents;
    write_text("first");
    write_text("second");
    assert_int_equal(shire_file_read(path, 6, arena, &contents, &error), SHIRE_OK);
    assert_int_equal(contents.length, 6);
    assert_string_equal(contents.bytes, "second");
    assert_int_equal(shire_file_read(path, 5, arena, &contents, &error), SHIRE_INVALID);
    write_text("");
    assert_int_equal(shire_file_read(path, 0, arena, &contents, &error), SHIRE_OK);
    assert_int_equal(contents.length, 0);
}

static void what_is_no_file_is_refused_by_kind(void **state) {
    (void)state;
    shire_span contents;
    char hash[65];
    char pipe_path[80];
    snprintf(pipe_path, sizeof pipe_path, "%s/pipe", dir);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_int_equal(shire_file_read(pipe_path, 10, arena, &contents, &error), SHIRE_INVALID);
    assert_int_equal(shire_file_read(dir, 10, arena, &contents, &error), SHIRE_INVALID);
    assert_non_null(strstr(error.message, "a folder"));
    assert_int_equal(shire_file_hash(dir, hash, &error), SHIRE_INVALID);
    assert_int_equal(shire_file_read("/nonexistent", 10, arena, &contents, &error),
                     SHIRE_NOT_FOUND);
    assert_int_equal(shire_file_replace("/nonexistent/x", contents, &error), SHIRE_NOT_FOUND);
    assert_false(shire_file_exists(dir));
    assert_true(shire_dir_exists(dir));
    unlink(pipe_path);
}

/* In a child, since the limit on file sizes lasts as long as the process. */
static void a_full_disk_leaves_the_old_contents(void **state) {
    (void)state;
    write_text("old");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static char large[100000];
        const struct rlimit limit = {4096, 4096};
        signal(SIGXFSZ, SIG_IGN);
        shire_status status = SHIRE_INTERNAL;
        if (setrlimit(RLIMIT_FSIZE, &limit) == 0) {
            status = shire_file_replace(path, (shire_span){large, sizeof large}, &error);
        }
        _exit(status == SHIRE_IO_FAILED && strstr(error.message, path) != NULL ? 0 : 1);
    }
    int result = 0;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    shire_span contents;
    assert_int_equal(shire_file_read(path, 100, arena, &contents, &error), SHIRE_OK);
    assert_string_equal(contents.bytes, "old");
    char new_path[80];
    snprintf(new_path, sizeof new_path, "%s.new", path);
    assert_false(shire_file_exists(new_path));
}

/* Known answers: BLAKE2b-256 of nothing and of "abc". */
static void hashes_agree_with_known_answers(void **state) {
    (void)state;
    char hash[65];
    write_text("");
    assert_int_equal(shire_file_hash(path, hash, &error), SHIRE_OK);
    assert_string_equal(hash, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    write_text("abc");
    assert_int_equal(shire_file_hash(path, hash, &error), SHIRE_OK);
    assert_string_equal(hash, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

static void a_folder_is_made_listed_in_order_and_removed(void **state) {
    (void)state;
    char deep[80];
    snprintf(deep, sizeof deep, "%s/a/b/c", dir);
    assert_int_equal(shire_dir_make(deep, &error), SHIRE_OK);
    assert_int_equal(shire_dir_make(deep, &error), SHIRE_OK);
    static const char *const made[] = {"b.sql", "a.sql", "B.sql", "c.txt", ".sql", "a-1.sql"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s/%s", deep, made[i]);
        assert_int_equal(shire_file_replace(name, shire_span_of("x"), &error), SHIRE_OK);
    }
    const char *const *names = NULL;
    size_t count = 0;
    assert_int_equal(shire_dir_list(deep, ".sql", arena, &names, &count, &error), SHIRE_OK);
    static const char *const expected[] = {".sql", "B.sql", "a-1.sql", "a.sql", "b.sql"};
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(names[i], expected[i]);
    }
    snprintf(deep, sizeof deep, "%s/a", dir);
    assert_int_equal(shire_dir_remove(deep, &error), SHIRE_OK);
    assert_false(shire_dir_exists(deep));
    assert_int_equal(shire_dir_remove(deep, &error), SHIRE_OK);
    assert_int_equal(shire_dir_list(deep, "", arena, &names, &count, &error), SHIRE_NOT_FOUND);
    write_text("in the way");
    snprintf(deep, sizeof deep, "%s/x", path);
    assert_int_not_equal(shire_dir_make(deep, &error), SHIRE_OK);
}

static void json_keeps_pennies_and_order(void **state) {
    (void)state;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    json_t *document = json_pack("{s:o, s:[i]}", "z", shire_json_decimal(-1234500000, 2), "a", 1);
    assert_int_equal(shire_json_print(document, file, &error), SHIRE_OK);
    fclose(file);
    shire_span contents;
    assert_int_equal(shire_file_read(path, 1000, arena, &contents, &error), SHIRE_OK);
    assert_string_equal(contents.bytes, "{\n  \"z\": \"-1234.50\",\n  \"a\": [\n    1\n  ]\n}\n");
    assert_int_equal(shire_json_print(NULL, stdout, &error), SHIRE_NO_MEMORY);
    file = fopen("/dev/full", "w");
    assert_non_null(file);
    assert_int_equal(shire_json_print(json_integer(1), file, &error), SHIRE_IO_FAILED);
    fclose(file);
}

static void yaml_is_a_tree_that_knows_its_lines(void **state) {
    (void)state;
    const shire_yaml_node *root = NULL;
    write_text("# settings\nname: \"A: b\"\nlist:\n  - one\n  - [two, {k: v}]\nnothing:\n"
               "quoted: ''\n");
    assert_int_equal(shire_yaml_read(path, 1000, arena, &root, &error), SHIRE_OK);
    const shire_yaml_node *list = shire_yaml_member(root, "list");
    assert_string_equal(shire_yaml_member(root, "name")->text, "A: b");
    assert_int_equal(shire_yaml_member(root, "name")->line, 2);
    assert_int_equal(list->kind, SHIRE_YAML_LIST);
    assert_string_equal(list->first->text, "one");
    assert_int_equal(list->first->next->line, 5);
    assert_string_equal(shire_yaml_member(list->first->next->first->next, "k")->text, "v");
    assert_true(shire_yaml_member(root, "nothing")->is_null);
    assert_false(shire_yaml_member(root, "quoted")->is_null);
    assert_null(shire_yaml_member(root, "absent"));
    write_text("");
    assert_int_equal(shire_yaml_read(path, 1000, arena, &root, &error), SHIRE_OK);
    assert_int_equal(root->kind, SHIRE_YAML_MAP);
    assert_null(root->first);
}

static void yaml_beyond_the_subset_is_refused_by_line(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *words;
    } cases[] = {
        {"a: 1\nb: &x 2\n", "line 2: anchors"},
        {"a: 1\nb: *x\n", "line 2"},
        {"a: !!str 1\n", "line 1: anchors"},
        {"a: 1\nb: 2\na: 3\n", "line 3: the key \"a\" stands on line 1 already"},
        {"a: 1\n---\nb: 1\n", "a second document"},
        {"? [x]\n: 1\n", "line 1: a key is text"},
        {"a: [1, 2\nb: 3\n", "line 2"},
        {"a: \"x\\0y\"\n", "NUL"},
        {"\tname: x\n", "line 1"},
        {"a: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n", "deeply"},
        {"a: \xFF\n", "line"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const shire_yaml_node *root = NULL;
        write_text(cases[i].text);
        assert_int_equal(shire_yaml_read(path, 1000, arena, &root, &error), SHIRE_INVALID);
        assert_null(root);
        if (strstr(error.message, cases[i].words) == NULL) {
            fail_msg("case %zu: %s", i, error.message);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_and_read),
        cmocka_unit_test(what_is_no_file_is_refused_by_kind),
        cmocka_unit_test(a_full_disk_leaves_the_old_contents),
        cmocka_unit_test(hashes_agree_with_known_answers),
        cmocka_unit_test(a_folder_is_made_listed_in_order_and_removed),
        cmocka_unit_test(json_keeps_pennies_and_order),
        cmocka_unit_test(yaml_is_a_tree_that_knows_its_lines),
        cmocka_unit_test(yaml_beyond_the_subset_is_refused_by_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
