import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The outcome of an attempt, in words and with an icon, not by colour alone. */
class ResultField extends Component {
    static template = "nshift_webhooks.ResultField";
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data;
    }
}

registry.category("fields").add("nshift_webhooks_result", {
    component: ResultField,
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "failure", type: "selection" }],
});
