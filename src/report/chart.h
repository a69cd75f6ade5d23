/*
 * Charts as inline SVG that needs no script and no viewBox scaling: horizontal positions are
 * percentages, vertical ones pixels, so that a chart fills any width while its text keeps the
 * page's size. Colours and patterns are classes of the style sheet (series-0, series-1, ...).
 *
 * Every chart carries a title and a description for readers who do not see it; the page puts the
 * table of the same figures next to it. Text is escaped here. Values below zero are drawn as zero
 * (their labels tell). Builders report a lack of memory through their own `failed`.
 */
#ifndef SHIRE_REPORT_CHART_H
#define SHIRE_REPORT_CHART_H

#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHIRE_CHART_SERIES_MAX 4
#define SHIRE_CHART_TICKS_MAX 8

typedef enum shire_chart_unit {
    SHIRE_CHART_MONEY,   /* micropounds */
    SHIRE_CHART_PERCENT, /* tenths of a percent */
    SHIRE_CHART_POWER    /* thousandths of the power of ten: 3000 is 1,000 */
} shire_chart_unit;

/* What all kinds of chart have. `id` is unique in the page, made of letters, digits and hyphens. */
typedef struct shire_chart_head {
    const char *id;
    const char *title;
    const char *description;
    shire_chart_unit unit;
    const char *const *series_names; /* a legend is drawn when there is more than one */
    size_t series_count;             /* 1..SHIRE_CHART_SERIES_MAX */
} shire_chart_head;

/* Horizontal bars, stacked when there are several series. */
typedef struct shire_chart_bar {
    const char *label;
    const char *value_label;                /* "£12.3m, 4.5%" */
    int64_t values[SHIRE_CHART_SERIES_MAX]; /* in the unit of the head */
} shire_chart_bar;

void shire_chart_append_bars(shire_builder *html, const shire_chart_head *head,
                             const shire_chart_bar *bars, size_t bar_count);

/* Lines over a horizontal scale of 0..1000. A missing point leaves a gap. */
typedef struct shire_chart_point {
    int32_t x; /* 0..1000 */
    bool missing;
    int64_t value;
} shire_chart_point;

typedef struct shire_chart_mark {
    int32_t x; /* 0..1000 */
    const char *label;
} shire_chart_mark;

typedef struct shire_chart_lines {
    const shire_chart_point *const *series; /* series_count arrays */
    const size_t *point_counts;
    const shire_chart_mark *marks; /* labels under the horizontal axis */
    size_t mark_count;
    const char *x_title;
    const char *y_title;
    int64_t value_max; /* top of the vertical axis; 0: chosen from the values */
} shire_chart_lines;

void shire_chart_append_lines(shire_builder *html, const shire_chart_head *head,
                              const shire_chart_lines *lines);

/* Flow from left to right through columns of nodes, as a Sankey diagram. */
typedef struct shire_chart_node {
    int32_t column; /* 0.. */
    const char *label;
    int64_t value; /* its height */
} shire_chart_node;

typedef struct shire_chart_link {
    size_t from_node; /* of the column before that of to_node */
    size_t to_node;
    int64_t value;
} shire_chart_link;

typedef struct shire_chart_flow {
    const char *const *column_titles;
    int32_t column_count;          /* at least 2 */
    const shire_chart_node *nodes; /* columns ascending, top to bottom within a column */
    size_t node_count;
    const shire_chart_link *links; /* by from_node, then to_node */
    size_t link_count;
} shire_chart_flow;

void shire_chart_append_flow(shire_builder *html, const shire_chart_head *head,
                             const shire_chart_flow *flow);

/*
 * A step of 1, 2, 2.5 or 5 times a power of ten such that at most SHIRE_CHART_TICKS_MAX - 3
 * steps reach `maximum`; at least 1. Pure.
 */
int64_t shire_chart_step(int64_t maximum);

/* value / whole in hundredths of a percent, held within 0..10000; 0 when whole <= 0. Pure. */
int32_t shire_chart_position(int64_t value, int64_t whole);

/* What the charts share (chart.c). */
void shire_chart_begin(shire_builder *html, const shire_chart_head *head, const char *kind,
                       bool marked_legend);
void shire_chart_begin_svg(shire_builder *html, const shire_chart_head *head, int32_t height);
void shire_chart_end(shire_builder *html);
void shire_chart_append_value(shire_builder *html, shire_chart_unit unit, int64_t value);
/* As above for an axis, without decimals that are zero: "£20m", "£1.5k", "40%". */
void shire_chart_append_tick(shire_builder *html, shire_chart_unit unit, int64_t value);
/* "12.34%" from 1234. */
void shire_chart_append_percent(shire_builder *html, int32_t position);
/* Escaped, cut to `characters` with an ellipsis. */
void shire_chart_append_label(shire_builder *html, const char *label, size_t characters);

#endif
