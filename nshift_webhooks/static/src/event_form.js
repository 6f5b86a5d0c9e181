import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useDeletionQuestion } from "./deletion";

/** An event's page, which says what is lost with it before it is deleted. */
class EventFormController extends FormController {
    setup() {
        super.setup();
        this.deletionQuestion = useDeletionQuestion("nshift.webhook.event");
    }

    async deleteRecord() {
        const { root } = this.model;
        this.deleteRecordsWithConfirmation(
            {
                ...this.deleteConfirmationDialogProps,
                ...(await this.deletionQuestion([root.resId])),
            },
            [root]
        );
    }
}

registry.category("views").add("nshift_webhooks_event_form", {
    ...formView,
    Controller: EventFormController,
});
