/* NHS numbers: the digits given back are a number with the same problem and the same digits. */
#include "core/nhs_number.h"
#include "fuzz_target.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char digits[11] = "";
    char again[11] = "";
    shire_nhs_number_problem problem =
        shire_nhs_number_check((shire_span){(const char *)data, size}, digits);
    if (problem == SHIRE_NHS_NUMBER_NOT_TEN_DIGITS) {
        FUZZ_CHECK(digits[0] == '\0');
        return 0;
    }
    FUZZ_CHECK(strspn(digits, "0123456789") == 10 && digits[10] == '\0');
    FUZZ_CHECK(shire_nhs_number_check((shire_span){digits, 10}, again) == problem);
    FUZZ_CHECK(strcmp(digits, again) == 0);
    if (problem == SHIRE_NHS_NUMBER_VALID) {
        FUZZ_CHECK(shire_nhs_number_check_digit(digits) == digits[9] - '0');
    }
    return 0;
}
