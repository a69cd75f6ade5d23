/* Draws that the making of care shares: counts, spreads and times of day, in integers only. */
#include "synth/synth_internal.h"

#define MICROSECONDS_PER_MINUTE INT64_C(60000000)

int synth_draw_count(shire_random *random, uint32_t mean_milli) {
    int count = 0;
    while (mean_milli > 0 && count < 400 &&
           shire_random_chance(random, mean_milli, 1000 + mean_milli)) {
        count++;
    }
    return count;
}

int64_t synth_draw_spread(shire_random *random, int64_t mean) {
    /* The product of two uniform factors of mean 1, one of 0.4 to 1.6, one of 0.2 to 1.8. */
    int64_t first = shire_random_between(random, 400, 1600);
    int64_t second = shire_random_between(random, 200, 1800);
    return mean * first / 1000 * second / 1000;
}

shire_timestamp synth_draw_office_time(shire_random *random, shire_date day) {
    int64_t minute = 8 * 60 + 5 * (int64_t)shire_random_below(random, 120);
    return day * SHIRE_MICROSECONDS_PER_DAY + minute * MICROSECONDS_PER_MINUTE;
}

shire_timestamp synth_draw_any_time(shire_random *random, shire_date day) {
    return day * SHIRE_MICROSECONDS_PER_DAY +
           (int64_t)shire_random_below(random, 1440) * MICROSECONDS_PER_MINUTE;
}
