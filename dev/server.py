"""A real Odoo server: HTTP workers, cron, the evented process and the job runner."""

import contextlib
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from . import bound, errors, odoo_config, paths, ports
from .odoo_config import Database

# Straight to the server: a proxy of the machine is for other hosts.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class OdooServer:
    """Odoo on one database, as a context manager or by `start` and `kill`.

    :param database: from `template.temporary_database`.
    :param port: on 127.0.0.1; by default a free one.
    :param channels: queue_job's channels with their capacities.
    :param queue_job: further entries of the configuration's ``[queue_job]``.
    :param workers: HTTP worker processes; 0 for one process without any.
    :param options: further entries of the configuration's ``[options]``.
    :param more_addons: further folders of addons.
    :param log: file that the server's log is appended to; by default one named after
        the database in ``.odoo/logs``.
    """

    def __init__(
        self,
        database: Database,
        port: int | None = None,
        *,
        channels: str = "root:1",
        queue_job: Mapping[str, str] | None = None,
        workers: int = 2,
        options: Mapping[str, object] | None = None,
        more_addons: Iterable[Path] = (),
        log: Path | None = None,
    ):
        self.database = database
        self.port = port or ports.free_port()
        self.queue_job = {"channels": channels, **(queue_job or {})}
        self.options = {"workers": workers, **(options or {})}
        self.more_addons = list(more_addons)
        self.log = log or paths.LOGS / f"server-{database.name}.log"
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        """E.g. ``http://127.0.0.1:8069``."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "OdooServer":
        return self.start()

    def __exit__(self, *_exc_info: object) -> None:
        # Asked to end, each of its processes first takes seconds to clear its memory.
        self.kill()

    def start(self, timeout: float = 180) -> "OdooServer":
        """Start, and wait until the log-in page is served.

        :param timeout: seconds to wait.
        :raises Problem: the port is taken, Odoo ended, or it does not answer in time.
        """
        ports.require_free(self.port, "Odoo", "PORT")
        config = odoo_config.write(
            self.database,
            f"server-{self.port}.conf",
            {
                "http_port": self.port,
                "gevent_port": ports.free_port(),
                "max_cron_threads": 1,
                "server_wide_modules": "base,rpc,web,queue_job",
                **self.options,
            },
            self.queue_job,
            self.more_addons,
        )
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # A process group of its own, which ends when this process does.
            process = self.process = subprocess.Popen(
                bound.command(odoo_config.arguments(config)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.database.connection.environment(),
                cwd=self.database.folder,
                start_new_session=True,
            )
        try:
            self._wait(process, timeout)
        except BaseException:
            self.kill()
            raise
        return self

    def kill(self) -> None:
        """Kill all of its processes at once (``kill -9``)."""
        if self.process is None:
            return
        deadline = time.monotonic() + 10
        while (members := self.members()) and time.monotonic() < deadline:
            for member in members:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()
            self.process.poll()
            time.sleep(0.02)
        self.process.wait()
        self.process = None

    def stop(self, timeout: float = 60) -> None:
        """Have it end by itself, as a restart does (``SIGTERM``).

        :param timeout: seconds until it is killed, and the error raised.
        :raises subprocess.TimeoutExpired: it did not end in time.
        """
        if self.process is None:
            return
        try:
            self.process.terminate()
            self.process.wait(timeout)
        finally:
            self.kill()

    def members(self) -> list[psutil.Process]:
        """Its processes that live: the master, workers, evented one, job runner."""
        if self.process is None:
            return []
        found = []
        for process in psutil.process_iter():
            try:
                # The main thread is a zombie while others of its process are dying;
                # until they are gone too, the process holds its ports.
                if os.getpgid(process.pid) == self.process.pid and (
                    process.status() != psutil.STATUS_ZOMBIE
                    or process.num_threads() > 1
                ):
                    found.append(process)
            except (ProcessLookupError, psutil.NoSuchProcess):
                continue
        return found

    def log_tail(self, lines: int = 5) -> str:
        """The last lines of the log, those with errors if there are any."""
        try:
            text = self.log.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        wrong = [line for line in text if " ERROR " in line or " CRITICAL " in line]
        return "\n".join((wrong or text)[-lines:])

    def _wait(self, process: subprocess.Popen, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while process.poll() is None:
            with contextlib.suppress(OSError):
                _OPENER.open(f"{self.url}/web/login", timeout=30).close()
                return
            if time.monotonic() > deadline:
                raise self._problem(f"does not answer after {timeout:.0f} s")
            time.sleep(0.2)
        raise self._problem(f"ended while starting (exit code {process.returncode})")

    def _problem(self, what: str) -> errors.Problem:
        said = " ".join(self.log_tail(2).split())[-400:]
        return errors.Problem(f"Odoo {what}: {said} Details: {self.log}")
