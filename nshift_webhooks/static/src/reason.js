import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectionField } from "@web/views/fields/selection/selection_field";

/** A choice between all reasons, and each reason with the number of its messages. */
class ReasonField extends SelectionField {
    get options() {
        const reasons = JSON.parse(this.props.record.data.reasons || "[]");
        return [["", _t("All reasons")], ...reasons];
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get string() {
        return this.options.find(([key]) => key === this.value)?.[1] || "";
    }

    onChange(value) {
        this.props.record.update({ [this.props.name]: value || false });
    }
}

registry.category("fields").add("nshift_webhooks_reason", {
    component: ReasonField,
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "reasons", type: "char" }],
});
