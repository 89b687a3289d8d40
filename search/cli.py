"""What commands share: options, logging, one line for bad input."""

import logging
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, TypeVar

import tyro
from tyro import _errors as events  # Private, so requirements.txt pins tyro: the one way to errors of one line.
from tyro.constructors import PrimitiveConstructorSpec

from search.hub_timeouts import set_hub_timeout
from search.scoring import SCORINGS, parse_scoring
from search.terminal import PlainFormatter, printable

T = TypeVar("T")
LOUD_LIBRARIES = ("sentence_transformers", "transformers", "datasets", "httpx", "httpx2", "huggingface_hub", "bm25s")
STYLE = (tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes, tyro.conf.DisallowNone)


def run_command(
    command: Callable[..., object] | Mapping[str, Callable[..., object]],
    argv: Sequence[str] | None = None,
    *,
    prog: str,
) -> int:
    """Run a command; bad input becomes one line on stderr.

    Args:
        command: A function whose parameters are the options, a dataclass standing for its fields; or functions by
            the name of their subcommand. Docstrings and the comments behind fields are the help.
        argv: The words of the command line; None for those of this process.
        prog: What people type, such as `python -m train`.

    Returns:
        The exit status: 0, or 2 for bad input, or 130 when interrupted.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in LOUD_LIBRARIES:
        logging.getLogger(library).setLevel(logging.ERROR)
    set_hub_timeout()
    name = prog.removeprefix("python -m ").removesuffix(".py")
    read: Any = tyro.extras.subcommand_cli_from_dict if isinstance(command, Mapping) else tyro.cli
    try:
        with events.on_parse_error(_refuse):
            read(command, prog=prog, args=argv, config=STYLE)
    except (ValueError, OSError) as error:
        message = printable(" ".join(str(error).split()))
        print(f"{name}: error: {message}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{name}: stopped; nothing half-written is left", file=sys.stderr)
        return 130
    return 0


def _refuse(event: events.ParseErrorEvent) -> None:
    """Raise what is wrong with the options, in one line."""
    match event:
        case events.UnrecognizedArgs(tokens=[first, *_]) | events.MissingArgs(unrecognized_tokens=[first, *_]):
            problem = f"expected what the help lists, got {first}"
        case events.MissingArgs(missing_arguments=missing):
            problem = f"expected {', '.join(_flag(one.arg) for one in missing)}, got none"
        case events.MissingSubcommand(subcommand_spec=spec):
            problem = f"expected one of {', '.join(spec.parser_from_name)}, got none"
        case events.InvalidChoice(argument=argument, value=value, choices=choices):
            problem = f"expected {_flag(argument)} as one of {', '.join(filter(None, choices))}, got {value!r}"
        case events.BadValue(argument=argument):
            problem = f"expected a value after {_flag(argument)}, got none"
        case events.InstantiationFailure(argument=None, message=message):
            raise ValueError(message)
        case events.InstantiationFailure(argument=argument, message=message):
            problem = f"{_flag(argument)}: {message}"
        case _:
            return
    raise ValueError(f"{problem}; see {event.prog} --help")


def _flag(argument: Any) -> str:
    # An alias stands before the name.
    return str(argument.lowered.name_or_flags[-1])


def parsed_by(parse: Callable[[str], object], metavar: str) -> PrimitiveConstructorSpec[Any]:
    """Declare how an option's text becomes its value."""
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar=metavar,
        instance_from_str=lambda texts: parse(texts[0]),
        is_instance=lambda _: True,
        str_from_instance=lambda value: [str(value)],
    )


def _read_scoring(text: str) -> object:
    if (scoring := parse_scoring(text)) not in SCORINGS:
        raise ValueError(f"expected one of {', '.join(SCORINGS)}, got {text!r}")
    return scoring


# Marks an option as a scoring, which may have its former name.
ScoringOption = Annotated[
    T, parsed_by(_read_scoring, "{" + ",".join(SCORINGS) + "}"), tyro.conf.arg(aliases=("--reading",))
]


def option_of(field: str) -> str:
    """Name the option that fills a field."""
    return f"--{field.removesuffix('_seconds').replace('_', '-')}"


def check_options(config: object, accepts: Callable[[Any], bool], expected: str, *names: str) -> None:
    """Refuse options that are out of their range.

    Raises:
        ValueError: one of the named fields is not accepted.
    """
    for name in names:
        if not accepts(value := getattr(config, name)):
            raise ValueError(f"expected {option_of(name)} {expected}, got {value}")


def check_at_least(config: object, **bounds: int) -> None:
    """Refuse options below their bounds.

    Raises:
        ValueError: a field is below the bound of its name.
    """
    for name, least in bounds.items():
        check_options(config, partial(operator.le, least), f"of at least {least}", name)
