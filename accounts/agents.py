"""What a browser calls itself, in words a person recognises. Pure."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((word for mark, word in marks if mark in text), "")


def in_words(agent: str) -> str:
    """ "Firefox on Windows"; an unknown one is "A browser"."""
    browser, system = _first(_BROWSERS, agent) or "A browser", _first(_SYSTEMS, agent)
    return f"{browser} on {system}" if system else browser


def is_handheld(agent: str) -> bool:
    """A phone or tablet."""
    return any(word in agent for word in ("iPhone", "iPad", "Android", "Mobile"))
