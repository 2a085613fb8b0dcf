"""Writes the manual pages of nodeos-store: one for the command and one for each subcommand.

    nodeos-store --experimental-dump-help | manual-pages.py VERSION FOLDER

Everything they say is the command's own help. The date is that of SOURCE_DATE_EPOCH, so the same program
gives the same pages.
"""

import datetime
import json
import os
import re
import sys
import textwrap



def escaped(text):
    """Text that roff takes as it is. A hyphen of a command line must stay one to be pasted."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti")
    text = text.replace("`", "\\(ga").replace("'", "\\(aq")
    text = "".join(c if ord(c) < 128 else f"\\[u{ord(c):04X}]" for c in text)
    return text


def quoted(text):
    return '"' + text.replace('"', "\\(dq") + '"'


def filled(text):
    """Running text as lines of a width that roff's own checkers like."""
    # A line that begins with a point or an apostrophe would be a request.
    lines = textwrap.wrap(escaped(text), 78, break_long_words=False, break_on_hyphens=False)
    return ["\\&" + line if line[0] == "." else line for line in lines] or ["\\&"]


def paragraphs(text):
    """Running text, and as it stands whatever is indented."""
    lines = []
    plain = True
    for line in text.split("\n"):
        if not line.strip():
            if plain and lines:
                lines.append(".PP")
            continue
        if line.startswith(" ") == plain:
            while lines and lines[-1] == ".PP":
                lines.pop()
            # An example's first line begins a paragraph of its own.
            lines += [".PP", ".RS 4", ".nf"] if plain else [".fi", ".RE", ".PP"]
            plain = not plain
        lines += filled(line.strip()) if plain else [escaped(line.removeprefix("  "))]
    if not plain:
        lines += [".fi", ".RE"]
    while lines and lines[-1] == ".PP":
        lines.pop()
    return lines


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def value(argument):
    return f"\\fI{escaped(argument['valueName'])}\\fR"


def named(name):
    return bold(("-" if name["kind"] == "short" else "--") + name["name"])


def synopsis(argument):
    if argument["kind"] == "positional":
        text = value(argument)
    else:
        text = named(argument["preferredName"])
        if argument["kind"] == "option":
            text += " " + value(argument)
    if argument["isRepeating"]:
        text += " ..."
    return f"[{text}]" if argument["isOptional"] else text


def described(argument):
    if argument["kind"] == "positional":
        term = value(argument)
    else:
        names = sorted(argument["names"], key=lambda name: name["kind"] != "short")
        term = ", ".join(named(name) for name in names)
        if argument["kind"] == "option":
            term += " " + value(argument)
    lines = [".TP", term]
    text = argument.get("abstract", "")
    default = argument.get("defaultValue")
    if default is not None:
        text += f" (default: {default})"
    lines += filled(text)
    more = argument.get("discussion")
    if more:
        lines += [".br"] + filled(more)
    return lines


def shown(command):
    return [a for a in command.get("arguments", []) if a.get("shouldDisplay", True)]


def page(command, path, version, date):
    name = "-".join(path)
    children = [
        c for c in command.get("subcommands", [])
        if c.get("shouldDisplay", True) and c["commandName"] != "help"
    ]
    lines = [
        '.\\" Made from the help of nodeos-store by scripts/manual-pages.py.',
        f".TH {quoted(escaped(name.upper()))} 1 {quoted(date)} {quoted('nodeos-store ' + version)}",
        ".SH NAME",
        f"{escaped(name)} \\-",
        *filled(command.get("abstract", "").rstrip(".")),
        ".SH SYNOPSIS",
        ".nh",
        bold(" ".join(path)),
    ]
    arguments = shown(command)
    lines += [synopsis(argument) for argument in arguments]
    if children:
        lines.append(f"{value({'valueName': 'command'})} ...")
    lines.append(".hy")
    discussion = command.get("discussion", "")
    text, *rest = re.split(r"(?m)^Examples?:\n", discussion, maxsplit=1)
    examples = rest[0] if rest else ""
    lines += [".SH DESCRIPTION"] + filled(command.get("abstract", ""))
    aliases = command.get("aliases", [])
    if aliases:
        lines += [".PP", escaped("Also called ") + ", ".join(bold(a) for a in aliases) + "."]
    if text.strip():
        lines += [".PP"] + paragraphs(text.strip("\n"))
    if children:
        lines.append(".SH COMMANDS")
        for child in children:
            lines += [".TP", bold(child["commandName"])] + filled(child.get("abstract", ""))
    sections = {}
    for argument in arguments:
        sections.setdefault(argument.get("sectionTitle") or "", []).append(argument)
    if sections:
        lines.append(".SH OPTIONS")
        for title in sorted(sections, key=lambda title: title != ""):
            if title:
                lines.append(f".SS {quoted(title)}")
            for argument in sections[title]:
                lines += described(argument)
    if examples.strip():
        lines.append(".SH EXAMPLES")
        example = paragraphs(examples.rstrip("\n"))
        lines += example[1:] if example[:1] == [".PP"] else example
    others = ["-".join(path[:-1])] if len(path) > 1 else []
    others += ["-".join(path + [c["commandName"]]) for c in children]
    if others:
        lines.append(".SH SEE ALSO")
        lines += [
            f".BR {escaped(other)} (1)" + ("," if other != others[-1] else "") for other in others
        ]
    return name, "\n".join(lines) + "\n", children


def write(command, path, version, date, folder):
    name, text, children = page(command, path, version, date)
    with open(os.path.join(folder, name + ".1"), "w", encoding="ascii") as file:
        file.write(text)
    for child in children:
        write(child, path + [child["commandName"]], version, date, folder)


def main():
    version, folder = sys.argv[1:]
    seconds = int(os.environ["SOURCE_DATE_EPOCH"])
    date = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d")
    command = json.load(sys.stdin)["command"]
    write(command, [command["commandName"]], version, date, folder)


main()
