/* Decimals: any bytes; what is accepted must print and read back as itself. */
#include "core/money.h"
#include "fuzz_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t value;
    bool rounded;
    if (shire_decimal_parse((shire_span){(const char *)data, size}, &value, &rounded) != SHIRE_OK) {
        return 0;
    }
    for (int decimals = 0; decimals <= 6; decimals++) {
        char text[24];
        int64_t back;
        size_t length = shire_decimal_format(value, decimals, text);
        FUZZ_CHECK(length < sizeof text);
        FUZZ_CHECK(shire_decimal_parse((shire_span){text, length}, &back, &rounded) == SHIRE_OK);
        FUZZ_CHECK(back == value && !rounded);
    }
    char pounds[32];
    FUZZ_CHECK(shire_money_format_pounds(value, pounds) < sizeof pounds);
    return 0;
}
