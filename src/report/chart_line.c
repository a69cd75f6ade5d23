/* Lines. The curve is drawn in an inner SVG that stretches to the width with strokes that do not;
 * markers and labels stay outside it so that they keep their shape. The second and later series
 * differ by dash and marker as well as colour. */
#include "report/chart.h"

#define PLOT_HEIGHT 280
#define TOP_MARGIN 12
#define BOTTOM_MARGIN 52

static int64_t largest_value(const shire_chart_head *head, const shire_chart_lines *lines) {
    int64_t largest = 1;
    for (size_t s = 0; s < head->series_count; s++) {
        for (size_t i = 0; i < lines->point_counts[s]; i++) {
            const shire_chart_point *point = &lines->series[s][i];
            if (!point->missing && point->value > largest) {
                largest = point->value;
            }
        }
    }
    return largest;
}

static int32_t height_of(int64_t value, int64_t top) {
    int32_t position = shire_chart_position(value, top);
    return TOP_MARGIN + PLOT_HEIGHT - (position * PLOT_HEIGHT + 5000) / 10000;
}

static void append_axes(shire_builder *html, const shire_chart_head *head,
                        const shire_chart_lines *lines, int64_t step, int64_t top) {
    shire_builder_append_text(html, "<g class=\"axis\">\n");
    for (int64_t tick = 0; tick <= top; tick += step) {
        int y = (int)height_of(tick, top);
        shire_builder_append_format(html,
                                    "<line x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>"
                                    "<text x=\"-8\" y=\"%d\" text-anchor=\"end\">",
                                    y, y, y + 5);
        shire_chart_append_tick(html, head->unit, tick);
        shire_builder_append_text(html, "</text>\n");
    }
    int y = TOP_MARGIN + PLOT_HEIGHT;
    for (size_t i = 0; i < lines->mark_count; i++) {
        shire_builder_append_text(html, "<text x=\"");
        shire_chart_append_percent(html, lines->marks[i].x * 10);
        shire_builder_append_format(html, "\" y=\"%d\" text-anchor=\"middle\">", y + 20);
        shire_chart_append_label(html, lines->marks[i].label, 12);
        shire_builder_append_text(html, "</text>\n");
    }
    shire_builder_append_format(html,
                                "<text class=\"axis-title\" x=\"50%%\" y=\"%d\" "
                                "text-anchor=\"middle\">",
                                y + 44);
    shire_builder_append_html(html, shire_span_of(lines->x_title));
    shire_builder_append_text(html, "</text>\n</g>\n");
}

static void append_curve(shire_builder *html, const shire_chart_point *points, size_t count,
                         size_t series, int64_t top) {
    shire_builder_append_format(html, "<path class=\"line series-%zu\" d=\"", series);
    bool joined = false;
    for (size_t i = 0; i < count; i++) {
        if (!points[i].missing) {
            shire_builder_append_format(html, "%c%d %d", joined ? 'L' : 'M', (int)points[i].x,
                                        (int)height_of(points[i].value, top));
        }
        joined = !points[i].missing;
    }
    shire_builder_append_text(html, "\"/>\n");
}

static void append_markers(shire_builder *html, const shire_chart_point *points, size_t count,
                           size_t series, int64_t top) {
    for (size_t i = 0; i < count; i++) {
        if (points[i].missing) {
            continue;
        }
        int y = (int)height_of(points[i].value, top);
        shire_builder_append_format(html,
                                    series % 2 == 0 ? "<circle class=\"mark series-%zu\" cx=\""
                                                    : "<rect class=\"mark series-%zu\" x=\"",
                                    series);
        shire_chart_append_percent(html, points[i].x * 10);
        shire_builder_append_format(html,
                                    series % 2 == 0 ? "\" cy=\"%d\" r=\"4\"/>\n"
                                                    : "\" y=\"%d\" width=\"8\" height=\"8\" "
                                                      "transform=\"translate(-4 -4)\"/>\n",
                                    y);
    }
}

void shire_chart_append_lines(shire_builder *html, const shire_chart_head *head,
                              const shire_chart_lines *lines) {
    int64_t maximum = lines->value_max > 0 ? lines->value_max : largest_value(head, lines);
    int64_t step = shire_chart_step(maximum);
    int64_t top = (maximum + step - 1) / step * step;
    const int height = TOP_MARGIN + PLOT_HEIGHT;
    shire_chart_begin(html, head, "lines", true);
    shire_builder_append_text(html, "<p class=\"y-title\">");
    shire_builder_append_html(html, shire_span_of(lines->y_title));
    shire_builder_append_text(html, "</p>\n<div class=\"plot\">\n");
    shire_chart_begin_svg(html, head, height + BOTTOM_MARGIN);
    append_axes(html, head, lines, step, top);
    shire_builder_append_format(html,
                                "<svg width=\"100%%\" height=\"%d\" viewBox=\"0 0 1000 %d\" "
                                "preserveAspectRatio=\"none\">\n",
                                height, height);
    for (size_t s = 0; s < head->series_count; s++) {
        append_curve(html, lines->series[s], lines->point_counts[s], s, top);
    }
    shire_builder_append_text(html, "</svg>\n");
    for (size_t s = 0; s < head->series_count; s++) {
        append_markers(html, lines->series[s], lines->point_counts[s], s, top);
    }
    shire_chart_end(html);
}
