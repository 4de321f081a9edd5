"""What is said of answers that are written and do not do what they say."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.answers.handlers import Handler
from wizard.files.remarks import remarks

LIMITED: dict[str, Any] = {
    "groundwork.service_manager": "supervisord",
    "scaling.handlers": [Handler(name="a"), Handler(name="b", memory_limit=2.0)],
}


@pytest.mark.parametrize(
    ("given", "questions"),
    [
        ({}, []),
        ({"data.cvmfs": True}, ["data.tool_data_tables"]),
        (LIMITED, ["scaling.handlers"]),
        ({**LIMITED, "data.cvmfs": True}, ["data.tool_data_tables", "scaling.handlers"]),
        ({**LIMITED, "groundwork.service_manager": "systemd"}, []),
        ({**LIMITED, "groundwork.service_files": "kept"}, []),
        ({**LIMITED, "scaling.handlers": [Handler(name="a")]}, []),
    ],
)
def test_each_is_made_where_its_rule_holds(given: dict[str, Any], questions: list[str]) -> None:
    assert [problem.question for problem in remarks(given)] == questions
