"""Runs a few instructions in each emulator of QEMU, and the firmware in those of PCs.

usage: qemu-check.py QEMU TRANSCRIPT

No compiler for the other processors is needed: the programs are three to seven instructions each,
written down here. A program ends with status 42; a machine prints N on its serial port and powers
off; a PC prints the name and version of its firmware on the debug port.
"""

import pathlib
import struct
import subprocess
import sys
import threading

SECONDS = 60  # For one machine, on a busy one.

# NAME: (ELF's number of the machine, bits, exit(42))
PROGRAMS = {
    "x86_64": (62, 64, "b83c000000 bf2a000000 0f05"),
    "i386": (3, 32, "b801000000 bb2a000000 cd80"),
    "aarch64": (183, 64, "400580d2 a80b80d2 010000d4"),
    "arm": (40, 32, "2a00a0e3 0170a0e3 000000ef"),
}
# The serial port of the board "virt" is at 0x09000000; PSCI's call 0x84000008 powers it off.
MACHINES = {
    "aarch64": ("cortex-a57", "0120a1d2 c0098052 200000b9 00018052 0080b072 020000d4 00000014"),
    "arm": ("cortex-a15", "0914a0e3 4e00a0e3 000081e5 080000e3 000448e3 700040e1 feffffea"),
}


def elf(machine, bits, code):
    """A program of one segment, which starts at its first instruction."""
    address = 0x10000
    flags = 0x05000000 if machine == 40 else 0  # ARM: the EABI's version 5.
    word, header, entry = ("Q", 64, 56) if bits == 64 else ("I", 52, 32)
    start = header + entry
    ident = b"\x7fELF" + bytes([bits // 32, 1, 1]) + bytes(9)
    result = ident + struct.pack(
        f"<HHI{word * 3}IHHHHHH",
        2, machine, 1, address + start, header, 0, flags, header, entry, 1, 0, 0, 0,
    )  # fmt: skip
    size = start + len(code)
    if bits == 64:
        result += struct.pack("<IIQQQQQQ", 1, 5, 0, address, address, size, size, 0x1000)
    else:
        result += struct.pack("<IIIIIIII", 1, 0, address, address, size, size, 5, 0x1000)
    return result + code


def check_program(qemu, name):
    machine, bits, code = PROGRAMS[name]
    program = pathlib.Path(f"program-{name}")
    program.write_bytes(elf(machine, bits, bytes.fromhex(code)))
    program.chmod(0o755)
    status = subprocess.run([f"{qemu}/bin/qemu-{name}", f"./{program}"], timeout=SECONDS).returncode
    if status != 42:
        sys.exit(f"qemu check: the program for {name} ended with {status}, not 42")
    return f"qemu-{name}: exit(42) is {status}"


def check_machine(qemu, name):
    processor, code = MACHINES[name]
    pathlib.Path("firmware").write_bytes(bytes.fromhex(code))
    command = [f"{qemu}/bin/qemu-system-{name}", "-machine", "virt", "-cpu", processor]
    command += ["-nodefaults", "-display", "none", "-serial", "stdio", "-bios", "firmware"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS)
    if (result.returncode, result.stdout) != (0, b"N"):
        sys.exit(f"qemu check: {command} gave {result}")
    return f"qemu-system-{name}: prints N and powers off"


def check_pc(qemu, name):
    """The firmware goes on to look for a disk for ever: only its first line is waited for."""
    command = [f"{qemu}/bin/qemu-system-{name}", "-machine", "pc", "-nodefaults", "-display", "none"]
    command += ["-chardev", "stdio,id=log", "-device", "isa-debugcon,iobase=0x402,chardev=log"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        limit = threading.Timer(SECONDS, process.kill)
        limit.start()
        line = process.stdout.readline().decode()
        limit.cancel()
        process.kill()
    if not line.startswith("SeaBIOS (version "):
        sys.exit(f"qemu check: {command} printed {line!r}")
    return f"qemu-system-{name}: {line.strip()}"


def main(qemu, transcript):
    lines = [check_program(qemu, name) for name in PROGRAMS]
    lines += [check_machine(qemu, name) for name in MACHINES]
    lines += [check_pc(qemu, name) for name in ["x86_64", "i386"]]
    text = "".join(f"{line}\n" for line in lines)
    print(text, end="")
    pathlib.Path(transcript).write_text(text)


main(*sys.argv[1:])
