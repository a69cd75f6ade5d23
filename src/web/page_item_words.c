/* Plans, alerts and documents in the words of pages. */
#include "web/page_item.h"
#include "web/page_words.h"

#include <string.h>

static const char *text_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

/* "2024-11-16" -> "16 November 2024"; what is no day stays as it is. */
static void say_day(json_t *object, const char *key) {
    (void)json_object_set_new(object, key, shire_words_iso(shire_span_of(text_at(object, key))));
}

static void say_action(json_t *action, const shire_record_book *book) {
    uint32_t body = shire_record_book_find_organisation(
        book, shire_span_of(text_at(json_object_get(action, "owner"), "organisation")));
    (void)json_object_set_new(action, "status_words", shire_words_of(text_at(action, "status")));
    say_day(action, "due");
    if (body != SHIRE_RECORD_NOBODY) {
        (void)json_object_set_new(
            action, "body_name",
            shire_words_text(shire_record_book_text(book, book->organisations[body].name)));
    }
}

/* Which of the lists hold anything: a section over a list would repeat the heading. */
static void say_plan(json_t *body, const shire_record_book *book) {
    static const char *const lists[][2] = {
        {"needs", "has_needs"}, {"goals", "has_goals"}, {"reviews", "has_reviews"}};
    size_t index;
    json_t *item;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        (void)json_object_set_new(
            body, lists[i][1],
            json_boolean(json_array_size(json_object_get(body, lists[i][0])) > 0));
    }
    json_array_foreach(json_object_get(body, "actions"), index, item) {
        say_action(item, book);
    }
    json_array_foreach(json_object_get(body, "reviews"), index, item) {
        say_day(item, "on");
    }
    say_day(body, "next_review");
}

/* "12 KB"; "" where the bytes are not here. */
static json_t *size_words(json_int_t byte_count) {
    return byte_count <= 0 ? json_string("")
                           : json_sprintf("%lld KB", (long long)((byte_count + 1023) / 1024));
}

void shire_item_say(json_t *item, const shire_record_book *book) {
    static const char *const days[] = {"from", "until", "date"};
    json_t *body = json_object_get(item, "body");
    json_int_t byte_count = json_integer_value(json_object_get(body, "byte_count"));
    bool is_plan = strcmp(text_at(item, "kind"), "plan") == 0;
    (void)json_object_set_new(item, "is_plan", json_boolean(is_plan));
    (void)json_object_set_new(item, "has_bytes", json_boolean(byte_count > 0));
    (void)json_object_set_new(item, "size", size_words(byte_count));
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        say_day(body, days[i]);
    }
    if (is_plan) {
        say_plan(body, book);
    }
}
