"""Boots the preview and talks to its Node.js prompt through a pipe.

usage: boot-check.py BOOT QUESTIONS TRANSCRIPT [NAME=VERSION...]

QUESTIONS holds one question in each pair of lines: what to type, then a regular expression that the
whole answer must match. An empty line or one that starts with # stands between pairs. A third line
`^C after WORD` sends Ctrl-C as soon as WORD was printed. @NAME@ in an answer is VERSION. TRANSCRIPT receives what a person would
have seen, without escape sequences and without times.
"""

import os
import re
import selectors
import subprocess
import sys
import time

PROMPT_SECONDS = 30  # From power-on to the first prompt, on a busy machine without KVM.
ANSWER_SECONDS = 30
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\r|\x07")


class Guest:
    """The machine, and all it has printed since the last question."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        self.raw = b""

    def text(self):
        return ESCAPES.sub(b"", self.raw).decode("utf-8", "replace")

    def wait_for(self, found, seconds, what):
        """Reads until found(text) is true; at the end of the output found has one last say."""
        limit = time.monotonic() + seconds
        while not found(self.text()):
            rest = limit - time.monotonic()
            if rest <= 0:
                self.give_up(f"{what}: nothing after {seconds} s")
            if not self.selector.select(rest):
                continue
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                self.give_up(f"{what}: the machine ended first (status {self.process.wait()})")
            self.raw += data

    def give_up(self, message):
        self.process.kill()
        sys.exit(f"boot check: {message}. It printed:\n{self.text()}")

    def send(self, data):
        self.raw = b""
        self.process.stdin.write(data)
        self.process.stdin.flush()


def at_prompt(text):
    return text == "> " or text.endswith("\n> ")


def read_questions(path, versions):
    questions = []
    with open(path, encoding="utf-8") as lines:
        block = []
        for line in [*lines, ""]:
            line = line.rstrip("\n")
            if line.startswith("#"):
                continue
            if line:
                block.append(line)
            elif block:
                interrupt = None
                if len(block) == 3 and block[2].startswith("^C after "):
                    interrupt = block.pop()[len("^C after ") :]
                if len(block) != 2:
                    sys.exit(f"boot check: {path}: not a question and an answer: {block}")
                for name, version in versions.items():
                    block[1] = block[1].replace(f"@{name}@", re.escape(version))
                questions.append((block[0], block[1], interrupt))
                block = []
    return questions


def main(boot, questions_path, transcript_path, *versions):
    questions = read_questions(questions_path, dict(text.split("=") for text in versions))
    start = time.monotonic()
    guest = Guest([boot])
    guest.wait_for(at_prompt, PROMPT_SECONDS, "the prompt")
    print(f"prompt after {time.monotonic() - start:.1f} s", flush=True)
    transcript = guest.text()

    for question, expected, interrupt in questions:
        guest.send(question.encode() + b"\n")
        if interrupt is not None:
            # The echo of the question holds the word too: wait for it on a line of its own.
            guest.wait_for(lambda text: f"\n{interrupt}\n" in text, ANSWER_SECONDS, question)
            guest.process.stdin.write(b"\x03")
            guest.process.stdin.flush()
        guest.wait_for(at_prompt, ANSWER_SECONDS, question)
        text = guest.text()
        echo, _, answer = text[: -len("> ")].partition("\n")
        if echo != question:
            guest.give_up(f"typed {question!r}, but the terminal shows {echo!r}")
        if not re.fullmatch(expected, answer.strip(), re.DOTALL):
            guest.give_up(f"{question!r} should answer {expected!r}, not {answer.strip()!r}")
        transcript += text

    guest.send(b".exit\n")
    guest.wait_for(lambda text: "Power down" in text, ANSWER_SECONDS, "power-off")
    try:
        status = guest.process.wait(ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        guest.give_up("QEMU still runs after the power-off")
    if status != 0:
        guest.give_up(f"QEMU ended with status {status}")
    transcript += guest.text().rstrip() + "\n"
    with open(transcript_path, "w", encoding="utf-8") as file:
        file.write(transcript)
    print(transcript)
    print(f"{len(questions)} questions answered, off after {time.monotonic() - start:.1f} s")


main(*sys.argv[1:])
