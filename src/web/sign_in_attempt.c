/* An attempt is counted before it is known to be wrong, hashed by a worker, and decided in a
 * transaction. */
#include "web/sign_in_attempt.h"

#include "web/web_internal.h"
#include "web/web_user.h"

static shire_status finished(shire_call *call, void *context, shire_error *error) {
    shire_sign_in *state = context;
    shire_gate_attempt_done(&state->attempt);
    return state->then(call, state, error);
}

static shire_status finish_attempt(shire_store *store, void *context, shire_error *error) {
    shire_sign_in *state = context;
    return shire_gate_attempt_finish(store, &state->attempt, state->now, &state->outcome,
                                     &state->token, error);
}

static shire_status check_attempt(void *context, shire_error *error) {
    (void)error;
    shire_sign_in *state = context;
    shire_gate_attempt_check(&state->attempt, state->password);
    return SHIRE_OK;
}

static shire_status attempt_checked(shire_call *call, void *context, shire_error *error) {
    (void)error;
    shire_call_write(call, finish_attempt, finished, context);
    return SHIRE_OK;
}

static shire_status attempt_begun(shire_call *call, void *context, shire_error *error) {
    shire_sign_in *state = context;
    if (state->attempt.wait_seconds > 0) {
        return attempt_checked(call, context, error);
    }
    shire_call_work(call, check_attempt, attempt_checked, context);
    return SHIRE_OK;
}

static shire_status begin_attempt(shire_store *store, void *context, shire_error *error) {
    shire_sign_in *state = context;
    return shire_gate_attempt_begin(store, state->name, shire_span_of(state->address), state->now,
                                    &state->attempt, error);
}

void shire_sign_in_begin(shire_call *call, shire_sign_in *sign_in) {
    sign_in->now = shire_call_now();
    sign_in->address = shire_http_address(call->request, call->web->options.public_url != NULL);
    shire_call_write(call, begin_attempt, attempt_begun, sign_in);
}
