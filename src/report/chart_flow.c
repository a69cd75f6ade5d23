/*
 * Sankey diagram. All columns share one scale, chosen so that the tallest column, with its gaps,
 * fills the height; nodes are stacked from the top in the order given; links leave and
 * enter each node in the order given. Ribbons are drawn in an inner SVG that stretches to the
 * width.
 */
#include "report/chart.h"

#include <assert.h>

#define PLOT_HEIGHT 460
#define TITLE_HEIGHT 30
#define NODE_GAP 16
#define NODE_WIDTH 14   /* thousandths of the width */
#define LABEL_WIDTH 245 /* of a node and its label, thousandths of the width */
#define LABEL_CHARACTERS 21
#define NODES_MAX 64

typedef struct flow_layout {
    int64_t value_per_column; /* of the tallest column */
    int32_t ribbon_height;    /* pixels for value_per_column */
    int32_t top[NODES_MAX];
    int64_t left_value[NODES_MAX]; /* value of the links drawn so far on each side */
    int64_t right_value[NODES_MAX];
} flow_layout;

static int32_t pixels(const flow_layout *layout, int64_t value) {
    if (value <= 0) {
        return 0;
    }
    return (int32_t)(((__int128)value * layout->ribbon_height + layout->value_per_column / 2) /
                     layout->value_per_column);
}

static void lay_out(const shire_chart_flow *flow, flow_layout *layout) {
    size_t nodes_most = 1;
    layout->value_per_column = 1;
    for (int32_t column = 0; column < flow->column_count; column++) {
        int64_t value = 0;
        size_t nodes = 0;
        for (size_t i = 0; i < flow->node_count; i++) {
            if (flow->nodes[i].column == column) {
                value += flow->nodes[i].value > 0 ? flow->nodes[i].value : 0;
                nodes++;
            }
        }
        layout->value_per_column =
            value > layout->value_per_column ? value : layout->value_per_column;
        nodes_most = nodes > nodes_most ? nodes : nodes_most;
    }
    layout->ribbon_height = PLOT_HEIGHT - (int32_t)(nodes_most - 1) * NODE_GAP;
    int32_t y = 0, column = -1;
    for (size_t i = 0; i < flow->node_count; i++) {
        if (flow->nodes[i].column != column) {
            column = flow->nodes[i].column;
            y = TITLE_HEIGHT;
        }
        layout->top[i] = y;
        y += pixels(layout, flow->nodes[i].value) + NODE_GAP;
    }
}

/* Left edge of a column in thousandths of the width; the last has room for its labels too. */
static int column_left(const shire_chart_flow *flow, int32_t column) {
    return (int)(column * (1000 - LABEL_WIDTH) / (flow->column_count - 1));
}

static void append_ribbon(shire_builder *html, const shire_chart_flow *flow, flow_layout *layout,
                          const shire_chart_link *link) {
    size_t from = link->from_node, to = link->to_node;
    int x1 = column_left(flow, flow->nodes[from].column) + NODE_WIDTH;
    int x2 = column_left(flow, flow->nodes[to].column);
    int middle = (x1 + x2) / 2;
    /* Edges are rounded from running values, so that ribbons of a node touch and never overlap. */
    int from_top = (int)(layout->top[from] + pixels(layout, layout->right_value[from]));
    int to_top = (int)(layout->top[to] + pixels(layout, layout->left_value[to]));
    layout->right_value[from] += link->value;
    layout->left_value[to] += link->value;
    int from_bottom = (int)(layout->top[from] + pixels(layout, layout->right_value[from]));
    int to_bottom = (int)(layout->top[to] + pixels(layout, layout->left_value[to]));
    shire_builder_append_format(html,
                                "<path class=\"ribbon\" d=\"M%d %dC%d %d %d %d %d %d"
                                "L%d %dC%d %d %d %d %d %dZ\"/>\n",
                                x1, from_top, middle, from_top, middle, to_top, x2, to_top, x2,
                                to_bottom, middle, to_bottom, middle, from_bottom, x1, from_bottom);
}

static void append_node_label(shire_builder *html, const shire_chart_head *head,
                              const shire_chart_node *node, int left, int32_t middle) {
    shire_builder_append_text(html, "<text x=\"");
    shire_chart_append_percent(html, (left + NODE_WIDTH) * 10);
    shire_builder_append_format(html, "\" dx=\"5\" y=\"%d\">", (int)middle + 5);
    shire_chart_append_label(html, node->label, LABEL_CHARACTERS);
    shire_builder_append_text(html, " <tspan class=\"amount\">");
    shire_chart_append_value(html, head->unit, node->value);
    shire_builder_append_text(html, "</tspan></text>\n");
}

static void append_column_titles(shire_builder *html, const shire_chart_flow *flow) {
    for (int32_t column = 0; column < flow->column_count; column++) {
        shire_builder_append_text(html, "<text class=\"column-title\" x=\"");
        shire_chart_append_percent(html, column_left(flow, column) * 10);
        shire_builder_append_text(html, "\" y=\"16\">");
        shire_builder_append_html(html, shire_span_of(flow->column_titles[column]));
        shire_builder_append_text(html, "</text>\n");
    }
}

void shire_chart_append_flow(shire_builder *html, const shire_chart_head *head,
                             const shire_chart_flow *flow) {
    assert(flow->column_count >= 2 && flow->node_count <= NODES_MAX);
    flow_layout layout = {0};
    lay_out(flow, &layout);
    const int height = TITLE_HEIGHT + PLOT_HEIGHT + 8;
    shire_chart_begin(html, head, "flow", false);
    shire_builder_append_text(html, "<div class=\"plot scroll\" tabindex=\"0\" role=\"region\" "
                                    "aria-label=\"");
    shire_builder_append_html(html, shire_span_of(head->title));
    shire_builder_append_text(html, "\">\n");
    shire_chart_begin_svg(html, head, height);
    append_column_titles(html, flow);
    shire_builder_append_format(html,
                                "<svg width=\"100%%\" height=\"%d\" viewBox=\"0 0 1000 %d\" "
                                "preserveAspectRatio=\"none\">\n",
                                height, height);
    for (size_t i = 0; i < flow->link_count; i++) {
        append_ribbon(html, flow, &layout, &flow->links[i]);
    }
    for (size_t i = 0; i < flow->node_count; i++) {
        int32_t tall = pixels(&layout, flow->nodes[i].value);
        shire_builder_append_format(
            html, "<rect class=\"node\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
            column_left(flow, flow->nodes[i].column), (int)layout.top[i], NODE_WIDTH,
            (int)(tall > 0 ? tall : 1));
    }
    shire_builder_append_text(html, "</svg>\n");
    for (size_t i = 0; i < flow->node_count; i++) {
        append_node_label(html, head, &flow->nodes[i], column_left(flow, flow->nodes[i].column),
                          layout.top[i] + pixels(&layout, flow->nodes[i].value) / 2);
    }
    shire_chart_end(html);
}
