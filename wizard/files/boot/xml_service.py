"""What the files that start Galaxy and are XML have in common: launchd's property list and SMF's manifest."""

from __future__ import annotations

from wizard.answers.question import Given
from wizard.documents.xml.characters import writable
from wizard.files.boot.service import COMMON, INSTALL, VIRTUALENV, ServiceDocument, ServiceLens
from wizard.files.lens import Written
from wizard.problems import Problem, Refused


class XmlServiceLens(ServiceLens):
    """A service that starts Galaxy's code or its packages, defined in XML."""

    questions = COMMON | {INSTALL}

    def write(self, given: Given, text: str, file: str) -> Written:
        """As for any service. Raises Refused for an answer with a character that XML has no way to write."""
        for question in sorted(self.questions & given.keys()):
            if isinstance(given[question], str) and not writable(given[question]):
                what = "holds a character that XML cannot hold"
                raise Refused(Problem(what, question=question, way_out="leave that character out"))
        return super().write(given, text, file)

    def refuse_incomplete(self, now: Given, document: ServiceDocument) -> None:
        """Raise Refused also where Galaxy's packages are to be started, and nothing says where they are."""
        super().refuse_incomplete(now, document)
        if now.get(INSTALL) == "packages" and VIRTUALENV not in now:
            what = "needed to start Galaxy from its packages, which bring no run.sh"
            raise Refused(Problem(what, question=VIRTUALENV, way_out="give it, such as /srv/galaxy/venv"))
