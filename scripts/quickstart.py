"""The first five minutes: up, index the sample lessons, a query in each language, what next."""

from __future__ import annotations

from rich.rule import Rule

from infra.pipeline.documents import read_documents
from scripts import show
from scripts.health import probe, status_table
from scripts.index import index_documents, print_report
from scripts.search import answer_query, print_answers
from scripts.stack import StackOperator

LESSONS = "infra/local/lessons"
QUERIES = ("как сила тока зависит от напряжения", "how do plants turn light into food")

NEXT = """\
source .venv/bin/activate              put `retrieval` on PATH
retrieval search "ваш вопрос"          ask something else
retrieval index FOLDER                 index your own documents
retrieval smoke                        check what any deployment must hold
eval "$(retrieval env)"                then plain `pulumi up`, `pulumi stack output` work here
make down                              stop everything; the index stays"""


def quickstart(operator: StackOperator, stack: str | None) -> None:
    """Bring the stack up and show that it answers. Repeating it changes nothing."""
    talk, data = show.talk(), show.data()

    talk.print(Rule("1. bring the stack up", align="left"))
    name = operator.up(stack)
    deployment = operator.connect(name)

    talk.print(Rule("2. index the sample lessons", align="left"))
    root = operator.project_root / LESSONS
    documents = read_documents([str(root / "ru"), str(root / "en")], root=root)
    print_report(data, index_documents(deployment, documents))

    for query in QUERIES:
        talk.print(Rule(f"3. {query}", align="left"))
        print_answers(data, talk, answer_query(deployment, query))

    talk.print(Rule("4. what runs where", align="left"))
    data.print(status_table(name, probe(deployment)))

    talk.print(Rule("5. what to type next", align="left"))
    talk.print(NEXT)
