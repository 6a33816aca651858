"""Gives a program the loader that lies beside it, at a path relative to its own; see loader.c.

The program must have been linked as ELF for 64 bits, with a loader and position independent. What the kernel reads is
changed: the header of the loader's path becomes the one of a new segment that holds the code of loader.c, and after it
the program headers as they were, which is what the loader is shown.
"""

from __future__ import annotations

import pathlib
import struct
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).with_name("loader.c")
PT_LOAD, PT_INTERP, PT_PHDR = 1, 3, 6
READ_AND_RUN = 5
HEADER = struct.Struct("<IIQQQQQQ")  # p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align
# Pages have up to 64 KiB on arm64.
PAGE = 65536
# Behind the code, at the same place whatever the code's addresses are.
CODE_SIZE = 8192

Header = tuple[int, int, int, int, int, int, int, int]


def compiled(loader: str, **addresses: int) -> bytes:
    """The code, for its addresses."""
    with tempfile.TemporaryDirectory() as folder:
        built = pathlib.Path(folder)
        (built / "flat.ld").write_text(
            "SECTIONS { . = 0; .text : { *(.text.first) *(.text*) *(.rodata*) } /DISCARD/ : { *(*) } }"
        )
        subprocess.run(
            ["clang", "-c", "-Os", "-ffreestanding", "-fpie", "-fno-stack-protector", "-fno-asynchronous-unwind-tables",
             "-mcmodel=small", "-fvisibility=hidden", "-Wall", "-Werror", f'-DLOADER="{loader}"',
             *(f"-D{name}={value:#x}UL" for name, value in addresses.items()), SOURCE, "-o", built / "loader.o"],
            check=True,
        )  # fmt: skip
        subprocess.run(["ld", "-T", built / "flat.ld", "-e", "0", built / "loader.o", "-o", built / "linked"], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", built / "linked", built / "code"], check=True)
        code = (built / "code").read_bytes()
    if not 0 < len(code) <= CODE_SIZE:
        raise SystemExit(f"loader: {SOURCE.name} has become {len(code)} bytes")
    return code.ljust(CODE_SIZE, b"\0")


def attach(program: pathlib.Path, loader: str) -> None:
    """Changes the program so that it takes `loader`, a path that begins at the program's folder."""
    data = bytearray(program.read_bytes())
    if data[:6] != b"\x7fELF\x02\x01":
        raise SystemExit(f"loader: {program} is not ELF for 64 bits")
    entry, table = struct.unpack_from("<QQ", data, 24)
    size, count = struct.unpack_from("<HH", data, 54)
    headers: list[Header] = [HEADER.unpack_from(data, table + size * index) for index in range(count)]
    if size != HEADER.size or sum(header[0] == PT_INTERP for header in headers) != 1:
        raise SystemExit(f"loader: {program} has no loader to take the place of")
    end = max(header[3] + header[6] for header in headers if header[0] == PT_LOAD)
    data += bytes(-len(data) % PAGE)
    offset, address = len(data), -(-end // PAGE) * PAGE
    # The kernel sees the new segment in the place of the path, behind the others: they have to be in order.
    length = CODE_SIZE + size * (count + 1)
    new: Header = (PT_LOAD, READ_AND_RUN, offset, address, address, length, length, PAGE)
    last = max(index for index, header in enumerate(headers) if header[0] == PT_LOAD)
    seen = [*headers[: last + 1], new, *headers[last + 1 :]]
    # The loader sees all of them, in the new segment: it works out from this header where the program is.
    where = address + CODE_SIZE
    shown = [
        (PT_PHDR, header[1], offset + CODE_SIZE, where, where, size * (count + 1), size * (count + 1), header[7])
        if header[0] == PT_PHDR else header
        for header in seen
    ]  # fmt: skip
    if not any(header[0] == PT_PHDR for header in shown):
        raise SystemExit(f"loader: {program} does not tell where its headers are")
    data += compiled(loader, ENTRY=entry, SELF=address, TABLE=where, COUNT=len(shown))
    data += b"".join(HEADER.pack(*header) for header in shown)
    for index, header in enumerate(header for header in seen if header[0] != PT_INTERP):
        HEADER.pack_into(data, table + size * index, *header)
    struct.pack_into("<Q", data, 24, address)
    program.write_bytes(data)
