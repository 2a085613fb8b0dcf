"""Drives a real Chromium without a window, over its debugging pipe, with nothing but Python.

    browser.py CHROMIUM PAGE STEPS

PAGE is a file. STEPS is a JSON list, done in order:
  {"evaluate": "expression"}            its value is an element of "values"
  {"press": "key"}, {"type": "text"}    as from a keyboard
  {"click": "expression", "shift": …}   at the {x, y} that the expression gives, with a real pointer
  {"hover": "expression"}               the pointer moves there
  {"wheel": "expression", "by": pixels} the wheel turns there
  {"screenshot": "file.png"}            what is seen
  {"dark": true}                        what the system prefers
  {"wait": "expression"}                until it is true, at most 60 seconds
Prints {"values": […], "problems": […]}: problems are exceptions, messages of the console that are
errors or warnings, and requests of the page other than for itself.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time


class Browser:
    def __init__(self, program, profile):
        # The browser reads commands from its descriptor 3 and answers on 4.
        to_read, self.to_write = os.pipe()
        self.from_read, from_write = os.pipe()
        arguments = [
            program, "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage", "--disable-extensions", "--hide-scrollbars",
            "--disable-background-networking", "--user-data-dir=" + profile,
            "--force-device-scale-factor=1", "about:blank",
        ]
        if os.geteuid() == 0:
            arguments.insert(1, "--no-sandbox")

        def pipes():
            # First out of the way of 3 and 4.
            read, write = os.dup(to_read), os.dup(from_write)
            high_read, high_write = os.dup2(read, 98), os.dup2(write, 99)
            os.dup2(high_read, 3)
            os.dup2(high_write, 4)

        self.process = subprocess.Popen(
            arguments, preexec_fn=pipes, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, env={**os.environ, "HOME": profile, "TMPDIR": profile})
        os.close(to_read)
        os.close(from_write)
        self.rest = b""
        self.number = 0
        self.session = None
        self.events = []

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.from_read, 1 << 20)
            if not piece:
                raise SystemExit("the browser has gone")
            self.rest += piece
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def ask(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        data = json.dumps(command).encode() + b"\0"
        while data:
            data = data[os.write(self.to_write, data):]
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def evaluate(self, expression):
        result = self.ask(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise SystemExit(f"{expression}: {details.get('exception', details)}")
        return result["result"].get("value")

    def wait(self, expression):
        deadline = time.monotonic() + 60
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise SystemExit(f"never: {expression}")
            time.sleep(0.02)

    def pointer(self, kind, point, **more):
        self.ask("Input.dispatchMouseEvent", type=kind, x=point["x"], y=point["y"], **more)

    def step(self, step, values):
        if "evaluate" in step:
            values.append(self.evaluate(step["evaluate"]))
        elif "press" in step:
            key = step["press"]
            codes = {
                "Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
                "ArrowDown": 40}
            more = {"windowsVirtualKeyCode": codes[key]} if key in codes else {"text": key}
            self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, **more)
            self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)
        elif "type" in step:
            self.ask("Input.insertText", text=step["type"])
        elif "click" in step:
            point = self.evaluate(step["click"])
            more = {
                "button": "left", "clickCount": 1, "modifiers": 8 if step.get("shift") else 0}
            self.pointer("mouseMoved", point)
            self.pointer("mousePressed", point, **more)
            self.pointer("mouseReleased", point, **more)
        elif "hover" in step:
            self.pointer("mouseMoved", self.evaluate(step["hover"]))
        elif "wheel" in step:
            self.pointer(
                "mouseWheel", self.evaluate(step["wheel"]), deltaX=0, deltaY=step["by"])
        elif "screenshot" in step:
            import base64
            # Two frames later everything is painted.
            self.evaluate(
                "new Promise(done => setTimeout(() => requestAnimationFrame("
                "() => requestAnimationFrame(() => done(true))), 250))")
            data = self.ask("Page.captureScreenshot", format="png")["data"]
            with open(step["screenshot"], "wb") as file:
                file.write(base64.b64decode(data))
        elif "dark" in step:
            value = "dark" if step["dark"] else "light"
            self.ask(
                "Emulation.setEmulatedMedia",
                features=[{"name": "prefers-color-scheme", "value": value}])
        elif "wait" in step:
            self.wait(step["wait"])
        else:
            raise SystemExit(f"no such step: {step}")

    def problems(self, page):
        found = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                found.append(details.get("exception", {}).get("description", details["text"]))
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
                found.append(json.dumps(parameters["args"]))
            elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(parameters["entry"]["text"])
            elif method == "Network.requestWillBeSent":
                url = parameters["request"]["url"]
                if not url.startswith((page, "data:")):
                    found.append("request: " + url)
        return found


def main():
    program, page, steps = sys.argv[1:]
    page = "file://" + os.path.abspath(page)
    profile = tempfile.mkdtemp(prefix="nodeos-browser-")
    browser = Browser(program, profile)
    try:
        target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.ask(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            browser.ask(domain + ".enable")
        browser.ask(
            "Emulation.setDeviceMetricsOverride", width=1600, height=950, deviceScaleFactor=1,
            mobile=False)
        browser.step({"dark": False}, [])
        browser.ask("Page.navigate", url=page)
        browser.wait("document.documentElement?.dataset.ready === 'true'")
        values = []
        for step in json.loads(steps):
            browser.step(step, values)
        # What the console still has to say comes before this answer.
        browser.evaluate("new Promise(done => setTimeout(() => done(true), 100))")
        print(json.dumps({"values": values, "problems": browser.problems(page)}))
    finally:
        os.killpg(browser.process.pid, signal.SIGKILL)
        browser.process.wait()
        # Its helpers may still write while they go.
        deadline = time.monotonic() + 10
        while os.path.exists(profile) and time.monotonic() < deadline:
            shutil.rmtree(profile, ignore_errors=True)


main()
