"""Writes an OCI image layout from the list that the kernel's gen_init_cpio reads.

usage: container-image.py INITRAMFS_LIST ARCHITECTURE OUTPUT

OUTPUT/oci is an image layout with one tag, `latest`, and one layer; OUTPUT/barebones.tar is a link to that
layer, a plain tar of the root file system. Device nodes are left out: a container gets its own.
Format: OCI Image Format Specification 1.0 (image-layout, index, manifest, config, layer).
"""

import hashlib
import json
import os
import sys
import tarfile

TIME = 1  # Every file has the time of every store path.
CREATED = "1970-01-01T00:00:01Z"


def member(name, mode, kind):
    info = tarfile.TarInfo(name.lstrip("/"))
    info.mode = int(mode, 8)
    info.mtime = TIME
    info.type = kind
    return info


def write_layer(list_path, tar_path):
    seen = set()
    with open(list_path, encoding="utf-8") as lines, tarfile.open(
        tar_path, "w", format=tarfile.PAX_FORMAT
    ) as tar:
        for line in lines:
            words = line.split()
            if words[0] == "nod" or words[1] in seen:
                continue
            seen.add(words[1])
            if words[0] == "dir":
                tar.addfile(member(words[1], words[2], tarfile.DIRTYPE))
            elif words[0] == "slink":
                info = member(words[1], words[3], tarfile.SYMTYPE)
                info.linkname = words[2]
                tar.addfile(info)
            elif words[0] == "file":
                info = member(words[1], words[3], tarfile.REGTYPE)
                info.size = os.stat(words[2]).st_size
                with open(words[2], "rb") as content:
                    tar.addfile(info, content)
            else:
                sys.exit(f"container image: {list_path}: unknown entry {words[0]!r}")


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(list_path, architecture, output):
    blobs = f"{output}/oci/blobs/sha256"
    os.makedirs(blobs)
    write_layer(list_path, f"{blobs}/layer")
    layer = sha256(f"{blobs}/layer")
    os.rename(f"{blobs}/layer", f"{blobs}/{layer}")
    layer_size = os.stat(f"{blobs}/{layer}").st_size

    def descriptor(media_type, digest, size, **more):
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size, **more}

    def add(value):
        data = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256(data).hexdigest()
        with open(f"{blobs}/{digest}", "wb") as file:
            file.write(data)
        return digest, len(data)

    machine, _, variant = architecture.partition("/")
    platform = {"architecture": machine, "os": "linux", **({"variant": variant} if variant else {})}
    config = add(
        {
            **platform,
            "created": CREATED,
            # The kernel starts /init; a container has its mounts already and starts node itself.
            "config": {"Cmd": ["/bin/node"], "Env": ["PATH=/bin", "HOME=/root"], "WorkingDir": "/root"},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
            "history": [{"created": CREATED, "created_by": "nodeos-store: barebones-container"}],
        }
    )
    manifest = add(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor("application/vnd.oci.image.config.v1+json", *config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", layer, layer_size)],
        }
    )
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            descriptor(
                "application/vnd.oci.image.manifest.v1+json",
                *manifest,
                platform=platform,
                annotations={"org.opencontainers.image.ref.name": "latest"},
            )
        ],
    }
    with open(f"{output}/oci/oci-layout", "w", encoding="utf-8") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    with open(f"{output}/oci/index.json", "w", encoding="utf-8") as file:
        json.dump(index, file, sort_keys=True, separators=(",", ":"))
    os.symlink(f"oci/blobs/sha256/{layer}", f"{output}/barebones.tar")


main(*sys.argv[1:])
