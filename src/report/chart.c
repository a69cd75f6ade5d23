/* What all charts share: the frame (figure, caption, legend, title and description), labels, the
 * step of an axis, positions. Geometry is integer arithmetic, so that the same values give the same
 * bytes everywhere. */
#include "report/chart.h"

#include "report/report_format.h"

#include <math.h>
#include <string.h>

/* Money has at most 18 digits, so no axis needs a larger step. */
#define POWER_MAX INT64_C(100000000000000000)

void shire_chart_append_value(shire_builder *html, shire_chart_unit unit, int64_t value) {
    char number[SHIRE_REPORT_NUMBER_BYTES];
    if (unit == SHIRE_CHART_MONEY) {
        shire_report_format_short(value, number);
    } else if (unit == SHIRE_CHART_POWER) {
        shire_report_format_count(llround(pow(10, (double)value / 1000)), number);
    } else {
        shire_report_format_percent(value, number);
    }
    shire_builder_append_text(html, number);
}

void shire_chart_append_tick(shire_builder *html, shire_chart_unit unit, int64_t value) {
    shire_builder text = {0};
    shire_chart_append_value(&text, unit, value);
    if (text.failed) {
        html->failed = true;
    } else {
        const char *point = strchr(text.bytes, '.');
        size_t whole = point == NULL ? text.length : (size_t)(point - text.bytes);
        size_t end = point == NULL ? whole : whole + 1 + strspn(point + 1, "0123456789");
        size_t kept = end;
        while (kept > whole && (text.bytes[kept - 1] == '0' || text.bytes[kept - 1] == '.')) {
            kept--;
        }
        shire_builder_append(html, (shire_span){text.bytes, kept});
        shire_builder_append_text(html, text.bytes + end);
    }
    shire_builder_free(&text);
}

void shire_chart_append_percent(shire_builder *html, int32_t position) {
    shire_builder_append_format(html, "%d.%02d%%", (int)(position / 100), (int)(position % 100));
}

void shire_chart_append_label(shire_builder *html, const char *label, size_t characters) {
    size_t length = 0, seen = 0;
    while (label[length] != '\0') {
        /* A character ends where the next byte is not a continuation byte. */
        if (((unsigned char)label[length] & 0xc0) != 0x80 && seen++ == characters) {
            break;
        }
        length++;
    }
    bool cut = label[length] != '\0';
    shire_builder_append_html(html, (shire_span){label, length});
    if (cut) {
        shire_builder_append_text(html, "…");
    }
}

void shire_chart_begin(shire_builder *html, const shire_chart_head *head, const char *kind,
                       bool marked_legend) {
    shire_builder_append_format(html, "<figure class=\"chart chart-%s\">\n<figcaption>", kind);
    shire_builder_append_html(html, shire_span_of(head->title));
    shire_builder_append_text(html, "</figcaption>\n");
    if (head->series_count > 1) {
        shire_builder_append_text(html, "<ul class=\"legend\">\n");
        for (size_t i = 0; i < head->series_count; i++) {
            shire_builder_append_format(
                html,
                "<li><svg width=\"28\" height=\"14\" aria-hidden=\"true\" focusable=\"false\">");
            if (marked_legend) {
                shire_builder_append_format(html, "<path class=\"line series-%zu\" d=\"M0 7H28\"/>",
                                            i);
                shire_builder_append_format(
                    html,
                    i % 2 == 0 ? "<circle class=\"mark series-%zu\" cx=\"14\" cy=\"7\" r=\"4\"/>"
                               : "<rect class=\"mark series-%zu\" x=\"10\" y=\"3\" width=\"8\" "
                                 "height=\"8\"/>",
                    i);
            } else {
                shire_builder_append_format(
                    html, "<rect class=\"area series-%zu\" width=\"28\" height=\"14\"/>", i);
            }
            shire_builder_append_text(html, "</svg> ");
            shire_builder_append_html(html, shire_span_of(head->series_names[i]));
            shire_builder_append_text(html, "</li>\n");
        }
        shire_builder_append_text(html, "</ul>\n");
    }
}

void shire_chart_begin_svg(shire_builder *html, const shire_chart_head *head, int32_t height) {
    shire_builder_append_format(html,
                                "<svg width=\"100%%\" height=\"%d\" role=\"img\" "
                                "aria-labelledby=\"%s-title %s-desc\">\n<title id=\"%s-title\">",
                                (int)height, head->id, head->id, head->id);
    shire_builder_append_html(html, shire_span_of(head->title));
    shire_builder_append_format(html, "</title>\n<desc id=\"%s-desc\">", head->id);
    shire_builder_append_html(html, shire_span_of(head->description));
    shire_builder_append_text(html, "</desc>\n");
}

void shire_chart_end(shire_builder *html) {
    shire_builder_append_text(html, "</svg>\n</div>\n</figure>\n");
}

int64_t shire_chart_step(int64_t maximum) {
    static const int64_t tenfolds[] = {10, 20, 25, 50};
    const int64_t steps_max = SHIRE_CHART_TICKS_MAX - 3;
    for (int64_t power = 1; power <= POWER_MAX; power *= 10) {
        for (size_t i = 0; i < sizeof tenfolds / sizeof tenfolds[0]; i++) {
            int64_t step = tenfolds[i] * power / 10;
            bool whole = step * 10 == tenfolds[i] * power;
            if (whole && (maximum <= 0 || (maximum - 1) / step < steps_max)) {
                return step;
            }
        }
    }
    return 10 * POWER_MAX;
}

int32_t shire_chart_position(int64_t value, int64_t whole) {
    if (whole <= 0 || value <= 0) {
        return 0;
    }
    if (value >= whole) {
        return 10000;
    }
    return (int32_t)(((__int128)value * 10000 + whole / 2) / whole);
}
