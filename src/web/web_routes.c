/* Every table of routes there is. */
#include "web/web_routes.h"

const shire_route *const shire_route_tables[] = {
    shire_page_public_routes,
    shire_page_server_routes,
    NULL,
};
