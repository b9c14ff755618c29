"""Absl flags from a class of options, in a `FlagValues` of their own.

Made when a program starts and never at import: experiments can be imported together,
and into programs that have flags of the same names.
"""

import dataclasses
import shutil
import textwrap
import typing
from collections.abc import Sequence
from typing import Any, TypeVar

from absl import flags

from aejax.errors import UserError
from aejax.lab.checked import (
    Checked,
    OptionError,
    checked,
    expected,
    own_first,
    shown,
    without_none,
)
from aejax.lab.options import Options

Kind = TypeVar("Kind", bound=Checked)

HELP = {"--help", "-help", "-h", "--helpfull", "--helpshort"}


class _Parser(flags.ArgumentParser):
    """Reads the text of one flag into the value of its field."""

    def __init__(self, field: dataclasses.Field, kind: Any):
        self._field, self._kind = field, kind
        self.syntactic_help = describe(field, kind)

    def parse(self, argument: Any) -> Any:
        plain, _ = without_none(self._kind)
        if typing.get_origin(plain) is tuple and isinstance(argument, str):
            argument = tuple(word.strip() for word in argument.split(","))
        try:
            return checked(self._field, self._kind, argument)
        except OptionError as error:
            raise ValueError(error.reason) from error


class _Serializer(flags.ArgumentSerializer):
    def serialize(self, value: Any) -> str:
        return shown(value)


def define(kind: type[Checked]) -> flags.FlagValues:
    """The flags of a class of options; the global ones stay as they are."""
    values = flags.FlagValues()
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        text = field.metadata.get("help", "")
        if hints[field.name] is bool:
            flags.DEFINE_bool(field.name, field.default, text, flag_values=values)
        else:
            flags.DEFINE(
                _Parser(field, hints[field.name]),
                field.name,
                field.default,
                text,
                flag_values=values,
                serializer=_Serializer(),
            )
    return values


def parse(kind: type[Kind], argv: Sequence[str]) -> Kind:
    """Options from a command line, `argv[0]` being the program.

    Raises:
      UserError: a flag is unknown, or its value cannot be; in one line.
    """
    values = define(kind)
    try:
        rest = values(list(argv))
    except flags.Error as error:
        raise UserError(f"{error}; --help lists the flags") from error
    if len(rest) > 1:
        raise UserError(f"what is {rest[1]!r}? Flags look like --name=value")
    if all(name in values and values[name].present for name in ("steps", "epochs")):
        raise UserError("give --steps or --epochs, not both")
    given = {name: values[name].value for name in values}
    # The default of steps does not count as given.
    try:
        return kind(**given)
    except OptionError as error:
        raise UserError(f"--{error}") from error


def help_text(kind: type[Checked], command: str, question: str) -> str:
    """What --help prints: the study, its own flags, then the shared ones."""
    width = min(100, shutil.get_terminal_size((80, 24)).columns)
    shared = {field.name for field in dataclasses.fields(Options)}
    hints = typing.get_type_hints(kind)
    lines = [question.strip(), "", f"usage: {command} [--flag=value ...]", ""]
    titles = {True: "Flags of this study:", False: "Flags of all studies:"}
    current = None
    for field in own_first(kind):
        is_own = field.name not in shared
        if is_own is not current:
            lines += [*([""] if current is not None else []), titles[is_own]]
            current = is_own
        default = "" if field.default is None else f"default {shown(field.default)}; "
        meaning = describe(field, hints[field.name])
        text = f"{field.metadata.get('help', '')} ({default}{meaning})"
        lines.append(f"  --{field.name}")
        lines += textwrap.wrap(
            text, width, initial_indent=" " * 6, subsequent_indent=" " * 6
        )
    return "\n".join(lines)


def describe(field: dataclasses.Field, kind: Any) -> str:
    """What the value of a flag must be, in words."""
    plain, _ = without_none(kind)
    if typing.get_origin(plain) is not tuple:
        return expected(plain, field.metadata)
    inner = typing.get_args(plain)[0]
    return f"one or more, separated by commas, each {expected(inner, field.metadata)}"
