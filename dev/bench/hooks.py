"""Takes the addon's hooks out of Odoo's classes, to measure Odoo without them."""

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from .. import errors, paths

Hooks = dict[tuple[type, str], Callable]


def find(registry, addon: str = paths.ADDON.name) -> Hooks:
    """The methods with which `addon` extends models of others, by (class, name)."""

    def is_its(cls: type) -> bool:
        return cls.__module__.startswith(f"odoo.addons.{addon}.")

    hooks: Hooks = {}
    for model in registry.models.values():
        classes = inspect.getmro(model)
        if model._original_module == addon or not any(map(is_its, classes)):
            continue
        others = {name for cls in classes if not is_its(cls) for name in vars(cls)}
        hooks |= {
            (cls, name): value
            for cls in filter(is_its, classes)
            for name, value in vars(cls).items()
            if name in others and inspect.isfunction(value)
        }
    return hooks


@contextlib.contextmanager
def removed(hooks: Hooks) -> Iterator[None]:
    """Odoo without `hooks` for the length of a ``with`` block."""
    for cls, name in hooks:
        delattr(cls, name)
    try:
        yield
    finally:
        for (cls, name), function in hooks.items():
            setattr(cls, name, function)


@contextlib.contextmanager
def require_no_code_of(folder: Path) -> Iterator[None]:
    """Raise a `Problem` if code of `folder` is run inside the ``with`` block."""
    prefix = f"{folder}/"
    run = set()

    def note(frame, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(prefix):
            run.add(f"{frame.f_code.co_filename}:{frame.f_code.co_firstlineno}")

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)
    if run:
        raise errors.Problem(
            "What should be Odoo without the addon still runs code of it: "
            f"{', '.join(sorted(run))}. `make bench` has to learn to take that out."
        )
