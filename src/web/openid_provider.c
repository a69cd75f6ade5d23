/*
 * The provider's document and keys are kept for an hour; keys are asked for again when a token does
 * not fit those that are kept, because the provider may have changed them. A provider that is away
 * is asked again after a few seconds only, so that who comes meanwhile is told so at once.
 */
#include "web/openid_provider.h"

#include "io/crypto.h"
#include "io/fetch.h"
#include "io/file.h"
#include "io/jose.h"
#include "web/http_form.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define KEPT_SECONDS 3600
#define AWAY_SECONDS 5
#define ASKED_AGAIN_SECONDS 10 /* for keys, because of a token that anybody may send */
#define SECRET_BYTES_MAX 4096

struct shire_openid {
    shire_arena *arena;
    const char *issuer;
    const char *client;
    const char *secret;
    pthread_mutex_t lock; /* of what follows */
    json_t *document;     /* {"authorization_endpoint", ...}, or NULL */
    json_t *keys;
    int64_t document_read; /* seconds of the monotonic clock */
    int64_t keys_read;
    int64_t away_until; /* it did not answer; asked again then */
};

static int64_t seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for signing in");
}

/* ---- opening ---- */

static shire_status read_secret(shire_openid *openid, const char *path, shire_error *error) {
    struct stat about;
    shire_span text;
    if (stat(path, &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "%s: others can read this file; take their rights away (chmod 600)",
                          path);
    }
    shire_status status = shire_file_read(path, SECRET_BYTES_MAX, openid->arena, &text, error);
    if (status != SHIRE_OK) {
        return status;
    }
    text = shire_span_trim(text);
    openid->secret = shire_arena_copy_text(openid->arena, text.bytes, text.length);
    return openid->secret == NULL ? no_memory(error)
           : text.length == 0
               ? SHIRE_FAIL(error, SHIRE_INVALID, "%s: there is no secret in this file", path)
               : SHIRE_OK;
}

shire_status shire_openid_open(const char *issuer, const char *client, const char *secret_path,
                               const char *secret, shire_openid **openid_out, shire_error *error) {
    shire_arena *arena = NULL;
    if (issuer == NULL || !shire_fetch_may(issuer) || client == NULL || client[0] == '\0') {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "a sign-in provider is an issuer's address such as "
                          "https://login.example.org (http on this machine alone) with a client: "
                          "--openid-issuer and --openid-client, or sign_in_provider in "
                          "partnership.yaml");
    }
    shire_status status = shire_arena_new("openid", 0, &arena, error);
    if (status != SHIRE_OK) {
        return status;
    }
    shire_openid *openid = shire_arena_alloc(arena, sizeof *openid);
    if (openid == NULL) {
        shire_arena_free(arena);
        return no_memory(error);
    }
    *openid = (shire_openid){.arena = arena,
                             .issuer = shire_arena_copy_text(arena, issuer, strlen(issuer)),
                             .client = shire_arena_copy_text(arena, client, strlen(client))};
    pthread_mutex_init(&openid->lock, NULL);
    bool is_made = openid->issuer != NULL && openid->client != NULL;
    if (is_made && secret_path == NULL && secret != NULL && secret[0] != '\0') {
        openid->secret = shire_arena_copy_text(arena, secret, strlen(secret));
        is_made = openid->secret != NULL;
    }
    status = !is_made              ? no_memory(error)
             : secret_path == NULL ? SHIRE_OK
                                   : read_secret(openid, secret_path, error);
    if (status != SHIRE_OK) {
        shire_openid_close(openid);
        return status;
    }
    *openid_out = openid;
    return SHIRE_OK;
}

void shire_openid_close(shire_openid *openid) {
    if (openid != NULL) {
        json_decref(openid->document);
        json_decref(openid->keys);
        pthread_mutex_destroy(&openid->lock);
        shire_arena_wipe_free(openid->arena);
    }
}

/* ---- the provider's document and keys; with the lock held ---- */

static shire_status fetch_json(const shire_fetch *request, json_t **json_out, shire_error *error) {
    shire_arena *arena = NULL;
    shire_span body;
    int http_status = 0;
    shire_status status = shire_arena_new("provider", 0, &arena, error);
    if (status == SHIRE_OK) {
        status = shire_fetch_get(request, arena, &body, &http_status, error);
    }
    if (status == SHIRE_OK) {
        *json_out = http_status == 200
                        ? json_loadb(body.bytes, body.length, JSON_REJECT_DUPLICATES, NULL)
                        : NULL;
        if (!json_is_object(*json_out)) {
            json_decref(*json_out);
            *json_out = NULL;
            status = SHIRE_FAIL(error, SHIRE_IO_FAILED,
                                "the sign-in provider's answer (%d) is none that was asked for",
                                http_status);
        }
    }
    shire_arena_wipe_free(arena);
    return status;
}

/* The document or the keys. */
static shire_status ask_provider(shire_openid *openid, const char *url, json_t **json_out,
                                 shire_error *error) {
    if (seconds_now() < openid->away_until) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "the sign-in provider did not answer just now");
    }
    shire_status status = fetch_json(&(shire_fetch){.url = url}, json_out, error);
    if (status == SHIRE_IO_FAILED) {
        openid->away_until = seconds_now() + AWAY_SECONDS;
    }
    return status;
}

static const char *address_at(const json_t *document, const char *name) {
    const char *url = json_string_value(json_object_get(document, name));
    return url != NULL && shire_fetch_may(url) ? url : NULL;
}

static shire_status need_document(shire_openid *openid, shire_error *error) {
    if (openid->document != NULL && seconds_now() - openid->document_read < KEPT_SECONDS) {
        return SHIRE_OK;
    }
    json_t *document = NULL;
    size_t length = strlen(openid->issuer);
    bool has_slash = openid->issuer[length - 1] == '/';
    shire_builder url = {0};
    shire_builder_append_format(&url, "%s%s.well-known/openid-configuration", openid->issuer,
                                has_slash ? "" : "/");
    shire_status status =
        url.failed ? no_memory(error) : ask_provider(openid, url.bytes, &document, error);
    shire_builder_free(&url);
    if (status != SHIRE_OK) {
        return status;
    }
    const char *issuer = json_string_value(json_object_get(document, "issuer"));
    if (issuer == NULL || strcmp(issuer, openid->issuer) != 0 ||
        address_at(document, "authorization_endpoint") == NULL ||
        address_at(document, "token_endpoint") == NULL ||
        address_at(document, "jwks_uri") == NULL) {
        json_decref(document);
        return SHIRE_FAIL(error, SHIRE_IO_FAILED,
                          "the sign-in provider's document is of another issuer, or lacks an "
                          "address that may be asked");
    }
    json_decref(openid->document);
    openid->document = document;
    openid->document_read = seconds_now();
    return SHIRE_OK;
}

static bool has_keys(const shire_openid *openid) {
    return openid->keys != NULL && seconds_now() - openid->keys_read < KEPT_SECONDS;
}

static shire_status read_keys(shire_openid *openid, shire_error *error) {
    json_t *keys = NULL;
    shire_status status = need_document(openid, error);
    if (status == SHIRE_OK) {
        status = ask_provider(openid, address_at(openid->document, "jwks_uri"), &keys, error);
    }
    if (status == SHIRE_OK) {
        json_decref(openid->keys);
        openid->keys = keys;
        openid->keys_read = seconds_now();
    }
    return status;
}

/* ---- beginning ---- */

static void append_base64url(shire_builder *builder, const void *bytes, size_t length) {
    size_t first = builder->length;
    shire_builder_append_base64(builder, bytes, length);
    for (size_t i = first; !builder->failed && i < builder->length; i++) {
        char *letter = &builder->bytes[i];
        *letter = (char)(*letter == '+' ? '-' : *letter == '/' ? '_' : *letter);
    }
    while (!builder->failed && builder->length > first &&
           builder->bytes[builder->length - 1] == '=') {
        builder->bytes[--builder->length] = '\0';
    }
}

static bool make_secret(char text[SHIRE_OPENID_SECRET_LETTERS + 1]) {
    uint8_t bytes[32];
    shire_builder builder = {0};
    shire_random_bytes(bytes, sizeof bytes);
    append_base64url(&builder, bytes, sizeof bytes);
    bool is_made = !builder.failed;
    if (is_made) {
        snprintf(text, SHIRE_OPENID_SECRET_LETTERS + 1, "%s", builder.bytes);
    }
    shire_builder_free(&builder);
    return is_made;
}

static void append_parameter(shire_builder *text, const char *name, const char *value) {
    shire_builder_append_text(text, name);
    shire_builder_append_text(text, "=");
    shire_builder_append_url(text, shire_span_of(value));
}

shire_status shire_openid_begin(shire_openid *openid, const char *redirect, shire_arena *arena,
                                shire_openid_flow *flow_out, const char **address_out,
                                shire_error *error) {
    shire_builder address = {0};
    shire_builder challenge = {0};
    shire_openid_flow flow;
    if (!make_secret(flow.state) || !make_secret(flow.nonce) || !make_secret(flow.verifier)) {
        return no_memory(error);
    }
    shire_span verifier = shire_span_of(flow.verifier);
    shire_hash hash = shire_sha256(&verifier, 1);
    append_base64url(&challenge, hash.bytes, sizeof hash.bytes);
    pthread_mutex_lock(&openid->lock);
    shire_status status = need_document(openid, error);
    if (status == SHIRE_OK) {
        const char *url = address_at(openid->document, "authorization_endpoint");
        shire_builder_append_format(&address, "%s%c", url, strchr(url, '?') == NULL ? '?' : '&');
    }
    pthread_mutex_unlock(&openid->lock);
    if (status == SHIRE_OK) {
        append_parameter(&address, "response_type=code&scope=openid%20email&client_id",
                         openid->client);
        append_parameter(&address, "&redirect_uri", redirect);
        append_parameter(&address, "&state", flow.state);
        append_parameter(&address, "&nonce", flow.nonce);
        append_parameter(&address, "&code_challenge_method=S256&code_challenge",
                         challenge.bytes == NULL ? "" : challenge.bytes);
        char *kept = address.failed || challenge.failed
                         ? NULL
                         : shire_arena_copy_text(arena, address.bytes, address.length);
        status = kept == NULL ? no_memory(error) : SHIRE_OK;
        *address_out = kept;
        *flow_out = flow;
    }
    shire_builder_free(&address);
    shire_builder_free(&challenge);
    return status;
}

/* ---- finishing ---- */

/* Basic authentication of a client percent-encodes both parts first (RFC 6749, section 2.3.1). */
static char *encoded(const char *text, shire_arena *arena) {
    shire_builder builder = {0};
    shire_builder_append_url(&builder, shire_span_of(text));
    char *kept =
        builder.failed ? NULL : shire_arena_copy_text(arena, builder.bytes, builder.length);
    shire_builder_free(&builder);
    return kept;
}

static shire_status exchange(shire_openid *openid, const char *redirect,
                             const shire_openid_flow *flow, shire_span code, shire_arena *arena,
                             json_t **answer_out, shire_error *error) {
    shire_builder form = {0};
    shire_span body;
    int http_status = 0;
    char *kept_code = shire_arena_copy_text(arena, code.bytes, code.length);
    shire_fetch request = {0};
    append_parameter(&form, "grant_type=authorization_code&code",
                     kept_code == NULL ? "" : kept_code);
    append_parameter(&form, "&redirect_uri", redirect);
    append_parameter(&form, "&code_verifier", flow->verifier);
    append_parameter(&form, "&client_id", openid->client);
    if (openid->secret != NULL) {
        request.user = encoded(openid->client, arena);
        request.password = encoded(openid->secret, arena);
    }
    pthread_mutex_lock(&openid->lock);
    shire_status status = need_document(openid, error);
    if (status == SHIRE_OK) {
        const char *url = address_at(openid->document, "token_endpoint");
        request.url = shire_arena_copy_text(arena, url, strlen(url));
    }
    pthread_mutex_unlock(&openid->lock);
    request.form = form.bytes;
    if (status == SHIRE_OK &&
        (form.failed || kept_code == NULL || request.url == NULL ||
         (openid->secret != NULL && (request.user == NULL || request.password == NULL)))) {
        status = no_memory(error);
    }
    if (status == SHIRE_OK) {
        status = shire_fetch_get(&request, arena, &body, &http_status, error);
    }
    shire_builder_free(&form);
    if (status != SHIRE_OK) {
        return status;
    }
    if (http_status >= 500) {
        return SHIRE_FAIL(error, SHIRE_IO_FAILED, "the sign-in provider could not answer (%d)",
                          http_status);
    }
    *answer_out = http_status == 200 ? json_loadb(body.bytes, body.length, 0, NULL) : NULL;
    return json_is_object(*answer_out)
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_INVALID, "the sign-in provider did not take the code (%d)",
                            http_status);
}

static shire_status read_token(shire_openid *openid, const char *token, int64_t keys_age_least,
                               json_t **claims_out, shire_error *error) {
    shire_error inner = {0};
    pthread_mutex_lock(&openid->lock);
    shire_status status = has_keys(openid)
                              ? shire_token_read(token, openid->keys, claims_out, &inner)
                              : SHIRE_NOT_FOUND;
    if (status != SHIRE_OK &&
        (!has_keys(openid) || seconds_now() - openid->keys_read >= keys_age_least)) {
        inner = (shire_error){0};
        status = read_keys(openid, &inner);
        if (status == SHIRE_OK) {
            status = shire_token_read(token, openid->keys, claims_out, &inner);
        }
    }
    pthread_mutex_unlock(&openid->lock);
    if (status != SHIRE_OK && error != NULL) {
        *error = inner;
    }
    return status == SHIRE_NOT_FOUND ? SHIRE_INVALID : status;
}

/* The text in the arena; NULL of NULL. False when out of memory. */
static bool keep_text(shire_arena *arena, const char *text, const char **kept_out) {
    *kept_out = text == NULL ? NULL : shire_arena_copy_text(arena, text, strlen(text));
    return text == NULL || *kept_out != NULL;
}

shire_status shire_openid_finish(shire_openid *openid, const char *redirect,
                                 const shire_openid_flow *flow, shire_span code, int64_t now,
                                 shire_arena *arena, shire_openid_person *person_out,
                                 shire_error *error) {
    json_t *answer = NULL;
    json_t *claims = NULL;
    const char *subject = NULL;
    shire_openid_person person = {.issuer = openid->issuer};
    shire_status status = exchange(openid, redirect, flow, code, arena, &answer, error);
    const char *token = json_string_value(json_object_get(answer, "id_token"));
    if (status == SHIRE_OK && token == NULL) {
        status = SHIRE_FAIL(error, SHIRE_INVALID, "the sign-in provider sent no token");
    }
    if (status == SHIRE_OK) {
        status = read_token(openid, token, 0, &claims, error);
    }
    if (status == SHIRE_OK) {
        status = shire_openid_check(claims,
                                    &(shire_openid_asked){.issuer = openid->issuer,
                                                          .client = openid->client,
                                                          .nonce = flow->nonce,
                                                          .now = now},
                                    &subject, error);
    }
    if (status == SHIRE_OK) {
        const char *access = json_string_value(json_object_get(answer, "access_token"));
        status = keep_text(arena, subject, &person.subject) &&
                         keep_text(arena, json_string_value(json_object_get(claims, "sid")),
                                   &person.session) &&
                         keep_text(arena, shire_openid_email(claims), &person.email) &&
                         keep_text(arena, access, &person.access)
                     ? SHIRE_OK
                     : no_memory(error);
    }
    if (status == SHIRE_OK) {
        *person_out = person;
    }
    json_decref(claims);
    json_decref(answer);
    return status;
}

shire_status shire_openid_read_ending(shire_openid *openid, shire_span token, int64_t now,
                                      shire_arena *arena, shire_openid_ending *ending_out,
                                      shire_error *error) {
    json_t *claims = NULL;
    shire_openid_ending said = {0};
    shire_openid_ending kept = {.issuer = openid->issuer};
    const char *text = shire_arena_copy_text(arena, token.bytes, token.length);
    shire_status status = text == NULL
                              ? no_memory(error)
                              : read_token(openid, text, ASKED_AGAIN_SECONDS, &claims, error);
    if (status == SHIRE_OK) {
        status = shire_openid_check_ending(
            claims,
            &(shire_openid_asked){.issuer = openid->issuer, .client = openid->client, .now = now},
            &said, error);
    }
    if (status == SHIRE_OK && !(keep_text(arena, said.subject, &kept.subject) &&
                                keep_text(arena, said.session, &kept.session) &&
                                keep_text(arena, said.token, &kept.token))) {
        status = no_memory(error);
    }
    if (status == SHIRE_OK) {
        *ending_out = kept;
    }
    json_decref(claims);
    return status;
}

/* The provider's address of that name, in the arena; NULL where there is none. */
static const char *keep_address(shire_openid *openid, const char *name, shire_arena *arena) {
    shire_error ignored = {0};
    const char *kept = NULL;
    pthread_mutex_lock(&openid->lock);
    if (need_document(openid, &ignored) == SHIRE_OK) {
        const char *url = address_at(openid->document, name);
        kept = url == NULL ? NULL : shire_arena_copy_text(arena, url, strlen(url));
    }
    pthread_mutex_unlock(&openid->lock);
    return kept;
}

shire_status shire_openid_ask_email(shire_openid *openid, shire_arena *arena,
                                    shire_openid_person *person, shire_error *error) {
    const char *url = keep_address(openid, "userinfo_endpoint", arena);
    json_t *claims = NULL;
    if (person->email != NULL || person->access == NULL || url == NULL) {
        return SHIRE_OK;
    }
    shire_status status =
        fetch_json(&(shire_fetch){.url = url, .bearer = person->access}, &claims, error);
    /* What is told of somebody else is not of who signed in (Core 1.0, section 5.3.2). */
    const char *subject = json_string_value(json_object_get(claims, "sub"));
    if (status == SHIRE_OK && subject != NULL && strcmp(subject, person->subject) == 0 &&
        !keep_text(arena, shire_openid_email(claims), &person->email)) {
        status = no_memory(error);
    }
    json_decref(claims);
    return status;
}

const char *shire_openid_end_address(shire_openid *openid, const char *home, shire_arena *arena) {
    const char *url = keep_address(openid, "end_session_endpoint", arena);
    shire_builder address = {0};
    if (url == NULL) {
        return NULL;
    }
    shire_builder_append_format(&address, "%s%c", url, strchr(url, '?') == NULL ? '?' : '&');
    append_parameter(&address, "client_id", openid->client);
    append_parameter(&address, "&post_logout_redirect_uri", home);
    const char *kept =
        address.failed ? NULL : shire_arena_copy_text(arena, address.bytes, address.length);
    shire_builder_free(&address);
    return kept;
}
