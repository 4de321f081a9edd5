"""Generated directives to be written, and how to compare them with those that are read."""

from __future__ import annotations

from hypothesis import strategies as st

from wizard.documents.directives.nodes import Directive
from wizard.documents.directives.operations import New


def new_directives(
    names: st.SearchStrategy[str], words: st.SearchStrategy[str], max_leaves: int
) -> st.SearchStrategy[New]:
    """Directives with arguments, alone or with others in their blocks."""
    return st.recursive(
        st.builds(New, names, st.lists(words, max_size=3).map(tuple)),
        lambda children: st.builds(
            New,
            names,
            st.lists(words, max_size=2).map(tuple),
            st.lists(children, max_size=3).map(tuple),
            st.none() | st.text(max_size=20),
        ),
        max_leaves=max_leaves,
    )


def plain(node: Directive | New) -> tuple[object, ...]:
    """What a directive says, without its place."""
    below = node.block if isinstance(node, Directive) else node.children
    return (node.name, node.args, None if below is None else tuple(plain(child) for child in below))
