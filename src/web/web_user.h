/*
 * Who a request is from: the session of its cookie or the token of a program, and the viewer that
 * the gate decides by. Read for each request, so that a session that ended opens nothing.
 */
#ifndef SHIRE_WEB_USER_H
#define SHIRE_WEB_USER_H

#include "gate/gate_policy.h"
#include "gate/gate_session.h"
#include "record/record_service.h"
#include "web/web_call.h"

struct shire_call_user {
    shire_gate_session session; /* zeroed but for account and purpose of a program's own token */
    shire_gate_viewer viewer;
    const char *account;      /* the name by which they sign in */
    const char *organisation; /* code; "" for citizens */
    shire_span token;         /* of the session; of a program the one it sent */
    bool is_program;          /* came by a token, not by a cookie: sends no forms */
};

/* Finds who asks; leaves call->user NULL for nobody. For a session that owes a code only
 * call->owes_code is set. Fails only where the store cannot be read. */
shire_status shire_call_identify(shire_call *call, shire_error *error) SHIRE_MUST_CHECK;
void shire_call_forget(shire_call *call); /* lets go of world and policy */

/* For record_service.h; `reason` may be NULL. */
shire_record_asker shire_call_asker(const shire_call *call, const char *reason);
/* True when the signed-in user's role has one of these abilities. */
bool shire_call_may(const shire_call *call, uint32_t abilities);

/* Set the session's cookie, and take it away. */
void shire_call_set_session(shire_call *call, const shire_gate_token *token);
void shire_call_clear_session(shire_call *call);

/* The token of forms: of the session, or of a cookie that is made when there is none. NULL when out
 * of memory. */
const char *shire_call_form_token(shire_call *call);
/* Whether the form that was sent holds that token. */
bool shire_call_form_is_ours(const shire_call *call);

/* Seconds since 1970. */
int64_t shire_call_now(void);

#endif
