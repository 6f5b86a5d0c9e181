import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE = 5 * 60; // seconds

/**
 * Throw an Error unless a request is genuine and recent.
 *
 * @param {string} secret the webhook's signing secret, "whsec_..."
 * @param {Object<string, string>} headers the request's headers by lower-case name
 * @param {Buffer} body the request's body, byte for byte as received
 */
export function verify(secret, headers, body) {
    const id = headers["webhook-id"] ?? "";
    const timestamp = headers["webhook-timestamp"] ?? "";
    const age = Math.abs(Date.now() / 1000 - Number(timestamp));
    if (!/^\d+$/.test(timestamp) || age > TOLERANCE) {
        throw new Error("The timestamp is missing, too old or too new.");
    }
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const expected = createHmac("sha256", key)
        .update(`${id}.${timestamp}.`)
        .update(body)
        .digest();
    // several signatures, separated by spaces, while a secret is being replaced
    for (const signature of (headers["webhook-signature"] ?? "").split(" ")) {
        const [version, value = ""] = signature.split(",");
        const given = Buffer.from(value, "base64");
        if (
            version === "v1" &&
            given.length === expected.length &&
            timingSafeEqual(given, expected)
        ) {
            return;
        }
    }
    throw new Error("No signature matches.");
}
