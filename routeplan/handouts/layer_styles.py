"""Styles of layers as QGIS keeps them: the text of a QML file."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

# Placements of labels, as QGIS numbers them.
AROUND_POINT, OVER_POINT, ALONG_LINE = "6", "1", "2"


@dataclass(frozen=True, slots=True)
class Symbol:
    """How the rows that a rule, an expression of QGIS, selects are drawn; sizes in millimetres.

    `kind` is ``marker`` or ``line``; with `own_colour` each row has its own in a column.
    """

    rule: str
    kind: str
    colour: str
    size: float
    own_colour: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """The style of a layer: a symbol for each rule, and a label, an expression of QGIS.

    Labels `on_top` are white and on their symbols, others beside or along them.
    """

    symbols: tuple[Symbol, ...]
    label: str = ""
    on_top: bool = False


def to_qml(style: Style) -> str:
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
        selection = {"filter": symbol.rule} if symbol.rule else {}
        ET.SubElement(rules, "rule", {"symbol": str(number), "key": f"rule{number}", **selection})
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
    options = _add_map(layer)
    for key, value in values.items():
        _add_option(options, key, value)
    if symbol.own_colour:
        outer = _add_map(ET.SubElement(layer, "data_defined_properties"))
        _add_option(outer, "name", "")
        inner = _add_map(outer, "properties")
        each = _add_map(inner, "fillColor" if symbol.kind == "marker" else "outlineColor")
        _add_option(each, "active", "true", "bool")
        _add_option(each, "field", "colour")
        _add_option(each, "type", "2", "int")
        _add_option(outer, "type", "collection")


def _add_map(parent: ET.Element, name: str = "") -> ET.Element:
    return ET.SubElement(parent, "Option", {"name": name} if name else {}, type="Map")


def _add_option(parent: ET.Element, name: str, value: str, kind: str = "QString") -> None:
    ET.SubElement(parent, "Option", name=name, type=kind, value=value)


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
    return ",".join(map(str, [*bytes.fromhex(text[1:]), 255]))
