import { Component, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { formatSelection } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The reason of a failure, with the answer's code if there was an answer. */
class FailureField extends Component {
    static template = xml`<span t-out="text" />`;
    static props = { ...standardFieldProps };

    get text() {
        const { record, name } = this.props;
        const { selection } = record.fields[name];
        const reason = formatSelection(record.data[name], { selection });
        const code = reason && record.data.response_code;
        return code ? `${reason} (${code})` : reason;
    }
}

registry.category("fields").add("nshift_webhooks_failure", {
    component: FailureField,
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "response_code", type: "integer" }],
});
