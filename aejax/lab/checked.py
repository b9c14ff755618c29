"""Frozen dataclasses of options with help texts and bounds, checked when made.

A notebook makes one by keywords, a command line by flags (`aejax.lab.flags`).
"""

import dataclasses
import math
import types
import typing
from pathlib import Path
from typing import Any, ClassVar

from aejax import paths
from aejax.errors import UserError


class OptionError(UserError):
    """An option has a value that cannot be.

    Attributes:
      name: of the option.
      reason: what is wrong, and what would do.
    """

    def __init__(self, name: str, value: Any, reason: str):
        super().__init__(f"{name}={shown(value)}: {reason}")
        self.name, self.reason = name, reason


def option(
    default: Any,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] = (),
    path: str = "",
    is_model: bool = False,
) -> Any:
    """A field of an `Options` class.

    Args:
      default: its value where none is given.
      help: one or two sentences for who reads --help.
      minimum: lower bound of a number, or of each number of a tuple.
      maximum: upper bound.
      above: the number, or each, must be greater than this.
      choices: what a word, or each word of a tuple, may be.
      path: "read" or "write" where it is a file or a folder.
      is_model: it names the folder of a saved model.
    """
    rules = {
        "help": help, "minimum": minimum, "maximum": maximum, "above": above,
        "choices": choices, "path": path, "is_model": is_model,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata=rules)


@dataclasses.dataclass(frozen=True)
class Checked:
    """Options whose values are checked when they are made.

    Raises:
      OptionError: a value is of another type, or beyond its bounds.
    """

    not_deciding: ClassVar[tuple[str, ...]] = ("workdir", "overwrite")
    """Options that do not change results."""

    def __post_init__(self) -> None:
        kinds = typing.get_type_hints(type(self))
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            found = checked(field, kinds[field.name], value)
            object.__setattr__(self, field.name, found)

    def named_models(self) -> dict[str, str]:
        """The options that name a saved model, of which the content decides."""
        named = [f.name for f in dataclasses.fields(self) if f.metadata.get("is_model")]
        return {n: getattr(self, n) for n in named if getattr(self, n) is not None}

    def deciding(self) -> dict[str, Any]:
        """The options on which results depend, the experiment's own first."""
        names = [f.name for f in own_first(type(self))]
        return {n: getattr(self, n) for n in names if n not in self.not_deciding}


def own_first(kind: type[Checked]) -> list[dataclasses.Field]:
    """The fields of a class of options: its own, then those of the most general one.

    That is the class from which all others that it is made of are derived.
    """
    general = [base for base in kind.__mro__ if issubclass(base, Checked)][-2:][0]
    shared = {field.name for field in dataclasses.fields(general)}
    fields = dataclasses.fields(kind)
    return [
        *(f for f in fields if f.name not in shared),
        *(f for f in fields if f.name in shared),
    ]


def checked(field: dataclasses.Field, kind: Any, value: Any) -> Any:
    """A value of a field, in its type.

    Raises:
      OptionError: it is of another type, or beyond its bounds.
    """
    plain, is_optional = without_none(kind)
    if value is None:
        if is_optional:
            return None
        raise OptionError(field.name, value, "must be given")
    if typing.get_origin(plain) is not tuple:
        return _one(field, plain, value)
    inner = typing.get_args(plain)[0]
    if isinstance(value, str) or not isinstance(value, (tuple, list)):
        value = (value,)
    values = tuple(_one(field, inner, each) for each in value)
    if not values:
        raise OptionError(field.name, value, "give at least one value")
    for each in values:
        if values.count(each) > 1:
            raise OptionError(field.name, value, f"{each} is given more than once")
    return values


def without_none(kind: Any) -> tuple[Any, bool]:
    """A type without its None, and whether it had one."""
    if isinstance(kind, types.UnionType):
        (plain,) = [each for each in typing.get_args(kind) if each is not type(None)]
        return plain, True
    return kind, False


def _one(field: dataclasses.Field, kind: type, value: Any) -> Any:
    try:
        found = _converted(kind, value)
    except (TypeError, ValueError, OverflowError):
        found = None
    rules = field.metadata
    if found is None or not _within(rules, found):
        words = f"{shown(value)!s} is not {expected(kind, rules)}"
        raise OptionError(field.name, value, words)
    if not rules.get("path") or not found:
        return found
    try:
        return str((paths.writable if rules["path"] == "write" else paths.local)(found))
    except UserError as error:
        raise OptionError(field.name, value, str(error)) from error


def _converted(kind: type, value: Any) -> Any:
    if kind is bool:
        return value if isinstance(value, bool) else None
    if kind is str:
        return str(value) if isinstance(value, (str, Path)) else None
    if isinstance(value, bool):
        return None
    found = kind(value)
    if isinstance(value, float) and found != value:
        return None
    return found


def _within(rules: Any, value: Any) -> bool:
    if rules.get("choices"):
        return value in rules["choices"]
    if isinstance(value, (str, bool)):
        return True
    low, high, above = (rules.get(n) for n in ("minimum", "maximum", "above"))
    return (
        math.isfinite(value)
        and (low is None or value >= low)
        and (high is None or value <= high)
        and (above is None or value > above)
    )


def expected(kind: Any, rules: Any) -> str:
    """What a value must be, in words."""
    if rules.get("choices"):
        return f"one of {', '.join(rules['choices'])}"
    word = {int: "a whole number", float: "a number", bool: "true or false"}
    text = word.get(kind, "a text")
    low, high, above = (rules.get(n) for n in ("minimum", "maximum", "above"))
    if above is not None:
        text += f" above {above:g}"
    if low is not None and high is not None:
        return f"{text} from {low:g} to {high:g}"
    if low is not None:
        text += f" of {low:g} or more"
    return text if high is None else f"{text}, {high:g} at most"


def shown(value: Any) -> str:
    """A value as flags have it."""
    if isinstance(value, (tuple, list)):
        return ",".join(map(str, value))
    return str(value)
