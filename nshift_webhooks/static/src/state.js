import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { formatSelection } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = {
    // states of a message
    pending: "fa-clock-o text-info",
    retried: "fa-repeat text-warning",
    delivered: "fa-check text-success",
    failed: "fa-times text-danger",
    cancelled: "fa-ban text-700",
    superseded: "fa-forward text-700",
    // states of a webhook
    working: "fa-check-circle text-success",
    failing: "fa-exclamation-triangle text-danger",
    untold: "fa-bell-slash text-danger",
    paused: "fa-pause-circle text-warning",
    lossy: "fa-exclamation-circle text-warning",
    late: "fa-clock-o text-warning",
    stopped: "fa-times-circle text-danger",
    archived: "fa-archive text-700",
};

/** A state, in words and with an icon, not by colour alone. */
class StateField extends Component {
    static template = "nshift_webhooks.StateField";
    static props = { ...standardFieldProps };

    get icon() {
        return ICONS[this.props.record.data[this.props.name]];
    }

    get word() {
        const { record, name } = this.props;
        return formatSelection(record.data[name], {
            selection: record.fields[name].selection,
        });
    }
}

registry.category("fields").add("nshift_webhooks_state", {
    component: StateField,
    supportedTypes: ["selection"],
});
