"""The requests that the gateway takes, as records: one per route that has a body.

Routes in the shape of another API ignore fields that they do not know, since its clients may send
more; our own refuse them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from infra.gateway.keys import Scope
from infra.gateway.lanes import Lane

# Characters. The model's window of 8192 tokens is some 30,000 characters of prose; more is cut or
# refused anyway, and a bound keeps one text within one call of the model server.
MAX_TEXT = 200_000
MAX_QUERY = 20_000
# A single text up to this length is somebody's query unless the request says otherwise.
SHORT_TEXT = 1000
# Upper end of the setting `gateway.max_texts`, which is checked for each request.
_MAX_LIST = 10_000


def _no_token_ids(value: object) -> object:
    """Lists of token ids, which clients of the OpenAI API may send, are told apart from texts."""
    first = value[0] if isinstance(value, list) and value else None
    inner = first[0] if isinstance(first, list) and first else first
    if isinstance(inner, int) and not isinstance(inner, bool):
        raise PydanticCustomError(
            "token_ids",
            "token ids are not accepted, since ids of another tokenizer would be embedded as "
            "nonsense; send the text (LangChain: check_embedding_ctx_length=False)",
        )
    return value


_Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
_Texts = Annotated[list[_Text], Field(min_length=1, max_length=_MAX_LIST)]
_Query = Annotated[str, Field(min_length=1, max_length=MAX_QUERY)]
_ModelName = Annotated[str, Field(min_length=1, max_length=200)]
_DocId = Annotated[str, Field(min_length=1, max_length=1000)]


class Request(BaseModel):
    """What every request may say."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    deadline_ms: Annotated[
        int | None,
        Field(ge=50, le=600_000, description="Time for the whole request; after it 504."),
    ] = None

    @property
    def lane(self) -> Lane:
        """Which lane the request belongs to."""
        return Lane.QUERIES

    @property
    def count(self) -> int:
        """Texts in the request."""
        return 1

    @property
    def more_scopes(self) -> frozenset[Scope]:
        """Scopes of which the key needs one beside those of the route; none for most requests."""
        return frozenset()


class EmbeddingsRequest(Request):
    """`POST /v1/embeddings`, in the shape of the OpenAI API."""

    model: _ModelName
    input: Annotated[_Text | _Texts, BeforeValidator(_no_token_ids)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int | None, Field(ge=1, le=4096)] = None
    user: str | None = None
    input_type: Annotated[
        Literal["query", "passage"] | None,
        Field(description="The lane. Left out: a list is passages, one short text is a query."),
    ] = None
    truncate: Annotated[
        bool, Field(description="Cut a text that is too long instead of refusing it.")
    ] = False
    sparse: Annotated[
        bool,
        Field(
            description="Answer with the model's learned sparse vector of each text as well. Needs "
            "the scope `index` in addition, and a gateway that has the model's head."
        ),
    ] = False

    @property
    def more_scopes(self) -> frozenset[Scope]:
        return frozenset({Scope.INDEX}) if self.sparse else frozenset()

    @property
    def texts(self) -> list[str]:
        """The texts as a list."""
        return [self.input] if isinstance(self.input, str) else self.input

    @property
    def lane(self) -> Lane:
        if self.input_type is not None:
            return Lane.QUERIES if self.input_type == "query" else Lane.PASSAGES
        is_query = isinstance(self.input, str) and len(self.input) <= SHORT_TEXT
        return Lane.QUERIES if is_query else Lane.PASSAGES

    @property
    def count(self) -> int:
        return len(self.texts)


class DocumentText(BaseModel):
    """A document as an object."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    text: Annotated[str, Field(max_length=MAX_TEXT)]


class RerankRequest(Request):
    """`POST /v1/rerank`, in the shape of the APIs of Jina and Cohere."""

    model: _ModelName | None = None
    query: _Query
    documents: Annotated[
        list[Annotated[str, Field(max_length=MAX_TEXT)] | DocumentText],
        Field(min_length=1, max_length=_MAX_LIST),
    ]
    top_n: Annotated[int | None, Field(ge=1, le=_MAX_LIST)] = None
    return_documents: bool = True
    truncate: Annotated[
        bool, Field(description="Cut a pair that is too long instead of refusing it.")
    ] = True

    @property
    def texts(self) -> list[str]:
        """The documents' texts."""
        return [
            document if isinstance(document, str) else document.text for document in self.documents
        ]

    @property
    def lane(self) -> Lane:
        return Lane.QUERIES if len(self.documents) <= SHORT_LIST else Lane.PASSAGES

    @property
    def count(self) -> int:
        return len(self.documents)


# Documents that are reranked while a reader waits; longer lists go in the passage lane.
SHORT_LIST = 32


class TokenizeRequest(Request):
    """`POST /v1/tokenize`."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    model: _ModelName | None = None
    input: _Text | _Texts
    add_special_tokens: bool = True
    count_only: Annotated[
        bool, Field(description="Answer with counts, without the tokens themselves.")
    ] = False

    @property
    def texts(self) -> list[str]:
        """The texts as a list."""
        return [self.input] if isinstance(self.input, str) else self.input

    @property
    def lane(self) -> Lane:
        return Lane.PASSAGES

    @property
    def count(self) -> int:
        return len(self.texts)


class Filters(BaseModel):
    """What an answer must fulfil; values of one field are alternatives."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    doc_id: _DocId | Annotated[list[_DocId], Field(min_length=1, max_length=1000)] | None = None
    lang: (
        Literal["ru", "en"]
        | Annotated[list[Literal["ru", "en"]], Field(min_length=1, max_length=2)]
        | None
    ) = None

    @property
    def doc_ids(self) -> tuple[str, ...]:
        """The documents to stay in; empty for all."""
        return _as_tuple(self.doc_id)

    @property
    def langs(self) -> tuple[str, ...]:
        """The languages to stay in; empty for both."""
        return _as_tuple(self.lang)


class SearchRequest(Request):
    """`POST /v1/search`."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    query: _Query
    top_k: Annotated[int | None, Field(ge=1, le=200)] = None
    rerank: bool = True
    filters: Filters | None = None
    context: Annotated[
        bool, Field(description="Bring the text of the section around each answer.")
    ] = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.query.strip():
            raise PydanticCustomError("blank_query", "the query is blank")
        return self


def _as_tuple(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
