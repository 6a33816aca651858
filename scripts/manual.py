"""Manual pages, from what the program says of its own commands (`strata --experimental-dump-help`)."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
from typing import Any

Command = dict[str, Any]

FILES = """.SH FILES
.TP
.I strata.yaml
The configuration; \\fB\\-\\-config\\fR names another one.
.TP
.I ~/.cache/strata
Wheels, pages and built layers, which can be made again.
"""
ENVIRONMENT = """.SH ENVIRONMENT
.TP
.B STRATA_UV
uv's path; otherwise the one that came along, or the first in \\fBPATH\\fR.
.TP
.B STRATA_PYTHON
The Python that uv asks what Python is like.
.TP
.B STRATA_CACHE\\fR, \\fBXDG_CACHE_HOME
Where the cache is: the folder itself, or the one that its folder is in.
.TP
.B SSL_CERT_FILE\\fR, \\fBHTTPS_PROXY\\fR, \\fBNO_PROXY
Certificate authorities and proxies.
.TP
.B AWS_PROFILE\\fR, \\fBAWS_REGION\\fR and the like
As AWS's own tools have them.
"""


def plain(text: str) -> str:
    """Text for troff: nothing of it is a request or an escape."""
    lines = []
    for line in text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").splitlines():
        quoted = line.replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
        lines.append("\\&" + quoted if quoted.startswith(".") else quoted)
    return "\n".join(lines)


def paragraphs(text: str) -> str:
    """Blank lines part paragraphs; lines that are indented stay as they are."""
    result = []
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if all(line.startswith("  ") for line in part.splitlines()):
            result.append(".nf\n" + plain(part) + "\n.fi")
        else:
            result.append("\n.br\n".join(plain(line) for line in part.splitlines()))
    return "\n.PP\n".join(result)


def name(argument: Command) -> list[str]:
    return [("--" if item["kind"] == "long" else "-") + item["name"] for item in argument.get("names", [])]


def shown(argument: Command) -> str:
    """An argument as the synopsis has it."""
    value = f"\\fI{plain(argument.get('valueName', 'value'))}\\fR"
    if argument["kind"] == "positional":
        text = value
    else:
        preferred = argument["preferredName"]
        text = "\\fB" + plain(("--" if preferred["kind"] == "long" else "-") + preferred["name"]) + "\\fR"
        if argument["kind"] == "option":
            text += " " + value
    if argument.get("isRepeating"):
        text += " ..."
    return f"[{text}]" if argument.get("isOptional") else text


def described(argument: Command) -> str:
    """An argument with all its names and what it does."""
    value = f"\\fI{plain(argument.get('valueName', 'value'))}\\fR"
    names = ", ".join(f"\\fB{plain(text)}\\fR" for text in name(argument))
    head = value if argument["kind"] == "positional" else f"{names} {value}" if argument["kind"] == "option" else names
    text = " ".join(part for part in (argument.get("abstract", ""), argument.get("discussion", "")) if part)
    if argument.get("defaultValue") and argument["kind"] != "flag":
        text += f" The default is {argument['defaultValue']}."
    return f".TP\n{head}\n{paragraphs(text).replace(chr(10) + '.PP' + chr(10), chr(10) + '.IP' + chr(10))}\n"


def page(command: Command, version: str, day: str) -> str:
    words = [*command.get("superCommands", []), command["commandName"]]
    title = "-".join(words)
    parts = [
        f'.TH {title.upper().replace("-", chr(92) + "-")} 1 "{day}" "strata {version}" "Strata"\n',
        f".SH NAME\n{plain(title)} \\- {plain(command.get('abstract', '').rstrip('.'))}\n",
    ]
    arguments = [item for item in command.get("arguments", []) if item["shouldDisplay"]]
    inner = [item for item in command.get("subcommands", []) if item["shouldDisplay"] and item["commandName"] != "help"]
    synopsis = [shown(item) for item in arguments if item["kind"] != "positional" or not inner]
    if inner:
        synopsis.append("\\fICOMMAND\\fR ...")
    parts.append(f".SH SYNOPSIS\n\\fB{plain(' '.join(words))}\\fR\n" + "\n".join(synopsis) + "\n")
    description = "\n\n".join(text for text in (command.get("abstract"), command.get("discussion")) if text)
    parts.append(f".SH DESCRIPTION\n{paragraphs(description)}\n")
    if inner:
        parts.append(".SH COMMANDS\n")
        for item in inner:
            parts.append(f".TP\n\\fB{plain(item['commandName'])}\\fR\n{paragraphs(item.get('abstract', ''))}\n")
    if arguments:
        parts.append(".SH OPTIONS\n" + "".join(described(item) for item in arguments))
    if len(words) == 1:
        parts += [FILES, ENVIRONMENT]
    others = ["-".join([*words, item["commandName"]]) for item in inner]
    others += ["-".join(words[:end]) for end in range(1, len(words))]
    if others:
        parts.append(".SH SEE ALSO\n" + ",\n".join(f".BR {plain(other)} (1)" for other in others).replace("(1),", "(1) ,") + "\n")
    return "".join(parts)


def pages(command: Command, version: str, day: str) -> dict[str, str]:
    """The pages of a command and of those in it, by their files' names."""
    words = [*command.get("superCommands", []), command["commandName"]]
    result = {"-".join(words) + ".1": page(command, version, day)}
    for item in command.get("subcommands", []):
        if item["shouldDisplay"] and item["commandName"] != "help":
            result |= pages(item, version, day)
    return result


def write(program: pathlib.Path, folder: pathlib.Path, version: str, day: str) -> None:
    """Writes the pages of a program that can be started here."""
    text = subprocess.run([program, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in pages(json.loads(text)["command"], version, day).items():
        (folder / file).write_text(content)
