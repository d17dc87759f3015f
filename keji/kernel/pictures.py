"""Previews of pictures, made anew in a limited child process: what a stranger hid in the file does not come along."""

import os
import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from keji.kernel.errors import Invalid
from keji.kernel.shrink import TOO_LARGE

LONGEST = 1600
PIXELS = 50_000_000
SECONDS = 40


def preview(source: Path, longest: int = LONGEST, pixels: int = PIXELS) -> bytes:
    """A JPEG of at most that many pixels a side. Raises Invalid for a picture that is broken or too large."""
    paths = os.pathsep.join(path for path in sys.path if path)
    script = str(Path(__file__).with_name("shrink.py"))
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-S", script, paths, str(source.resolve()), str(longest), str(pixels)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise Invalid("E_PICTURE_SIZE", _("图片太大，处理不了")) from None
    if done.returncode == TOO_LARGE or done.returncode < 0:
        said = _("图片太大：最多 %(most)d 万像素")
        raise Invalid("E_PICTURE_SIZE", said % {"most": pixels // 10_000})
    if done.returncode or not done.stdout:
        raise Invalid("E_FILE_BROKEN", _("图片打不开，可能已损坏"))
    return done.stdout
