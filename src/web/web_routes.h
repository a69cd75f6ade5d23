/* The tables of routes, one of each page file. */
#ifndef SHIRE_WEB_ROUTES_H
#define SHIRE_WEB_ROUTES_H

#include "web/web_route.h"

extern const shire_route shire_api_admin_routes[];
extern const shire_route shire_api_directory_routes[];
extern const shire_route shire_api_fhir_routes[];
extern const shire_route shire_api_item_routes[];
extern const shire_route shire_api_money_routes[];
extern const shire_route shire_api_people_routes[];
extern const shire_route shire_api_review_routes[];
extern const shire_route shire_api_session_routes[];
extern const shire_route shire_page_admin_routes[];
extern const shire_route shire_page_agreement_routes[];
extern const shire_route shire_page_audit_routes[];
extern const shire_route shire_page_check_routes[];
extern const shire_route shire_page_costs_routes[];
extern const shire_route shire_page_directory_routes[];
extern const shire_route shire_page_glass_routes[];
extern const shire_route shire_page_item_routes[];
extern const shire_route shire_page_notice_routes[];
extern const shire_route shire_page_openid_routes[];
extern const shire_route shire_page_people_routes[];
extern const shire_route shire_page_person_routes[];
extern const shire_route shire_page_public_routes[];
extern const shire_route shire_page_review_routes[];
extern const shire_route shire_page_runs_routes[];
extern const shire_route shire_page_server_routes[];
extern const shire_route shire_page_sign_in_routes[];
extern const shire_route shire_page_team_routes[];
extern const shire_route shire_page_tokens_routes[];
extern const shire_route shire_page_whatif_routes[];

#endif
