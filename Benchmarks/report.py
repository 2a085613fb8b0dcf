"""Makes tables and JSON of what was measured, with the machine above them."""

import json
import math
import os
import statistics
import subprocess
import time

from measuring import own_memory


def exponent(points):
    """The b of a·n^b by least squares over logarithms; None where there are no three points."""
    points = [(math.log(n), math.log(seconds)) for n, seconds in points if n > 0 and seconds]
    if len(points) < 3:
        return None
    middle_x = statistics.mean(x for x, _ in points)
    middle_y = statistics.mean(y for _, y in points)
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else None


def machine(root):
    """Where this runs, and what of."""
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith(("model name", "Model"))]
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) >> 20
    distribution = "unknown"
    if os.path.exists("/etc/os-release"):
        with open("/etc/os-release") as file:
            names = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
        distribution = names.get("PRETTY_NAME", "unknown").strip('"')
    kernel = os.uname()
    return {
        "processor": models[0] if models else kernel.machine,
        "cores": len(os.sched_getaffinity(0)),
        "memory": f"{memory} GiB",
        "commit": commit(root),
        "load": os.getloadavg()[0],
        "date": time.strftime("%-d %B %Y", time.gmtime()),
        "system": f"{distribution}, Linux {kernel.release} {kernel.machine}",
    }


def commit(root):
    def git(*arguments):
        answer = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True)
        return answer.stdout.strip()

    # A folder without .git is a release; it has no commit to name.
    head = git("rev-parse", "--short=12", "HEAD") or "unknown"
    return head + (" with changes" if git("status", "--porcelain", "--untracked-files=no") else "")


def number(seconds):
    if seconds is None:
        return "-"
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}" if seconds < 100 else f"{seconds:.0f}"


NUMBERS = {"this", "ratio", "goal", "CPU s, least", "median", "wall s, least", "MiB, most", "exponent"}


def table(head, rows):
    numbers = ["---:" if name in NUMBERS else "---" for name in head]
    return ["| " + " | ".join(row) + " |" for row in [head, numbers] + rows] + [""]


def contests(lines):
    """Lines of the same work and size together, this program's first."""
    groups = {}
    for line in lines:
        groups.setdefault((line.what, line.size), []).append(line)
    return [sorted(group, key=lambda line: not line.ours) for group in groups.values()]


def judged(group):
    """This program in a contest: the best peer, how much of that it takes, whether it is above its goal."""
    ours, *others = group
    if not ours.ours:
        return None, None, False
    peers = [line for line in others if line.samples and line.program.startswith(("nix", "guix"))]
    best = min(peers, key=lambda line: line.least(), default=None)
    ratio = ours.least() / best.least() if best and ours.samples and best.least() else None
    if isinstance(ours.goal, str):
        return best, ratio, ratio is not None and ratio > 1
    return best, ratio, bool(ours.goal and ours.samples and ours.least() > ours.goal)


def goals(lines):
    rows = []
    for group in contests(lines):
        ours, (best, ratio, above) = group[0], judged(group)
        if not ours.ours:
            continue
        goal = "" if ours.goal is None else ours.goal if isinstance(ours.goal, str) else f"{ours.goal:g}"
        rows.append([
            ours.title, f"{best.program}: {number(best.least())}" if best else "-",
            f"**{number(ours.least())}**" if above else number(ours.least()),
            "-" if ratio is None else f"{ratio:.2f}", goal, "**above its goal**" if above else ours.note,
        ])
    return table(["CPU seconds, least", "best peer", "this", "ratio", "goal", ""], rows)


def everything(lines, programs):
    floor = own_memory()
    rows = [["all", name, "-", "-", "-", "-", "-", why] for name, why in programs.items() if why]
    for group in contests(lines):
        for line in group:
            memory = line.memory()
            shown = "-" if memory is None else f"≤ {floor:.0f}" if memory <= floor else f"{memory:.0f}"
            rows.append([
                line.title, line.program, number(line.least()), number(line.median()),
                number(line.least("wall")), number(line.median("wall")), shown, line.note,
            ])
    head = ["what", "program", "CPU s, least", "median", "wall s, least", "median", "MiB, most", "note"]
    return table(head, rows)


def growth(lines):
    series = {}
    for line in lines:
        if line.samples:
            series.setdefault((line.what, line.program), []).append((line.size, line.least()))
    fitted = {key: (points, exponent(points)) for key, points in series.items()}
    return [
        {"what": what, "program": program, "points": points, "exponent": power}
        for (what, program), (points, power) in fitted.items() if power is not None
    ]


def growth_table(lines):
    rows = [
        [each["what"], each["program"], ", ".join(f"{size}: {number(cpu)}" for size, cpu in each["points"]),
         f"{each['exponent']:.2f}"]
        for each in growth(lines)
    ]
    return table(["what", "program", "CPU s by size", "exponent"], rows) if rows else []


def markdown(about, lines):
    text = [
        f"{about['date']}, commit {about['commit']}. {about['processor']}, {about['cores']} cores, {about['memory']}; "
        f"{about['system']}; stores {about['stores']}. Load {about['load']:.2f} before, "
        f"{about['load at the end']:.2f} after; {about['runs']} run{'s' * (about['runs'] > 1)} of each, by turns.", "",
    ]
    if about["load"] > 0.5:
        text += ["**Something else ran on this machine: these numbers are not to be compared with others.**", ""]
    text += goals(lines)
    powers = growth_table(lines)
    if powers:
        text += ["Growth, with the exponent of the size that fits (1 is linear):", ""] + powers
    return "\n".join(text + ["All that was measured:", ""] + everything(lines, about["programs"]))


def as_json(about, lines):
    rows = []
    for group in contests(lines):
        for line in group:
            row = {key: getattr(line, key) for key in ("what", "size", "program", "goal", "note")}
            row |= {key: [getattr(sample, key) for sample in line.samples] for key in ("cpu", "wall", "memory")}
            rows.append(row)
        _, ratio, above = judged(group)
        rows[-len(group)] |= {"ratio to best peer": ratio, "above goal": above}
    return json.dumps(about | {"rows": rows, "growth": growth(lines)}, indent=1, ensure_ascii=False) + "\n"


MARKS = "<!-- benchmark: from here -->\n", "<!-- benchmark: to here -->\n"


def parts(page):
    """What stands on a page up to the first mark and from the second on, with them."""
    with open(page) as file:
        before, mark, rest = file.read().partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not mark or not end:
        raise SystemExit(f"'{page}' has no lines '{MARKS[0].strip()}' and '{MARKS[1].strip()}'")
    return before + mark, end + after


def write(about, lines, options):
    text = markdown(about, lines)
    print(text)
    if options.json:
        with open(options.json, "w") as file:
            file.write(as_json(about, lines))
    if options.page:
        before, after = parts(options.page)
        with open(options.page, "w") as file:
            file.write(before + text + after)
