/* Dates and times: both parsers agree, and what is accepted prints and reads back as itself. */
#include "core/date.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    shire_span text = {(const char *)data, size};
    shire_date date;
    shire_timestamp timestamp;
    shire_status status = shire_timestamp_parse(text, &timestamp);
    FUZZ_CHECK(shire_date_parse(text, &date) == status);
    if (status != SHIRE_OK) {
        return 0;
    }
    FUZZ_CHECK(shire_timestamp_date(timestamp) == date);
    int year;
    int month;
    int day;
    shire_date_parts(date, &year, &month, &day);
    FUZZ_CHECK(shire_date_is_valid(year, month, day));
    FUZZ_CHECK(shire_date_of(year, month, day) == date);
    char printed[20];
    shire_timestamp back;
    shire_timestamp_format(timestamp, printed);
    FUZZ_CHECK(shire_timestamp_parse((shire_span){printed, 19}, &back) == SHIRE_OK);
    int64_t fraction = timestamp - back;
    FUZZ_CHECK(fraction >= 0 && fraction < 1000000);
    return 0;
}
