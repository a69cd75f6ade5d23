/* Horizontal bars. Each bar has its label and value on a line of their own above it, so that long
 * names need no margin and the chart works at 320 pixels. */
#include "report/chart.h"

#define BAR_PITCH 52
#define BAR_HEIGHT 22
#define LABEL_BASELINE 18
#define BAR_TOP 25
#define AXIS_HEIGHT 28
#define LABEL_CHARACTERS 70

static int64_t bar_total(const shire_chart_head *head, const shire_chart_bar *bar) {
    int64_t total = 0;
    for (size_t i = 0; i < head->series_count; i++) {
        total += bar->values[i] > 0 ? bar->values[i] : 0;
    }
    return total;
}

/* Every other label goes where there is little room, but not the last, nor one close to it. */
static bool is_minor(int64_t tick_no, int64_t last_no) {
    return tick_no != last_no &&
           (tick_no % 2 == 1 || (last_no % 2 == 1 && last_no > 1 && tick_no == last_no - 1));
}

static void append_axis(shire_builder *html, const shire_chart_head *head, int64_t step,
                        int64_t top, int32_t plot_height) {
    shire_builder_append_text(html, "<g class=\"axis\">\n");
    int64_t tick_no = 0;
    for (int64_t tick = 0; tick <= top; tick += step, tick_no++) {
        int32_t position = shire_chart_position(tick, top);
        shire_builder_append_text(html, "<line x1=\"");
        shire_chart_append_percent(html, position);
        shire_builder_append_text(html, "\" x2=\"");
        shire_chart_append_percent(html, position);
        shire_builder_append_format(html, "\" y1=\"0\" y2=\"%d\"/><text%s x=\"", (int)plot_height,
                                    is_minor(tick_no, top / step) ? " class=\"minor\"" : "");
        shire_chart_append_percent(html, position);
        shire_builder_append_format(html, "\" y=\"%d\" text-anchor=\"%s\">",
                                    (int)(plot_height + 20),
                                    tick == 0     ? "start"
                                    : tick == top ? "end"
                                                  : "middle");
        shire_chart_append_tick(html, head->unit, tick);
        shire_builder_append_text(html, "</text>\n");
    }
    shire_builder_append_text(html, "</g>\n");
}

static void append_bar(shire_builder *html, const shire_chart_head *head,
                       const shire_chart_bar *bar, int32_t top_y, int64_t scale_top) {
    shire_builder_append_format(html, "<text class=\"bar-label\" x=\"0\" y=\"%d\">",
                                (int)(top_y + LABEL_BASELINE));
    shire_chart_append_label(html, bar->label, LABEL_CHARACTERS);
    shire_builder_append_format(
        html, "</text><text class=\"bar-value\" x=\"100%%\" y=\"%d\" text-anchor=\"end\">",
        (int)(top_y + LABEL_BASELINE));
    shire_chart_append_label(html, bar->value_label, LABEL_CHARACTERS);
    shire_builder_append_text(html, "</text>\n");
    int64_t before = 0;
    for (size_t i = 0; i < head->series_count; i++) {
        if (bar->values[i] <= 0) {
            continue;
        }
        int32_t left = shire_chart_position(before, scale_top);
        before += bar->values[i];
        shire_builder_append_format(html, "<rect class=\"area series-%zu\" x=\"", i);
        shire_chart_append_percent(html, left);
        shire_builder_append_text(html, "\" width=\"");
        shire_chart_append_percent(html, shire_chart_position(before, scale_top) - left);
        shire_builder_append_format(html, "\" y=\"%d\" height=\"%d\"/>\n", (int)(top_y + BAR_TOP),
                                    BAR_HEIGHT);
    }
}

void shire_chart_append_bars(shire_builder *html, const shire_chart_head *head,
                             const shire_chart_bar *bars, size_t bar_count) {
    int64_t maximum = 1;
    for (size_t i = 0; i < bar_count; i++) {
        int64_t total = bar_total(head, &bars[i]);
        maximum = total > maximum ? total : maximum;
    }
    int64_t step = shire_chart_step(maximum);
    int64_t scale_top = (maximum + step - 1) / step * step;
    int32_t plot_height = (int32_t)bar_count * BAR_PITCH + 4;
    shire_chart_begin(html, head, "bars", false);
    shire_builder_append_text(html, "<div class=\"plot\">\n");
    shire_chart_begin_svg(html, head, plot_height + AXIS_HEIGHT);
    append_axis(html, head, step, scale_top, plot_height);
    for (size_t i = 0; i < bar_count; i++) {
        append_bar(html, head, &bars[i], (int32_t)i * BAR_PITCH, scale_top);
    }
    shire_chart_end(html);
}
