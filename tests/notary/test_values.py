import pytest

from notary import values


@pytest.mark.parametrize("schema", [{"maxLength": 3}, {"type": "string", "pattern": "a", "x": 1}])
def test_a_keyword_that_the_kinds_do_not_use_is_a_fault(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a schema"):
        values.compiled(schema)  # type: ignore[arg-type]


def test_a_format_that_the_kinds_do_not_use_is_a_fault() -> None:
    with pytest.raises(ValueError, match="not a format"):
        values.compiled({"format": "email"})
