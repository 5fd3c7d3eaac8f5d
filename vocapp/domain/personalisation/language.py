"""The part of Liquid that texts may use: output, conditions, comments."""

from __future__ import annotations

from typing import Any, TextIO

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.builtin import content, illegal, output
from liquid.builtin.tags import case_tag, comment_tag, if_tag, inline_comment_tag, unless_tag

from vocapp.domain.personalisation.filters import FILTERS, as_text

LONGEST_OUTPUT = 100_000
"""In bytes."""
TAGS = ("if", "elsif", "else", "unless", "case", "when", "comment", "raw")


class _Output(output.OutputNode):
    """Puts out values in our own words: no `True`, no dictionaries, no line breaks out of data."""

    __slots__ = ()

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(as_text(self.expression.evaluate(context)))


class _OutputTag(output.Output):
    node_class = _Output


class _Context(RenderContext):
    """Knows only the facts: the library's own `now` and `today` would bring a clock in."""

    def __init__(self, template: BoundTemplate, **kwargs: Any) -> None:
        super().__init__(template, **kwargs)
        self.scope = type(self.scope)(self.globals)


class _Template(BoundTemplate):
    context_class = _Context


class _Language(Environment):
    template_class = _Template
    output_stream_limit = LONGEST_OUTPUT
    block_nesting_limit = 10

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        del extra
        for tag in (
            content.Literal,
            _OutputTag,
            illegal.Illegal,
            if_tag.IfTag,
            unless_tag.UnlessTag,
            case_tag.CaseTag,
            comment_tag.CommentTag,
            inline_comment_tag.InlineCommentTag,
        ):
            self.add_tag(tag)
        for name, function in FILTERS.items():
            self.add_filter(name, function)


STRICT = _Language(tolerance=Mode.STRICT)
"""For checking: the first thing wrong is an error."""
LAX = _Language(tolerance=Mode.LAX)
"""For rendering: what cannot be worked out is left out."""
