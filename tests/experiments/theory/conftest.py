"""Every question is run small: all its claims must hold, and its section be whole."""

import jax
import pytest

from aejax.lab.question_claims import verdicts
from aejax.lab.training import programs

OPTIONS = programs.compiler_options


@pytest.fixture
def answered(monkeypatch):
    """`(question, **turned) -> lesson`, all of whose claims hold, of a small run."""
    # It trains long enough for the compiler's time to come back.
    monkeypatch.setattr(programs, "compiler_options", OPTIONS)

    def check(question, **turned):
        found = question.run(question.options(**question.small), **turned)
        lesson = question.lesson(found)
        failed = [n for n, v in lesson.verdicts.items() if v.holds is False]
        assert not failed, {n: lesson.verdicts[n] for n in failed}
        assert verdicts(question.claims(found)) == lesson.verdicts
        assert question.question.endswith("?") and len(question.answer) > 200
        page = lesson.html()
        assert page.count('class="math"') == len(question.formulas)
        assert page.count("<img ") == len(lesson.figures) >= 1
        for figure in lesson.figures:
            rows = figure.rows()
            assert rows and all(rows[0].keys() == row.keys() for row in rows)
            assert figure.name.startswith(question.name)
        return lesson

    return check


@pytest.fixture(autouse=True)
def standard_promotion():
    """Optax promotes the types of its step count."""
    with jax.numpy_dtype_promotion("standard"):
        yield
