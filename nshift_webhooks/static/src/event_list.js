import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { BannerListController } from "./banner";
import { useDeletionQuestion } from "./deletion";

/** The log, which says before a deletion which data are lost. */
class EventListController extends BannerListController {
    setup() {
        super.setup();
        this.deletionQuestion = useDeletionQuestion("nshift.webhook.event");
    }

    async onDeleteSelectedRecords() {
        const ids = await this.model.root.getResIds(true);
        this.deleteRecordsWithConfirmation({
            ...this.deleteConfirmationDialogProps,
            ...(await this.deletionQuestion(ids)),
        });
    }
}

registry.category("views").add("nshift_webhooks_list", {
    ...listView,
    Controller: EventListController,
});
