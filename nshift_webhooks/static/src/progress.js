import { Component, onWillUnmount, xml } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const INTERVAL_MS = 5000;

/** Reads the record anew every few seconds, unless somebody is just changing it. */
class Progress extends Component {
    static template = xml`<span class="d-none" />`;
    static props = standardWidgetProps;

    setup() {
        const timer = browser.setInterval(() => this.follow(), INTERVAL_MS);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    async follow() {
        const { record } = this.props;
        const isTyping = document.activeElement?.matches("input, textarea, [contenteditable]");
        const isAsked = document.querySelector(".modal");
        if (!document.hidden && !record.dirty && !isTyping && !isAsked) {
            await record.load();
        }
    }
}

registry.category("view_widgets").add("nshift_webhooks_progress", {
    component: Progress,
});
