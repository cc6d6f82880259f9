"""The bank's colours on paper and in workbooks (the page has them in theme.css). Pure."""

TEAL, NAVY = "0D7377", "1B3A4B"
AMBER, BLUE, RED, GREEN = "C97F0A", "2980B9", "E74C3C", "25A35A"
"""Graphic variants: 3:1 on white."""
AMBER_BRIGHT = "F39C12"
AMBER_LIGHT, RAMP_LIGHT = "FBD08A", "CFE6E7"
"""Light areas of charts, inside an outline or beside a darker layer."""
AMBER_TEXT, RED_TEXT, GREEN_TEXT = "8A5A00", "C0392B", "1D7E46"
TEAL_TINT, NAVY_TINT, AMBER_TINT = "E2EEEF", "E4E7E9", "FEF3E3"
INK, MUTED, LINE, SUNKEN, WHITE = "1A2B36", "5C6770", "D5DCE1", "F3F5F7", "FFFFFF"
SERIES = (TEAL, AMBER, BLUE, RED, GREEN, NAVY)
"""A fixed order; teal never stands beside navy."""
