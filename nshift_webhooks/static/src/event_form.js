import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useDeletionQuestion } from "./deletion";
import { useNewsOfOne } from "./news";

/**
 * The form of an event, which shows new answers as they come. Before the event is
 * deleted, the form says which data are lost.
 */
class EventFormController extends FormController {
    setup() {
        super.setup();
        this.deletionQuestion = useDeletionQuestion("nshift.webhook.event");
        useNewsOfOne(this.model, (root) => root.data.webhook_id?.id);
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
