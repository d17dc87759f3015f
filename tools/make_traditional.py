"""Write keji/kernel/data/traditional.txt: the characters that OpenCC would simplify."""

from pathlib import Path

import opencc

BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x33480))


def main() -> None:
    convert = opencc.OpenCC("t2s").convert
    signs = (chr(code) for low, high in BLOCKS for code in range(low, high))
    # The compatibility ideographs decompose by themselves when a text is normalised.
    found = "".join(sign for sign in signs if convert(sign) != sign)
    (Path(__file__).parents[1] / "keji/kernel/data/traditional.txt").write_text(found + "\n", "utf-8")


if __name__ == "__main__":
    main()
