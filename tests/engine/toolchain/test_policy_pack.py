"""A policy pack under the real engine, through the language host's `RunPlugin`.

The pack is a small Analyzer on the SDK's own protos, so that no policy framework is needed.
"""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.runs("sh")]

PACK = """
import sys
from concurrent import futures

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

MANDATORY = analyzer_pb2.EnforcementLevel.Value("MANDATORY")
RULE = {"description": "values are short", "enforcementLevel": MANDATORY}


class Pack(analyzer_pb2_grpc.AnalyzerServicer):
    def Handshake(self, request, context):
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def GetAnalyzerInfo(self, request, context):
        policy = analyzer_pb2.PolicyInfo(name="short-values", **RULE)
        return analyzer_pb2.AnalyzerInfo(name="tiny", version="1.0.0", policies=[policy])

    def Configure(self, request, context):
        return empty_pb2.Empty()

    def ConfigureStack(self, request, context):
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Remediate(self, request, context):
        return analyzer_pb2.RemediateResponse()

    def AnalyzeStack(self, request, context):
        return analyzer_pb2.AnalyzeResponse()

    def Analyze(self, request, context):
        properties = dict(request.properties)
        if len(str(properties.get("value", ""))) <= 10:
            return analyzer_pb2.AnalyzeResponse()
        finding = analyzer_pb2.AnalyzeDiagnostic(
            policyName="short-values", policyPackName="tiny", policyPackVersion="1.0.0",
            message="this value is too long", urn=request.urn, **RULE,
        )
        return analyzer_pb2.AnalyzeResponse(diagnostics=[finding])


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Pack(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port)
server.wait_for_termination()
"""


@pytest.fixture
def preview(shell: Any) -> str:
    """The command line of a preview under the pack."""
    pack = shell.folder / "a pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 1.0.0\n")
    (pack / "__main__.py").write_text(PACK)
    return "pulumi preview --stack one --policy-pack 'a pack'"


def test_a_clean_stack_passes(shell: Any, preview: str) -> None:
    """The pack is started, asked about each resource, and has nothing to say."""
    out = shell.run(preview)
    assert "tiny@v1.0.0" in out
    assert "too long" not in out


def test_a_violation_stops_the_preview(shell: Any, preview: str) -> None:
    """A mandatory finding fails the command, with its text and without a traceback."""
    program = shell.folder / "stacks" / "__main__.py"
    shell.program(program.read_text().replace('"first"', '"a value of many words"'))
    out = shell.run(preview, code=1)
    assert "this value is too long" in out
    assert "Traceback" not in out


def test_a_pack_that_does_not_start_is_told(shell: Any, preview: str) -> None:
    """The pack's own error is shown and the command fails."""
    (shell.folder / "a pack" / "__main__.py").write_text("raise ValueError('broken pack')\n")
    out = shell.run(preview, code=1)
    assert "broken pack" in out
