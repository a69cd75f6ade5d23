/*
 * The memory as a file: a header with sizes and a checksum over everything behind it, then the
 * arrays as they lie in the machine's memory. What does not fit its header in every way is refused:
 * a run without a memory is only slower.
 */
#include "link/link_memory.h"

#include "core/arena.h"
#include "io/file.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC "shire link memory 2\n"
#define FILE_BYTES_MAX (UINT64_C(1) << 40)

/* Numbers as this machine writes them: another kind of machine sees another `one` or `size`. */
typedef struct header {
    char magic[24];
    uint64_t one;
    uint64_t size; /* of this header */
    uint64_t checksum;
    uint64_t settings;
    uint64_t record_count;
    uint64_t field_count;
    uint64_t block_count;
    uint64_t pair_count;
    uint64_t pattern_count;
    uint64_t pattern_stride;
    uint64_t candidate_pairs;
    uint64_t single_max;
    uint64_t pair_max;
    double drift;
    shire_link_model model;
    float gains[SHIRE_LINK_FIELDS_MAX][SHIRE_LINK_LEVELS_MAX][SHIRE_LINK_KIND_LANES];
    float prior_logs[SHIRE_LINK_KIND_LANES];
} header;

/* The arrays in the order of the file. */
typedef struct part {
    void **place;
    uint64_t byte_count;
} part;
#define PARTS 5

static void list_parts(shire_link_memory *memory, part parts_out[PARTS]) {
    uint64_t values = (uint64_t)memory->record_count * memory->field_count;
    parts_out[0] = (part){(void **)&memory->identities, memory->record_count * sizeof(uint64_t)};
    parts_out[1] = (part){(void **)&memory->blocks, memory->block_count * sizeof(uint64_t)};
    parts_out[2] = (part){(void **)&memory->pairs, memory->pair_count * sizeof(shire_link_edge)};
    parts_out[3] = (part){(void **)&memory->patterns,
                          memory->pattern_count * sizeof(shire_link_pattern_count)};
    parts_out[4] = (part){(void **)&memory->commonnesses, values * sizeof(uint16_t)};
}

/* Of everything but the checksum itself. */
static uint64_t sum_of(const header *head, shire_span behind) {
    header copy = *head;
    copy.checksum = 0;
    return shire_text_hash(behind, shire_text_hash((shire_span){(char *)&copy, sizeof copy}, 0));
}

shire_status shire_link_memory_write(const shire_link_memory *memory, const char *path,
                                     shire_error *error) {
    shire_link_memory lent = *memory; /* only its arrays' places are asked for */
    part parts[PARTS];
    header head;
    size_t byte_count = sizeof head;
    list_parts(&lent, parts);
    for (size_t i = 0; i < PARTS; i++) {
        byte_count += parts[i].byte_count;
    }
    char *bytes = shire_memory_resize(NULL, byte_count);
    if (bytes == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to remember this run");
    }
    memset(&head, 0, sizeof head);
    memcpy(head.magic, MAGIC, sizeof MAGIC);
    head.one = 1;
    head.size = sizeof head;
    head.settings = memory->settings;
    head.record_count = memory->record_count;
    head.field_count = memory->field_count;
    head.block_count = memory->block_count;
    head.pair_count = memory->pair_count;
    head.pattern_count = memory->pattern_count;
    head.pattern_stride = memory->pattern_stride;
    head.candidate_pairs = memory->candidate_pairs;
    head.single_max = memory->single_max;
    head.pair_max = memory->pair_max;
    head.drift = memory->drift;
    head.model = memory->model;
    memcpy(head.gains, memory->gains, sizeof head.gains);
    memcpy(head.prior_logs, memory->prior_logs, sizeof head.prior_logs);
    size_t used = sizeof head;
    for (size_t i = 0; i < PARTS; i++) {
        if (parts[i].byte_count > 0) {
            memcpy(bytes + used, *parts[i].place, parts[i].byte_count);
        }
        used += parts[i].byte_count;
    }
    head.checksum = sum_of(&head, (shire_span){bytes + sizeof head, byte_count - sizeof head});
    memcpy(bytes, &head, sizeof head);
    shire_status status = shire_file_replace(path, (shire_span){bytes, byte_count}, error);
    shire_memory_free(bytes);
    return status;
}

/* True when the header is of this program and its sizes are those of the file. */
static bool fits(const header *head, shire_span contents) {
    uint64_t most = contents.length;
    if (memcmp(head->magic, MAGIC, sizeof MAGIC) != 0 || head->one != 1 ||
        head->size != sizeof *head || head->record_count > most || head->block_count > most ||
        head->pair_count > most || head->pattern_count > most ||
        head->field_count > SHIRE_LINK_FIELDS_MAX) {
        return false;
    }
    uint64_t behind = head->record_count * (sizeof(uint64_t) + head->field_count * 2) +
                      head->block_count * sizeof(uint64_t) +
                      head->pair_count * sizeof(shire_link_edge) +
                      head->pattern_count * sizeof(shire_link_pattern_count);
    return behind == contents.length - sizeof *head &&
           head->checksum ==
               sum_of(head, (shire_span){contents.bytes + sizeof *head, (size_t)behind});
}

static bool take_parts(shire_link_memory *memory, const char *bytes) {
    part parts[PARTS];
    list_parts(memory, parts);
    for (size_t i = 0; i < PARTS; i++) {
        *parts[i].place = shire_memory_resize(NULL, parts[i].byte_count + 1);
        if (*parts[i].place == NULL) {
            return false;
        }
        memcpy(*parts[i].place, bytes, parts[i].byte_count);
        bytes += parts[i].byte_count;
    }
    return true;
}

shire_status shire_link_memory_read(const char *path, shire_link_memory *memory_out,
                                    shire_error *error) {
    shire_arena *arena = NULL;
    shire_span contents = {0};
    header head;
    shire_link_memory memory = {0};
    shire_status status = shire_arena_new("link_memory", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_file_read(path, FILE_BYTES_MAX, arena, &contents, error);
    }
    if (status != SHIRE_OK) {
        goto done;
    }
    bool is_whole = contents.length >= sizeof head;
    if (is_whole) {
        memcpy(&head, contents.bytes, sizeof head);
        is_whole = fits(&head, contents);
    }
    if (!is_whole) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "%s: damaged, cut off or of another version; it is made anew", path);
        goto done;
    }
    memory = (shire_link_memory){.settings = head.settings,
                                 .record_count = head.record_count,
                                 .field_count = head.field_count,
                                 .block_count = head.block_count,
                                 .pair_count = head.pair_count,
                                 .pattern_count = head.pattern_count,
                                 .pattern_stride = head.pattern_stride,
                                 .candidate_pairs = head.candidate_pairs,
                                 .single_max = head.single_max,
                                 .pair_max = head.pair_max,
                                 .drift = head.drift,
                                 .model = head.model};
    memcpy(memory.gains, head.gains, sizeof memory.gains);
    memcpy(memory.prior_logs, head.prior_logs, sizeof memory.prior_logs);
    if (!take_parts(&memory, contents.bytes + sizeof head)) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to recall the last run");
        shire_link_memory_done(&memory);
        goto done;
    }
    *memory_out = memory;
done:
    shire_arena_free(arena);
    return status;
}
