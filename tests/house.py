"""What the house tests look for, each as a function of a text, so that a control can feed it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("sql", "notary", "trading", "bidding", "oversight", "web")
GENERATED = {"sql/schema.sql", "web/browser/package-lock.json"}

_PASSED_OVER = {"node_modules", "static", "__pycache__"}
_STATEMENT = re.compile(
    r"\s*(SELECT\s.*\sFROM|INSERT\s+INTO|UPDATE\s.*\sSET|DELETE\s+FROM|WITH\s.*\sAS\s*\()\s",
    re.DOTALL,
)
_LEDGER_KIND = re.compile(r"[a-z]+(\.[a-z]+)*\.[a-z][a-z-]*\.v[0-9]+")
_BANNED = {"data", "helper", "helpers", "info", "manager", "utils", "util"}
_UNNUMBERED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b(?!\(#\d+\))")


def sources(*suffixes: str, below: tuple[str, ...] = (*PACKAGES, "tests")) -> list[Path]:
    """Return the files we wrote with one of these suffixes."""
    return sorted(
        path
        for folder in below
        for path in (ROOT / folder).rglob("*")
        if path.suffix in suffixes
        and _PASSED_OVER.isdisjoint(path.parts)
        and name_of(path) not in GENERATED
    )


def name_of(path: Path) -> str:
    """Return the path as the repository knows it."""
    return path.relative_to(ROOT).as_posix()


def modules() -> list[str]:
    """Return the dotted names of all modules of the house."""
    names = []
    for path in sources(".py", below=PACKAGES):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[:2] != ("web", "browser"):
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def texts(source: str) -> list[str]:
    """Return the string constants of a module, docstrings left out."""
    tree = ast.parse(source)
    said = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said
    ]


def sql_statements(source: str) -> list[str]:
    """Return the string constants of a module that are SQL."""
    return [text for text in texts(source) if _STATEMENT.match(text)]


def ledger_kinds(source: str) -> set[str]:
    """Return the kinds of ledger entries a module names."""
    return {text for text in texts(source) if _LEDGER_KIND.fullmatch(text)}


def lenient_json(source: str) -> list[str]:
    """Return where a module reads JSON with a loader that lets anything through."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id="json"), attr="loads" | "load" as name):
                found.append(f"json.{name}")
            case ast.ImportFrom(module="json", names=names):
                found += [f"from json import {alias.name}" for alias in names]
            case ast.Call(func=ast.Attribute(attr="json"), args=[]):
                found.append(".json()")
            case _:
                pass
    return sorted(found)


def numbers(source: str) -> list[int]:
    """Return the numbers of a module that could be a period or a threshold of the law."""
    return [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value > 1
    ]


def routers(source: str) -> int:
    """Count the uses of an application's router, where a route could pass by the access table."""
    nodes = ast.walk(ast.parse(source))
    return sum(isinstance(node, ast.Attribute) and node.attr == "router" for node in nodes)


def banned_names(source: str) -> list[str]:
    """Return the functions and classes named with a word that says nothing."""
    defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    names = [node.name for node in ast.walk(ast.parse(source)) if isinstance(node, defined)]
    return [name for name in names if not name.startswith("test_") and _says_nothing(name)]


def _says_nothing(name: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")
    return not _BANNED.isdisjoint(words) or words[0] == "process"


def unnumbered_todos(text: str) -> list[str]:
    """Return the notes of work to do that no issue knows."""
    return _UNNUMBERED.findall(text)


def links(markdown: str) -> Iterator[str]:
    """Give the files a document links to."""
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", markdown):
        if "://" not in target:
            yield target


def commands(markdown: str, program: str) -> set[str]:
    """Return the words that follow `program` where a document shows a command."""
    shown = re.findall(r"`([^`\n]+)`", markdown) + re.findall(r"(?m)^(?: {4}|\$ )(.+)$", markdown)
    return {
        match[1] for line in shown for match in re.finditer(rf"\b{program} ([a-z][a-z-]*)", line)
    }
