"""Puts a kernel for IBM Z where its firmware finds it on a disk of 512-byte blocks: what zipl does, on any architecture and
without mounting anything.

    zipl.py DISK START KERNEL INITRD ARGUMENTS

START is the first byte of a partition that nothing else uses. From block 0, beside the partition table, the way leads through
a table of programs and a list of components to lists of the blocks that are loaded, and ends with where to begin.
"""

import struct
import sys

BLOCK = 512
MAGIC = b"zIPL"
LOAD, EXECUTE = 2, 1  # kinds of components
# One entry of a list reaches so far, and a block holds so many besides the empty one that ends it.
LONGEST, ENTRIES = 65536 * BLOCK, BLOCK // 16 - 1
# Places in the kernel's file, which are those in memory: the beginning is for card readers and tapes, and not loaded.
BEGIN, PARAMETERS, LINE_LIMIT, LINE = 0x10000, 0x10400, 0x10430, 0x10480
KERNEL_MARK = (0x10008, b"S390EP")
# A program status word: 31-bit addresses, as after a load from a card reader.
ENTRY = 0x0008000080000000 | BEGIN
MIB = 1 << 20


def to_whole(size, unit):
    return -(-size // unit) * unit


def pointer(at, size=BLOCK):
    """To bytes `at` to `at + size` of the disk; the number of blocks is stored less one."""
    return struct.pack(">QHHI", at // BLOCK, BLOCK, to_whole(size, BLOCK) // BLOCK - 1, 0)


def block_list(at, size):
    starts = range(0, size, LONGEST)
    if len(starts) > ENTRIES:
        raise ValueError(f"{size} bytes are more than one list of blocks reaches, {ENTRIES * LONGEST}")
    return b"".join(pointer(at + start, min(LONGEST, size - start)) for start in starts)


def prepared(kernel, initrd_size, arguments):
    """The kernel as it is loaded, told of its initrd and its arguments; and the address of the initrd."""
    where, mark = KERNEL_MARK
    if kernel[where : where + len(mark)] != mark:
        raise ValueError(f"no kernel for s390x: {mark.decode()} is missing at byte {where:#x}")
    line = arguments.encode() + b"\0"
    (limit,) = struct.unpack_from(">Q", kernel, LINE_LIMIT)
    if len(line) > limit:
        raise ValueError(f"kernel arguments of {len(line)} bytes: this kernel takes {limit}")
    # Behind the kernel; while it unpacks itself it moves the initrd out of its way.
    address = max(16 * MIB, to_whole(len(kernel), MIB) + MIB)
    image = bytearray(kernel)
    struct.pack_into(">QQ", image, PARAMETERS + 8, address, initrd_size)
    image[LINE : LINE + len(line)] = line
    return bytes(image[BEGIN:]), address


def install(disk, start, kernel, initrd, arguments):
    image, initrd_address = prepared(kernel, len(initrd), arguments)
    programs, components, lists = start, start + BLOCK, start + 2 * BLOCK
    at = start + 4 * BLOCK
    listed = MAGIC.ljust(32, b"\0")
    for number, (data, address) in enumerate([(image, BEGIN), (initrd, initrd_address)]):
        where = lists + number * BLOCK
        write(disk, where, block_list(at, len(data)).ljust(BLOCK, b"\0"))
        write(disk, at, data.ljust(to_whole(len(data), BLOCK), b"\0"))
        listed += pointer(where) + struct.pack(">7xBQ", LOAD, address)
        at += to_whole(len(data), BLOCK)
    listed += bytes(16) + struct.pack(">7xBQ", EXECUTE, ENTRY)
    write(disk, components, listed.ljust(BLOCK, b"\0"))
    # The program that is started by default, then the first of those that can be named.
    write(disk, programs, (MAGIC.ljust(16, b"\0") + 2 * pointer(components)).ljust(BLOCK, b"\0"))
    write(disk, 0, MAGIC + struct.pack(">I8x", 1) + pointer(programs))


def write(disk, at, data):
    disk.seek(at)
    disk.write(data)


def contents(path):
    with open(path, "rb") as stream:
        return stream.read()


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit("usage: zipl.py DISK START KERNEL INITRD ARGUMENTS")
    path, start, kernel, initrd, arguments = sys.argv[1:]
    with open(path, "r+b") as disk:
        try:
            install(disk, int(start), contents(kernel), contents(initrd), arguments)
        except ValueError as error:
            sys.exit(f"zipl.py: {kernel}: {error}")
