"""Archives with a right seal and wrong content, as an attacker (or another version) would make them."""

import gzip
import hashlib
import json
import tarfile
from io import BytesIO

from keji.custody import archive


def read(path):
    """The manifest with the rows of its tables, and all members."""
    with tarfile.open(path) as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar}
    manifest = json.loads(members.pop("manifest.json"))
    manifest["rows"] = {
        name: gzip.decompress(members[f"tables/{name}.jsonl.gz"]).splitlines(keepends=True) for name in manifest["tables"]
    }
    return manifest, members


def remade(source, target, change):
    """The archive again, after a change of manifest["rows"] or members; all digests are made to fit."""
    manifest, members = read(source)
    change(manifest, members)
    for name, lines in manifest.pop("rows").items():
        told = manifest["tables"][name]
        told |= {"rows": len(lines), "bytes": sum(map(len, lines)), "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
        members[f"tables/{name}.jsonl.gz"] = gzip.compress(b"".join(lines), mtime=0)
    head = json.loads(members.pop("keji.json"))
    out = archive.Writer(target, head | manifest.pop("head", {}))
    for name, content in members.items():
        out.put(name, BytesIO(content), len(content))
    del manifest["members"]
    out.close(manifest)
    return target


def with_member(source, target, member, content=b""):
    """The archive with one more tar header, whatever it says, under a right seal."""
    with tarfile.open(source) as old, target.open("wb") as file:
        hashed = archive.Hashed(file)
        with tarfile.open(fileobj=hashed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for one in old:
                if one.name == "manifest.json":
                    tar.addfile(member, BytesIO(content))
                tar.addfile(one, old.extractfile(one))
        file.write(archive.MARK + hashed.hash.hexdigest().encode() + b"\n")
    return target
