/*
 * A sign-in by name and password, for the page and the API: store, worker, store (gate_session.h),
 * with the answer made at the end.
 */
#ifndef SHIRE_WEB_SIGN_IN_ATTEMPT_H
#define SHIRE_WEB_SIGN_IN_ATTEMPT_H

#include "gate/gate_session.h"
#include "web/web_call.h"

typedef struct shire_sign_in {
    shire_span name;
    shire_span password;
    shire_gate_outcome outcome; /* of the attempt */
    shire_gate_token token;     /* where it has one */
    shire_call_then then;       /* makes the answer; its context is this */
    void *context;              /* the caller's */
    /* ---- behind the function below ---- */
    const char *address;
    int64_t now;
    shire_gate_attempt attempt;
} shire_sign_in;

/* Begin; call it last in a handler. `sign_in` lives in the request's arena, with name, password,
 * then and context set. */
void shire_sign_in_begin(shire_call *call, shire_sign_in *sign_in);

#endif
