/* Every table of routes there is; one a line, so that additions of several people do not meet. */
#include "web/web_routes.h"

const shire_route *const shire_route_tables[] = {
    // clang-format off
    shire_api_admin_routes,
    shire_api_directory_routes,
    shire_api_fhir_routes,
    shire_api_item_routes,
    shire_api_money_routes,
    shire_api_people_routes,
    shire_api_review_routes,
    shire_api_session_routes,
    shire_page_admin_routes,
    shire_page_agreement_routes,
    shire_page_audit_routes,
    shire_page_check_routes,
    shire_page_costs_routes,
    shire_page_directory_routes,
    shire_page_glass_routes,
    shire_page_item_routes,
    shire_page_notice_routes,
    shire_page_openid_routes,
    shire_page_people_routes,
    shire_page_person_routes,
    shire_page_public_routes,
    shire_page_review_routes,
    shire_page_runs_routes,
    shire_page_server_routes,
    shire_page_sign_in_routes,
    shire_page_team_routes,
    shire_page_tokens_routes,
    shire_page_whatif_routes,
    NULL,
    // clang-format on
};
