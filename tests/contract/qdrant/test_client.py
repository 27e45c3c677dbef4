"""The official qdrant-client 1.20.0 works on the local Qdrant as on a server."""

from __future__ import annotations

from collections.abc import Generator

import jwt
import numpy as np
import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from tests.contract.qdrant.server import Server

pytestmark = [pytest.mark.contract, pytest.mark.runs("python")]

SEED = 7
DIMENSIONS = 32
BM25 = "qdrant/bm25"
RUSSIAN = {"language": "russian", "tokenizer": "word"}
TEXTS = {
    1: "Закон о защите персональных данных и правила их хранения",
    2: "Скорость света в вакууме постоянна",
    3: "Клетка делится на две дочерние клетки",
    4: "Обработка персональных данных по закону",
}


def vector(point: int) -> list[float]:
    """A unit vector that depends on the point alone."""
    values = np.random.default_rng([SEED, point]).standard_normal(DIMENSIONS)
    return (values / np.linalg.norm(values)).tolist()


@pytest.fixture
def client(server: Server) -> Generator[QdrantClient]:
    """A client on an empty server."""
    connected = QdrantClient(url=server.url)
    yield connected
    for collection in connected.get_collections().collections:
        connected.delete_collection(collection.name)
    connected.close()


@pytest.fixture
def lessons(client: QdrantClient) -> QdrantClient:
    """The client, with four lessons in the collection `lessons`."""
    client.create_collection(
        "lessons",
        vectors_config={
            "dense": models.VectorParams(
                size=DIMENSIONS,
                distance=models.Distance.COSINE,
                quantization_config=models.BinaryQuantization(
                    binary=models.BinaryQuantizationConfig(
                        always_ram=True,
                        query_encoding=models.BinaryQuantizationQueryEncoding.SCALAR8BITS,
                    )
                ),
            )
        },
        sparse_vectors_config={"bm25": models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )
    client.create_payload_index("lessons", "n", models.PayloadSchemaType.INTEGER)
    client.upsert(
        "lessons",
        [
            models.PointStruct(
                id=number,
                vector={
                    "dense": vector(number),
                    "bm25": models.Document(text=text, model=BM25, options=RUSSIAN),
                },
                payload={"n": number, "text": text, "even": number % 2 == 0},
            )
            for number, text in TEXTS.items()
        ],
    )
    return client


def test_version_needs_no_warning(server: Server) -> None:
    """The client's own compatibility check is content, and the title says what this is."""
    client = QdrantClient(url=server.url)

    assert "not a Qdrant server" in client.info().title
    client.close()


def test_bm25_finds_an_inflected_form(lessons: QdrantClient) -> None:
    """A text query embedded by the server finds other forms of its words."""
    document = models.Document(text="персональные данные", model=BM25, options=RUSSIAN)

    found = lessons.query_points("lessons", query=document, using="bm25", limit=10).points

    assert {point.id for point in found} == {1, 4}


def test_hybrid_query_fuses_both_legs(lessons: QdrantClient) -> None:
    """Dense and BM25 prefetches are fused by rank, with weights and k as given."""
    document = models.Document(text="скорость света", model=BM25, options=RUSSIAN)
    params = models.SearchParams(
        quantization=models.QuantizationSearchParams(rescore=True, oversampling=3.0)
    )

    found = lessons.query_points(
        "lessons",
        prefetch=[
            models.Prefetch(query=vector(3), using="dense", limit=4, params=params),
            models.Prefetch(query=document, using="bm25", limit=4),
        ],
        query=models.RrfQuery(rrf=models.Rrf(k=60, weights=[1.0, 3.0])),
        limit=2,
        with_payload=["n"],
    ).points

    ranks = {point.id: point.score for point in found}
    assert set(ranks) == {2, 3}
    assert ranks[3] == pytest.approx(1 / 60, rel=1e-5)
    assert found[0].payload == {"n": found[0].id}


def test_filters_scroll_and_count(lessons: QdrantClient) -> None:
    """A filter means the same in scroll, count, query and delete."""
    even = models.Filter(
        must=[models.FieldCondition(key="even", match=models.MatchValue(value=True))]
    )

    scrolled, following = lessons.scroll("lessons", scroll_filter=even, limit=1)
    assert [point.id for point in scrolled] == [2]
    assert following == 4
    assert lessons.count("lessons", count_filter=even).count == 2
    found = lessons.query_points("lessons", query=vector(1), using="dense", query_filter=even)
    assert {point.id for point in found.points} == {2, 4}

    lessons.delete("lessons", models.FilterSelector(filter=even))
    assert lessons.count("lessons").count == 2


def test_alias_moves_between_collections(lessons: QdrantClient) -> None:
    """Reads and writes through an alias reach the collection it points to, switched at once."""
    lessons.create_collection(
        "next", vectors_config=models.VectorParams(size=2, distance=models.Distance.DOT)
    )
    create = models.CreateAliasOperation(
        create_alias=models.CreateAlias(collection_name="lessons", alias_name="live")
    )
    lessons.update_collection_aliases([create])
    assert lessons.count("live").count == 4

    delete = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name="live"))
    move = models.CreateAliasOperation(
        create_alias=models.CreateAlias(collection_name="next", alias_name="live")
    )
    lessons.update_collection_aliases([delete, move])
    assert lessons.count("live").count == 0
    assert lessons.get_aliases().aliases[0].collection_name == "next"


def test_payload_and_vectors_change_in_place(lessons: QdrantClient) -> None:
    """Payload keys and single vectors change without touching the rest of the point."""
    lessons.set_payload("lessons", {"seen": True}, points=[1])
    lessons.delete_payload("lessons", keys=["text"], points=[1])
    lessons.delete_vectors("lessons", vectors=["bm25"], points=[1])

    point = lessons.retrieve("lessons", [1], with_vectors=True)[0]
    assert point.payload == {"n": 1, "even": False, "seen": True}
    assert isinstance(point.vector, dict)
    assert list(point.vector) == ["dense"]


def test_groups_and_facet(lessons: QdrantClient) -> None:
    """Grouped queries and facets see the payload values."""
    groups = lessons.query_points_groups(
        "lessons", group_by="even", query=vector(1), using="dense", group_size=2
    ).groups
    by_number = lessons.query_points_groups(
        "lessons", group_by="n", query=vector(1), using="dense", group_size=2
    ).groups

    assert groups == []  # only strings and integers make groups
    assert by_number[0].id == 1
    assert {hit.value for hit in lessons.facet("lessons", "n").hits} == {1, 2, 3, 4}


def test_unserved_call_says_so(lessons: QdrantClient) -> None:
    """What the local target lacks is an error that names it, in the client's own exception."""
    with pytest.raises(UnexpectedResponse, match="not in the local target: snapshot creation"):
        lessons.create_snapshot("lessons")


def test_wrong_key_is_refused(keyed_server: Server) -> None:
    """A wrong key gets 401, before anything is read."""
    with pytest.warns(UserWarning, match="insecure connection"):
        client = QdrantClient(url=keyed_server.url, api_key="wrong", check_compatibility=False)

    with pytest.raises(UnexpectedResponse, match="401"):
        client.get_collections()
    client.close()


def test_collection_token_opens_one_collection(keyed_server: Server) -> None:
    """A token for one collection writes there and reads nothing else, not even by a look-up."""
    admin_key = "admin" * 8
    claims = {"access": [{"collection": "mine", "access": "rw"}]}
    token = jwt.encode(claims, admin_key, algorithm="HS256")
    with pytest.warns(UserWarning, match="insecure connection"):
        admin = QdrantClient(url=keyed_server.url, api_key=admin_key)
    with pytest.warns(UserWarning, match="insecure connection"):
        client = QdrantClient(url=keyed_server.url, api_key=token, check_compatibility=False)
    for name in ("mine", "other"):
        params = models.VectorParams(size=2, distance=models.Distance.DOT)
        admin.create_collection(name, vectors_config=params)
        admin.upsert(name, [models.PointStruct(id=1, vector=[1.0, 2.0])])

    client.upsert("mine", [models.PointStruct(id=2, vector=[2.0, 1.0])])
    assert client.count("mine").count == 2
    with pytest.raises(UnexpectedResponse, match="Access to collection other is required"):
        client.count("other")
    with pytest.raises(UnexpectedResponse, match="Access to collection other is required"):
        client.query_points("mine", query=1, lookup_from=models.LookupLocation(collection="other"))
    with pytest.raises(UnexpectedResponse, match="Global access is required"):
        client.delete_collection("mine")
    client.close()
    admin.close()
