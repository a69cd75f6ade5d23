/*
 * How well records were joined into people: records of each source that share a person with another
 * record, people by number of records and of organisations, and, where the truth is known,
 * precision and recall. All of these count people.
 */
#include "report/report_internal.h"
#include "report/report_suppress_kernel.h"

static shire_status no_memory(shire_error *error) {
    return SHIRE_FAIL(error, SHIRE_NO_MEMORY, "no memory for the report");
}

static shire_status publish_sources(shire_report_draft *draft, shire_error *error) {
    static const char sql[] =
        "SELECT o.name, r.source, count(*) FILTER (p.records > 1),"
        " count(*) FILTER (coalesce(p.records, 1) = 1)"
        " FROM person_record r JOIN organisation o USING (organisation_no)"
        " LEFT JOIN person_link l USING (record_no)"
        " LEFT JOIN (SELECT person_no, count(*) AS records FROM person_link GROUP BY person_no) p"
        "  USING (person_no)"
        " GROUP BY o.organisation_no, o.name, r.source ORDER BY o.organisation_no, r.source";
    static const shire_report_column columns[] = {
        {"Organisation", SHIRE_REPORT_TEXT}, {"Source", SHIRE_REPORT_TEXT},
        {"Records", SHIRE_REPORT_COUNT},     {"Joined with another record", SHIRE_REPORT_COUNT},
        {"Not joined", SHIRE_REPORT_COUNT},
    };
    static const shire_report_table shape = {
        .name = "records_by_source",
        .sheet = "Records by source",
        .caption = "Person records of each source, and how many share a person with another record",
        .columns = columns,
        .column_count = 5,
        .heading_count = 2,
        .has_withheld = true,
    };
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(&shape, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *people = shire_arena_alloc_array(draft->arena, 2 * frame.row_count, sizeof *people);
    uint8_t *withheld = shire_arena_alloc(draft->arena, 2 * frame.row_count);
    if (people == NULL || withheld == NULL) {
        return no_memory(error);
    }
    for (size_t i = 0; i < 2 * frame.row_count; i++) {
        people[i] = shire_report_row_number(&frame.columns[2 + i % 2], i / 2);
    }
    const shire_report_suppress_table grid = {frame.row_count, 2, people, true, true};
    size_t exposed = 0; /* a source with a few records only: its total is withheld as well */
    status = shire_report_suppress(&grid, withheld, &exposed, error);
    for (size_t row = 0; status == SHIRE_OK && row < frame.row_count; row++) {
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(shire_report_row_text(draft, &frame.columns[0], row));
        cells[1] = shire_report_text(shire_report_row_text(draft, &frame.columns[1], row));
        cells[2] = shire_report_people(people[2 * row] + people[2 * row + 1], false);
        cells[3] = shire_report_people(people[2 * row], withheld[2 * row]);
        cells[4] = shire_report_people(people[2 * row + 1], withheld[2 * row + 1]);
    }
    return status == SHIRE_OK ? shire_report_publish(draft, "sources_table", table, error) : status;
}

/* People by a whole number from 1 up (of records, of organisations), as `sql` gives it: number and
 * people, ascending. High numbers are joined until each row has enough people. */
static shire_status publish_numbers(shire_report_draft *draft, const char *sql,
                                    const shire_report_table *shape, const char *value_name,
                                    shire_error *error) {
    shire_frame frame;
    shire_report_table *table = NULL;
    shire_status status = shire_report_query(draft, sql, &frame, error);
    if (status == SHIRE_OK) {
        status = shire_report_table_new(shape, frame.row_count, draft->arena, &table, error);
    }
    if (status != SHIRE_OK) {
        return status;
    }
    int64_t *people = shire_arena_alloc_array(draft->arena, frame.row_count, sizeof *people);
    size_t *group = shire_arena_alloc_array(draft->arena, frame.row_count, sizeof *group);
    if (people == NULL || group == NULL) {
        return no_memory(error);
    }
    int64_t total = 0;
    for (size_t row = 0; row < frame.row_count; row++) {
        people[row] = shire_report_row_number(&frame.columns[1], row);
        total += people[row];
    }
    (void)shire_report_group_ordered(people, frame.row_count, group);
    for (size_t first = 0, next; first < frame.row_count; first = next) {
        int64_t sum = 0;
        for (next = first; next < frame.row_count && group[next] == group[first]; next++) {
            sum += people[next];
        }
        long long low = (long long)shire_report_row_number(&frame.columns[0], first);
        long long high = (long long)shire_report_row_number(&frame.columns[0], next - 1);
        const char *label = shire_arena_format(draft->arena,
                                               low == high               ? "%lld"
                                               : next == frame.row_count ? "%lld or more"
                                                                         : "%lld to %lld",
                                               low, high);
        if (label == NULL) {
            return no_memory(error);
        }
        shire_report_cell *cells = shire_report_table_add_row(table);
        cells[0] = shire_report_text(label);
        cells[1] = shire_report_people(sum, false);
        cells[2] = cells[1].state == SHIRE_REPORT_WITHHELD
                       ? cells[1]
                       : shire_report_number(total == 0 ? 0 : (sum * 1000 + total / 2) / total);
    }
    return shire_report_publish(draft, value_name, table, error);
}

static shire_status publish_sizes(shire_report_draft *draft, shire_error *error) {
    static const shire_report_column record_columns[] = {
        {"Records", SHIRE_REPORT_TEXT},
        {"People", SHIRE_REPORT_COUNT},
        {"Share of people", SHIRE_REPORT_PERCENT},
    };
    static const shire_report_table by_records = {
        .name = "people_by_records",
        .sheet = "People by records",
        .caption = "People by the number of records joined into them",
        .columns = record_columns,
        .column_count = 3,
        .heading_count = 1,
        .has_withheld = true,
    };
    static const shire_report_column body_columns[] = {
        {"Organisations", SHIRE_REPORT_TEXT},
        {"People", SHIRE_REPORT_COUNT},
        {"Share of people", SHIRE_REPORT_PERCENT},
    };
    static const shire_report_table by_bodies = {
        .name = "people_by_organisations",
        .sheet = "People by organisations",
        .caption = "People by the number of organisations that know them",
        .columns = body_columns,
        .column_count = 3,
        .heading_count = 1,
        .has_withheld = true,
    };
    shire_status status =
        publish_numbers(draft,
                        "SELECT records, count(*) FROM (SELECT count(*) AS records FROM person_link"
                        " GROUP BY person_no) GROUP BY records ORDER BY records",
                        &by_records, "sizes_table", error);
    if (status == SHIRE_OK) {
        status = publish_numbers(
            draft,
            "SELECT bodies, count(*) FROM (SELECT count(DISTINCT r.organisation_no) AS bodies"
            " FROM person_link l JOIN person_record r USING (record_no) GROUP BY l.person_no)"
            " GROUP BY bodies ORDER BY bodies",
            &by_bodies, "people_bodies_table", error);
    }
    return status;
}

/* 0.99954 -> "99.95%"; empty where no truth is known. */
static const char *truth_text(shire_report_draft *draft, double share) {
    const shire_report_options *options = draft->options;
    if (options == NULL || !options->truth_known) {
        return "";
    }
    return shire_arena_format(draft->arena, "%.2f%%", share * 100.0);
}

shire_status shire_report_links(shire_report_draft *draft, shire_error *error) {
    static const shire_report_options none = {0};
    const shire_report_options *options = draft->options == NULL ? &none : draft->options;
    shire_status status = publish_sources(draft, error);
    if (status == SHIRE_OK) {
        status = publish_sizes(draft, error);
    }
    if (status == SHIRE_OK) {
        status = shire_report_set(draft, "precision", truth_text(draft, options->precision), error);
    }
    if (status == SHIRE_OK) {
        status = shire_report_set(draft, "recall", truth_text(draft, options->recall), error);
    }
    if (status == SHIRE_OK) {
        status = shire_report_set(draft, "f1", truth_text(draft, options->f1), error);
    }
    return status;
}
