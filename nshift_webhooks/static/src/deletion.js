import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * Return a function that gets the question to ask before records are deleted. Odoo's
 * own question names neither the number nor the kind of the records.
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
