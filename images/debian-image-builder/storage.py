"""Reads an image out of containers-storage (driver overlay) and mounts it, as podman does for a container.

Done here because podman and what it needs would be fifteen times the size of everything else in this image, and every
worker pulls it.
"""

import contextlib
import json
import os
import subprocess
import tempfile


class Storage:
    def __init__(self, root):
        self.root = root

    def _read(self, name):
        path = os.path.join(self.root, name)
        try:
            with open(path, encoding="utf-8") as stream:
                return json.load(stream)
        except FileNotFoundError:
            raise LookupError(
                f"{path} is missing: mount the host's container storage with "
                "-v /var/lib/containers/storage:/var/lib/containers/storage (only the overlay driver is supported)"
            ) from None

    def image(self, reference):
        """The image's record by id, name, name@digest, or short name (as podman writes local builds: localhost/)."""
        images = self._read("overlay-images/images.json")
        name, at, digest = reference.partition("@")
        if not at and ":" not in name.rpartition("/")[2]:
            name += ":latest"
        wanted = {name + at + digest, f"localhost/{name}{at}{digest}"}
        for image in images:
            if image["id"] == reference or wanted & set(image.get("names") or []):
                return image
        # Pulled by tag, asked for by digest: the same repository with that digest.
        repository = name.removesuffix(":latest") if at else None
        for image in images:
            digests = {image.get("digest"), *(image.get("big-data-digests") or {}).values()}
            names = {one.partition("@")[0].rpartition(":")[0] or one for one in image.get("names") or []}
            if at and digest in digests and repository in names:
                return image
        known = sorted(one for image in images for one in image.get("names") or [])
        raise LookupError(f'no image "{reference}" in {self.root}; there are: {", ".join(known) or "none"}')

    def folders(self, image):
        """The layers' folders relative to <root>/overlay, topmost first, by their short names (l/ABC...)."""
        parents = {layer["id"]: layer.get("parent", "") for layer in self._read("overlay-layers/layers.json")}
        found, layer = [], image["layer"]
        while layer:
            with open(os.path.join(self.root, "overlay", layer, "link"), encoding="utf-8") as stream:
                found.append("l/" + stream.read())
            layer = parents[layer]
        return found

    @contextlib.contextmanager
    def mounted(self, reference, scratch):
        """The image's root, to be changed at will: changes go to the folder `scratch`, and with the block's end."""
        folders = self.folders(self.image(reference))
        with tempfile.TemporaryDirectory() as tree, tempfile.TemporaryDirectory(dir=scratch) as changes:
            upper, work = os.path.join(changes, "upper"), os.path.join(changes, "work")
            os.mkdir(upper)
            os.mkdir(work)
            # Relative names, because mount options are limited to a page.
            options = f"lowerdir={':'.join(folders)},upperdir={upper},workdir={work}"
            command = ["mount", "-t", "overlay", "overlay", "-o", options, tree]
            subprocess.run(command, cwd=os.path.join(self.root, "overlay"), check=True)
            try:
                yield tree
            finally:
                subprocess.run(["umount", tree], check=True)
