"""Hostile texts in a visitor's listings and in queries: wherever the page shows them, they are text."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.browser.test_page import ask, open_options
from tests.browser.test_saving import save
from tests.browser.test_uploads import bring

pytestmark = pytest.mark.browser

OUTSIDE = "http://outside.example/x"
PAYLOADS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=2>",
    "<svg onload=window.hacked=3><animate onbegin=window.hacked=3 attributeName=x></svg>",
    '"><script>window.hacked=4</script>',
    "'\" autofocus onfocus=window.hacked=5 x='",
    "</textarea><img src=x onerror=window.hacked=6>",
    "</script><script>window.hacked=7</script>",
    "</style><style>@import '//outside.example/x';*{display:none}</style>",
    '<iframe srcdoc="<script>parent.hacked=8</script>"></iframe>',
    "<details open ontoggle=window.hacked=9><summary>x</summary></details>",
    f'<object data="{OUTSIDE}"></object><embed src="{OUTSIDE}">',
    f'<base href="{OUTSIDE}/"><form action="{OUTSIDE}"><button>Apply</button></form>',
    f'<meta http-equiv=refresh content="0;url={OUTSIDE}"><link rel=stylesheet href="{OUTSIDE}">',
    "&lt;script&gt;window.hacked=10&lt;/script&gt; &amp;lt;img src=x onerror=window.hacked=10&amp;gt;",
    "<a href=\"javascript:window.hacked='link'\">apply here</a> [apply](javascript:window.hacked=11)",
    f"![logo]({OUTSIDE}.png) [apply]({OUTSIDE}) <video src={OUTSIDE} autoplay>",
    "{{constructor.constructor('window.hacked=12')()}} {% for x in y %} {{ 7*7 }}",
    "${window.hacked=13} `${window.hacked=13}` #{7*7} <%= 7*7 %>",
    "$$\\href{javascript:window.hacked=14}{x}$$ \\(x\\)",
    "<!--><img src=x onerror=window.hacked=15>--> <![CDATA[<script>window.hacked=15</script>]]>",
    "<math><mtext></form><form><mglyph><style></math><img src=x onerror=window.hacked=16>",
    "<scr\0ipt>window.hacked=17</scr\0ipt> nul \0 \x1b[31mred\x1b[0m bell \x07",
    "\u202egnirts desrever\u202c \u2066isolate\u2069 \u200f",
    "z\u200be\u200cr\u200do\ufeff width\u00ad and \U000e0041 tag",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f4\U000e0067\U000e007f \U0001f1e9\U0001f1ea",
    "\uff1cscript\uff1ewindow.hacked=18\uff1c/script\uff1e \u02bc \u2039img\u203a",
    '=HYPERLINK("http://outside.example/x";"Salary") \t+cmd|calc!A1',
    "__proto__ constructor toString hasOwnProperty undefined null NaN -0",
    "'; DROP TABLE listings; -- %s %d %n {0} {title!r} \\x00 \\u0000",
    "e\u0301" * 40 + " Z" + "\u0335" * 200 + "algo " + "long" * 100,
)
# What a text that became more than text would be: an element, a handler, an address.
BROKEN_OUT = """outside => [...document.querySelectorAll("*")].flatMap(one => {
    const of = [...one.attributes].filter(({name, value}) =>
        (name.startsWith("on") && value.includes("hacked")) ||
        (["href", "src", "action", "data", "srcdoc", "formaction"].includes(name) &&
            (value.trim().toLowerCase().startsWith("javascript:") || value.includes(outside) || value.includes("hacked"))));
    const own = one.textContent.startsWith("window.gradio_config") || one.getAttribute("href") === "./";
    const text = !own && ["SCRIPT", "STYLE"].includes(one.tagName) && /hacked|outside.example/.test(one.textContent);
    const kinds = ["IFRAME", "OBJECT", "EMBED", "BASE", "MARQUEE", "MATH", "VIDEO"];
    const kind = !own && kinds.includes(one.tagName.toUpperCase());
    return of.length || text || kind ? [one.outerHTML.slice(0, 200)] : [];
})"""


def write_payloads(path):
    """Write a listing for each payload, with the payload in its title, company, place, text and one more column."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "company", "location", "description", PAYLOADS[1]])
        for number, payload in enumerate(PAYLOADS):
            # The page reads csv files with nul bytes as damaged, which is another test's.
            payload = payload.replace("\0", "")
            words = " ".join(f"zebra{number}x{count}" for count in range(25))
            text = f"You count zebras in herd {number}. {payload} {words}"
            writer.writerow([f"{payload} keeper {number}", payload, payload, text, payload])
    return path


def is_fault(message):
    # Gradio writes of its own streams when a page is left for the next address.
    return message.type == "error" and not message.text.startswith(("AbortError", "Unexpected error Connection"))


@pytest.fixture
def watched(visit):
    """A page whose dialogs, console errors and breaches of its policy are kept."""
    page, seen = visit(), []
    page.on("dialog", lambda dialog: (seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: seen.append(message.text) if is_fault(message) else None)
    yield page
    assert seen == []
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("Object.prototype.hacked") is None


def see_text_only(page):
    assert page.evaluate(BROKEN_OUT, "outside.example") == []
    expect(page.locator("#sl-go")).to_be_visible()


def test_payloads_in_own_listings_are_text_in_rows_cards_dialogs_chips_filters_and_exports(watched, tmp_path):
    page = watched
    bring(page, write_payloads(tmp_path / "' onclick=window.hacked=0.csv"))
    page.locator(".sl-own-open").click()
    expect(page.locator(".sl-own-read")).to_contain_text("30 listings of 30 rows")
    see_text_only(page)
    page.keyboard.press("Escape")
    open_options(page)
    page.fill("#sl-k input[type=number]", "25")
    page.keyboard.press("Tab")
    expect(page.locator(".sl-row")).to_have_count(50)
    see_text_only(page)
    shown = set()
    for herd in range(0, 30, 2):
        ask(page, f"zebras in herd {herd}")
        shown |= set(page.locator(".sl-row").evaluate_all("all => all.map(one => one.dataset.listing)"))
        see_text_only(page)
    assert len(shown) == len(PAYLOADS)
    page.get_by_role("button", name="Cards").click()
    expect(page.locator(".sl-excerpt").first).to_be_visible()
    see_text_only(page)
    cards = page.locator(".sl-tuned .sl-card")
    for number in range(cards.count()):
        cards.nth(number).click()
        expect(page.get_by_role("dialog").last).to_be_visible()
        see_text_only(page)
        page.keyboard.press("Escape")
    rows = list(csv.reader(io.StringIO(save(page, "CSV").path().read_text(encoding="utf-8-sig"), newline="")))
    assert len(rows) == 51
    begins = {cell.lstrip(" ")[:1] for row in rows for cell in row}
    assert begins.isdisjoint("=+@\t\r")


@pytest.mark.parametrize("place", ["field", "address"])
def test_payloads_as_queries_are_text_in_the_field_the_chips_the_answer_and_the_title(watched, served, place):
    page = watched
    # Each address loads the page anew.
    for payload in PAYLOADS if place == "field" else PAYLOADS[::3]:
        query = f"analyst, remote, not {payload}"
        if place == "field":
            ask(page, query)
        else:
            page.goto(f"{served.url}?" + page.evaluate("q => new URLSearchParams({q}).toString()", query))
        expect(page.locator(".sl-row:visible").first).to_be_visible()
        see_text_only(page)
