"""The process that opens a stranger's picture: started bare, limits itself, writes a small JPEG to standard output.

Run as a file, not imported: `python -I -S shrink.py PATHS PICTURE LONGEST PIXELS`. Imports neither Django nor keji.
"""

import io
import resource
import sys

BROKEN, TOO_LARGE = 3, 4
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def main() -> int:
    sys.path[:] += sys.argv[1].split(":")
    source, longest, pixels = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    for kind, most in ((resource.RLIMIT_AS, 700_000_000), (resource.RLIMIT_CPU, 20), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(kind, (most, most))
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted below, before anything is unfolded
    try:
        with Image.open(source, formats=FORMATS) as picture:
            if picture.width * picture.height > pixels:
                return TOO_LARGE
            picture.draft("RGB", (longest, longest))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((longest, longest))
            ground = Image.new("RGB", upright.size, "white")
            plain = upright.convert("RGBA")
            ground.paste(plain, mask=plain.getchannel("A"))
            out = io.BytesIO()
            ground.save(out, "JPEG", quality=82)
    except MemoryError:
        return TOO_LARGE
    except Exception:  # whatever a broken picture does to its decoder
        return BROKEN
    sys.stdout.buffer.write(out.getvalue())
    return 0


if __name__ == "__main__":
    sys.exit(main())
