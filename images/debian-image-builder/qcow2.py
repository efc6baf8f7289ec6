"""Writes a raw disk as qcow2 (version 3, not compressed): holes stay holes, and no qemu-img is needed in the image."""

import os
import struct

CLUSTER = 65536
COPIED = 1 << 63  # the cluster has a reference count of exactly one


def data_clusters(raw, size):
    """Numbers of the clusters that aren't a hole, in order."""
    last, offset = -1, 0
    while offset < size:
        try:
            start = os.lseek(raw, offset, os.SEEK_DATA)
        except OSError:  # ENXIO: nothing but a hole up to the end
            return
        offset = os.lseek(raw, start, os.SEEK_HOLE)
        for number in range(max(last + 1, start // CLUSTER), -(-offset // CLUSTER)):
            yield number
            last = number


def write_qcow2(raw_path, qcow2_path):
    raw = os.open(raw_path, os.O_RDONLY)
    size = os.fstat(raw).st_size
    numbers = list(data_clusters(raw, size))
    entries = CLUSTER // 8
    tables = sorted({number // entries for number in numbers})
    l1_entries = -(-size // (CLUSTER * entries))
    l1_clusters = -(-l1_entries * 8 // CLUSTER)

    # Layout: header | refcount table | refcount blocks | L1 | L2 tables | data. Reference counts cover themselves.
    fixed = 1 + l1_clusters + len(tables) + len(numbers)
    per_block = CLUSTER // 2  # 16-bit counts
    blocks, table = 1, 1
    while True:
        total = fixed + blocks + table
        need = -(-total // per_block)
        need_table = -(-need * 8 // CLUSTER)
        if (need, need_table) == (blocks, table):
            break
        blocks, table = need, need_table
    first_block = 1 + table
    l1 = first_block + blocks
    first_l2 = l1 + l1_clusters
    first_data = first_l2 + len(tables)

    with open(qcow2_path, "wb") as out:
        header = struct.pack(
            ">4sIQIIQIIQQIIQQQQII",
            *(b"QFI\xfb", 3, 0, 0, 16, size, 0, l1_entries, l1 * CLUSTER, CLUSTER, table, 0, 0, 0, 0, 0, 4, 104),
        )
        out.write(header.ljust(CLUSTER, b"\0"))
        at = (first_block + i for i in range(blocks))
        out.write(b"".join(struct.pack(">Q", n * CLUSTER) for n in at).ljust(table * CLUSTER, b"\0"))
        out.write((b"\0\1" * total).ljust(blocks * CLUSTER, b"\0"))
        where = {number: first_l2 + i for i, number in enumerate(tables)}
        pointers = (where[i] * CLUSTER | COPIED if i in where else 0 for i in range(l1_entries))
        out.write(b"".join(struct.pack(">Q", p) for p in pointers).ljust(l1_clusters * CLUSTER, b"\0"))
        l2 = {number: [0] * entries for number in tables}
        for i, number in enumerate(numbers):
            l2[number // entries][number % entries] = (first_data + i) * CLUSTER | COPIED
        for number in tables:
            out.write(struct.pack(f">{entries}Q", *l2[number]))
        for number in numbers:
            out.write(os.pread(raw, CLUSTER, number * CLUSTER).ljust(CLUSTER, b"\0"))
    os.close(raw)
