/*
 * What if, as far as a viewer may know it: pages and the API ask through here, so that neither
 * tells what the other withholds.
 */
#ifndef SHIRE_WEB_WEB_WHATIF_H
#define SHIRE_WEB_WEB_WHATIF_H

#include "cost/whatif.h"
#include "web/web_call.h"

/* Whether the viewer sees what care cost, by kind, age, activity and delay: who works for finance,
 * and with whose organisation every body that has a ledger shares its costs. Others see what bodies
 * spend and the pools of those that share, for the rest could be of few people, or of one body. */
bool shire_web_whatif_sees_care(const shire_call *call, const shire_whatif_result *result);

/*
 * As shire_whatif_run, on a worker. SHIRE_INVALID besides for a change of items that is chosen by
 * what one of them is known by, and for any change of items by who does not see what care cost,
 * because the rows that it fits are people's. What the viewer may not know is not in the result.
 * SHIRE_BUSY where `whatif` is of a newer run than the call's.
 */
shire_status shire_web_whatif_run(const shire_call *call, shire_whatif *whatif,
                                  const shire_whatif_scenario *scenario,
                                  shire_whatif_result *result_out,
                                  shire_error *error) SHIRE_MUST_CHECK;

#endif
