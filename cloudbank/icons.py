"""The SVG sprite of the icons in use: one file, cut from bootstrap-icons by `manage.py build_icons`. Pure."""

import re
from pathlib import Path

_NAMES = """
activity arrow-clockwise arrow-down arrow-down-left arrow-down-up arrow-left arrow-left-right arrow-repeat
arrow-right arrow-up arrow-up-right arrow-counterclockwise at bank bank2 bar-chart bar-chart-line bell
bell-fill book box-arrow-in-down box-arrow-in-right box-arrow-right box-arrow-up bookmark briefcase building
calculator calendar3 calendar-check camera card-checklist card-list cash cash-coin cash-stack check
check-circle check-circle-fill check-lg check2 check2-all check2-circle check2-square chevron-down chevron-left
chevron-right chevron-up circle circle-fill circle-half clipboard clipboard-check clipboard-data clock
clock-history cloud-check credit-card cup-hot cursor currency-dollar currency-exchange dash-circle dash-lg
database database-check diagram-3 dot download envelope exclamation-circle exclamation-circle-fill
exclamation-diamond-fill exclamation-octagon exclamation-octagon-fill exclamation-triangle
exclamation-triangle-fill eye eye-slash file-earmark-arrow-down file-earmark-bar-graph file-earmark-check
file-earmark-pdf file-earmark-spreadsheet file-earmark-text filetype-csv filetype-pdf filetype-xlsx filter
fingerprint flag flag-fill folder2-open funnel gear globe grid graph-down-arrow graph-up graph-up-arrow hash
hourglass hourglass-split house house-door hdd-stack inbox info-circle info-circle-fill journal-check
journal-text key key-fill laptop layers lightbulb lightning lightning-charge link-45deg list list-check
list-task list-ul lock lock-fill mailbox megaphone moon-stars octagon octagon-fill patch-check pause
pause-circle pause-fill pencil pencil-square people people-fill percent person person-badge person-check
person-circle person-lock person-plus person-vcard person-x phone pie-chart piggy-bank pin-map play-fill
play-circle plus-circle plus-lg printer question-circle receipt receipt-cutoff safe2 save search send shield
shield-check shield-exclamation shield-fill-check shield-lock shield-x shop signpost-split sliders snow snow2
sort-down sort-up speedometer2 star stopwatch sun table tag tags telephone terminal three-dots toggles trash
triangle-fill trophy unlock upc-scan upload wallet2 window x x-circle x-circle-fill x-lg x-octagon
x-octagon-fill
"""
ICONS = tuple(_NAMES.split())

_HEAD = '<svg xmlns="http://www.w3.org/2000/svg">'
_INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def symbol(name: str, source: str) -> str:
    """One bootstrap icon's file as a `<symbol>`; ValueError when it is no SVG."""
    found = _INNER.search(source)
    if not found:
        raise ValueError(f"{name}: not an SVG file")
    inner = re.sub(r"\s*\n\s*", "", found.group(1))
    return f'<symbol id="{name}" viewBox="0 0 16 16">{inner}</symbol>'


def build_sprite(folder: Path) -> str:
    """The sprite's text from the folder of bootstrap-icons; FileNotFoundError names a missing icon."""
    names = sorted(set(ICONS))
    symbols = [symbol(name, (folder / f"{name}.svg").read_text(encoding="utf-8")) for name in names]
    return "\n".join([_HEAD, *symbols, "</svg>", ""])
