"""Words that tell whether "senior", "remote" or a city is meant as a wish."""


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text, each once."""
    return frozenset(words.split())


# What a job is called, alone or at the end of its name.
ROLES = word_set(
    """engineer scientist analyst developer dev researcher architect specialist consultant programmer modeller modeler
    statistician biostatistician mle swe practitioner quant eng sci engineering tester administrator dba associate
    advisor strategist technologist"""
)
# One of them, or several.
ROLE_PATTERN = rf"(?:{'|'.join(sorted(ROLES))})s?"
JOBS = word_set("role roles position positions job jobs post posts title titles level opening openings gig")
# What stands before such a name: "senior computer vision engineer".
FIELDS = word_set(
    """data ml ai ds de machine deep learning nlp llm genai gen analytics bi etl research applied computer vision software
    product platform mlops cloud marketing business insights reporting science decision quantitative backend python sql
    cv recommender perception robotics speech generative dataops dl enginer scientis analist"""
)
# Of them those of our jobs alone: "six years as a data scientist".
OUR_FIELDS = word_set("data ml ai machine learning analytics bi etl nlp llm genai science vision mlops insights")
NUMBER_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
NUMBERS = {name: float(value) for value, name in enumerate(NUMBER_WORDS.split())}
# They end what stands before them: "remote or hybrid", "senior please".
JOINING = word_set("or and but to with in at for from near within please pls plz only if ok okay")
# What somebody looks for, not what was.
WISHES = word_set(
    """looking seeking searching want wants wanting wish need hoping search seek love like prefer preferred next aim aiming
    target open"""
)


def read_number(word: str) -> float | None:
    """Read digits or a number word up to twenty."""
    return float(word) if word[:1].isdecimal() else NUMBERS.get(word)
