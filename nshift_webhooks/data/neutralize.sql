-- a copy of the database must not tell others what happens in it
UPDATE nshift_webhook
   SET active = FALSE;

-- whoever gets the copy need not be able to sign as the original, or know its API keys
DELETE FROM nshift_webhook_vault;

-- nor must it call itself production, or be watched as such
DELETE FROM ir_config_parameter
 WHERE key IN ('nshift_webhooks.environment', 'nshift_webhooks.monitoring_token');

-- nor may the original's receivers read what happens in the copy
DELETE FROM res_users_apikeys
 WHERE scope = 'nshift_webhooks.catch_up';

-- what waits in it is the original's to send, also if a webhook is activated again
UPDATE nshift_webhook_event
   SET state = 'cancelled',
       next_attempt_at = NULL
 WHERE state = 'pending';

-- and what has not been told yet
UPDATE nshift_webhook_load
   SET state = 'stopped'
 WHERE state = 'running';
DELETE FROM nshift_webhook_load_part;
DELETE FROM nshift_webhook_correction;

-- jobs of the same UUIDs in two databases stop queue_job's runner for all databases
DELETE FROM queue_job
 WHERE channel = 'root.nshift_webhooks';
