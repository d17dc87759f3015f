"""Write docs/tutorial/files/客户示例.xlsx: a workbook as a sales team keeps it, with eight rows that need a look.

All firms and people are invented; the same workbook comes out byte for byte at every run.
"""

from datetime import datetime
from pathlib import Path

import xlsxwriter

from keji.kernel import idnumbers

TARGET = Path(__file__).resolve().parents[1] / "docs" / "tutorial" / "files" / "客户示例.xlsx"
TITLES = (
    "公司名称", "统一社会信用代码", "所属行业", "企业规模", "客户等级", "合作阶段", "省份", "城市", "区县", "公司地址",
    "线索来源", "合同金额(币种)", "首次接触时间", "负责销售", "联系人", "联系人职位", "联系方式", "邮箱", "备注信息",
)  # fmt: skip
WIDTHS = (30, 22, 16, 14, 8, 10, 8, 8, 10, 22, 10, 16, 16, 10, 8, 14, 16, 28, 24)
BASES = (320594, 330106, 310115, 440305, 510107, 420111, 110108, 320106, 350203, 370102)
ROWS = """
晨光云算科技有限公司|软件和信息技术服务业|100-200人|A|潜在客户|江苏|苏州|虎丘区|科灵路78号3栋|展会|120000|2026-03-12|林晓|苏敏|采购总监|13812340001|su.min@chenguang.example.com|年底前有扩产计划
晨光云算科技有限公司|软件和信息技术服务业|100-200人|A|潜在客户|江苏|苏州|虎丘区|科灵路78号3栋|展会|120000|2026-03-12|林晓|周立|技术经理|13812340002|zhou.li@chenguang.example.com|
北辰精密仪器有限公司|仪器仪表制造业|200-500人|A|合作中|浙江|杭州|西湖区|文三路90号|转介绍|人民币:10000元|2025-11-03|林晓|何静|总经理|13912340003|he.jing@beichen.example.com|合同金额是从旧表里抄来的写法
青禾食品有限公司|食品制造业|50-200人|B|潜在客户|上海|上海|浦东新区|张江路665号|展会||2026-05-08|林晓|方青|采购经理|13612340004|fang.qing@qinghe.example.com|
青禾食品有限责任公司|食品制造业|50-200人|B|潜在客户|上海|上海|浦东新区|张江路665号|官网||2026-06-01|王芳|方青|采购经理|13612340004|fang.qing@qinghe.example.com|多半和上面是同一家
蓝湾物流有限公司|物流|200-500人|B|合作中|广东|深圳|南山区|科技园南路16号|客户主动咨询|85000|2025-08-20|王芳|陈海|运营总监|138-0013-8000|chen.hai@lanwan.example.com|手机号里有横线
四方材料科技有限公司|其它|50-200人|C|潜在客户|四川|成都|武侯区|天府大道500号|展会||2026-04-18|王芳|罗平|研发经理|13712340006|luo.ping@sifang.example.com|行业写了“其它”
启航教育科技有限公司|教育|50人以下|C|潜在客户|湖北|武汉|洪山区|珞喻路1037号|官网||2026-09-02|林晓|孙平|校长助理|13312340007|sun.ping@qihang.example.com|信用代码抄错了一位
國際貿易有限公司|批发业|50-200人|B|潜在客户|北京|北京|海淀区|中关村大街59号|转介绍||2026-02-27|王芳|郑和|总经理|13512340008|zheng.he@guoji.example.com|名称是繁体字
瑞丰农业发展有限公司|农业|200-500人|A|合作中|江苏|南京|玄武区|中山路18号|转介绍|300000|2024-10-15|丙|吴田|采购经理|15812340009|wu.tian@ruifeng.example.com|负责人已经离职
明德医疗器械有限公司|专用设备制造业|100-200人|B|潜在客户|福建|厦门|思明区|软件园二期20号|展会||2026年9月19日|林晓|黄洁|质量经理|15912340010|huang.jie@mingde.example.com|日期是中文写法
泉城机电有限公司|通用设备制造业|200-500人|A|合作中|山东|济南|历下区|经十路100号|转介绍|260000|2025-04-11|林晓|马骏|设备部主任|18612340011|ma.jun@quancheng.example.com|
云杉软件有限公司|软件和信息技术服务业|50人以下|B|潜在客户|浙江|杭州|滨江区|江南大道3888号|官网||2026-07-16|王芳|杨帆|产品总监|18712340012|yang.fan@yunshan.example.com|
恒川建筑工程有限公司|房屋建筑业|500人以上|A|合作中|四川|成都|武侯区|益州大道1800号|市场活动|980000|2023-12-05|王芳|李江|项目经理|18812340013|li.jiang@hengchuan.example.com|
恒川建筑工程有限公司|房屋建筑业|500人以上|A|合作中|四川|成都|武侯区|益州大道1800号|市场活动|980000|2023-12-05|王芳|唐雪|财务经理|18812340014|tang.xue@hengchuan.example.com|
海棠服饰有限公司|纺织服装、服饰业|100-200人|C|潜在客户|广东|深圳|福田区|深南大道1006号|客户主动咨询||2026-08-21|林晓|曹颖|商品经理|13212340015|cao.ying@haitang.example.com|
远山酒店管理有限公司|住宿业|200-500人|B|潜在客户|湖北|武汉|江汉区|解放大道634号|转介绍||2026-01-09|林晓|许宁|行政总监|13012340016|xu.ning@yuanshan.example.com|
新川能源科技有限公司|电力、热力生产和供应业|200-500人|A|合作中|江苏|南京|江宁区|将军大道29号|市场活动|540000|2025-02-18|王芳|蒋峰|供应链总监|15012340017|jiang.feng@xinchuan.example.com|
乐途旅行社有限公司|商务服务业|50人以下|C|潜在客户|福建|厦门|湖里区|湖里大道31号|官网||2026-10-12|王芳|沈悦|市场经理|15112340018|shen.yue@letu.example.com|
天枢通信技术有限公司|电信、广播电视和卫星传输服务|500人以上|A|合作中|北京|北京|朝阳区|建国路93号|展会|720000|2024-06-30|林晓|韩磊|总工程师|15212340019|han.lei@tianshu.example.com|
百川印刷有限公司|印刷和记录媒介复制业|50-200人|C|潜在客户|山东|济南|天桥区|无影山路41号|客户主动咨询||2026-05-26|林晓|邓强|生产经理|15312340020|deng.qiang@baichuan.example.com|
"""


def code(place: int) -> str:
    """A credit code of the firm at this place, with true check characters and an office that exists."""
    organisation = f"MA{place:06d}"
    body = f"91{BASES[place % len(BASES)]}{organisation}{idnumbers._org_check(organisation)}"
    return body + idnumbers._uscc_check(body)


def rows() -> list[list[str]]:
    """The rows of the workbook; rows of one firm share its code."""
    told = [line.split("|") for line in ROWS.strip().splitlines()]
    firms = list(dict.fromkeys(cells[0] for cells in told))
    codes = {name: code(place + 1) for place, name in enumerate(firms)}
    wrong = codes["启航教育科技有限公司"]
    codes["启航教育科技有限公司"] = wrong[:-1] + ("5" if wrong[-1] != "5" else "6")
    codes["青禾食品有限责任公司"] = codes["青禾食品有限公司"]
    return [[cells[0], codes[cells[0]], *cells[1:]] for cells in told]


def main() -> None:
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(TARGET, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "客户示例", "created": datetime(2026, 11, 1)})
        sheet = book.add_worksheet("客户")
        bold, text = book.add_format({"bold": True, "bg_color": "#EAF0F8"}), book.add_format({"num_format": "@"})
        for place, (title, width) in enumerate(zip(TITLES, WIDTHS, strict=True)):
            sheet.set_column(place, place, width, text)
            sheet.write_string(0, place, title, bold)
        for number, cells in enumerate(rows(), start=1):
            for place, cell in enumerate(cells):
                if cell:
                    sheet.write_string(number, place, cell, text)
        sheet.freeze_panes(1, 1)


if __name__ == "__main__":
    main()
