"""MCP tools that answer with JSON, as text and as structured content.

Gradio writes a tool's answer as Python would, and offers no structured content but a list of such texts.
"""

import json
from collections.abc import Mapping
from typing import Any

from mcp.server.lowlevel import Server
from mcp.types import CallToolResult, TextContent

from pages.web.direct_api import DirectApi


def answer_with_json(server: "Server[Any]", tools: Mapping[str, str], api: DirectApi) -> None:
    """Put functions of ours in place of those that an MCP server calls.

    Args:
        server: Gradio's, which lists the tools.
        tools: Names of tools -> of endpoints, with Gradio's slash.
        api: What calls the endpoints.
    """

    async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
        try:
            found = await api.call(tools.get(name, "").removeprefix("/"), arguments)
        except ValueError as error:
            return CallToolResult(content=[TextContent(type="text", text=str(error))], isError=True)
        text = json.dumps(found, ensure_ascii=False)
        return CallToolResult(content=[TextContent(type="text", text=text)], structuredContent=found)

    # The library's check would repeat what was sent, and refuses what the endpoints take, such as 5.0.
    server.call_tool(validate_input=False)(call_tool)
