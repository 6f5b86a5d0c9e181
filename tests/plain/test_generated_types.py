"""What developers generate from the description compiles, and takes the examples."""

import json
import re
import subprocess
import sys

import contract
import pytest
from contract import openapi
from payload.thin import thin

from dev import paths

from . import node

EXAMPLES = sorted((paths.ADDON / "contract" / "examples").glob("*.json"))
#: What the generated types must refuse.
WRONG = {
    "a type that there is not": {"type": "order.eaten"},
    "a version that there is not": {"api_version": "0"},
    "no data": {"data": {}},
}
PROGRAM = """
import type {{ components, webhooks }} from "./types";
type Message = components["schemas"]["message"];
type Request = webhooks["order.created"]["post"]["requestBody"];
type Created = Request["content"]["application/json"];
{examples}
export function told(message: Message): string {{
    switch (message.type) {{
        case "order.created": return message.data.order.amount_total;
        case "shipment.done": return message.data.shipment.trackings[0].number;
        case "order.updated": return message.data.previous?.state ?? "";
        default: return message.data.reason;
    }}
}}
export function both(message: Created): string {{
    return "link" in message.data ? message.data.link : message.data.order.state;
}}
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """The file that developers load."""
    types = [openapi.Type(code, f"{code}.") for code in contract.TYPES]
    file = tmp_path_factory.mktemp("openapi") / "openapi.json"
    file.write_text(json.dumps(openapi.document(contract.newest(), types)))
    return file


def forms():
    """Yield a name and the message of each example, whole and thin."""
    for path in EXAMPLES:
        name = path.stem.replace(".", "_")
        text = path.read_text(encoding="utf-8")
        yield name, json.loads(text)
        yield f"thin_{name}", json.loads(thin(text, "https://odoo.example"))


def run(*command, cwd):
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def typescript(document):
    """Compile a program; returns the compiler's exit code, and what it says."""
    folder, modules = document.parent, node.libraries()
    script = modules / "openapi-typescript" / "bin" / "cli.js"
    code, said = run(
        node.path(), script, document, "-o", folder / "types.ts", cwd=folder
    )
    assert code == 0, said
    compiler = modules / "typescript" / "bin" / "tsc"

    def compile_(examples):
        (folder / "use.ts").write_text(PROGRAM.format(examples=examples))
        options = ("--noEmit", "--strict", "--target", "es2022", "use.ts")
        return run(node.path(), compiler, *options, cwd=folder)

    return compile_


def constant(name, message, of=None):
    component = f'components["schemas"]["{of or name}"]'
    text = json.dumps(message, ensure_ascii=False)
    return f"export const {name}: {component} = {text};\n"


def test_typescript(typescript):
    """A message's type says which message it is, as one writes it in TypeScript."""
    examples = "".join(constant(name, message) for name, message in forms())
    code, said = typescript(examples)
    assert code == 0, said


def test_typescript_refuses(typescript):
    """Each wrong message is, in a line of its own, an error of that line."""
    name, message = next(forms())
    lines = [
        constant(f"{name}_{number}", message | wrong, of=name)
        for number, wrong in enumerate(({}, *WRONG.values()))
    ]
    code, said = typescript("".join(lines))
    assert code != 0
    first = PROGRAM.partition("{examples}")[0].count("\n") + 1
    refused = {int(line) - first for line in re.findall(r"use\.ts\((\d+),", said)}
    assert refused == {1, 2, 3}, said


@pytest.fixture(scope="module")
def pydantic(document):
    """The generated module."""
    folder = document.parent
    code, said = run(
        sys.executable,
        "-m",
        "datamodel_code_generator",
        "--input",
        document,
        "--input-file-type=openapi",
        "--output=models_of_messages.py",
        "--output-model-type=pydantic_v2.BaseModel",
        "--target-python-version=3.10",
        cwd=folder,
    )
    assert code == 0, said
    sys.path.insert(0, str(folder))
    try:
        import models_of_messages
    finally:
        sys.path.remove(str(folder))
    return models_of_messages


def class_of(pydantic, name):
    return getattr(pydantic, "".join(part.capitalize() for part in name.split("_")))


def test_python(pydantic):
    """Each example is read, and written again as it was."""
    for name, message in forms():
        read = class_of(pydantic, name).model_validate(message, strict=False)
        again = read.model_dump(mode="json", exclude_unset=True, by_alias=True)
        assert again.keys() == message.keys()
        assert again["data"].keys() == message["data"].keys()
        if not name.startswith("thin_"):
            found = pydantic.Message.model_validate(message).root
            assert type(found) is type(read)


def test_added(pydantic):
    """What is added to messages within a version breaks no receiver."""
    for _name, message in forms():
        if "link" not in message["data"]:
            message["data"]["added"] = {"to": "messages"}
            assert pydantic.Message.model_validate(message)


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_python_refuses(pydantic, wrong):
    _name, message = next(forms())
    with pytest.raises(ValueError):
        pydantic.Message.model_validate(message | wrong)
