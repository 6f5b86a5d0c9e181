import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { formatSelection } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = {
    pending: "fa-clock-o text-info",
    retried: "fa-repeat text-warning",
    delivered: "fa-check text-success",
    failed: "fa-times text-danger",
    cancelled: "fa-ban text-muted",
    superseded: "fa-forward text-muted",
};

/** Where a message stands, in words and with an icon, not by colour alone. */
class StandingField extends Component {
    static template = "nshift_webhooks.StandingField";
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

registry.category("fields").add("nshift_webhooks_standing", {
    component: StandingField,
    supportedTypes: ["selection"],
});
