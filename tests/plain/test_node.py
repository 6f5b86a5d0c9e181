"""Node.js and the libraries of npm are those that the requirements pin."""

import json
import subprocess

from dev import paths

from . import node


def test_libraries_are_the_pinned_ones():
    pinned = json.loads((paths.REQUIREMENTS / "package.json").read_text())
    found = {
        name: json.loads(
            (node.libraries() / name / "package.json").read_text(encoding="utf-8")
        )["version"]
        for name in pinned["dependencies"]
    }
    assert found == pinned["dependencies"]


def test_lock_names_no_registry():
    """Whoever has a mirror of npm's registry uses that."""
    lock = json.loads((paths.REQUIREMENTS / "package-lock.json").read_text())
    assert not [
        name for name, package in lock["packages"].items() if "resolved" in package
    ]


def test_node_of_the_wheel():
    told = subprocess.run(
        [node.path(), "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout.startswith("v24.")
