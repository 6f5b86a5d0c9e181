import { registry } from "@web/core/registry";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { cookie } from "@web/core/browser/cookie";
import {
    JournalDashboardGraphField,
    journalDashboardGraphField,
} from "@web/views/fields/journal_dashboard_graph/journal_dashboard_graph_field";

/** Odoo's small graph with two stacked kinds of bars, and a legend. */
class WeekGraph extends JournalDashboardGraphField {
    getBarChartConfig() {
        const config = super.getBarChartConfig();
        const scheme = cookie.get("color_scheme");
        const colors = [
            getColor(1, scheme, "odoo"),
            getCustomColor(scheme, "#d44c59", "#e5727d"),
        ];
        config.data.datasets = this.data.map((line, number) => ({
            label: line.key,
            data: line.values.map((day) => day.value),
            backgroundColor: colors[number],
        }));
        config.options.scales.x.stacked = true;
        config.options.scales.y.stacked = true;
        config.options.plugins.legend = {
            position: "bottom",
            labels: { boxWidth: 12 },
        };
        config.options.plugins.tooltip.mode = "index";
        return config;
    }
}

registry.category("fields").add("nshift_webhooks_graph", {
    ...journalDashboardGraphField,
    component: WeekGraph,
});
