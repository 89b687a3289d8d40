"""The page's standing texts."""

from search.encoding.passages import FIRST, TOKENS, WINDOWS, Reading
from views.escape import escape

PLACEHOLDER = "data scientis 6 years expierience, LLMs, credit risk, content marketing"
LEGEND = (
    "Lines join the same listing: blue moved up by fine-tuning, orange down, grey stayed; a dashed stub: only in this list. "
    "Scores can't be compared between lists."
)
API_TEXT = (
    "The endpoints <code>/compare</code> and <code>/search</code> answer with JSON, from the function that this page uses. "
    "The same two are tools for agents, at <code>/gradio_api/mcp/</code> (Model Context Protocol, streamable HTTP)."
)
API_SNIPPET = """from gradio_client import Client

client = Client("http://127.0.0.1:7860")
answer = client.predict(query="dbt, airflow, kafka", k=5, api_name="/compare")
print([result["title"] for result in answer["tuned"]])"""
HINT = "Type your skills, or pick an example: the same listings are ranked by both models, side by side."
EXAMPLES = (
    PLACEHOLDER,
    "dbt, airflow, kafka, snowflake cost control",
    "I want to keep patients safe with machine learning, part of the week from home",
    "data analyst or data scientist, A/B tests, pricing, python",
    # Of the bundled test split, one that fine-tuning makes worse: its listing falls from the first place to the third.
    "work from home in Canada preparing patient chart data to count who returns after discharge",
)


def render_header(listing_count: int, *, fictional: bool, space: str = "") -> str:
    """Return the page's head: what this is, in one line; `fictional` as in `render_about`, `space` the Space's id."""
    kind = "fictional data and AI job listings, in English" if fictional else "job listings"
    return (
        f'<header class="sl-header" data-space="{escape(space)}"><h1>Shortlist</h1>'
        f"<p>{listing_count:,} {kind}, ranked twice: by an off-the-shelf embedding model, and by one "
        "fine-tuned for job search. See what fine-tuning changed.</p></header>"
    )


READING_TEXTS: dict[Reading, str] = {
    TOKENS: (
        "Both turn your query, and each listing in windows that cover all of it, into vectors: one of the whole, and one of each token (a word, or "
        "a piece of one) as it is meant there. A fifth of a score is the cosine of the whole query and the best window, four fifths the mean over the query's "
        "tokens of the cosine of each and the listing's nearest token; 1 is the highest. The excerpt on a card is from the best window."
    ),
    WINDOWS: (
        "Both turn your query, and each listing in windows that cover all of it, into vectors; the score is the cosine of the query and the best "
        "window, and 1 is the highest. The excerpt on a card is from that window."
    ),
    FIRST: (
        "Both turn your query, and the beginning of each listing, into vectors; the score is the cosine of the two, and 1 is the highest. "
        "What comes after the beginning is not read; a card says so."
    ),
}
WHOLE_NOTE = (
    "Both models read whole listings, in the same way; most people use such models on the first 256 tokens only, which makes the base weaker "
    "on long listings than it is here. "
)


def render_about(base_name: str, tuned_name: str, *, fictional: bool, reading: Reading) -> str:
    """Return the About tab; `fictional` says that the listings are the bundled ones, `reading` how both models read them."""
    origin = "These listings are fictional: a language model wrote them for this project. " if fictional else ""
    return (
        '<div class="sl-about"><h2>What you see</h2>'
        f"<p><b>Base</b> is <code>{escape(base_name)}</code>, used as it comes. <b>Fine-tuned</b> is "
        f"<code>{escape(tuned_name)}</code>: a model after contrastive training on queries and the listings "
        f"they were written for. {READING_TEXTS[reading]} Scores order one list; they can't be compared between the two models.</p>"
        '<p>As many listings as you ask for are shown, however little they fit. Such models hardly understand a negation ("no kubernetes"): use the filter Without the words.</p>'
        "<p>A line joins a listing's place in both lists: blue where fine-tuning moved it up, orange where down, "
        "grey where it stayed. A dashed stub marks a listing that only one list holds.</p>"
        "<h2>What to keep in mind</h2>"
        f"<p>{origin}{WHOLE_NOTE if reading != FIRST else ''}"
        "What was tried, and what failed, is written down in <code>train/LOG.md</code>.</p>"
        f"<h2>For programs and agents</h2><p>{API_TEXT}</p><pre>{escape(API_SNIPPET)}</pre></div>"
    )
