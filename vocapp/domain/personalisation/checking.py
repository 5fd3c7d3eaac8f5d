"""What is wrong with a template, and which of its values may be missing without anything in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from liquid import BoundTemplate, RenderContext
from liquid.ast import BlockNode, ConditionalBlockNode, Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from vocapp.domain.personalisation.filters import FILTERS
from vocapp.domain.personalisation.language import STRICT, TAGS
from vocapp.domain.rules import Roots, quoted
from vocapp.domain.rules.names import wrong_name


def check(source: str) -> list[str]:
    """Return what is wrong with a template, in plain words; none means that it can be rendered."""
    if "{" not in source:
        return []
    if len(source) > LONGEST_SOURCE:
        return [f"a text has at most {LONGEST_SOURCE} characters"]
    try:
        template = STRICT.from_string(source)
        found = _unsafe(template) or [fault for path in _paths(template) if (fault := _wrong(path))]
    except LiquidError as error:
        return [_in_words(error)]
    except RecursionError:
        return ["this Liquid is nested too deep"]
    return list(dict.fromkeys(found))


def lacks_default(source: str) -> list[str]:
    """Return the variables of a checked template that are put out with neither a `default` nor an `if` around them."""
    if "{" not in source:
        return []
    return [
        name for name in dict.fromkeys(_bare(STRICT.from_string(source).nodes, frozenset())) if name[:6] != "brand."
    ]


def variables(source: str) -> frozenset[str]:
    """Return the dotted names that a checked template looks at."""
    if "{" not in source:
        return frozenset()
    return frozenset(name for path in _paths(STRICT.from_string(source)) if (name := _name(path)) is not None)


def is_safe(source: str) -> bool:
    """Tell whether rendering this template costs no more than its length allows."""
    if len(source) > LONGEST_SOURCE:
        return False
    try:
        return not _unsafe(STRICT.from_string(source))
    except (LiquidError, RecursionError):
        return False


LONGEST_SOURCE = 20_000
_BRAND = {"brand": ("name", "informal")}
"""Who speaks: its name, and whether it says « tu » where a language has the choice. Both are always there."""


def _unsafe(template: BoundTemplate) -> list[str]:
    for expression in _all_expressions(template):
        if isinstance(expression, RangeLiteral):
            return ["a text cannot count through a range (…..…)"]
        if isinstance(expression, FilteredExpression):
            for one in expression.filters or ():
                if one.name not in FILTERS:
                    return [f"unknown filter {quoted(one.name)}; there are {', '.join(FILTERS)}"]
    return []


def _wrong(path: Path) -> str | None:
    name = _name(path)
    if name is None:
        return f"{quoted(str(path))}: write the name of the variable out, as in customer.first_name"
    if name in {"customer.external_id", "customer.email", "customer.phone"}:
        return f"{quoted(name)}: a customer's id, address or number does not stand in a text"
    return wrong_name(name, Roots(answers=None, more=_BRAND))


def _name(path: Path) -> str | None:
    return None if any(isinstance(one, Path) for one in path.path) else ".".join(str(one) for one in path.path)


def _in_words(error: LiquidError) -> str:
    text = str(error.message or "this Liquid cannot be read")
    return f"{text}; a text can use the tags {', '.join(TAGS)}" if "tag" in text else text


def _children(node: Node, template: BoundTemplate) -> Iterable[Node]:
    return node.children(RenderContext(template), include_partials=False)


def _all_expressions(template: BoundTemplate) -> Iterator[Expression]:
    nodes = list(template.nodes)
    while nodes:
        node = nodes.pop()
        nodes += _children(node, template)
        yield from _within(node.expressions())


def _within(expressions: Iterable[Expression]) -> Iterator[Expression]:
    waiting = list(expressions)
    while waiting:
        expression = waiting.pop()
        yield expression
        waiting += expression.children()


def _paths(template: BoundTemplate) -> Iterator[Path]:
    return (expression for expression in _all_expressions(template) if isinstance(expression, Path))


def _bare(nodes: Iterable[Node], asked: frozenset[str]) -> Iterator[str]:
    """Walk the nodes; `asked` are the names that an `if` around has asked for."""
    for node in nodes:
        if isinstance(node, OutputNode):
            yield from _bare_output(node, asked)
        elif isinstance(node, (IfNode, ConditionalBlockNode)):
            inside = asked | _names(node.expressions())
            block = node.consequence if isinstance(node, IfNode) else node.block
            yield from _bare([block], inside)
            if isinstance(node, IfNode):
                yield from _bare([*node.alternatives, *([node.default] if node.default else [])], asked)
        elif isinstance(node, BlockNode):
            yield from _bare(node.nodes, asked)
        else:
            yield from _bare(node.children(_NO_CONTEXT, include_partials=False), asked)


_NO_CONTEXT = RenderContext(STRICT.from_string(""))


def _bare_output(node: OutputNode, asked: frozenset[str]) -> Iterator[str]:
    expression = node.expression
    if not isinstance(expression, FilteredExpression):
        return
    filters = expression.filters or []
    if any(one.name == "default" for one in filters):
        return
    arguments = [child for one in filters for child in one.children()]
    yield from sorted(_names([expression.left, *arguments]) - asked)


def _names(expressions: Iterable[Expression]) -> frozenset[str]:
    paths = (one for one in _within(expressions) if isinstance(one, Path))
    return frozenset(name for path in paths if (name := _name(path)) is not None)
