"""Write keji/kernel/data/pinyin.txt from pypinyin's dictionary.

First a row per syllable with the characters read so; after an empty row the words whose characters are read otherwise
than alone, each with characters of the same sound in their place.
"""

from pathlib import Path

from pypinyin import lazy_pinyin

DATA = Path(__file__).parents[1] / "keji/kernel/data"
BLOCKS = ((0x3007, 0x3008), (0x3400, 0x4DC0), (0x4E00, 0xA000))
# In names of companies these are read otherwise than in running text.
IN_NAMES = {"长": "chang", "厦": "xia", "都": "du", "曾": "zeng", "仇": "qiu", "翟": "zhai", "还": "huan", "阚": "kan"}
WORDS = """
重庆 重阳 重新 重组 重构 重启 双重 三重 九重 银行 商行 车行 洋行 茶行 花行 药行 鱼行 鞋行 行业 行情 央行 投行 分行 支行
音乐 乐器 乐团 乐队 声乐 民乐 器乐 会计 西藏 藏药 藏医 藏族 藏香 校准 校正 调味 调料 调理 空调 协调 调节 调和 调压 成长 增长
生长 院长 会长 传记 番禺 蚌埠 六安 大厦 广厦 单县 爱好 给水 给排水 供给 弹簧 弹性 弹力 畜牧 角色 模具 模板 人参 海参 西洋参
薄膜 柏林 便宜 朝夕 朝气 星宿 宝藏 地藏 龙藏 石库门 大夫 率领 首都 参差 血液 压轴 曲艺 歌曲 作曲 铅山 台州 天台 乐清
乐亭 乐山 长乐 洪洞 尉犁 丽水 黄陂 秘鲁 阿胶 东阿 大埔 黄埔 厦门 枞阳 涡阳 渑池 浚县 莘县 莘庄 覃塘 繁峙 解放 解决 长子
"""
# Here pypinyin means another word than the place.
MISREAD = {"马尾", "漯河", "南乐", "朝阳", "浪卡子"}


def readings() -> dict[str, str]:
    """One syllable for each character that pypinyin knows."""
    signs = (chr(code) for low, high in BLOCKS for code in range(low, high))
    spelled = {sign: lazy_pinyin(sign, errors="ignore") for sign in signs}
    return {sign: parts[0] for sign, parts in spelled.items() if parts} | IN_NAMES


def places() -> list[str]:
    """The names of all regions, with and without 省, 市, 县, 区."""
    names = [row.split(",")[1] for row in (DATA / "regions.csv").read_text("utf-8").splitlines()[1:]]
    return [word for name in names for word in (name[:4], name.rstrip("省市县区")[:4]) if len(word) > 1]


def homophones(read: dict[str, str]) -> dict[str, str]:
    """For each syllable a character that is always read so."""
    found: dict[str, str] = {}
    for sign, syllable in read.items():
        if sign >= "\u4e00" and sign not in IN_NAMES:
            found.setdefault(syllable, sign)
    return found


def words(read: dict[str, str]) -> dict[str, str]:
    """The shortest words that sound otherwise than their characters, with what sounds right."""
    same, found, mine = homophones(read), {}, set(WORDS.split())
    for word in sorted({*mine, *places()} - MISREAD, key=lambda word: (len(word), word)):
        told = lazy_pinyin(word)
        if len(told) != len(word) or any(part in word for part in (*found, *MISREAD)):
            continue
        pairs = zip(word, told, strict=True)
        kept = [read[sign] == syllable or (sign in IN_NAMES and word not in mine) for sign, syllable in pairs]
        if not all(kept):
            signs = zip(word, told, kept, strict=True)
            found[word] = "".join(sign if keep else same[syllable] for sign, syllable, keep in signs)
    return found


def main() -> None:
    read = readings()
    rows: dict[str, list[str]] = {}
    for sign, syllable in read.items():
        rows.setdefault(syllable, []).append(sign)
    letters = "\n".join(f"{syllable} {''.join(signs)}" for syllable, signs in sorted(rows.items()))
    spoken = "\n".join(f"{word} {spelled}" for word, spelled in sorted(words(read).items()))
    (DATA / "pinyin.txt").write_text(f"{letters}\n\n{spoken}\n", "utf-8")


if __name__ == "__main__":
    main()
