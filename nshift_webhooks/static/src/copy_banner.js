import { Component, onWillStart } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** Says that a copied database sends nothing, and lets a manager change that. */
export class CopyBanner extends Component {
    static template = "nshift_webhooks.CopyBanner";
    static props = { "*": true };

    setup() {
        const orm = useService("orm");
        this.action = useService("action");
        onWillStart(async () => {
            [this.original, this.maySettle] = await Promise.all([
                orm.call("nshift.webhook.home", "get_original", []),
                orm.call("nshift.webhook.home", "may_settle", []),
            ]);
        });
    }

    settle() {
        this.action.doAction("nshift_webhooks.nshift_webhook_settle_action");
    }
}

class BannerListController extends ListController {
    static template = "nshift_webhooks.BannerListView";
    static components = { ...ListController.components, CopyBanner };
}

registry.category("view_widgets").add("nshift_webhooks_copy_banner", {
    component: CopyBanner,
});
registry.category("views").add("nshift_webhooks_list", {
    ...listView,
    Controller: BannerListController,
});
