/*
 * Replays the kept corpus of a fuzz target in the normal test run, without libFuzzer: every file of
 * the folder named by the first argument, in order of name. A folder without files is a failure, so
 * that a corpus cannot vanish unnoticed.
 */
#include "fuzz_target.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>

enum { INPUT_BYTES_MAX = 16 * 1024 * 1024 };

/* The whole file in a block of exactly its size, so that a sanitizer sees overruns. */
static uint8_t *read_input(const char *path, size_t *size_out) {
    FILE *file = fopen(path, "rbe");
    uint8_t *contents = NULL;
    long size = -1;
    if (file == NULL) {
        return NULL;
    }
    if (fseek(file, 0, SEEK_END) == 0) {
        size = ftell(file);
        rewind(file);
    }
    if (size >= 0 && size <= INPUT_BYTES_MAX) {
        contents = malloc(size > 0 ? (size_t)size : 1);
    }
    if (contents != NULL && fread(contents, 1, (size_t)size, file) != (size_t)size) {
        free(contents);
        contents = NULL;
    }
    fclose(file);
    *size_out = (size_t)size;
    return contents;
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv) {
    struct dirent **entries = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }
    int count = scandir(argv[1], &entries, is_visible, alphasort);
    if (count <= 0) {
        fprintf(stderr, "%s: no inputs to replay\n", argv[1]);
        return 1;
    }
    int failures = 0;
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        size_t size = 0;
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        uint8_t *input = read_input(path, &size);
        if (input == NULL) {
            fprintf(stderr, "%s: cannot be read\n", path);
            failures++;
        } else {
            printf("%s\n", path);
            fflush(stdout); /* so that the input that stops the process is the last one named */
            LLVMFuzzerTestOneInput(input, size);
        }
        free(input);
        free(entries[i]);
    }
    free(entries);
    printf("%d inputs replayed\n", count);
    return failures > 0;
}
