/*
 * shire audit: check the audit log, read it, hand checkpoints to witnesses and take their
 * signatures back; and be a witness, on a partner's machine, of somebody else's log.
 */
#include "cli/cli_audit.h"

#include "audit/audit_key.h"
#include "audit/audit_service.h"
#include "cli/cli.h"
#include "cli/cli_warehouse.h"
#include "io/file.h"
#include "io/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1 << 20)
#define FILES_MAX 16

typedef struct audit_call {
    const char *places[3]; /* after the command's name: DIR and what follows */
    size_t place_count;
    const char *checkpoints[FILES_MAX];
    size_t checkpoint_count;
    const char *witness_key;
    const char *log_key;
    const char *subject;
    const char *out;
    const char *name;
    const char *who;
    const char *why;
    long long since; /* -1: not said */
    long long from;
    bool json;
    shire_arena *arena;
    shire_partnership partnership;
    shire_store *store;
} audit_call;

static void print_help(void) {
    puts(
        "Usage: shire audit verify DIR [--checkpoint FILE]... [--witness KEYFILE] [--json]\n"
        "       shire audit log DIR [--subject ID] [--from N] [--json]\n"
        "       shire audit checkpoint DIR [--since N] [--out FILE]\n"
        "       shire audit key DIR\n"
        "       shire audit cosign DIR FILE --witness KEYFILE\n"
        "       shire audit erase DIR N --who WHO --why WHY\n"
        "       shire audit witness FOLDER FILE [--name NAME] [--log-key KEYFILE] [--out FILE]\n"
        "\n"
        "The audit log says who did what, when, why and about whom. It can only grow: its entries\n"
        "are the leaves of a Merkle tree (RFC 6962) whose root is signed in checkpoints.\n"
        "\n"
        "  verify      check every entry, every checkpoint, and FILE, a checkpoint that was kept\n"
        "              elsewhere: only that shows a log that was cut off or rewritten by the\n"
        "              holder of its key. With --witness FILE must carry that witness's signature\n"
        "  log         print the entries, oldest first\n"
        "  checkpoint  print the last checkpoint; with --since N what a witness needs that last\n"
        "              saw N entries (0 for one that saw none)\n"
        "  key         print the key by which anyone can check this log's signatures\n"
        "  cosign      add a witness's signature, as the witness gave it back in FILE\n"
        "  erase       empty what entry N says, for example at a person's lawful request; proofs\n"
        "              still hold, and the erasure is an entry of its own\n"
        "  witness     on a partner's machine: look at FILE (from checkpoint --since), and sign "
        "it\n"
        "              if the log only grew; FOLDER holds this witness's key and what it last saw\n"
        "\n"
        "Exit status: 0 done; 1 failed, or tampering was found; 2 bad input; 3 (witness) the log\n"
        "does not contain what it said before.");
}

/* ---- options ---- */

static shire_status take_option(audit_call *call, const char *option, const char *value,
                                shire_error *error) {
    const struct {
        const char *name;
        const char **value;
    } texts[] = {{"--witness", &call->witness_key},
                 {"--log-key", &call->log_key},
                 {"--subject", &call->subject},
                 {"--out", &call->out},
                 {"--name", &call->name},
                 {"--who", &call->who},
                 {"--why", &call->why}};
    if (value == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s needs a value, or is no option", option);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(option, texts[i].name) == 0) {
            *texts[i].value = value;
            return SHIRE_OK;
        }
    }
    if (strcmp(option, "--checkpoint") == 0 && call->checkpoint_count < FILES_MAX) {
        call->checkpoints[call->checkpoint_count++] = value;
        return SHIRE_OK;
    }
    long long *number = strcmp(option, "--since") == 0  ? &call->since
                        : strcmp(option, "--from") == 0 ? &call->from
                                                        : NULL;
    if (number == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "no option '%s'; see `shire audit --help`", option);
    }
    if (!shire_cli_parse_number("audit", option, value, 0, INT64_MAX, number)) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "%s is out of range", option);
    }
    return SHIRE_OK;
}

static shire_status parse(int argc, char **argv, audit_call *call, shire_error *error) {
    shire_status status = SHIRE_OK;
    call->since = -1;
    for (int i = 2; i < argc && status == SHIRE_OK; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            call->json = true;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            status = take_option(call, argv[i], i + 1 < argc ? argv[i + 1] : NULL, error);
            i++;
        } else if (call->place_count == 2) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "there is an argument too many; see `shire audit --help`");
        } else {
            call->places[call->place_count++] = argv[i];
        }
    }
    return status;
}

/* ---- what the commands share ---- */

static shire_status open_log(audit_call *call, shire_store_mode mode, shire_error *error) {
    shire_status status =
        shire_partnership_open(call->places[0], call->arena, &call->partnership, error);
    return status == SHIRE_OK
               ? shire_cli_open_store(call->places[0], mode, call->arena, &call->store, error)
               : status;
}

static shire_status read_verifier(audit_call *call, const char *path,
                                  shire_audit_verifier *verifier_out, shire_error *error) {
    shire_span text = {0};
    shire_status status = shire_file_read(path, FILE_BYTES_MAX, call->arena, &text, error);
    if (status == SHIRE_OK) {
        status = shire_audit_verifier_parse(text, verifier_out, error);
        if (status != SHIRE_OK) {
            shire_error_prefix(error, "%s", path);
        }
    }
    return status;
}

/* A checkpoint file, or what `checkpoint --since` printed: the note is what follows the proof. */
static shire_status read_note(audit_call *call, const char *path, shire_span *note_out,
                              shire_error *error) {
    shire_span text = {0};
    shire_status status = shire_file_read(path, FILE_BYTES_MAX, call->arena, &text, error);
    if (status == SHIRE_OK && text.length > 4 && memcmp(text.bytes, "old ", 4) == 0) {
        const char *gap = strstr(text.bytes, "\n\n");
        if (gap != NULL) {
            text.length -= (size_t)(gap + 2 - text.bytes);
            text.bytes = gap + 2;
        }
    }
    *note_out = text;
    return status;
}

static shire_status put_out(const audit_call *call, const shire_builder *text, shire_error *error) {
    if (text->failed) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    shire_span span = {text->bytes, text->length};
    if (call->out != NULL) {
        return shire_file_replace(call->out, span, error);
    }
    return fwrite(span.bytes, 1, span.length, stdout) == span.length
               ? SHIRE_OK
               : SHIRE_FAIL(error, SHIRE_IO_FAILED, "standard output cannot be written");
}

/* ---- verify ---- */

static shire_status read_outside(audit_call *call, shire_audit_checkpoint *outside,
                                 shire_error *error) {
    shire_audit_verifier witness;
    shire_status status = call->witness_key == NULL
                              ? SHIRE_OK
                              : read_verifier(call, call->witness_key, &witness, error);
    for (size_t i = 0; i < call->checkpoint_count && status == SHIRE_OK; i++) {
        shire_span note = {0};
        status = read_note(call, call->checkpoints[i], &note, error);
        if (status == SHIRE_OK) {
            status = shire_audit_checkpoint_parse(note, &outside[i], error);
        }
        if (status == SHIRE_OK && call->witness_key != NULL &&
            !shire_audit_checkpoint_is_signed(&outside[i], &witness, NULL)) {
            status = SHIRE_FAIL(error, SHIRE_INVALID,
                                "no valid signature of the witness %s is on this checkpoint",
                                witness.name);
        }
        if (status != SHIRE_OK) {
            shire_error_prefix(error, "%s", call->checkpoints[i]);
        }
    }
    return status;
}

static shire_status print_verdict_json(const shire_audit_verdict *verdict, shire_error *error) {
    shire_builder root = {0};
    json_t *told = json_array();
    shire_builder_append_base64(&root, verdict->root.bytes, SHIRE_HASH_BYTES);
    for (size_t i = 0; i < verdict->told_count; i++) {
        json_array_append_new(told, json_string(verdict->told[i]));
    }
    json_t *document = json_pack(
        "{s:b, s:I, s:I, s:I, s:I, s:I, s:s, s:o}", "intact", verdict->problem_count == 0,
        "entries", (json_int_t)verdict->entry_count, "signed", (json_int_t)verdict->signed_count,
        "erased", (json_int_t)verdict->erased_count, "checkpoints",
        (json_int_t)verdict->checkpoint_count, "problem_count", (json_int_t)verdict->problem_count,
        "root", root.failed ? "" : root.bytes, "problems", told);
    shire_builder_free(&root);
    return document == NULL ? SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory")
                            : shire_json_print(document, stdout, error);
}

static void print_verdict(const shire_audit_verdict *verdict, size_t outside_count) {
    printf("%" PRIu64 " entries, %" PRIu64 " of them signed, in %" PRIu64 " checkpoints; %" PRIu64
           " erased\n",
           verdict->entry_count, verdict->signed_count, verdict->checkpoint_count,
           verdict->erased_count);
    for (size_t i = 0; i < verdict->told_count; i++) {
        printf("TAMPERED: %s\n", verdict->told[i]);
    }
    if (verdict->problem_count > verdict->told_count) {
        printf("and %" PRIu64 " problems more\n", verdict->problem_count - verdict->told_count);
    }
    if (verdict->problem_count == 0) {
        puts(outside_count == 0
                 ? "The log is as it was signed. That its end was not cut off, only a checkpoint "
                   "kept elsewhere can show: --checkpoint FILE."
                 : "The log is as it was signed, and contains what was kept elsewhere.");
    }
}

static shire_status verify(audit_call *call, shire_error *error) {
    shire_audit_signer signer;
    shire_audit_verdict verdict = {0};
    shire_audit_checkpoint *outside =
        shire_arena_alloc_array(call->arena, call->checkpoint_count + 1, sizeof *outside);
    if (outside == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    shire_status status = read_outside(call, outside, error);
    if (status == SHIRE_OK) {
        status = open_log(call, SHIRE_STORE_READ, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_open_key(&call->partnership, call->store, call->arena, &signer, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_verify(call->store, &signer.verifier, outside, call->checkpoint_count,
                                    call->arena, &verdict, error);
        shire_crypto_wipe(&signer, sizeof signer);
    }
    if (status == SHIRE_OK && call->json) {
        status = print_verdict_json(&verdict, error);
    } else if (status == SHIRE_OK) {
        print_verdict(&verdict, call->checkpoint_count);
    }
    if (status == SHIRE_OK && verdict.problem_count > 0) {
        status = SHIRE_FAIL(error, SHIRE_IO_FAILED,
                            "the audit log was tampered with (problems: %" PRIu64
                            "); keep the store as it is and compare it with a backup",
                            verdict.problem_count);
    }
    return status;
}

/* ---- log ---- */

static void print_span(shire_span text) {
    for (size_t i = 0; i < text.length; i++) {
        unsigned char letter = (unsigned char)text.bytes[i];
        putchar(letter < ' ' || letter == 0x7F ? ' ' : letter);
    }
}

static shire_status print_row(const shire_audit_row *row, void *context, shire_error *error) {
    json_t *rows = context;
    if (rows != NULL) {
        json_t *object = json_pack(
            "{s:I, s:s%, s:s%, s:s%, s:s%, s:s%, s:s%, s:s%, s:b}", "entry",
            (json_int_t)row->entry_no, "at", row->at.bytes, row->at.length, "kind", row->kind.bytes,
            row->kind.length, "actor", row->actor.bytes, row->actor.length, "organisation",
            row->organisation.bytes, row->organisation.length, "purpose", row->purpose.bytes,
            row->purpose.length, "subject", row->subject.bytes, row->subject.length, "detail",
            row->detail.bytes, row->detail.length, "erased", row->is_erased);
        return json_array_append_new(rows, object) == 0
                   ? SHIRE_OK
                   : SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    printf("%6" PRIu64 "  ", row->entry_no);
    print_span(row->at);
    printf("  %s", row->is_erased ? "erased" : "");
    const shire_span parts[] = {row->kind,    row->actor,   row->organisation,
                                row->subject, row->purpose, row->detail};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        print_span(parts[i]);
        fputs(parts[i].length > 0 ? "  " : "", stdout);
    }
    putchar('\n');
    return SHIRE_OK;
}

static shire_status print_log(audit_call *call, shire_error *error) {
    json_t *rows = call->json ? json_array() : NULL;
    shire_status status = open_log(call, SHIRE_STORE_READ, error);
    if (status == SHIRE_OK) {
        status = shire_audit_scan(call->store, (uint64_t)call->from, call->subject, print_row, rows,
                                  error);
    }
    if (status != SHIRE_OK || rows == NULL) {
        json_decref(rows);
        return status;
    }
    return shire_json_print(rows, stdout, error);
}

/* ---- checkpoints and witnesses ---- */

static shire_status checkpoint(audit_call *call, shire_error *error) {
    shire_builder out = {0};
    shire_status status = open_log(call, SHIRE_STORE_READ, error);
    if (status == SHIRE_OK) {
        status = shire_audit_submit(call->store, call->since, call->arena, &out, error);
    }
    if (status == SHIRE_OK) {
        status = put_out(call, &out, error);
    }
    shire_builder_free(&out);
    return status;
}

/* Of a log, or of the witness whose folder it is. */
static shire_status print_key(audit_call *call, shire_error *error) {
    shire_audit_signer signer;
    shire_builder out = {0};
    shire_status status = SHIRE_OK;
    const char *witness_path = shire_arena_format(call->arena, "%s/witness.key", call->places[0]);
    if (witness_path == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory");
    }
    if (shire_file_exists(witness_path)) {
        status = shire_audit_key_open(witness_path, NULL, SHIRE_AUDIT_KEY_WITNESS, &signer, error);
    } else {
        status = open_log(call, SHIRE_STORE_READ, error);
        if (status == SHIRE_OK) {
            status =
                shire_audit_open_key(&call->partnership, call->store, call->arena, &signer, error);
        }
    }
    if (status == SHIRE_OK) {
        shire_audit_verifier_append(&signer.verifier, &out);
        shire_builder_append_text(&out, "\n");
        shire_crypto_wipe(&signer, sizeof signer);
        status = put_out(call, &out, error);
    }
    shire_builder_free(&out);
    return status;
}

static shire_status cosign(audit_call *call, shire_error *error) {
    shire_audit_verifier witness;
    shire_span note = {0};
    if (call->place_count != 2 || call->witness_key == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "name the partnership folder, the file from the witness, and its key by "
                          "--witness");
    }
    shire_status status = read_verifier(call, call->witness_key, &witness, error);
    if (status == SHIRE_OK) {
        status = read_note(call, call->places[1], &note, error);
    }
    if (status == SHIRE_OK) {
        status = open_log(call, SHIRE_STORE_WRITE, error);
    }
    if (status == SHIRE_OK) {
        status = shire_store_begin(call->store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_add_cosignature(call->store, note, &witness, call->arena, error);
    }
    return status == SHIRE_OK ? shire_store_commit(call->store, error) : status;
}

static shire_status erase(audit_call *call, shire_error *error) {
    char *end = NULL;
    if (call->place_count != 2 || call->who == NULL || call->why == NULL) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "name the partnership folder, the entry's number, --who and --why");
    }
    unsigned long long entry_no = strtoull(call->places[1], &end, 10);
    if (end == call->places[1] || *end != '\0') {
        return SHIRE_FAIL(error, SHIRE_INVALID, "an entry's number is a whole number");
    }
    shire_status status = open_log(call, SHIRE_STORE_WRITE, error);
    if (status == SHIRE_OK) {
        status = shire_store_begin(call->store, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_erase(call->store, entry_no, call->who, call->why, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_sign_all(&call->partnership, call->store, error);
    }
    return status == SHIRE_OK ? shire_store_commit(call->store, error) : status;
}

static shire_status witness(audit_call *call, shire_error *error) {
    shire_span submission = {0};
    shire_audit_verifier log_key;
    shire_builder note = {0};
    if (call->place_count != 2) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "name the witness's folder, and the file from the log's keeper");
    }
    shire_status status =
        shire_file_read(call->places[1], FILE_BYTES_MAX, call->arena, &submission, error);
    if (status == SHIRE_OK && call->log_key != NULL) {
        status = read_verifier(call, call->log_key, &log_key, error);
    }
    if (status == SHIRE_OK) {
        status = shire_audit_witness(call->places[0], call->name == NULL ? "witness" : call->name,
                                     submission, call->log_key == NULL ? NULL : &log_key,
                                     call->arena, &note, error);
    }
    if (status == SHIRE_OK) {
        status = put_out(call, &note, error);
    }
    shire_builder_free(&note);
    return status;
}

int shire_cli_audit(int argc, char **argv) {
    static const struct {
        const char *name;
        shire_status (*run)(audit_call *call, shire_error *error);
    } commands[] = {{"verify", verify},   {"log", print_log}, {"checkpoint", checkpoint},
                    {"key", print_key},   {"cosign", cosign}, {"erase", erase},
                    {"witness", witness}, {NULL, NULL}};
    audit_call call = {0};
    shire_error error = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return 0;
        }
    }
    size_t chosen = 0;
    while (commands[chosen].name != NULL && argc > 1 &&
           strcmp(argv[1], commands[chosen].name) != 0) {
        chosen++;
    }
    if (argc < 2 || commands[chosen].name == NULL) {
        return shire_cli_usage("audit", "say verify, log, checkpoint, key, cosign, erase or "
                                        "witness");
    }
    shire_status status = parse(argc, argv, &call, &error);
    if (status == SHIRE_OK && call.place_count == 0) {
        return shire_cli_usage("audit", "name the folder");
    }
    if (status == SHIRE_OK) {
        status = shire_arena_new("audit", 0, &call.arena, &error);
    }
    if (status == SHIRE_OK) {
        status = commands[chosen].run(&call, &error);
    }
    shire_store_close(call.store);
    shire_arena_wipe_free(call.arena);
    return status == SHIRE_OK ? 0 : shire_cli_fail("audit", &error);
}
