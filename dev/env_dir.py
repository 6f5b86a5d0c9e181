"""The environment's folder: made by set-up, and told from everybody else's folders."""

from . import errors, paths

# Backup programs know this file; it also says that a folder is an environment.
TAG = paths.ENV_DIR / "CACHEDIR.TAG"
TAG_TEXT = """\
Signature: 8a477f597d28d172789f06886806bc55
# The environment of nshift_webhooks: `make clean` removes this whole folder.
"""


def require_ours() -> None:
    """Raise a `Problem` if `paths.ENV_DIR` holds something that set-up did not make."""
    if (
        paths.ENV_DIR == paths.ROOT / ".odoo"
        or not paths.ENV_DIR.exists()
        or TAG.is_file()
    ):
        return
    if not paths.ENV_DIR.is_dir() or any(paths.ENV_DIR.iterdir()):
        raise errors.Problem(
            f"NSHIFT_ENV_DIR={paths.ENV_DIR} exists and is no environment of this "
            "project: name a new or empty folder."
        )


def make() -> None:
    """Make the environment's folder, unless that would be somebody else's."""
    require_ours()
    paths.ENV_DIR.mkdir(parents=True, exist_ok=True)
    if not TAG.is_file():
        TAG.write_text(TAG_TEXT)
