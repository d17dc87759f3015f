"""What a person is told about a file that is not taken."""

from django.utils.translation import gettext_lazy as _

from keji.kernel.errors import Invalid

SENTENCES = {
    "E_FILE_MISSING": _("找不到这个文件，或者没有权限打开。请检查路径后再试。"),
    "E_FILE_EMPTY": _("文件是空的。请确认上传的是有内容的表格。"),
    "E_FILE_SIZE": _("文件超过 %(most)s MB。请删去图片和多余的工作表，或拆成几个文件再导入。"),
    "E_FILE_KIND": _("这不是可以读取的表格文件。请用 Excel 或 WPS 另存为 .xlsx 后再导入。"),
    "E_FILE_KIND:other_table": _("暂不读取 .xlsb 和 .ods 文件。请用 Excel 或 WPS 另存为 .xlsx 后再导入。"),
    "E_FILE_KIND:markup": _("这个文件其实是网页或文本，不是表格。请用 Excel 打开它，另存为 .xlsx 后再导入。"),
    "E_FILE_PASSWORD:missing": _("文件设有打开密码。请填写密码，或取消密码后再导入。"),
    "E_FILE_PASSWORD:wrong": _("打开密码不对。请检查大小写后重新填写。"),
    "E_FILE_BROKEN": _("文件已损坏，读不出来。请用 Excel 打开并另存为新的 .xlsx 后再导入。"),
    "E_FILE_TOO_LARGE": _("文件内容太大，读不下。请删去多余的行、列和空白区域里的格式，或拆成几个文件再导入。"),
    "E_FILE_TOO_LARGE:unzipped": _("文件展开后太大。请删去图片和多余的工作表，或拆成几个文件再导入。"),
    "E_FILE_TOO_SLOW": _("文件太复杂，没有在规定时间内读完。请把数据复制到一个新的工作簿，或拆成几个文件再导入。"),
    "E_FILE_SUSPECT": _("文件的内部结构异常，出于安全没有读取。请用 Excel 打开并另存为新的 .xlsx 后再导入。"),
    "E_FILE_SUSPECT:ratio": _("文件的压缩比异常，出于安全没有读取。请把数据复制到一个新的工作簿后再导入。"),
    "E_FILE_SUSPECT:parts": _("文件内部超过 %(most)s 个部件，出于安全没有读取。请把数据复制到一个新的工作簿后再导入。"),
    "E_FILE_SUSPECT:entity": _("文件里有不允许的实体声明，出于安全没有读取。请用 Excel 另存为新的 .xlsx 后再导入。"),
    "E_FILE_SHEET": _("文件里没有选中的工作表。请重新选择工作表。"),
    "E_FILE_ROWS": _("工作表超过 %(most)s 行。请删去末尾多余的内容，或拆成几个文件再导入。"),
    "E_FILE_COLUMNS": _("工作表超过 %(most)s 列。请删去右边多余的列后再导入。"),
    "E_FILE_CELL": _("第 %(row)s 行有单元格超过 %(most)s 个字符。请缩短它，或检查前面的引号是否成对。"),
    "E_FILE_ENCODING": _("第 %(row)s 行有认不出的字符编码。请用 Excel 另存为 .xlsx，或另存为“CSV UTF-8”后再导入。"),
    "E_FILE_NUL": _("第 %(row)s 行有不能读取的空字符。请用 Excel 打开并另存为 .xlsx 后再导入。"),
    "E_FILE_QUOTES": _("从第 %(row)s 行开始的引号没有成对。请补上或删去多余的引号后再导入。"),
}


def refused(key: str, values: dict[str, int] | None = None) -> Invalid:
    """The refusal of that key; what stands after the colon only chooses the sentence."""
    if key not in SENTENCES:
        key, values = "E_FILE_BROKEN", {}
    numbers = {name: int(value) for name, value in (values or {}).items()}
    return Invalid(key.partition(":")[0], str(SENTENCES[key]) % {"row": 0, "most": 0, **numbers})
