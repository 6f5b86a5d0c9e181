"""`make bench` runs."""

import json
import os
import subprocess
import sys

import pytest

from dev import bench, paths


# seconds: all figures, beside other tests
@pytest.mark.timeout(1200)
def test_everything_is_measured_and_written(tmp_path):
    """With so few rounds the figures mean nothing: it is about their being there."""
    path = tmp_path / "results.json"
    result = subprocess.run(
        [sys.executable, "-m", "dev", "bench"],
        cwd=paths.ROOT,
        env={**os.environ, "ROUNDS": "1", "ORDERS": "5", "RESULTS": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "import_overhead" in result.stdout
    figures = json.loads(path.read_text())
    assert set(bench.FIGURES) <= figures.keys()
    assert all(figure > 0 for figure in figures.values())
