import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { useNews } from "./news";

/** An event's page, which shows a new answer as it comes. */
class EventFormController extends FormController {
    setup() {
        super.setup();
        useNews(async (webhookIds) => {
            const { root } = this.model;
            if (webhookIds.includes(root.data.webhook_id.id)) {
                return (await root.isDirty()) ? false : root.load();
            }
        });
    }
}

registry.category("views").add("nshift_webhooks_event_form", {
    ...formView,
    Controller: EventFormController,
});
