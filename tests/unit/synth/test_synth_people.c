/* The people: their numbers are test numbers of their own, ages are those of rural Herefordshire,
 * and households, twins and namesakes are there. */
#include "core/nhs_number.h"
#include "synth/synth_internal.h"
#include "synth/synth_name.h"
#include "synth/synth_place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PEOPLE 30000

static shire_arena *arena;
static synth_people people;

static int make_people(void **state) {
    (void)state;
    shire_error error = {0};
    if (shire_arena_new("test_arena", 0, &arena, &error) != SHIRE_OK) {
        return -1;
    }
    return synth_people_make(7, PEOPLE, arena, &people, &error) == SHIRE_OK ? 0 : -1;
}

static int free_people(void **state) {
    (void)state;
    shire_arena_free(arena);
    return 0;
}

static void test_nhs_numbers_are_valid_test_numbers_of_one_person_each(void **state) {
    (void)state;
    static uint8_t seen[1000000];
    for (size_t i = 0; i < people.person_count; i++) {
        uint32_t nine = people.persons[i].nhs_nine;
        char digits[16];
        snprintf(digits, sizeof digits, "%09u", nine);
        int check = shire_nhs_number_check_digit(digits);
        assert_true(nine / 1000000 == 999 && check >= 0);
        assert_int_equal(seen[nine % 1000000]++, 0);
    }
    assert_int_equal(people.persons[SYNTH_STROKE_PERSON].nhs_nine, 999000001);
}

static void test_a_quarter_of_people_is_65_or_older(void **state) {
    (void)state;
    size_t old = 0, children = 0, very_old = 0;
    for (size_t i = 0; i < people.person_count; i++) {
        old += people.persons[i].age >= 65 ? 1 : 0;
        very_old += people.persons[i].age >= 85 ? 1 : 0;
        children += people.persons[i].age < 18 ? 1 : 0;
    }
    /* Herefordshire at the 2021 census: 26 %, 3.6 % and 18 %. */
    assert_in_range(old, PEOPLE * 22 / 100, PEOPLE * 29 / 100);
    assert_in_range(very_old, PEOPLE * 2 / 100, PEOPLE * 6 / 100);
    assert_in_range(children, PEOPLE * 15 / 100, PEOPLE * 22 / 100);
}

static void test_ages_and_lives_lie_within_the_period(void **state) {
    (void)state;
    for (size_t i = 0; i < people.person_count; i++) {
        const synth_person *person = &people.persons[i];
        assert_true(person->birth <= people.last && person->age <= 105);
        if (person->death != 0) {
            assert_true(person->death >= people.first && person->death <= people.last);
            assert_true(person->death >= person->birth);
        }
    }
}

static void test_twins_namesakes_and_shared_surnames_are_there(void **state) {
    (void)state;
    size_t twins = 0, namesakes = 0, shared = 0;
    for (size_t i = 1; i < people.person_count; i++) {
        const synth_person *a = &people.persons[i - 1], *b = &people.persons[i];
        if (a->household != b->household) {
            continue;
        }
        shared += a->family == b->family ? 1 : 0;
        twins += a->birth == b->birth && a->family == b->family ? 1 : 0;
        for (size_t j = i - 1; people.persons[j].household == b->household; j--) {
            namesakes += people.persons[j].given == b->given && people.persons[j].sex == b->sex &&
                                 people.persons[j].family == b->family
                             ? 1
                             : 0;
            if (j == 0) {
                break;
            }
        }
    }
    assert_true(shared > PEOPLE / 4);
    assert_true(twins > 20);
    assert_true(namesakes > 20);
}

static void test_every_system_knows_about_as_many_as_it_should(void **state) {
    (void)state;
    size_t known = 0, twice = 0;
    for (size_t i = 0; i < people.person_count; i++) {
        known += (size_t)__builtin_popcount(people.persons[i].systems);
        twice += (size_t)__builtin_popcount(people.persons[i].twice);
        assert_int_equal(people.persons[i].twice & ~people.persons[i].systems, 0);
    }
    /* 2.3 records a person, one in fifty of them a second one of the same system. */
    assert_in_range(known + twice, PEOPLE * 215 / 100, PEOPLE * 245 / 100);
    assert_in_range(twice, known * 15 / 1000, known * 25 / 1000);
}

static void test_local_numbers_name_one_person_in_one_system(void **state) {
    (void)state;
    static uint8_t seen[20000000];
    for (int system = 0; system < SYNTH_SYSTEM_COUNT; system++) {
        for (size_t person = 0; person < PEOPLE; person++) {
            for (int copy = 0; copy < 2; copy++) {
                int64_t number = synth_local_number((synth_system)system, person, copy);
                assert_in_range(number, 10000000, 29999999);
                assert_int_equal(seen[number - 10000000]++, 0);
            }
        }
    }
}

static void test_dwellings_have_addresses_of_their_own_and_postcodes_by_format(void **state) {
    (void)state;
    for (size_t i = people.care_home_count; i < 5000; i++) {
        char postcode[10];
        synth_place_postcode(&people.addresses[i], postcode);
        size_t length = strlen(postcode);
        assert_true(length >= 7 && length <= 8 && postcode[length - 4] == ' ');
        assert_true(postcode[length - 3] >= '0' && postcode[length - 3] <= '9');
        assert_null(strpbrk(postcode + length - 2, "CIKMOV"));
    }
}

static void test_polish_women_keep_their_form_of_the_surname(void **state) {
    (void)state;
    char buffer[32];
    uint16_t name = synth_name_find_family("Kowalski");
    assert_string_equal(synth_name_family_of(name, SYNTH_FEMALE, SYNTH_POLISH, buffer), "Kowalska");
    assert_string_equal(synth_name_family_of(name, SYNTH_MALE, SYNTH_POLISH, buffer), "Kowalski");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nhs_numbers_are_valid_test_numbers_of_one_person_each),
        cmocka_unit_test(test_a_quarter_of_people_is_65_or_older),
        cmocka_unit_test(test_ages_and_lives_lie_within_the_period),
        cmocka_unit_test(test_twins_namesakes_and_shared_surnames_are_there),
        cmocka_unit_test(test_every_system_knows_about_as_many_as_it_should),
        cmocka_unit_test(test_local_numbers_name_one_person_in_one_system),
        cmocka_unit_test(test_dwellings_have_addresses_of_their_own_and_postcodes_by_format),
        cmocka_unit_test(test_polish_women_keep_their_form_of_the_surname),
    };
    return cmocka_run_group_tests(tests, make_people, free_people);
}
