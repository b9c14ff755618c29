"""Flags that are lists of numbers, checked as they are parsed."""

from absl import flags


class _PositiveIntegers(flags.ArgumentParser):
    syntactic_help = "whole numbers of 1 or more, separated by commas"

    def parse(self, argument: str | list[int] | tuple[int, ...]) -> tuple[int, ...]:
        if not isinstance(argument, str):
            return tuple(argument)
        numbers = tuple(map(_positive, argument.split(",")))
        for number in numbers:
            if numbers.count(number) > 1:
                raise ValueError(f"{number} is given more than once")
        return numbers


def _positive(word: str) -> int:
    try:
        number = int(word)
    except ValueError:
        number = 0
    if number < 1:
        raise ValueError(f"{word.strip()!r} is not a whole number of 1 or more")
    return number


class _Serializer(flags.ArgumentSerializer):
    def serialize(self, value: tuple[int, ...]) -> str:
        return ",".join(map(str, value))


def define_integers(name: str, default: tuple[int, ...], text: str):
    """Defines a flag of distinct positive whole numbers, as in --zdims=4,8,16."""
    return flags.DEFINE(
        _PositiveIntegers(), name, default, text, serializer=_Serializer()
    )
