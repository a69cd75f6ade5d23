/*
 * Bytes of a file to UTF-8. The first bytes decide: a byte-order mark, or the zero bytes that
 * UTF-16 without one has in every second place of Western text. UTF-16 is turned into UTF-8 as
 * it streams; single bytes that are not UTF-8 are left to shire_dsv_recode, record by record.
 */
#include "io/dsv_source.h"

#include "core/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static shire_status fill_raw(shire_dsv_source *source, shire_error *error) {
    if (source->raw_first > 0) {
        memmove(source->raw, source->raw + source->raw_first, source->raw_end - source->raw_first);
        source->raw_end -= source->raw_first;
        source->raw_first = 0;
    }
    while (!source->ended && source->raw_end < SHIRE_DSV_SOURCE_BYTES) {
        ssize_t got = read(source->file, source->raw + source->raw_end,
                           SHIRE_DSV_SOURCE_BYTES - source->raw_end);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return SHIRE_FAIL(error, SHIRE_IO_FAILED, "reading stopped: %s", strerror(errno));
        }
        source->ended = got == 0;
        source->raw_end += (size_t)got;
    }
    return SHIRE_OK;
}

/* UTF-16 without a mark: at least eight bytes, of which nearly every second one is zero. */
static bool looks_like_utf16(const unsigned char *raw, size_t length, size_t zero_place) {
    size_t zeros = 0, pairs = (length < 256 ? length : 256) / 2;
    for (size_t i = 0; i < pairs; i++) {
        zeros += raw[2 * i + zero_place] == 0 && raw[2 * i + 1 - zero_place] != 0;
    }
    return pairs >= 4 && zeros * 10 >= pairs * 7;
}

static void find_encoding(shire_dsv_source *source) {
    const unsigned char *raw = source->raw;
    size_t length = source->raw_end;
    if (length >= 3 && memcmp(raw, "\xEF\xBB\xBF", 3) == 0) {
        source->encoding = SHIRE_DSV_UTF8_MARKED;
        source->raw_first = 3;
    } else if (length >= 2 && raw[0] == 0xFF && raw[1] == 0xFE) {
        source->encoding = SHIRE_DSV_UTF16_LITTLE;
        source->raw_first = 2;
    } else if (length >= 2 && raw[0] == 0xFE && raw[1] == 0xFF) {
        source->encoding = SHIRE_DSV_UTF16_BIG;
        source->raw_first = 2;
    } else if (looks_like_utf16(raw, length, 1)) {
        source->encoding = SHIRE_DSV_UTF16_LITTLE;
    } else if (looks_like_utf16(raw, length, 0)) {
        source->encoding = SHIRE_DSV_UTF16_BIG;
    }
}

shire_status shire_dsv_source_open(const char *path, shire_dsv_source *source_out,
                                   shire_error *error) {
    shire_dsv_source source = {.file = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat facts;
    shire_status status = SHIRE_OK;
    if (source.file < 0) {
        return SHIRE_FAIL(error, errno == ENOENT ? SHIRE_NOT_FOUND : SHIRE_IO_FAILED,
                          "cannot be opened: %s", strerror(errno));
    }
    if (fstat(source.file, &facts) == 0 && S_ISDIR(facts.st_mode)) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "is a folder, not a file");
        goto done;
    }
    source.raw = shire_memory_resize(NULL, SHIRE_DSV_SOURCE_BYTES);
    if (source.raw == NULL) {
        status = SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for reading a file");
        goto done;
    }
    (void)posix_fadvise(source.file, 0, 0, POSIX_FADV_SEQUENTIAL);
    status = fill_raw(&source, error);
done:
    if (status != SHIRE_OK) {
        shire_dsv_source_close(&source);
        return status;
    }
    find_encoding(&source);
    *source_out = source;
    return SHIRE_OK;
}

void shire_dsv_source_close(shire_dsv_source *source) {
    if (source->file >= 0) {
        close(source->file);
    }
    shire_memory_free(source->raw);
    *source = (shire_dsv_source){.file = -1};
}

static size_t put_utf8(char *out, uint32_t point) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

#define REPLACEMENT_POINT 0xFFFD

/* One 16-bit unit; a half pair without its other half becomes U+FFFD. */
static size_t put_unit(shire_dsv_source *source, uint32_t unit, char *out) {
    size_t length = 0;
    if (source->high_surrogate != 0) {
        uint32_t high = source->high_surrogate;
        source->high_surrogate = 0;
        if (unit >= 0xDC00 && unit < 0xE000) {
            return put_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
        }
        length = put_utf8(out, REPLACEMENT_POINT);
    }
    if (unit >= 0xD800 && unit < 0xDC00) {
        source->high_surrogate = unit;
        return length;
    }
    bool lone = unit >= 0xDC00 && unit < 0xE000;
    return length + put_utf8(out + length, lone ? REPLACEMENT_POINT : unit);
}

static size_t read_utf16(shire_dsv_source *source, char *bytes_out, size_t capacity) {
    size_t length = 0;
    unsigned high_place = source->encoding == SHIRE_DSV_UTF16_BIG ? 0 : 1;
    while (source->raw_end - source->raw_first >= 2 && length + 8 <= capacity) {
        const unsigned char *unit = source->raw + source->raw_first;
        source->raw_first += 2;
        length += put_unit(source, (uint32_t)unit[high_place] << 8 | unit[1 - high_place],
                           bytes_out + length);
    }
    if (source->ended && source->raw_end - source->raw_first == 1 && length + 3 <= capacity) {
        source->raw_first++; /* half a unit: the file was cut off */
        length += put_utf8(bytes_out + length, REPLACEMENT_POINT);
    }
    return length;
}

shire_status shire_dsv_source_read(shire_dsv_source *source, char *bytes_out, size_t capacity,
                                   size_t *length_out, shire_error *error) {
    if (source->encoding == SHIRE_DSV_UTF16_LITTLE || source->encoding == SHIRE_DSV_UTF16_BIG) {
        size_t length = 0;
        while (length == 0) {
            if (source->raw_end - source->raw_first < 2) {
                shire_status status = fill_raw(source, error);
                if (status != SHIRE_OK) {
                    return status;
                }
            }
            length = read_utf16(source, bytes_out, capacity);
            if (source->ended && source->raw_first == source->raw_end) {
                break;
            }
        }
        *length_out = length;
        return SHIRE_OK;
    }
    if (source->raw_first < source->raw_end) {
        size_t length = source->raw_end - source->raw_first;
        length = length < capacity ? length : capacity;
        memcpy(bytes_out, source->raw + source->raw_first, length);
        source->raw_first += length;
        *length_out = length;
        return SHIRE_OK;
    }
    for (;;) {
        ssize_t got = source->ended ? 0 : read(source->file, bytes_out, capacity);
        if (got >= 0) {
            source->ended = got == 0;
            *length_out = (size_t)got;
            return SHIRE_OK;
        }
        if (errno != EINTR) {
            return SHIRE_FAIL(error, SHIRE_IO_FAILED, "reading stopped: %s", strerror(errno));
        }
    }
}

/* Windows-1252 bytes 0x80 to 0x9F as Unicode (WHATWG encoding standard); 0: not assigned. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/* Length of the well-formed UTF-8 sequence at `bytes`, 0 when there is none. */
static size_t utf8_length(const char *bytes, size_t left) {
    unsigned char first = (unsigned char)bytes[0];
    size_t length = first < 0x80   ? 1
                    : first < 0xC2 ? 0
                    : first < 0xE0 ? 2
                    : first < 0xF0 ? 3
                    : first < 0xF5 ? 4
                                   : 0;
    if (length > left || length == 0) {
        return 0;
    }
    return shire_text_is_utf8((shire_span){bytes, length}) ? length : 0;
}

size_t shire_dsv_recode(shire_span text, char *out, bool *recoded_out) {
    size_t length = 0;
    for (size_t at = 0; at < text.length;) {
        if (text.bytes[at] == '\0') {
            at++;
            continue;
        }
        size_t sequence = utf8_length(text.bytes + at, text.length - at);
        if (sequence > 0) {
            memcpy(out + length, text.bytes + at, sequence);
            length += sequence;
            at += sequence;
            continue;
        }
        unsigned char byte = (unsigned char)text.bytes[at++];
        uint32_t point = byte < 0xA0 ? windows_1252[byte - 0x80] : byte;
        length += put_utf8(out + length, point == 0 ? REPLACEMENT_POINT : point);
        *recoded_out = true;
    }
    return length;
}
