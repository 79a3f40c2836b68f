"""Styles of layers in QGIS's format (QML)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

__all__ = ["STYLES", "Style", "style_of"]


# Placements of labels, as QGIS numbers them.
AROUND_POINT, OVER_POINT, ALONG_LINE = "6", "1", "2"


@dataclass(frozen=True, slots=True)
class Symbol:
    """How the rows that a rule selects are drawn; sizes in millimetres.

    Parameters
    ----------
    rule
        An expression of QGIS; empty for all.
    kind
        ``marker`` or ``line``.
    colour
        ``#rrggbb``.
    own_colour
        Whether each row has its colour in the column `colour`.
    """

    rule: str
    kind: str
    colour: str
    size: float
    own_colour: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a layer.

    Parameters
    ----------
    symbols
        One for each rule.
    label
        An expression of QGIS; empty for none.
    on_top
        Whether labels are on their symbols, in white; else beside or along them.
    """

    symbols: tuple[Symbol, ...]
    label: str = ""
    on_top: bool = False


ROAD_WIDTHS = {"highway": 0.8, "district": 0.6, "local": 0.4, "track": 0.3}

STYLES = {
    "roads": Style(
        tuple(
            Symbol(
                f'"rank" = \'{rank}\' AND {"" if paved else "NOT "}"paved"',
                *("line", "#8c8c8c" if paved else "#a58f6f", width),
                dashed=not paved,
            )
            for rank, width in ROAD_WIDTHS.items()
            for paved in (True, False)
        )
    ),
    "villages": Style(
        (
            Symbol('"reached" = 0', "marker", "#ffffff", 2.6),
            Symbol('"reached" > 0 AND "reached" < "households"', "marker", "#f2c14e", 2.6),
            Symbol('"reached" >= "households"', "marker", "#3f8f5b", 2.6),
        ),
        label='"name" || \'\\n\' || "reached" || \'/\' || "households"',
    ),
    "plan": Style((Symbol("", "line", "#1f4e8c", 1.2, own_colour=True),)),
    "legs": Style((Symbol("", "line", "#ffffff", 0.2),), label="\"drive_minutes\" || ' min'"),
    "stops": Style(
        (Symbol("", "marker", "#1f4e8c", 4.4, own_colour=True),), label='"number"', on_top=True
    ),
}


def style_of(style: Style) -> str:
    """Return a style as the text of a QML file."""
    root = ET.Element(
        "qgis",
        version="3.22",
        styleCategories="Symbology|Labeling",
        labelsEnabled="1" if style.label else "0",
    )
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer")
    rules = ET.SubElement(renderer, "rules", key="root")
    symbols = ET.SubElement(renderer, "symbols")
    for number, symbol in enumerate(style.symbols):
        attributes = {"symbol": str(number), "key": f"rule{number}"}
        if symbol.rule:
            attributes["filter"] = symbol.rule
        ET.SubElement(rules, "rule", attributes)
        _add_symbol(symbols, str(number), symbol)
    if style.label:
        _add_label(root, style)
    return ET.tostring(root, encoding="unicode")


def _add_symbol(parent: ET.Element, name: str, symbol: Symbol) -> None:
    element = ET.SubElement(parent, "symbol", type=symbol.kind, name=name, alpha="1")
    drawn = "SimpleMarker" if symbol.kind == "marker" else "SimpleLine"
    layer = ET.SubElement(element, "layer", {"class": drawn, "enabled": "1"})
    colour = _colour(symbol.colour)
    if symbol.kind == "marker":
        values = {
            "name": "circle",
            "color": colour,
            "outline_color": _colour("#333333"),
            "outline_width": "0.2",
            "size": str(symbol.size),
            "size_unit": "MM",
        }
    else:
        values = {
            "line_color": colour,
            "line_width": str(symbol.size),
            "line_width_unit": "MM",
            "line_style": "dash" if symbol.dashed else "solid",
            "capstyle": "round",
            "joinstyle": "round",
        }
    options = ET.SubElement(layer, "Option", type="Map")
    for key, value in values.items():
        ET.SubElement(options, "Option", name=key, type="QString", value=value)
    if symbol.own_colour:
        _add_own_colour(layer, "fillColor" if symbol.kind == "marker" else "outlineColor")


def _add_own_colour(layer: ET.Element, what: str) -> None:
    """Take the colour from a column of the row."""
    properties = ET.SubElement(layer, "data_defined_properties")
    outer = ET.SubElement(properties, "Option", type="Map")
    ET.SubElement(outer, "Option", name="name", type="QString", value="")
    inner = ET.SubElement(outer, "Option", name="properties", type="Map")
    each = ET.SubElement(inner, "Option", name=what, type="Map")
    ET.SubElement(each, "Option", name="active", type="bool", value="true")
    ET.SubElement(each, "Option", name="field", type="QString", value="colour")
    ET.SubElement(each, "Option", name="type", type="int", value="2")
    ET.SubElement(outer, "Option", name="type", type="QString", value="collection")


def _add_label(root: ET.Element, style: Style) -> None:
    labeling = ET.SubElement(root, "labeling", type="simple")
    settings = ET.SubElement(labeling, "settings")
    ink, halo = ("#ffffff", "#333333") if style.on_top else ("#222222", "#ffffff")
    text = {"fieldName": style.label, "isExpression": "1", "textColor": _colour(ink)}
    font = ET.SubElement(settings, "text-style", text, fontSize="8", fontSizeUnit="Point")
    buffer = {"bufferDraw": "1", "bufferSize": "0.5", "bufferSizeUnits": "MM"}
    ET.SubElement(font, "text-buffer", buffer, bufferColor=_colour(halo))
    is_line = style.symbols[0].kind == "line"
    where = OVER_POINT if style.on_top else ALONG_LINE if is_line else AROUND_POINT
    ET.SubElement(settings, "placement", placement=where, dist="2", distUnits="MM")
    # Points of one layer do not push the names of another away.
    ET.SubElement(settings, "rendering", obstacle="0")


def _colour(text: str) -> str:
    """Return a colour as QGIS writes it: red, green, blue, opacity."""
    parts = [int(text[start : start + 2], 16) for start in (1, 3, 5)]
    return ",".join(map(str, [*parts, 255]))
