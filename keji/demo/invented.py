"""Invented companies and people that look like real ones and are none."""

import random
from datetime import date, timedelta
from decimal import Decimal
from operator import mul
from typing import Any

from keji.customers.rules.many import Entrant
from keji.kernel.addresses import REGIONS
from keji.kernel.clock import today

FIRST = "星云恒信远航天成佳和锦程华谊启明绿源博远海纳盛世同方中汇瑞丰金鼎宏图嘉禾安泰永昌鑫隆德润凯旋泽宇弘毅百川九州东升西岭南光北辰正阳明德智达通联卓越飞腾长青万象云杉蓝田晨曦"
SECOND = "海云杉田航成和程谊明源远纳世方汇丰鼎图禾泰昌隆润旋宇毅川州升岭光辰阳德达联越腾青象曦帆峰景瑞祥顺利兴旺诚义信仁智勇创新科"
TRADES = {
    "I65": ("软件", "信息技术", "数据服务", "智能科技", "网络科技"),
    "I64": ("互联网科技", "网络技术"),
    "C34": ("机械制造", "精密机械"),
    "C35": ("专用设备", "自动化设备", "医疗器械"),
    "C39": ("电子", "半导体", "光电科技"),
    "C26": ("新材料", "化工"),
    "C18": ("服装", "服饰"),
    "C14": ("食品",),
    "F51": ("贸易", "商贸", "进出口"),
    "F52": ("零售", "商业连锁", "超市"),
    "G54": ("物流", "运输"),
    "H62": ("餐饮管理", "酒店餐饮"),
    "E50": ("建筑装饰", "装饰工程"),
    "E48": ("建设工程", "路桥工程"),
    "M74": ("工程咨询", "检测技术"),
    "L72": ("企业管理咨询", "人力资源"),
    "P83": ("教育科技", "培训"),
    "Q84": ("医疗", "健康管理"),
    "R87": ("传媒", "影视文化"),
    "A01": ("农业发展", "生态农业"),
}
FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司", "集团有限公司")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英梅鑫宇浩然子轩雨欣思琪佳怡俊豪梓涵一诺晨曦嘉懿建国志远海燕晓东雪峰文博慧玲春华"
TITLES = (
    "采购经理",
    "采购总监",
    "总经理",
    "行政主管",
    "技术部经理",
    "财务总监",
    "信息部主任",
    "副总经理",
    "运营经理",
    "办公室主任",
)
PREFIXES = (
    "133",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "158",
    "159",
    "177",
    "180",
    "181",
    "186",
    "187",
    "188",
    "189",
    "199",
)
SOURCES = ("EXHIBITION", "REFERRAL", "WEBSITE", "INBOUND", "COLD_VISIT", "ONLINE_PROMO", "CHANNEL", "SALES_VISIT")
STAGES = ("POTENTIAL", "POTENTIAL", "POTENTIAL", "INTENT", "INTENT", "WON", "COOPERATING", "LOST")
CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
WORTH = {sign: place for place, sign in enumerate(CODE)}
ORG_WORTH = {sign: int(sign, 36) for sign in CODE}
WEIGHTS = [3**place % 31 for place in range(17)]
INDUSTRIES = tuple(TRADES)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def city_of(region: str) -> str:
    """What names of companies begin with there; nothing where the city's name is too plain or too long a story."""
    parent = REGIONS.get(REGIONS[region].parent)
    city = parent.name.removesuffix("市")[:3] if parent else ""
    return city if len(city) > 1 and "辖" not in city and "县" not in city else ""


CITIES = {code: city_of(code) for code, one in REGIONS.items() if one.level == "district"}
DISTRICTS = tuple(CITIES)


class Quick(random.Random):
    """Draws five times as fast as `random.Random`: a million customers need sixty million draws."""

    def choice(self, among: Any) -> Any:
        return among[int(self.random() * len(among))]

    def randint(self, least: int, most: int) -> int:
        return least + int(self.random() * (most - least + 1))


class Invented:
    """An endless, repeatable stream of customers."""

    def __init__(self, seed: int):
        self.random = Quick(seed)
        self.names: set[str] = set()
        self.today = today()

    def entrant(self, owners: list[int]) -> Entrant:
        pick = self.random
        industry = pick.choice(INDUSTRIES)
        region = pick.choice(DISTRICTS)
        name = self.company(industry, region)
        staff = int(10 ** pick.uniform(0.7, 3.6))
        stage = pick.choice(STAGES)
        won = stage in ("WON", "COOPERATING", "LOST")
        met = self.today - timedelta(days=pick.randint(1, 1200))
        values: dict[str, Any] = {
            "name": name,
            "customer_type": "ENTERPRISE",
            "relation_type": pick.choice(("END_CUSTOMER", "END_CUSTOMER", "DEALER", "PARTNER")),
            "uscc": self.uscc(region),
            "industry_code": industry,
            "employee_count": staff,
            "annual_revenue_10k": Decimal(staff * pick.randint(20, 90)),
            "contact_region": region,
            "contact_address": f"{pick.choice(('人民', '建设', '解放', '科技', '创新', '滨河', '长江', '中山'))}路{pick.randint(1, 900)}号",
            "grade": pick.choice("AABBBBCCCCCC") if pick.random() < 0.85 else "",
            "lifecycle_stage": stage,
            "cooperation_status": {"WON": "COOPERATING", "COOPERATING": "COOPERATING"}.get(stage, "POTENTIAL"),
            "lead_source": pick.choice(SOURCES),
            "collection_channel": pick.choice(("ONLINE_FORM", "OFFLINE_INTERVIEW")),
            "first_contact_date": met,
            "acquired_at": met,
            "owner": pick.choice(owners),
        }
        if won:
            values |= {
                "first_cooperation_date": self.later(met),
                "contract_amount": Decimal(pick.randint(1, 90) * 10_000),
            }
        contacts = [self.contact(place == 0) for place in range(pick.choice((1, 1, 2, 2, 3)))]
        return Entrant(values, contacts, accept={"*": "演示数据"})

    def later(self, day: date) -> date:
        return min(self.today, day + timedelta(days=self.random.randint(5, 200)))

    def company(self, industry: str, region: str) -> str:
        """A name that has not been given out before in this stream."""
        pick = self.random
        city = CITIES[region] if pick.random() < 0.6 else ""
        while True:
            brand = pick.choice(FIRST) + pick.choice(SECOND)
            if len(self.names) > 3000 or pick.random() < 0.45:
                brand += pick.choice(SECOND)
            if len(self.names) > 60_000:
                brand += pick.choice(FIRST)
            name = f"{city}{brand}{pick.choice(TRADES[industry])}{pick.choice(FORMS)}"
            if name not in self.names:
                self.names.add(name)
                return name

    def contact(self, first: bool) -> dict[str, Any]:
        pick = self.random
        name = pick.choice(SURNAMES) + self.signs(GIVEN, pick.choice((1, 2, 2)))
        return {
            "name": name,
            "title": pick.choice(TITLES),
            "mobile": pick.choice(PREFIXES) + f"{pick.randint(0, 99_999_999):08d}",
            "email": f"{self.signs(LETTERS, 6)}@{self.signs(LETTERS, pick.randint(5, 9))}.com.cn",
            "decision_role": pick.choice(("DECISION_MAKER", "DECISION_MAKER", "INFLUENCER"))
            if first
            else pick.choice(("INFLUENCER", "USER", "")),
        }

    def signs(self, among: str, count: int) -> str:
        draw, size = self.random.random, len(among)
        return "".join([among[int(draw() * size)] for _n in range(count)])

    def uscc(self, region: str) -> str:
        """A credit code whose check characters are right, of an organisation that is not."""
        body = "MA" + self.signs(CODE, 6)
        rest = -sum(map(mul, map(ORG_WORTH.__getitem__, body), ORG_WEIGHTS)) % 11
        code = f"91{region}{body}{'X' if rest == 10 else rest}"
        return code + CODE[-sum(map(mul, map(WORTH.__getitem__, code), WEIGHTS)) % 31]
