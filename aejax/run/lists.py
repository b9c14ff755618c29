"""Flags that are lists of numbers or words, checked as they are parsed."""

import math

from absl import flags

# --help of an experiment lists the flags that it defines through this module.
flags.disclaim_key_flags()


class _Integers(flags.ArgumentParser):
    def __init__(self, least: int, most: int | None):
        self._least, self._most = least, most
        self._range = f"of {least} or more" if most is None else f"of {least} to {most}"
        self.syntactic_help = f"whole numbers {self._range}, separated by commas"

    def parse(self, argument: str | list[int] | tuple[int, ...]) -> tuple[int, ...]:
        if not isinstance(argument, str):
            return tuple(argument)
        return _distinct(tuple(self._number(w) for w in argument.split(",")))

    def _number(self, word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            number = self._least - 1
        if number < self._least or (self._most is not None and number > self._most):
            raise ValueError(f"{word.strip()!r} is not a whole number {self._range}")
        return number


class _Numbers(flags.ArgumentParser):
    syntactic_help = "numbers above 0, separated by commas"

    def parse(self, argument: str | list | tuple) -> tuple[float, ...]:
        if not isinstance(argument, str):
            return tuple(argument)
        return _distinct(tuple(self._number(w) for w in argument.split(",")))

    def _number(self, word: str) -> float:
        try:
            number = float(word)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            raise ValueError(f"{word.strip()!r} is not a number above 0")
        return number


class _Words(flags.ArgumentParser):
    def __init__(self, known: tuple[str, ...]):
        self._known = known
        self.syntactic_help = f"of {', '.join(known)}, separated by commas"

    def parse(self, argument: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
        if not isinstance(argument, str):
            return tuple(argument)
        words = tuple(word.strip() for word in argument.split(","))
        for word in words:
            if word not in self._known:
                raise ValueError(f"{word!r} is not one of {', '.join(self._known)}")
        return _distinct(words)


def _distinct(values: tuple) -> tuple:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value} is given more than once")
    return values


class _Serializer(flags.ArgumentSerializer):
    def serialize(self, value: tuple) -> str:
        return ",".join(map(str, value))


def define_integers(
    name: str,
    default: tuple[int, ...],
    text: str,
    least: int = 1,
    most: int | None = None,
):
    """Defines a flag of distinct whole numbers within limits, as in --zdims=4,8."""
    parser = _Integers(least, most)
    return flags.DEFINE(parser, name, default, text, serializer=_Serializer())


def define_numbers(name: str, default: tuple[float, ...], text: str):
    """Defines a flag of distinct numbers above 0, as in --betas=0.1,1."""
    return flags.DEFINE(_Numbers(), name, default, text, serializer=_Serializer())


def define_words(name: str, known: tuple[str, ...], text: str):
    """Defines a flag of distinct words out of `known`; the default is all of them."""
    return flags.DEFINE(_Words(known), name, known, text, serializer=_Serializer())
