"""The palette's contrast, computed from theme.css itself (WCAG 2.2: text 4.5, graphics 3.0)."""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[1] / "static" / "cloudbank"
COLOURS = ("teal", "navy", "green", "amber", "red", "blue")
BASE = {
    "teal": "#0D7377",
    "navy": "#1B3A4B",
    "green": "#2ECC71",
    "amber": "#F39C12",
    "red": "#E74C3C",
    "blue": "#3498DB",
}
TEXT, GRAPHIC = 4.5, 3.0


def tokens(selector: str) -> dict[str, str]:
    """The custom properties of all rules whose selector list names `selector`."""
    found: dict[str, str] = {}
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "theme.css").read_text(), flags=re.DOTALL)
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        if selector in [one.strip() for one in selectors.split(",")]:
            found |= dict(re.findall(r"--cb-([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})\s*;", body))
    return found


LIGHT = tokens(":root")
DARK = LIGHT | tokens('[data-bs-theme="dark"]')


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #RRGGBB."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_agrees_with_known_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#0D7377", "#FFFFFF") == pytest.approx(5.62, abs=0.01)
    assert contrast("#1B3A4B", "#0D7377") == pytest.approx(2.13, abs=0.01)


@pytest.mark.parametrize("name", COLOURS)
def test_the_brand_colours_are_the_missions(name: str) -> None:
    assert LIGHT[name] == BASE[name]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", COLOURS)
def test_text_variants_read_on_page_surface_and_tint(theme: dict[str, str], name: str) -> None:
    for ground in ("page", "surface", f"{name}-tint"):
        assert contrast(theme[f"{name}-text"], theme[ground]) >= TEXT, (name, ground)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", COLOURS)
def test_solid_fills_carry_their_label_and_graphics_show(theme: dict[str, str], name: str) -> None:
    assert contrast(theme["on-solid"], theme[f"{name}-text"]) >= TEXT
    assert contrast(theme[f"{name}-graphic"], theme["surface"]) >= GRAPHIC


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_ink_muted_and_field_borders_show_on_every_ground(theme: dict[str, str]) -> None:
    grounds = [theme[name] for name in ("page", "surface", "surface-sunken")]
    assert all(contrast(theme["ink"], ground) >= 7 for ground in grounds)
    assert all(contrast(theme["muted"], ground) >= TEXT for ground in grounds)
    assert all(contrast(theme["ink"], theme[f"{name}-tint"]) >= TEXT for name in COLOURS)
    assert contrast(theme["field-line"], theme["surface"]) >= GRAPHIC
    assert contrast(theme["focus"], theme["page"]) >= GRAPHIC
    assert contrast(theme["teal-hover"], theme["surface"]) >= TEXT


@pytest.mark.parametrize("end", ["nav-from", "nav-to"])
def test_the_navigation_bar_reads_at_both_ends_of_its_gradient(end: str) -> None:
    assert contrast(LIGHT["nav-ink"], LIGHT[end]) >= TEXT


def test_the_current_mark_and_muted_text_show_on_the_navy_end() -> None:
    assert contrast(LIGHT["nav-mark"], LIGHT["nav-to"]) >= GRAPHIC
    assert contrast(LIGHT["nav-muted"], LIGHT["nav-to"]) >= TEXT


def test_bright_brand_colours_are_never_text() -> None:
    """Green, amber, red and blue fail as text: no rule may set `color` to them."""
    for file in STATIC.glob("*.css"):
        assert not re.search(r"[^-]color:\s*var\(--cb-(green|amber|red|blue)\)", file.read_text()), file.name
