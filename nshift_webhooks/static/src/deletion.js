import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { listView } from "@web/views/list/list_view";
import { BannerListController } from "./banner";

/**
 * Return a function that asks the server what is to be asked before records are
 * deleted: Odoo's own question says neither how many there are nor what they are.
 */
export function useDeletionQuestion(model) {
    const orm = useService("orm");
    return async (ids) => ({
        ...(await orm.call(model, "get_deletion_question", [ids])),
        confirmLabel: _t("Delete"),
        confirmClass: "btn-danger",
        cancelLabel: _t("Keep"),
        cancel: () => {},
    });
}

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

registry.category("views").add("nshift_webhooks_list", {
    ...listView,
    Controller: EventListController,
});
registry.category("views").add("nshift_webhooks_event_form", {
    ...formView,
    Controller: EventFormController,
});
