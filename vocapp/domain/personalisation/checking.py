"""What is wrong with a template, and which of its values may be missing without anything in their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

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


class Flaw(NamedTuple):
    """Something wrong with a text."""

    code: str
    """Of a template: liquid, filter, identity, unknown."""
    text: str
    """In plain words, in English."""
    about: Mapping[str, Any] = MappingProxyType({})
    """What words in another language need to say the same: `name`, of a variable or a filter."""


def check(source: str) -> list[str]:
    """Return what is wrong with a template, in plain words; none means that it can be rendered."""
    return list(dict.fromkeys(flaw.text for flaw in flaws(source)))


def flaws(source: str) -> list[Flaw]:
    """Return what is wrong with a template, each with its code; none means that it can be rendered."""
    if "{" not in source:
        return []
    if len(source) > LONGEST_SOURCE:
        return [Flaw("liquid", f"a text has at most {LONGEST_SOURCE} characters")]
    try:
        template = STRICT.from_string(source)
        return _unsafe(template) or [flaw for path in _paths(template) if (flaw := _wrong(path))]
    except LiquidError as error:
        return [Flaw("liquid", _in_words(error))]
    except RecursionError:
        return [Flaw("liquid", "this Liquid is nested too deep")]


def lacks_default(source: str) -> list[str]:
    """Return the variables of a checked template that are put out with neither a `default` nor an `if` around them."""
    if "{" not in source:
        return []
    return [
        name for name in dict.fromkeys(_bare(STRICT.from_string(source).nodes, frozenset())) if name[:6] != "brand."
    ]


def default_wanted(name: str) -> str:
    """Return the advice on a variable of `lacks_default`, in plain words."""
    return f"{quoted(name)} may be missing: write {{{{ {name} | default: '…' }}}}"


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


def _unsafe(template: BoundTemplate) -> list[Flaw]:
    for expression in _all_expressions(template):
        if isinstance(expression, RangeLiteral):
            return [Flaw("liquid", "a text cannot count through a range (…..…)")]
        if isinstance(expression, FilteredExpression):
            for one in expression.filters or ():
                if one.name not in FILTERS:
                    text = f"unknown filter {quoted(one.name)}; there are {', '.join(FILTERS)}"
                    return [Flaw("filter", text, {"name": quoted(one.name)[1:-1]})]
    return []


def _wrong(path: Path) -> Flaw | None:
    name = _name(path)
    about = {"name": quoted(name or str(path))[1:-1]}
    if name is None:
        text = f"{quoted(str(path))}: write the name of the variable out, as in customer.first_name"
        return Flaw("unknown", text, about)
    if name in {"customer.external_id", "customer.email", "customer.phone"}:
        text = f"{quoted(name)}: a customer's id, address or number does not stand in a text"
        return Flaw("identity", text, about)
    wrong = wrong_name(name, Roots(answers=None, more=_BRAND))
    return None if wrong is None else Flaw("unknown", wrong, about)


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
