/* What if, as far as a viewer may know it. */
#include "web/web_whatif.h"

#include "web/page_person.h"
#include "web/web_figures.h"
#include "web/web_internal.h"
#include "web/web_user.h"
#include "web/web_world.h"

/* Whether the body shares its costs with the viewer's organisation. */
static bool shares_costs(const shire_call *call, const char *code) {
    const shire_record_book *book = shire_record_get_book(call->world->record);
    uint32_t number = shire_record_book_find_organisation(book, shire_span_of(code));
    return number != SHIRE_RECORD_NOBODY && shire_figures_shares_costs(call, number);
}

bool shire_web_whatif_sees_care(const shire_call *call, const shire_whatif_result *result) {
    bool sees = call->user->viewer.purpose == SHIRE_GATE_FINANCE;
    for (size_t i = 0; sees && i < result->organisation_count; i++) {
        const shire_whatif_organisation *body = &result->organisations[i];
        bool has_ledger = body->ledger.before != 0 || body->ledger.after != 0;
        sees = !has_ledger || shares_costs(call, body->code);
    }
    return sees;
}

static shire_status keep_shared_pools(const shire_call *call, shire_whatif_result *result,
                                      shire_error *error) {
    shire_whatif_pool *pools =
        shire_arena_alloc_array(call->request->arena, result->pool_count, sizeof *pools);
    size_t kept = 0;
    if (pools == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "out of memory for a scenario");
    }
    for (size_t i = 0; i < result->pool_count; i++) {
        if (shares_costs(call, result->pools[i].organisation)) {
            pools[kept++] = result->pools[i];
        }
    }
    result->pools = pools;
    result->pool_count = kept;
    return SHIRE_OK;
}

static shire_status leave_out_care(const shire_call *call, shire_whatif_result *result,
                                   shire_error *error) {
    for (size_t i = 0; i < result->change_count; i++) {
        if (result->changes[i].is_of_items) {
            return SHIRE_FAIL(error, SHIRE_INVALID,
                              "Changes of activity and of delays are for finance, where every body "
                              "shares its costs: the rows that they fit are people's. Change the "
                              "ledger, or numbers of the costing model.");
        }
    }
    result->kind_count = 0;
    result->age_count = 0;
    result->activity_count = 0;
    result->delay_count = 0;
    result->release_count = 0;
    return keep_shared_pools(call, result, error);
}

shire_status shire_web_whatif_run(const shire_call *call, shire_whatif *whatif,
                                  const shire_whatif_scenario *scenario,
                                  shire_whatif_result *result_out, shire_error *error) {
    shire_whatif_result result;
    const char *run = call->world->run;
    shire_status status =
        strncmp(shire_whatif_identity(whatif), run, strlen(run)) == 0
            ? SHIRE_OK
            : SHIRE_FAIL(error, SHIRE_BUSY,
                         "a new run has just taken the place of the one before; try again in a "
                         "moment");
    for (size_t i = 0; status == SHIRE_OK && i < scenario->change_count; i++) {
        status = shire_whatif_check_impersonal(scenario->changes[i], error);
    }
    if (status == SHIRE_OK) {
        status = shire_whatif_run(whatif, scenario, &result, error);
    }
    if (status == SHIRE_OK && !shire_web_whatif_sees_care(call, &result)) {
        status = leave_out_care(call, &result, error);
    }
    if (status == SHIRE_OK) {
        *result_out = result;
    }
    return status;
}
