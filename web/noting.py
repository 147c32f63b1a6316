"""The mark of a message in Python: the extraction finds it, the page that shows it speaks it."""


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a message for the extraction; it is translated where it is shown."""
    return message
