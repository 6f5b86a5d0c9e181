import java.security.*;
import java.util.*;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class Verify {
    // Throws an exception unless a request is genuine and recent. The headers are by
    // lower-case name, the body is byte for byte as received.
    static void verify(String secret, Map<String, String> headers, byte[] body)
            throws GeneralSecurityException {
        String id = headers.getOrDefault("webhook-id", "");
        String timestamp = headers.getOrDefault("webhook-timestamp", "");
        long now = System.currentTimeMillis() / 1000;
        if (!timestamp.matches("[0-9]{1,15}") || Math.abs(now - Long.parseLong(timestamp)) > 300) {
            throw new SecurityException("The timestamp is missing, too old or too new.");
        }
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes());
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        // several signatures, separated by spaces, while a secret is being replaced
        for (String signature : headers.getOrDefault("webhook-signature", "").split(" ")) {
            if (MessageDigest.isEqual(signature.getBytes(), expected.getBytes())) {
                return;
            }
        }
        throw new SecurityException("No signature matches.");
    }
}
