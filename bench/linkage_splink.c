/* Splink beside `shire link` on the same real files: a released version, installed into the scratch
 * folder by pip and gone with it. */
#include "linkage.h"

#include <stdio.h>
#include <stdlib.h>

#define SPLINK "splink==5.0.0"

static void print_row(const char *set, const char *who, const linkage_run *run) {
    printf("| %s | %s | %.1f | %.2f | %.4f | %.4f | %.4f | %.4f |\n", set, who, run->seconds,
           run->peak_mb / 1000, run->precision, run->recall, run->f1, run->b3_f1);
    fflush(stdout);
}

void linkage_bench_splink(linkage_bench *bench) {
    static const struct {
        const char *set;
        const char *file;
        const char *columns;
        const char *truth;
    } sets[] = {
        {"historical_50k", "historical_50k.csv",
         "given=first_name,family=surname,full_name=full_name,dob=dob,place=birth_place,postcode="
         "postcode_fake,sex=gender,occupation=occupation",
         "cluster"},
        {"fake_1000", "fake_1000.csv",
         "given=first_name,family=surname,dob=dob,city=city,email=email", "cluster"},
        {"febrl3", "febrl_dataset3.csv",
         "given=given_name,family=surname,dob=date_of_birth,street_number=street_number,address="
         "address_1,suburb=suburb,postcode=postcode,other=soc_sec_id,other=state",
         "regexp_extract(rec_id, '[0-9]+')"},
    };
    const char *shared = getenv("SHIRE_SHARED");
    char venv[512];
    char python[600];
    char script[4096];
    snprintf(venv, sizeof venv, "%s/venv", bench->dir);
    const char *const make[] = {"/usr/bin/env", "python3", "-m", "venv", venv, NULL};
    linkage_run_quietly(bench, make);
    snprintf(python, sizeof python, "%s/bin/python", venv);
    const char *const install[] = {
        python, "-m", "pip", "install", "-q", "--disable-pip-version-check", SPLINK, NULL};
    linkage_run_quietly(bench, install);
    snprintf(script, sizeof script, "%s/linkage_splink.py", SHIRE_BENCH_SOURCES);
    printf("\n" SPLINK
           " and `shire link` end to end, start of the process included; all true pairs "
           "count.\n\n| set | by | seconds | GB | precision | recall | F1 | B3 F1 |\n"
           "|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/linkage/%s", shared != NULL ? shared : "../shared/data",
                 sets[i].file);
        static const char *const thresholds[] = {"0.5", "0.95", "0.99"};
        for (size_t at = 0; at < 3; at++) {
            char who[64];
            snprintf(who, sizeof who, "Splink, p >= %s", thresholds[at]);
            const char *const theirs[] = {python, script, sets[i].set, path, thresholds[at], NULL};
            linkage_run run = linkage_run_program(bench, theirs);
            print_row(sets[i].set, who, &run);
        }
        const char *const ours[] = {
            linkage_program(bench), "link",   path, "--columns", sets[i].columns, "--truth",
            sets[i].truth,          "--json", NULL};
        linkage_run run = linkage_run_program(bench, ours);
        print_row(sets[i].set, "shire", &run);
    }
}
