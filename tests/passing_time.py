"""Lets time pass for what the addon judges the job runner by."""

from datetime import timedelta

# The job runner is not told: it takes for granted that a job's creation never changes.
STATEMENTS = (
    """
    ALTER TABLE queue_job DISABLE TRIGGER queue_job_notify;
    UPDATE queue_job
       SET date_created = date_created - %(duration)s,
           date_enqueued = date_enqueued - %(duration)s,
           date_started = date_started - %(duration)s,
           date_done = date_done - %(duration)s,
           eta = eta - %(duration)s
     WHERE channel = 'root.nshift_webhooks';
    ALTER TABLE queue_job ENABLE TRIGGER queue_job_notify;
    """,
    """
    UPDATE nshift_webhook_runner
       SET since = since - %(duration)s,
           in_time_since = in_time_since - %(duration)s
    """,
    """
    UPDATE nshift_webhook_event
       SET next_attempt_at = next_attempt_at - %(duration)s
    """,
)


def pass_time(connect, **duration):
    """Make jobs, events and what is known of the job runner older.

    :param connect: returns a context manager that yields a cursor
    :param duration: as for a timedelta
    """
    for statement in STATEMENTS:
        # one transaction each: triggers cannot be enabled where some wait to be run
        with connect() as cursor:
            cursor.execute(statement, {"duration": timedelta(**duration)})
