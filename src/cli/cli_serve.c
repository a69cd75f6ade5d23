/* shire serve DIR: the pages and the API of a partnership, until it is told to stop. */
#include "cli/cli_serve.h"

#include "cli/cli.h"
#include "web/web.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static void print_help(void) {
    puts(
        "Usage: shire serve DIR [OPTION]...\n"
        "\n"
        "Serve the pages and the API of the partnership folder DIR until SIGTERM or SIGINT, which\n"
        "finish what was begun. A new run is taken up by itself, without dropping a request;\n"
        "SIGHUP does so at once.\n"
        "\n"
        "  --port N          listen on port N (default 8080; 0: any free one)\n"
        "  --listen ADDRESS  listen on ADDRESS, in numbers (default 127.0.0.1)\n"
        "  --store URL       keep what people enter there (default DIR/.shire/store.db, or the\n"
        "                    environment's SHIRE_STORE)\n"
        "  --public-url URL  what browsers call the site, when a proxy stands in front; with\n"
        "                    https it makes cookies secure\n"
        "  --openid-issuer URL   let people sign in through this provider of OpenID Connect too;\n"
        "                    goes with --public-url and --openid-client\n"
        "  --openid-client ID    what the provider knows this service as\n"
        "  --openid-secret FILE  the client's secret, in a file that its owner alone can read\n"
        "                    (or in the environment's SHIRE_OPENID_SECRET)\n"
        "  --threads N       use N threads (default: all processors)\n"
        "  --log             write one line for each request to standard error\n"
        "\n"
        "The public URL and the provider may stand in partnership.yaml instead.\n"
        "TLS is the business of a proxy in front: see docs/serving.md.\n"
        "Exit status: 0 stopped, 1 failed, 2 bad input.");
}

static void print_ready(void *context, const char *url) {
    (void)context;
    printf("Serving at %s\n", url);
    fflush(stdout);
}

static int read_options(int argc, char **argv, shire_web_options *call) {
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
                                            {"listen", required_argument, NULL, 'l'},
                                            {"store", required_argument, NULL, 's'},
                                            {"public-url", required_argument, NULL, 'u'},
                                            {"threads", required_argument, NULL, 't'},
                                            {"log", no_argument, NULL, 'v'},
                                            {"openid-issuer", required_argument, NULL, 'i'},
                                            {"openid-client", required_argument, NULL, 'c'},
                                            {"openid-secret", required_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        long long number;
        switch (option) {
        case 'p':
            if (!shire_cli_parse_number("serve", "--port", optarg, 0, 65535, &number)) {
                return 2;
            }
            call->port = (int)number;
            break;
        case 'l':
            call->address = optarg;
            break;
        case 's':
            call->store = optarg;
            break;
        case 'u':
            call->public_url = optarg;
            break;
        case 't':
            if (!shire_cli_parse_number("serve", "--threads", optarg, 1, 1024, &number)) {
                return 2;
            }
            call->thread_count = (int)number;
            break;
        case 'i':
            call->openid_issuer = optarg;
            break;
        case 'c':
            call->openid_client = optarg;
            break;
        case 'f':
            call->openid_secret = optarg;
            break;
        case 'v':
            call->log_requests = true;
            break;
        case 'h':
            print_help();
            return 0;
        default:
            return shire_cli_usage("serve", "that option is not known");
        }
    }
    if (optind + 1 != argc) {
        return shire_cli_usage("serve", "give one partnership folder");
    }
    call->dir = argv[optind];
    return -1;
}

int shire_cli_serve(int argc, char **argv) {
    shire_web_options call = {.address = "127.0.0.1", .port = 8080, .store = getenv("SHIRE_STORE")};
    int exit_code = read_options(argc, argv, &call);
    if (exit_code >= 0) {
        return exit_code;
    }
    shire_error error = {0};
    return shire_web_serve(&call, print_ready, NULL, &error) == SHIRE_OK
               ? 0
               : shire_cli_fail("serve", &error);
}
