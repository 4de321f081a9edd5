"""XML documents: the text survives, values are expat's, and a change touches the bytes of what it changes."""

from __future__ import annotations

import os
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.documents.xml.document import Document, Element, parse
from wizard.documents.xml.edit import Insert, New, Remove, SetAttribute, SetText, edit
from wizard.problems import Refused

CORPUS = os.environ.get("GALAXY_SETUP_CORPUS")

TEXT = """\
<?xml version="1.0"?>
<!-- the jobs -->
<job_conf>
    <plugins workers="4">
        <plugin id="local" type='runner' load = "galaxy:Local"/> <!-- this host -->
        <plugin id="slurm"
                type="runner">
            <!-- <param id="a">old</param> -->
            <param id="path">/usr/lib/a &amp; b</param>
            <param id="raw"><![CDATA[x < y]]></param>
        </plugin>
    </plugins>
    <tools/>
    <limits>
    </limits>
</job_conf>
"""


def corpus() -> list[Path]:
    if not CORPUS:
        pytest.skip("GALAXY_SETUP_CORPUS names no folder of other people's files")
    places = ("job_conf_xml/*", "object_store/*.xml*", "templated/*.xml.j2")
    return sorted(path for place in places for path in Path(CORPUS).glob(place))


def as_etree_reads(text: str) -> ElementTree.Element | None:
    try:
        return ElementTree.fromstring(text.encode())
    except (ElementTree.ParseError, LookupError, ValueError):
        return None


def assert_same_tree(element: Element, other: ElementTree.Element) -> None:
    assert (element.name, element.attributes) == (other.tag, other.attrib)
    assert element.text == (other.text or "")
    assert len(element.children) == len(other)
    for child, its in zip(element.children, other, strict=True):
        assert_same_tree(child, its)


def changed_lines(before: str, after: str) -> set[int]:
    """The lines (from 1) that differ between two texts with the same number of lines."""
    olds, news = before.splitlines(keepends=True), after.splitlines(keepends=True)
    assert len(olds) == len(news)
    return {number for number, (old, new) in enumerate(zip(olds, news, strict=True), 1) if old != new}


def find(document: Document, name: str, identifier: str) -> Element:
    return next(
        each for each in document.root.walk() if each.name == name and each.attributes.get("id") == identifier
    )


# Reading


def test_every_file_of_the_corpus_is_read_as_elementtree_reads_it_or_refused_where_it_refuses() -> None:
    refused = []
    for path in corpus():
        text = path.read_bytes().decode()
        theirs = as_etree_reads(text)
        if theirs is None:
            with pytest.raises(Refused) as caught:
                parse(text, path.name)
            assert caught.value.problems[0].line and caught.value.problems[0].column
            refused.append(path.name)
            continue
        document = parse(text, path.name)
        assert document.text == text
        assert_same_tree(document.root, theirs)
    assert len(refused) < 8


def test_places_are_those_of_the_text() -> None:
    text = TEXT.replace("the jobs", "die Läufe 🐍").replace("/usr/lib", "/üsr/lib")
    document = parse("\ufeff" + text)
    path = find(document, "param", "path")
    start, end = document.text_span(path) or (0, 0)
    assert document.text[start:end] == "/üsr/lib/a &amp; b"
    assert path.text == "/üsr/lib/a & b"
    slurm = find(document, "plugin", "slurm")
    assert (document.line(slurm), document.lines(slurm)) == (6, range(6, 12))
    assert document.attribute_line(slurm, "type") == 7
    local = find(document, "plugin", "local")
    start, end = document.attribute_span(local, "load") or (0, 0)
    assert document.text[start:end] == "galaxy:Local"
    assert [document.text[start:end].strip() for start, end in document.comment_spans()] == [
        "die Läufe 🐍",
        "this host",
        '<param id="a">old</param>',
    ]
    start, end = document.span(local)
    assert document.text[start:end].startswith("<plugin id") and document.text[start:end].endswith("/>")


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("", 1, 1, "no element found"),
        ("<a>\n  <b></a>", 2, 8, "mismatched tag"),
        ("<a/>\n<b/>", 2, 1, "junk after document element"),
        ("<a>\n&nope;</a>", 2, 1, "undefined entity"),
        ('<a b="1" b="2"/>', 1, 10, "duplicate attribute"),
        ("<p:a/>", 1, 1, "unbound prefix"),
        ("<a>\x01</a>", 1, 4, "not well-formed"),
        ("<a>\ud800</a>", 1, 4, "no character"),
        ('<?xml version="1.0" encoding="klingon"?><a/>', 1, 1, "encoding"),
        ('<?xml version="1.0" encoding="utf-16"?><a/>', 1, 31, "encoding"),
        ('<!DOCTYPE a [<!ENTITY e SYSTEM "/etc/passwd">]><a>&e;</a>', 1, 51, "another file"),
        ('<!DOCTYPE a SYSTEM "a.dtd"><a>&e;</a>', 1, 34, "declared nowhere"),
    ],
)
def test_what_is_no_xml_is_refused_at_its_place(text: str, line: int, column: int, what: str) -> None:
    with pytest.raises(Refused, match=what) as caught:
        parse(text, "job_conf.xml")
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("job_conf.xml", line)
    assert problem.column == column or "encoding" in what


@pytest.mark.parametrize("order", [1, -1], ids=["as used", "backwards"])
def test_an_entity_bomb_is_refused_before_it_goes_off(order: int) -> None:
    entities = ['<!ENTITY e0 "ha">', *(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))]
    started = time.process_time()
    with pytest.raises(Refused, match="beyond all measure"):
        parse(f"<!DOCTYPE a [{''.join(entities[::order])}]><a>&e11;</a>")
    assert time.process_time() - started < 1


def test_entities_and_defaults_of_a_doctype_are_values_as_elsewhere() -> None:
    text = (
        '<!DOCTYPE a [<!ENTITY where "/srv"><!ENTITY row "<b id=\'x\'/>"><!ATTLIST b k CDATA "dflt">]>\n'
        '<a>&row;<b id="&where;/data"/></a>'
    )
    document = parse(text)
    assert document.doctype == 1
    assert [child.attributes for child in document.root.children] == [
        {"id": "x", "k": "dflt"},
        {"id": "/srv/data", "k": "dflt"},
    ]
    assert document.attribute_span(document.root.children[1], "k") is None
    assert edit(document, [SetAttribute(document.root.children[1], "k", "own")]) == text.replace(
        '/data"/>', '/data" k="own"/>'
    )
    with pytest.raises(Refused, match="entity"):
        edit(document, [SetAttribute(document.root.children[0], "k", "own")])


def test_ten_thousand_elements_are_read_at_the_pace_of_elementtree() -> None:
    row = '    <tool id="toolshed.g2.bx.psu.edu/repos/iuc/tool{0}" destination="slurm_{0}"/>\n'
    text = f"<job_conf>\n<tools>\n{''.join(row.format(number) for number in range(10000))}</tools>\n</job_conf>\n"

    def best(read: object) -> float:
        times = []
        for _ in range(5):
            started = time.process_time()
            read(text)  # type: ignore[operator]
            times.append(time.process_time() - started)
        return min(times)

    assert best(parse) < 6 * best(ElementTree.fromstring)


# Editing


def test_a_value_keeps_its_quotes_its_order_and_the_white_space_around_it() -> None:
    document = parse(TEXT)
    local = find(document, "plugin", "local")
    after = edit(document, [SetAttribute(local, "type", "it's"), SetAttribute(local, "load", 'a"b')])
    assert """<plugin id="local" type='it&apos;s' load = "a&quot;b"/> <!-- this host -->""" in after
    assert changed_lines(TEXT, after) == {5}
    gone = edit(document, [SetAttribute(local, "load", None), SetAttribute(local, "workers", "2")])
    assert """<plugin id="local" type='runner' workers="2"/> <!-- this host -->""" in gone


def test_a_text_stays_in_its_cdata_and_its_comments_stay_with_it() -> None:
    text = "<a><b><![CDATA[x < y]]></b><c><!-- why --> 4 <!-- because --></c><d></d><e/></a>"
    document = parse(text)
    b, c, d, e = document.root.children
    assert edit(document, [SetText(b, "x > 1 & y")]) == text.replace("x < y", "x > 1 & y")
    assert edit(document, [SetText(b, "]]>")]) == text.replace("<![CDATA[x < y]]>", "]]&gt;")
    assert edit(document, [SetText(c, "5")]) == text.replace(" 4 ", "5")
    assert edit(document, [SetText(d, "<d>"), SetText(e, " e ")]) == text.replace(
        "<d></d><e/>", "<d>&lt;d></d><e> e </e>"
    )


def test_a_new_element_stands_behind_its_siblings_and_is_indented_as_they_are() -> None:
    document = parse(TEXT)
    plugins, tools, limits = (document.root.find(name) for name in ("plugins", "tools", "limits"))
    assert plugins and tools and limits
    new = New("plugin", {"id": "k8s"}, children=(New("param", {"id": "x"}, "1 < 2"),))
    after = edit(
        document,
        [
            Insert(plugins, new, after=plugins.children[0]),
            Insert(tools, New("tool", {"id": "a"})),
            Insert(tools, New("tool", {"id": "b"})),
            Insert(limits, New("limit", {"type": "walltime"}, "1:00:00")),
            Insert(document.root, New("resources"), before=tools),
        ],
    )
    assert after == TEXT.replace(
        "<!-- this host -->\n",
        "<!-- this host -->\n"
        '        <plugin id="k8s">\n            <param id="x">1 &lt; 2</param>\n        </plugin>\n',
    ).replace(
        "    <tools/>\n",
        '    <resources/>\n    <tools>\n        <tool id="a"/>\n        <tool id="b"/>\n    </tools>\n',
    ).replace("<limits>\n", '<limits>\n        <limit type="walltime">1:00:00</limit>\n')


def test_a_removed_element_takes_its_own_lines_and_no_other() -> None:
    text = "<a>\n  <!-- first -->\n  <b/>\n\n  <c>\n    <d/>\n  </c>\n  <e/> <!-- e -->\n  <f/><g/>\n</a>\n"
    document = parse(text)
    b, c, e, f, g = document.root.children
    assert edit(document, [Remove(b)]) == text.replace("  <b/>\n", "")
    assert edit(document, [Remove(c)]) == text.replace("  <c>\n    <d/>\n  </c>\n", "")
    assert edit(document, [Remove(e)]) == text.replace("<e/> ", "")
    assert edit(document, [Remove(f)]) == text.replace("<f/>", "")
    assert edit(document, [Remove(g)]) == text.replace("<g/>", "")
    everything = edit(document, [Remove(each) for each in document.root.children])
    assert [child.name for child in parse(everything).root.children] == []
    swapped = edit(document, [Remove(c), Insert(document.root, New("new"), after=c)])
    assert swapped == text.replace("  <b/>\n\n  <c>\n    <d/>\n  </c>\n", "  <b/>\n  <new/>\n\n")


@pytest.mark.parametrize("text", ["<a><b/></a>", "<a>\r\n\t<b/>\r\n</a>", "\ufeff<a><b />\n</a>", "<a\n/>"])
def test_line_ends_tabs_marks_and_missing_ends_stay_as_they_are(text: str) -> None:
    document = parse(text)
    new = New("c", {"d": "é"})
    after = edit(document, [Insert(document.root, new), SetAttribute(document.root, "x", "1")])
    assert after.replace("\r\n", "").count("\n") == after.count("\n") - text.count("\r\n") - (
        after.count("\r\n") - text.count("\r\n")
    )
    assert after.startswith(text[:2]) and after.endswith(text[-1])
    read = parse(after)
    assert [child.name for child in read.root.children] == [
        *(each.name for each in document.root.children),
        "c",
    ]
    back = edit(read, [Remove(read.root.children[-1]), SetAttribute(read.root, "x", None)])
    assert back == text or not document.root.children


def test_what_another_encoding_could_not_hold_is_written_as_a_reference() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a b="x">y</a>\n'
    document = parse(text)
    after = edit(document, [SetAttribute(document.root, "b", "é"), SetText(document.root, "ü")])
    assert after == text.replace('"x"', '"&#233;"').replace(">y<", ">&#252;<")
    assert as_etree_reads(after).text == "ü"  # type: ignore[union-attr]


@pytest.mark.parametrize("value", ["\x00", "\x0b", "\ud800", "\ufffe"])
def test_what_xml_cannot_hold_is_refused(value: str) -> None:
    document = parse(TEXT)
    for change in (
        SetAttribute(find(document, "plugin", "local"), "load", value),
        SetText(find(document, "param", "path"), value),
        SetText(find(document, "param", "raw"), value),
    ):
        with pytest.raises(Refused, match="control character"):
            edit(document, [change])


def test_an_element_with_children_takes_no_text_and_one_with_a_text_no_children() -> None:
    document = parse("<a>\n  <b>text</b>\n</a>\n")
    with pytest.raises(Refused, match="other elements"):
        edit(document, [SetText(document.root, "x")])
    with pytest.raises(Refused, match="a text"):
        edit(document, [Insert(document.root.children[0], New("c"))])


def test_every_value_in_the_corpus_can_be_set_alone() -> None:
    """Its own value changes nothing; another one its own lines only, and is read back."""
    seen: set[str] = set()
    for path in corpus():
        text = path.read_bytes().decode()
        if as_etree_reads(text) is None:
            continue
        document = parse(text, path.name)
        elements = list(document.root.walk())
        own = [SetAttribute(each, key, value) for each in elements for key, value in each.attributes.items()]
        texts = [SetText(each, each.text) for each in elements if not each.children]
        assert edit(document, [*own, *texts]) == text
        for number, element in enumerate(elements):
            start, end = document.span(element)
            if text[start:end] in seen:
                continue
            seen.add(text[start:end])
            places = [document.attribute_span(element, key) or (0, 0) for key in element.attributes]
            own_lines = {
                line
                for start, end in places
                for line in range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)
            }
            wanted = {key: f"{value}<&'\"" for key, value in element.attributes.items()}
            after = edit(document, [SetAttribute(element, key, value) for key, value in wanted.items()])
            assert changed_lines(text, after) <= own_lines
            assert list(parse(after).root.walk())[number].attributes == wanted
            lines = set(document.lines(element))
            if not element.children:
                after = edit(document, [SetText(element, "]]> & <b>")])
                kept = set(range(1, text.count("\n") + 2)) - lines
                olds, news = text.splitlines(keepends=True), after.splitlines(keepends=True)
                assert olds[: min(lines) - 1] == news[: min(lines) - 1]
                behind = len(olds) - max(lines)
                assert not kept or behind == 0 or olds[-behind:] == news[-behind:]
                theirs = as_etree_reads(after)
                assert theirs is not None and list(theirs.iter())[number].text == "]]> & <b>"


# Documents of any shape

NAMES = st.sampled_from(["a", "b", "tool", "x.y-z", "é"])
SPACE = st.sampled_from(["", " ", "\n", "\r\n  ", "\t"])
GAP = st.sampled_from([" ", "\n", "\r\n  ", "\t"])
VALUES = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=8
)
HOSTILE = st.one_of(
    VALUES,
    st.sampled_from(["]]>", '"', "'", "<!--", "-->", "</a>", "&amp;", "\n", "\t", " x ", "%s", "&#x0;"]),
)


def escaped(value: str, quote: str = "") -> str:
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")
    return value.replace(quote, "&#34;" if quote == '"' else "&#39;") if quote else value


@st.composite
def attributes(draw: st.DrawFn) -> str:
    text = ""
    for name in draw(st.lists(NAMES, unique=True, max_size=3)):
        quote = draw(st.sampled_from("\"'"))
        equals = f"{draw(SPACE)}={draw(SPACE)}"
        text += f"{draw(GAP)}{name}{equals}{quote}{escaped(draw(VALUES), quote)}{quote}"
    return text


def nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    other = st.one_of(
        st.builds(escaped, VALUES),
        SPACE,
        st.sampled_from(["<!-- <a b='c'> -->", "<?pi data?>", "<![CDATA[<a>&]]>", "&amp;", "&#233;"]),
    )

    @st.composite
    def element(draw: st.DrawFn) -> str:
        name, head, tail = draw(NAMES), draw(attributes()), draw(SPACE)
        parts = draw(st.lists(st.one_of(inner, other), max_size=4))
        if not parts and draw(st.booleans()):
            return f"<{name}{head}{tail}/>"
        return f"<{name}{head}{tail}>{''.join(parts)}</{name}{draw(SPACE)}>"

    return element()


DOCUMENTS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "\ufeff", '<?xml version="1.0"?>\n', "<!-- <a> -->\n"]),
    st.sampled_from(["", "<!DOCTYPE a>\n"]),
    nested(st.recursive(nested(st.nothing()), nested, max_leaves=6)),
    SPACE,
).filter(lambda text: as_etree_reads(text) is not None)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_any_document_keeps_its_text_and_is_read_as_elementtree_reads_it(text: str) -> None:
    document = parse(text)
    assert document.text == text
    assert edit(document, []) == text
    theirs = as_etree_reads(text)
    assert theirs is not None
    assert_same_tree(document.root, theirs)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, HOSTILE, st.data())
def test_a_hostile_value_never_leaves_its_place(text: str, value: str, data: st.DataObject) -> None:
    document = parse(text)
    elements = list(document.root.walk())
    number = data.draw(st.integers(0, len(elements) - 1))
    element = elements[number]
    after = edit(document, [SetAttribute(element, "new", value)])
    start, end = document.span(element)
    assert after.startswith(text[:start]) and after.endswith(text[end:])
    theirs = as_etree_reads(after)
    assert theirs is not None and list(theirs.iter())[number].attrib["new"] == value
    if not element.children:
        after = edit(document, [SetText(element, value)])
        theirs = as_etree_reads(after)
        assert theirs is not None and (list(theirs.iter())[number].text or "") == value
        assert after.startswith(text[:start]) and after.endswith(text[end:])


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS, st.data())
def test_what_is_put_in_can_be_taken_out_again(text: str, data: st.DataObject) -> None:
    document = parse(text)
    elements = [each for each in document.root.walk() if each.children or not each.text.strip()]
    if not elements:
        return
    parent = data.draw(st.sampled_from(elements))
    number = list(document.root.walk()).index(parent)
    anchor = data.draw(st.sampled_from([None, *parent.children]))
    after = parse(edit(document, [Insert(parent, New("new", {"id": "1"}), after=anchor)]))
    holder = list(after.root.walk())[number]
    names = [child.name for child in holder.children]
    assert sorted(names) == sorted([*(child.name for child in parent.children), "new"])
    new = holder.children[names.index("new")]
    back = parse(edit(after, [Remove(new)]))
    same = list(back.root.walk())[number]
    assert [child.name for child in same.children] == [child.name for child in parent.children]
    if parent.children:
        assert "".join(back.text.split()) == "".join(text.split())
