/*
 * Candidates by the rarest parts they share with the query, each compared in full and weighed by
 * the run's model; then the people of the best, each by the record that agrees best. The
 * probability of a person sets its odds against those of all others and of nobody.
 */
#include "link/link_match.h"

#include "core/arena.h"
#include "link/link_keep.h"
#include "link/link_match_internal.h"
#include "link/link_waterfall_kernel.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES_MAX 160
#define ASKED_MAX 640    /* candidates where not all records may be compared */
#define PEOPLE_MAX 24    /* people whose further records are looked at */
#define MEMBERS_MAX 256  /* records looked at of one person */
#define SHOWN_LEAST 1e-3 /* a person less likely than this is not given */

struct shire_link_matcher {
    shire_link_basis basis;
    shire_link_match_index index;
    pthread_mutex_t lock; /* of the list below */
    shire_link_match_scratch *free_scratch;
};

/* What a person's records together say of the query. */
typedef struct contender {
    uint32_t person;
    uint32_t record; /* that agrees best */
    double weight;
    bool has_number;       /* a record carries the query's NHS number */
    bool has_other_number; /* a record carries another one */
} contender;

const char *shire_link_grade_name(shire_link_grade grade) {
    static const char *const names[] = {"certain", "probable", "possible"};
    return names[grade];
}

const shire_link_basis *shire_link_matcher_basis(const shire_link_matcher *matcher) {
    return &matcher->basis;
}

static shire_link_match_scratch *new_scratch(void) {
    shire_link_match_scratch *scratch = shire_memory_resize(NULL, sizeof *scratch);
    if (scratch != NULL) {
        memset(scratch, 0, sizeof *scratch);
    }
    return scratch;
}

static shire_link_match_scratch *borrow(shire_link_matcher *matcher) {
    pthread_mutex_lock(&matcher->lock);
    shire_link_match_scratch *scratch = matcher->free_scratch;
    if (scratch != NULL) {
        matcher->free_scratch = scratch->next;
    }
    pthread_mutex_unlock(&matcher->lock);
    return scratch != NULL ? scratch : new_scratch();
}

static void give_back(shire_link_matcher *matcher, shire_link_match_scratch *scratch) {
    pthread_mutex_lock(&matcher->lock);
    scratch->next = matcher->free_scratch;
    matcher->free_scratch = scratch;
    pthread_mutex_unlock(&matcher->lock);
}

shire_status shire_link_matcher_open(shire_table *warehouse, int thread_count,
                                     shire_link_matcher **matcher_out, shire_error *error) {
    shire_link_matcher *matcher = shire_memory_resize(NULL, sizeof *matcher);
    if (matcher == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the person index");
    }
    *matcher = (shire_link_matcher){.lock = PTHREAD_MUTEX_INITIALIZER};
    shire_status status = shire_link_basis_open(warehouse, thread_count, &matcher->basis, error);
    if (status == SHIRE_OK && !matcher->basis.has_model) {
        status = SHIRE_FAIL(error, SHIRE_INVALID,
                            "the last run had too few person records to match one against");
    }
    if (status == SHIRE_OK) {
        status = shire_link_match_index_build(&matcher->basis.dataset, thread_count,
                                              &matcher->index, error);
    }
    shire_link_dataset_drop_rows(&matcher->basis.dataset);
    if (status != SHIRE_OK) {
        shire_link_matcher_close(matcher);
        return status;
    }
    *matcher_out = matcher;
    return SHIRE_OK;
}

void shire_link_matcher_close(shire_link_matcher *matcher) {
    if (matcher == NULL) {
        return;
    }
    while (matcher->free_scratch != NULL) {
        shire_link_match_scratch *scratch = matcher->free_scratch;
        matcher->free_scratch = scratch->next;
        shire_memory_free(scratch);
    }
    shire_link_match_index_done(&matcher->index);
    shire_link_basis_done(&matcher->basis);
    pthread_mutex_destroy(&matcher->lock);
    shire_memory_free(matcher);
}

/* The levels of query and record, and the weight taken apart. */
static void weigh(const shire_link_matcher *matcher, const shire_link_match_values *values,
                  size_t record, shire_link_match_scratch *scratch,
                  shire_link_waterfall *waterfall_out) {
    const shire_link_basis *basis = &matcher->basis;
    const shire_link_dataset *dataset = &basis->dataset;
    double rarities[SHIRE_LINK_FIELDS_MAX];
    shire_link_pattern pattern = 0;
    for (size_t field = 0; field < dataset->field_count; field++) {
        int level =
            shire_link_match_compare(dataset, &matcher->index.rows, values, field, record, scratch);
        pattern |= (shire_link_pattern)level << (4 * field);
        rarities[field] =
            level == 1 ? (double)basis->scorer.rarities[field][values->ids[field]] : 0;
    }
    shire_link_waterfall_make(&basis->model, pattern, rarities, dataset->given_field,
                              dataset->family_field, waterfall_out);
}

/* The weight alone, as shire_link_score adds it up. */
static double weigh_quickly(const shire_link_matcher *matcher,
                            const shire_link_match_values *values, size_t record,
                            shire_link_match_scratch *scratch) {
    const shire_link_scorer *scorer = &matcher->basis.scorer;
    const shire_link_dataset *dataset = &matcher->basis.dataset;
    float sums[SHIRE_LINK_KIND_LANES];
    int given = 0;
    memcpy(sums, scorer->prior_logs, sizeof sums);
    for (size_t field = 0; field < dataset->field_count; field++) {
        int level =
            shire_link_match_compare(dataset, &matcher->index.rows, values, field, record, scratch);
        given = (int)field == dataset->given_field ? level : given;
        bool is_counted_already = (int)field == dataset->family_field &&
                                  given == SHIRE_LINK_NAME_ELSEWHERE &&
                                  level == SHIRE_LINK_NAME_ELSEWHERE;
        if (level == 0 || is_counted_already) {
            continue;
        }
        float rarity = level == 1 ? scorer->rarities[field][values->ids[field]] : 0;
        for (int lane = 0; lane < SHIRE_LINK_KIND_LANES; lane++) {
            sums[lane] +=
                scorer->levels[field][level][lane] + rarity * scorer->rare_kinds[field][lane];
        }
    }
    double match =
        log2(exp2((double)sums[SHIRE_LINK_PAIR_SAME]) + exp2((double)sums[SHIRE_LINK_PAIR_MOVED]));
    return match - log2(exp2((double)sums[SHIRE_LINK_PAIR_STRANGER]) +
                        exp2((double)sums[SHIRE_LINK_PAIR_NEIGHBOUR]) +
                        exp2((double)sums[SHIRE_LINK_PAIR_RELATIVE]));
}

static int compare_contenders(const void *x, const void *y) {
    const contender *a = x;
    const contender *b = y;
    if (a->weight != b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    if (a->person != b->person) {
        return a->person < b->person ? -1 : 1;
    }
    return (a->record > b->record) - (a->record < b->record);
}

/* Sorts, and leaves each person once, with its best record. */
static size_t keep_best(contender *contenders, size_t count) {
    size_t kept = 0;
    qsort(contenders, count, sizeof *contenders, compare_contenders);
    for (size_t i = 0; i < count; i++) {
        bool is_new = true;
        for (size_t j = 0; j < kept && is_new; j++) {
            is_new = contenders[j].person != contenders[i].person;
        }
        if (is_new) {
            contenders[kept++] = contenders[i];
        }
    }
    return kept;
}

static bool may_use(const shire_link_query *query, uint32_t record) {
    return query->may_use == NULL || query->may_use(record, query->context);
}

/* All records of the foremost people: a better one may be among them, and another NHS number. */
static void look_at_members(const shire_link_matcher *matcher, const shire_link_query *query,
                            const shire_link_match_values *values,
                            shire_link_match_scratch *scratch, contender *contenders,
                            size_t count) {
    const shire_link_basis *basis = &matcher->basis;
    for (size_t i = 0; i < count && i < PEOPLE_MAX; i++) {
        contender *one = &contenders[i];
        uint32_t from = basis->starts[one->person];
        uint32_t to = basis->starts[one->person + 1];
        for (uint32_t at = from; at < to && at - from < MEMBERS_MAX; at++) {
            uint32_t record = basis->order[at];
            if (!may_use(query, record)) {
                continue;
            }
            double weight = weigh_quickly(matcher, values, record, scratch);
            if (weight > one->weight) {
                one->weight = weight;
                one->record = record;
            }
            uint32_t number = basis->number_field < 0
                                  ? 0
                                  : shire_link_match_value(&matcher->index.rows, record,
                                                           (size_t)basis->number_field);
            if (number != 0 && values->values[basis->number_field].length > 0) {
                bool is_equal = number == values->ids[basis->number_field];
                one->has_number = one->has_number || is_equal;
                one->has_other_number = one->has_other_number || !is_equal;
            }
        }
    }
    qsort(contenders, count, sizeof *contenders, compare_contenders);
}

static size_t find_contenders(shire_link_matcher *matcher, const shire_link_query *query,
                              const shire_link_match_values *values,
                              shire_link_match_scratch *scratch, contender *contenders,
                              size_t *candidate_count_out) {
    uint32_t candidates[ASKED_MAX];
    const shire_link_basis *basis = &matcher->basis;
    size_t most = query->may_use == NULL ? CANDIDATES_MAX : ASKED_MAX;
    size_t found = shire_link_match_candidates(&basis->dataset, &matcher->index, values, scratch,
                                               most, candidates);
    size_t count = 0;
    for (size_t i = 0; i < found; i++) {
        if (may_use(query, candidates[i])) {
            contenders[count++] =
                (contender){.person = basis->people[candidates[i]],
                            .record = candidates[i],
                            .weight = weigh_quickly(matcher, values, candidates[i], scratch)};
        }
    }
    *candidate_count_out = count;
    count = keep_best(contenders, count);
    look_at_members(matcher, query, values, scratch, contenders, count);
    return count;
}

/* What families of fields speak for the person, and whether a name speaks against. */
typedef struct support {
    unsigned families;
    bool name_disagrees;
    bool birth_disagrees;
} support;

static support find_support(const shire_link_basis *basis, const shire_link_waterfall *waterfall) {
    support found = {0};
    for (size_t field = 0; field < waterfall->field_count; field++) {
        const shire_link_field *facts = &basis->dataset.fields[field];
        const shire_link_waterfall_field *of_field = &waterfall->fields[field];
        double weight = of_field->weight + of_field->rarity;
        if (of_field->level == 0 || of_field->swapped) {
            continue;
        }
        if (weight > 1) {
            found.families |= shire_link_family_of(facts, basis->model.scopes[field]);
        }
        bool is_low = weight < -1;
        found.name_disagrees =
            found.name_disagrees || (is_low && facts->kind == SHIRE_LINK_KIND_GIVEN);
        found.birth_disagrees =
            found.birth_disagrees || (is_low && facts->kind == SHIRE_LINK_KIND_DATE);
    }
    return found;
}

static void fill_evidence(const shire_link_basis *basis, const shire_link_match_values *values,
                          const shire_link_waterfall *waterfall, shire_link_match *match) {
    for (size_t field = 0; field < waterfall->field_count; field++) {
        const shire_link_field *facts = &basis->dataset.fields[field];
        const shire_link_waterfall_field *of_field = &waterfall->fields[field];
        if (values->values[field].length > 0) {
            match->evidence[match->evidence_count++] = (shire_link_evidence){
                .field = facts->name,
                .level = of_field->level,
                .description = shire_link_level_name(facts->kind, of_field->level),
                .counted_once = of_field->swapped,
                .weight = of_field->weight + of_field->rarity};
        }
    }
    match->prior = waterfall->prior;
    match->move = waterfall->move;
    match->others = waterfall->others;
    match->weight = waterfall->weight;
}

/* Thresholds are those of docs/linkage.md: what they are worth is tested there on people whose
 * truth is known, with other errors than the model was learnt from. */
static void grade(const support *found, const contender *one, shire_link_match *match) {
    bool is_number = (found->families & SHIRE_LINK_FAMILY_NUMBER) != 0;
    bool is_birth = (found->families & SHIRE_LINK_FAMILY_BIRTH) != 0;
    bool is_name = (found->families & SHIRE_LINK_FAMILY_NAME) != 0;
    bool is_contradicted = false;
    if (one->has_other_number && !one->has_number) {
        match->warnings[match->warning_count++] =
            "this person carries another NHS number whose check digit is right";
        is_contradicted = true;
    }
    if (one->has_number && found->name_disagrees && found->birth_disagrees) {
        match->warnings[match->warning_count++] =
            "the NHS number is this person's, but neither given name nor birth date agrees";
        is_contradicted = true;
    }
    if (one->has_number && one->has_other_number) {
        match->warnings[match->warning_count++] =
            "the records of this person carry two NHS numbers";
    }
    if (is_contradicted || match->probability < 0.5 || match->weight < 0) {
        match->grade = SHIRE_LINK_GRADE_POSSIBLE;
    } else if (match->probability >= 0.9995 && match->weight >= 12 && is_name &&
               (is_birth || is_number) && !found->name_disagrees && match->warning_count == 0) {
        match->grade = SHIRE_LINK_GRADE_CERTAIN;
    } else {
        match->grade = SHIRE_LINK_GRADE_PROBABLE;
    }
}

static void add_note(shire_link_answer *answer, const char *note) {
    answer->notes[answer->note_count++] = note;
}

static shire_status fill_answer(shire_link_matcher *matcher, const shire_link_match_values *values,
                                shire_link_match_scratch *scratch, const contender *contenders,
                                size_t count, size_t limit, shire_arena *arena,
                                shire_link_answer *answer, shire_error *error) {
    const shire_link_basis *basis = &matcher->basis;
    double odds = 1; /* of nobody, and of all people */
    for (size_t i = 0; i < count; i++) {
        odds += exp2(fmin(contenders[i].weight, 500));
    }
    answer->matches = shire_arena_alloc_array(arena, limit, sizeof *answer->matches);
    if (answer->matches == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the answer");
    }
    bool is_number_elsewhere = false;
    for (size_t i = 0; i < count; i++) {
        double probability = exp2(fmin(contenders[i].weight, 500)) / odds;
        is_number_elsewhere = is_number_elsewhere || (i > 0 && contenders[i].has_number);
        bool is_owner = contenders[i].has_number;
        if (answer->match_count == limit || (probability < SHOWN_LEAST && !is_owner)) {
            continue;
        }
        shire_link_match *match = &answer->matches[answer->match_count++];
        shire_link_waterfall waterfall;
        weigh(matcher, values, contenders[i].record, scratch, &waterfall);
        support found = find_support(basis, &waterfall);
        match->person = contenders[i].person;
        match->person_id = shire_link_basis_person_id(basis, match->person);
        match->record = contenders[i].record;
        match->record_name = shire_link_basis_record_name(basis, match->record, arena);
        match->probability = probability;
        fill_evidence(basis, values, &waterfall, match);
        grade(&found, &contenders[i], match);
        if (match->record_name == NULL) {
            return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the answer");
        }
    }
    if (is_number_elsewhere && !contenders[0].has_number) {
        add_note(answer, "the NHS number given belongs to somebody else than the likeliest person: "
                         "one of the two is wrong");
    }
    return SHIRE_OK;
}

shire_status shire_link_matcher_match(shire_link_matcher *matcher, const shire_link_query *query,
                                      size_t limit, shire_arena *arena,
                                      shire_link_answer *answer_out, shire_error *error) {
    shire_link_match_values values;
    contender contenders[ASKED_MAX];
    shire_link_answer answer = {0};
    if (limit < 1 || limit > SHIRE_LINK_MATCH_LIMIT_MAX) {
        return SHIRE_FAIL(error, SHIRE_INVALID, "the limit is a number from 1 to %d",
                          SHIRE_LINK_MATCH_LIMIT_MAX);
    }
    shire_status status = shire_link_match_read(&matcher->basis, query, &values, error);
    if (status == SHIRE_OK && values.known_count == 0) {
        return SHIRE_FAIL(error, SHIRE_INVALID,
                          "nothing to match by: give at least a name, a birth date or an NHS "
                          "number%s",
                          values.has_bad_number ? " whose check digit is right" : "");
    }
    if (status != SHIRE_OK) {
        return status;
    }
    shire_link_match_scratch *scratch = borrow(matcher);
    if (scratch == NULL) {
        return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory to match a record");
    }
    scratch->query_no++;
    size_t count =
        find_contenders(matcher, query, &values, scratch, contenders, &answer.candidate_count);
    if (values.has_bad_number) {
        add_note(&answer, "the NHS number given is not one: ten digits, the last of which checks "
                          "the others; it was not used");
    }
    status =
        fill_answer(matcher, &values, scratch, contenders, count, limit, arena, &answer, error);
    give_back(matcher, scratch);
    if (status == SHIRE_OK) {
        *answer_out = answer;
    }
    return status;
}
