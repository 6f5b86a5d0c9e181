<?php

const TOLERANCE = 5 * 60; // seconds

/**
 * Throw an exception unless a request is genuine and recent.
 *
 * @param string $secret the webhook's signing secret, "whsec_..."
 * @param array<string, string> $headers the request's headers by lower-case name
 * @param string $body the request's body, byte for byte as received
 */
function verify(string $secret, array $headers, string $body): void
{
    $id = $headers['webhook-id'] ?? '';
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > TOLERANCE) {
        throw new RuntimeException('The timestamp is missing, too old or too new.');
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $hash = hash_hmac('sha256', "$id.$timestamp.$body", $key, true);
    $expected = 'v1,' . base64_encode($hash);
    // several signatures, separated by spaces, while a secret is being replaced
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $signature) {
        if (hash_equals($expected, $signature)) {
            return;
        }
    }
    throw new RuntimeException('No signature matches.');
}
