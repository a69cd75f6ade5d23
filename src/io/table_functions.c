/*
 * Scalar SQL functions of ours over core's parsers. Each takes VARCHAR and gives NULL for NULL and
 * for text that does not parse; none can fail. The engine calls them for a vector of rows at a
 * time, on any of its threads: they keep no state.
 */
#include "io/table_internal.h"

#include "core/nhs_number.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Writes row `row` of the output; false makes it NULL. */
typedef bool (*row_function)(shire_span text, duckdb_vector output, void *values, size_t row);

static bool decimal_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)output;
    return shire_decimal_parse(text, (shire_decimal6 *)values + row, NULL) == SHIRE_OK;
}

static bool decimal_rounds_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)output;
    shire_decimal6 value;
    bool rounded = false;
    if (shire_decimal_parse(text, &value, &rounded) != SHIRE_OK) {
        return false;
    }
    ((bool *)values)[row] = rounded;
    return true;
}

static bool date_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)output;
    return shire_date_parse(text, (shire_date *)values + row) == SHIRE_OK;
}

static bool timestamp_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)output;
    return shire_timestamp_parse(text, (shire_timestamp *)values + row) == SHIRE_OK;
}

static bool nhs_number_problem_row(shire_span text, duckdb_vector output, void *values,
                                   size_t row) {
    (void)output;
    ((int32_t *)values)[row] = (int32_t)shire_nhs_number_check(text, NULL);
    return true;
}

static bool nhs_number_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)output;
    char digits[11];
    if (shire_nhs_number_check(text, digits) != SHIRE_NHS_NUMBER_VALID) {
        return false;
    }
    duckdb_string_t string = {0}; /* up to 12 bytes live in the vector itself */
    string.value.inlined.length = 10;
    memcpy(string.value.inlined.inlined, digits, 10);
    ((duckdb_string_t *)values)[row] = string;
    return true;
}

static bool text_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)values;
    shire_span trimmed = shire_span_trim(text);
    if (trimmed.length == 0) {
        return false;
    }
    duckdb_vector_assign_string_element_len(output, row, trimmed.bytes, trimmed.length);
    return true;
}

/* "8 characters, letters among them": what may be told of a value that may be personal. */
static bool shape_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)values;
    size_t characters = 0, letters = 0, digits = 0;
    char words[96];
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        characters += (byte & 0xC0) != 0x80;
        letters += byte >= 0x80 || isalpha(byte);
        digits += isdigit(byte) != 0;
    }
    int length =
        snprintf(words, sizeof words, "%zu character%s%s", characters, characters == 1 ? "" : "s",
                 characters == 1 ? ""
                 : letters > 0   ? ", letters among them"
                 : digits > 0    ? ", digits and signs only"
                                 : ", no digit among them");
    duckdb_vector_assign_string_element_len(output, row, words, (size_t)length);
    return true;
}

static size_t count_while(shire_span text, size_t at, int (*is)(int)) {
    size_t count = 0;
    while (at + count < text.length && is((unsigned char)text.bytes[at + count])) {
        count++;
    }
    return count;
}

/* Numbers or a month's name where a date has them, whatever they are: 31/02/2024, 20241399,
 * 32 Jan 2024. */
static bool date_shape_row(shire_span text, duckdb_vector output, void *values, size_t row) {
    (void)output;
    bool *result = (bool *)values + row;
    text = shire_span_trim(text);
    size_t first = count_while(text, 0, isdigit);
    *result = first == 8 && text.length == 8;
    if (first < 1 || first > 4 || first >= text.length ||
        strchr("-/. ", text.bytes[first]) == NULL) {
        return true;
    }
    size_t middle = count_while(text, first + 1, isdigit);
    size_t name = count_while(text, first + 1, isalpha);
    bool number = middle >= 1 && middle <= 2 && text.bytes[first] != ' ';
    size_t last = first + 1 + (number ? middle : name);
    *result = (number || name == 3) && last < text.length &&
              text.bytes[last] == text.bytes[first] && count_while(text, last + 1, isdigit) > 0;
    return true;
}

static void apply(duckdb_data_chunk input, duckdb_vector output, row_function function) {
    size_t count = duckdb_data_chunk_get_size(input);
    duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
    duckdb_string_t *strings = duckdb_vector_get_data(vector);
    const uint64_t *validity = duckdb_vector_get_validity(vector);
    void *values = duckdb_vector_get_data(output);
    uint64_t *output_validity = NULL;
    for (size_t row = 0; row < count; row++) {
        bool valid = table_row_is_valid(validity, row);
        if (valid) {
            shire_span text = {duckdb_string_t_data(&strings[row]),
                               duckdb_string_t_length(strings[row])};
            valid = function(text, output, values, row);
        }
        if (!valid) {
            if (output_validity == NULL) {
                duckdb_vector_ensure_validity_writable(output);
                output_validity = duckdb_vector_get_validity(output);
            }
            duckdb_validity_set_row_validity(output_validity, row, false);
        }
    }
}

/* Neither blank nor with space at an end. Bytes outside ASCII count as doubtful. */
static bool stands_trimmed(const duckdb_string_t *string) {
    uint32_t length = string->value.inlined.length;
    const char *bytes = length <= sizeof string->value.inlined.inlined
                            ? string->value.inlined.inlined
                            : string->value.pointer.ptr;
    unsigned char first = length == 0 ? ' ' : (unsigned char)bytes[0];
    unsigned char last = length == 0 ? ' ' : (unsigned char)bytes[length - 1];
    return first > ' ' && first < 0x80 && last > ' ' && last < 0x80;
}

/* Mostly there is nothing to trim: then the output is the input, without a copy. */
static void text_vector(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
    size_t count = duckdb_data_chunk_get_size(input);
    duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
    const duckdb_string_t *strings = duckdb_vector_get_data(vector);
    const uint64_t *validity = duckdb_vector_get_validity(vector);
    size_t row = 0;
    (void)info;
    while (row < count && (!table_row_is_valid(validity, row) || stands_trimmed(&strings[row]))) {
        row++;
    }
    if (row == count) {
        duckdb_vector_reference_vector(output, vector);
    } else {
        apply(input, output, text_row);
    }
}

/* A callback of the engine's carries no function pointer that the standard lets us store in its
 * data, so each function has a callback of its own. */
#define CALLBACK(name)                                                                             \
    static void name##_vector(duckdb_function_info info, duckdb_data_chunk input,                  \
                              duckdb_vector output) {                                              \
        (void)info;                                                                                \
        apply(input, output, name##_row);                                                          \
    }

CALLBACK(decimal)
CALLBACK(decimal_rounds)
CALLBACK(date)
CALLBACK(timestamp)
CALLBACK(nhs_number_problem)
CALLBACK(nhs_number)
CALLBACK(shape)
CALLBACK(date_shape)

static const struct {
    const char *name;
    duckdb_type result; /* DECIMAL means DECIMAL(18,6) */
    duckdb_scalar_function_t function;
} functions[] = {
    {"shire_decimal", DUCKDB_TYPE_DECIMAL, decimal_vector},
    {"shire_decimal_rounds", DUCKDB_TYPE_BOOLEAN, decimal_rounds_vector},
    {"shire_date", DUCKDB_TYPE_DATE, date_vector},
    {"shire_timestamp", DUCKDB_TYPE_TIMESTAMP, timestamp_vector},
    {"shire_nhs_number_problem", DUCKDB_TYPE_INTEGER, nhs_number_problem_vector},
    {"shire_nhs_number", DUCKDB_TYPE_VARCHAR, nhs_number_vector},
    {"shire_text", DUCKDB_TYPE_VARCHAR, text_vector},
    {"shire_shape", DUCKDB_TYPE_VARCHAR, shape_vector},
    {"shire_date_shape", DUCKDB_TYPE_BOOLEAN, date_shape_vector},
};

shire_status table_functions_register(shire_table *table, shire_error *error) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
        duckdb_logical_type result = functions[i].result == DUCKDB_TYPE_DECIMAL
                                         ? duckdb_create_decimal_type(18, 6)
                                         : duckdb_create_logical_type(functions[i].result);
        duckdb_scalar_function function = duckdb_create_scalar_function();
        duckdb_scalar_function_set_name(function, functions[i].name);
        duckdb_scalar_function_add_parameter(function, text);
        duckdb_scalar_function_set_return_type(function, result);
        duckdb_scalar_function_set_function(function, functions[i].function);
        duckdb_state state = duckdb_register_scalar_function(table->connection, function);
        duckdb_destroy_scalar_function(&function);
        duckdb_destroy_logical_type(&text);
        duckdb_destroy_logical_type(&result);
        if (state != DuckDBSuccess) {
            return SHIRE_FAIL(error, SHIRE_INTERNAL, "the warehouse engine refuses the function %s",
                              functions[i].name);
        }
    }
    return SHIRE_OK;
}
