"""The disk by which a guest gets its user data: cloud-init's NoCloud, since there is no metadata service here."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path


def make_seed(folder: Path, machine_id: str, host_name: str, user_data: bytes, public_keys: Sequence[str]) -> Path:
    """https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html"""
    meta = {"instance-id": machine_id, "local-hostname": host_name, "public-keys": list(public_keys)}
    (folder / "meta-data").write_text(json.dumps(meta))
    (folder / "user-data").write_bytes(user_data or b"#cloud-config\n{}\n")
    (folder / "vendor-data").write_text("#cloud-config\n{}\n")
    tool = next((found for name in ("genisoimage", "mkisofs") if (found := shutil.which(name))), None)
    if tool is None:
        raise RuntimeError("genisoimage is not installed; `npm run local` installs what guests need")
    image = folder / "seed.iso"
    files = ["user-data", "meta-data", "vendor-data"]
    subprocess.run(
        [tool, "-quiet", "-output", image, "-volid", "cidata", "-joliet", "-rock", *files],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    # The user data may hold secrets.
    image.chmod(0o600)
    return image
