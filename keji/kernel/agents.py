"""From where somebody signs in, as far as people recognise it: the browser, the system, the network."""

from ipaddress import ip_address, ip_network

BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("wxwork", "WeCom"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def agent(told: str) -> str:
    """What a browser's long name comes down to, without its version: that changes every month."""
    found = [next((name for mark, name in known if mark in told), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(one for one in found if one)


def network(address: str | None) -> str:
    """The network an address lies in; nothing for what is none."""
    try:
        known = ip_address(address or "")
    except ValueError:
        return ""
    return str(ip_network(f"{known}/{24 if known.version == 4 else 48}", strict=False))
