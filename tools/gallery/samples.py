"""What the gallery's pages show: the frame's context and one invented company's customers."""

from typing import Any

ROWS = """星海智能科技有限公司|C0127|A|red|逾期 2 天 · 电话|需求确认|软件和信息技术服务业|200-500人|重点意向,行业标杆|30.0|江苏 苏州|林晓
蓝田制造集团有限公司|C0098|B|today|今天 15:00 · 拜访|方案|专用设备制造业|500人以上|决策周期长|26.0|河南 郑州|林晓
云杉零售连锁(华东)有限公司|C0231|C|green|11-26 周四 · 微信|谈判|零售业|50-200人|价格敏感|7.0|浙江 杭州|王磊
锦程物流股份有限公司|C0310|C|amber|未安排|线索|道路运输业|200-500人||4.8|广东 深圳|林晓
恒信科技(北京)有限公司|C0044|A|green|11-25 周三 · 拜访|成交|互联网和相关服务|500人以上|VIP,续约客户|55.0|北京 海淀|林晓
天成服装有限公司|C0187|B|red|逾期 5 天 · 电话|意向|纺织服装、服饰业|50-200人|!流失风险|23.5|福建 泉州|陈思
佳和餐饮管理有限公司|C0402|C|green|11-30 周一 · 短信|线索|餐饮业|50人以下||2.7|四川 成都|王磊
远航国际贸易有限公司|C0356|C|amber|未安排|意向|批发业|50人以下|竞品对比中||上海 浦东|王磊
华谊医疗器械有限公司|C0219|B|green|11-26 周四 · 线上会议|方案|专用设备制造业|50-200人|预算明确|18.0|湖北 武汉|林晓
启明教育科技有限公司|C0275|C|today|今天 · 电话|需求确认|教育|50-200人||9.6|陕西 西安|陈思
中建汇通工程咨询(粤港澳大湾区)股份有限公司广州分公司|C0133|B|green|11-27 周五 · 拜访|谈判|专业技术服务业|200-500人|多部门决策|41.0|广东 广州|林晓
绿源农业发展有限公司|C0390|C||暂缓至 2027-01-04|线索|农业|50人以下|||山东 寿光|陈思
博远新材料股份有限公司|C0147|A|green|11-26 周四 · 拜访|方案|化学原料和化学制品制造业|500人以上|战略客户|88.0|江苏 常州|林晓
海纳数据服务有限公司|C0166|B|green|12-01 周二 · 电话|成交|软件和信息技术服务业|50-200人|续约客户|15.2|浙江 宁波|王磊
盛世传媒有限公司|C0204|C||—|流失|广播、电视、电影和录音制作业|50人以下|||湖南 长沙|陈思
同方机电安装有限公司|C0288|C|red|逾期 1 天 · 电话|意向|建筑安装业|50-200人||6.3|河北 石家庄|林晓"""

COLUMNS = [
    {"label": "客户", "role": "main", "sort": "?sort=name"},
    {"label": "等级", "role": "rank", "sort": "?sort=grade"},
    {"label": "下一步", "role": "pulse", "sort": "?sort=-next", "sorted": "up"},
    {"label": "阶段"},
    {"label": "行业"},
    {"label": "规模", "low": True},
    {"label": "标签", "low": True},
    {"label": "近12月(万元)", "num": True, "sort": "?sort=-amount"},
    {"label": "地区", "low": True},
    {"label": "负责人", "role": "who"},
]


def tags(text: str) -> list[dict[str, str]]:
    return [{"text": one.lstrip("!"), "tone": "red" if one.startswith("!") else ""} for one in text.split(",") if one]


def row(number: int, line: str) -> dict[str, Any]:
    name, code, grade, tone, beat, stage, industry, size, labels, amount, region, owner = line.split("|")
    cells = [
        {"kind": "link", "text": name, "href": f"/customer?{number}", "sub": code},
        {"kind": "grade", "text": grade},
        {"kind": "beat", "text": beat, "tone": tone},
        {"kind": "text", "text": stage},
        {"kind": "text", "text": industry, "title": industry},
        {"kind": "text", "text": size},
        {"kind": "tags", "tags": tags(labels)},
        {"kind": "money", "text": amount},
        {"kind": "text", "text": region},
        {"kind": "person", "text": owner},
    ]
    return {"id": number, "cells": cells}


def choice(code: str, text: str, on: bool = False, count: int | None = None, also: str = "") -> dict[str, Any]:
    return {"code": code, "text": text, "on": on, "count": count, "also": also}


INDUSTRIES = [("C34", "通用设备制造业", "tongyong tysb"), ("C35", "专用设备制造业", "zhuanyong zysb"), ("F51", "批发业", "pifa pfy"), ("F52", "零售业", "lingshou lsy"), ("G54", "道路运输业", "daolu dlys"), ("H62", "餐饮业", "canyin cyy"), ("I64", "互联网和相关服务", "hulianwang hlw"), ("I65", "软件和信息技术服务业", "ruanjian rjxx"), ("M74", "专业技术服务业", "zhuanye zyjs"), ("P83", "教育", "jiaoyu jy")]


def item(label: str, icon: str, href: str, on: bool = False, count: str = "", alert: bool = False) -> dict[str, Any]:
    return {"label": label, "icon": icon, "href": href, "on": on, "count": count, "alert": alert}


def menu(on: str) -> list[list[dict[str, Any]]]:
    groups = [
        [("客户", "users", "/list", "12,340", False), ("联系人", "address-book", "/contacts", "", False), ("跟进", "phone", "/calls", "8", True), ("商机", "briefcase", "/deals", "46", False), ("合同与回款", "file-text", "/contracts", "", False), ("公海", "ripple", "/pool", "213", False)],
        [("导入", "table-import", "/check", "", False), ("审核与审批", "checks", "/reviews", "3", True), ("回收站", "trash", "/bin", "", False)],
        [("人员与团队", "user-cog", "/people", "", False), ("字典与必填", "list-details", "/words", "", False), ("操作记录", "history", "/trail", "", False), ("设置", "settings", "/settings", "", False)],
    ]
    return [[item(label, icon, href, href == on, count, alert) for label, icon, href, count, alert in group] for group in groups]


def shell(theme: str, on: str = "/list") -> dict[str, Any]:
    return {
        "menu": menu(on), "me": {"name": "林晓", "username": "linxiao"}, "may_add": True, "banners": [], "toasts": [], "theme": theme,
        "rows": "mid", "version": "0.1.0", "company": "苏州星澜科技有限公司", "csrf_token": "x" * 64, "csrf_input": "", "links": {"find": "/found"},
    }


def problem(code: str, message: str, suggestion: str = "") -> dict[str, str]:
    return {"code": code, "message": message, "suggestion": suggestion}


def field(name: str, label: str, kind: str = "text", value: Any = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "help": "", "input": kind, "value": value, "example": "", "choices": [], "required": False, "masked": "", "errors": [], "doubts": [], "state": "", "state_why": ""} | more


PLACES = {"": [("320000", "江苏省"), ("330000", "浙江省")], "320000": [("320100", "南京市"), ("320500", "苏州市")], "320500": [("320505", "虎丘区"), ("320506", "吴中区")]}


def sections() -> list[tuple[str, str, list[dict[str, Any]]]]:
    kinds = [choice("ENTERPRISE", "企业客户"), choice("PERSON", "个人客户"), choice("GOVERNMENT", "政府机构")]
    return [
        ("base", "基础信息", [
            field("name", "客户名称", value="國際貿易有限公司", required=True, help="营业执照上的全称。个人客户写姓名。", doubts=[problem("W_TRADITIONAL", "名称里有繁体字，确认是执照上的写法吗？", "国际贸易有限公司")]),
            field("customer_type", "客户类型", "select", "ENTERPRISE", choices=kinds, required=True),
            field("uscc", "统一社会信用代码", value="91320594MA1ABCD2XK", example="91320594MA1ABCD2XK", help="18 位，最后一位是校验码。", errors=[problem("E_USCC_CHECK", "校验码不对，请对照执照再看一遍。")]),
            field("industry_code", "行业", "combobox", "I65", choices=[choice(code, f"{code} {text}", also=also) for code, text, also in INDUSTRIES], required=True, help="按国家标准 GB/T 4754 的大类。可以输入拼音首字母查找。"),
            field("employee_count", "员工数", "number", "320", state="CONFIRM"),
            field("owner", "负责人", "person", "1", choices=[choice("1", "林晓", also="linxiao lx"), choice("2", "王磊", also="wanglei wl"), choice("3", "陈思", also="chensi cs")], required=True),
        ]),
        ("status", "业务状态", [
            field("contract_amount", "合同金额", "money", "300000.00", help="含税总额。可以写 30万。"),
            field("first_contact_date", "首次接触", "date", "2026-13-01", errors=[problem("E_DATE", "没有这一天：一年只有 12 个月。", "2026-01-13")]),
            field("grade", "等级", "radios", "A", choices=[choice("A", "A 重点"), choice("B", "B 普通"), choice("C", "C 一般")]),
            field("is_strategic", "战略合作伙伴", "checkbox", True),
            field("products", "合作产品", "checks", ["P1"], choices=[choice("P1", "智能办公"), choice("P2", "门禁系统"), choice("P3", "会议预约")], broad=True),
        ]),
        ("place", "联系与地址", [
            field("contact_region", "所在地区", "region", "320505", choices=[choice(code, text) for code, text in PLACES[""]]),
            field("office_phone", "总机", masked="0512-****5678", help="没有权限读的号码会遮住几位。"),
            field("email", "邮箱", value="buyer@qq.com", doubts=[problem("W_PERSONAL_EMAIL", "这像是个人邮箱，不是公司邮箱。")]),
            field("remark", "备注", "textarea", "年底前有扩产计划，预算由集团统一审批。"),
        ]),
    ]


FACTS = [
    {"title": "基础信息", "rows": [{"label": "客户类型", "text": "企业客户 · 终端客户"}, {"label": "信用代码", "text": "91320594MA1ABCD2XK"}, {"label": "行业", "text": "I65 软件和信息技术服务业"}, {"label": "规模", "text": "200-500人", "sub": "320 人"}, {"label": "负责人", "text": "林晓"}]},
    {"title": "联系与地址", "rows": [{"label": "总机", "text": "0512-****5678", "masked": True, "reveal": "/revealed"}, {"label": "地址", "text": "江苏省苏州市虎丘区星湖街****", "masked": True, "why": "需要数据管理员角色"}, {"label": "网站", "text": "xinghai-tech.com.cn", "href": "https://xinghai-tech.com.cn"}]},
    {"title": "偏好与备注", "rows": [{"label": "偏好", "text": "勿电话打扰", "tone": "late", "sub": "邮件优先"}, {"label": "备注", "text": "年底前有扩产计划"}, {"label": "合同金额", "text": ""}]},
]
HISTORY = [
    {"by": "拜访 · 林晓", "at": "11-18 14:30", "text": "采购总监明确预算 30 万元，要求 11-20 前提供两套方案(基础版 / 升级版)；技术部关心与现有门禁系统对接。", "sub": "客户反馈：需对比 3 家方案，月底前定", "tags": [{"text": "已签名", "tone": "grey"}]},
    {"by": "修改资料 · 林晓", "at": "11-18 15:02", "machine": True, "changes": [{"label": "阶段", "old": "意向", "new": "方案"}, {"label": "规模", "old": "50-200人", "new": "200-500人"}]},
    {"by": "电话 · 林晓", "at": "11-11 10:05", "text": "确认展会后的资料已收到，约 18 日上门。"},
    {"by": "更换负责人 · 王磊", "at": "11-10 09:20", "machine": True, "changes": [{"label": "负责人", "old": "陈思", "new": "林晓"}], "why": "陈思转岗,客户交给林晓"},
    {"by": "微信 · 陈思", "at": "11-02 16:40", "text": "发送产品对比表。", "tags": [{"text": "迟录 3 小时", "tone": "red"}]},
    {"by": "导入 · 系统", "at": "10-12 11:00", "machine": True},
]

TITLES = ["客户名称", "行业", "规模", "联系人", "手机", "邮箱", "首次接触", "负责人"]
CHECKED = [
    (3, ["國際貿易有限公司", "批发", "50人以下", "王建", "13800138000", "buyer@guoji.cn", "2026-09-19", "林晓"], {0: ("doubtful", "名称里有繁体字")}),
    (7, ["佳和餐饮管理有限公司", "餐饮", "50人以下", "赵敏", "138-0013-8001", "", "2026-09-19", "王磊"], {4: ("bad", "不要用“-”分隔，可改为 13800138001")}),
    (9, ["启明教育科技有限公司", "其它", "50-200人", "孙悦", "13900139002", "a@qq.com", "2026-09-19", "丙"], {1: ("bad", "没有“其它”这个行业"), 5: ("doubtful", "像个人邮箱"), 7: ("bad", "没有叫“丙”的在职人员")}),
    (14, ["星海智能科技有限责任公司", "互联网", "200-500人", "李梅", "13812345678", "li.mei@xinghai-tech.com.cn", "2026-13-01", "林晓"], {0: ("bad", "与 C0127 相似"), 6: ("bad", "没有这一天")}),
    (22, ["宏达机械(集团)有限公司", "通用设备制造业", "500人以上", "周强", "1391234567", "zhou@hongda.cn", "2026-09-18", "陈思"], {4: ("bad", "手机号应为 11 位，现在 10 位")}),
]
