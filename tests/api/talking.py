"""A real client of MCP against a served copy: what a salesperson and an agent come to see of it."""

import asyncio
import json
from typing import Any

import django


def prepared() -> list[str]:
    """The secrets of a salesperson with a customer that is due, and of somebody who sees nothing of it."""
    from datetime import timedelta

    from keji.access.models import Person
    from keji.access.rules.people import add_person
    from keji.access.rules.tokens import issue
    from keji.access.tokens import scopes
    from keji.cli import migrate
    from keji.customers.rules.register import register
    from keji.followups.rules.log import log
    from keji.kernel.clock import now

    migrate()
    people = [add_person(None, name, label, [role])[0] for name, label, role in (("rep", "林晓", "SALES_REP"), ("agent", "陈静", "CS_AGENT"))]
    Person.objects.update(must_change=False)
    customer = register(people[0], {"name": "客户一"})
    told = {"method": "PHONE", "summary": "明天再打", "occurred_at": now() - timedelta(days=2), "next_followup_at": now() + timedelta(days=1), "objective": "再谈"}
    log(people[0], told, customer)
    return [issue(person, "talk", scopes(), 1)[1] for person in people]


async def story(address: str, secret: str) -> dict[str, Any]:
    """Find, read, list what is due, log."""
    from fastmcp import Client
    from fastmcp.client.transports import StreamableHttpTransport

    async with Client(StreamableHttpTransport(address, headers={"Authorization": f"Bearer {secret}"})) as client:

        async def call(name: str, **arguments: Any) -> Any:
            result = await client.call_tool(name, arguments, raise_on_error=False)
            assert json.loads(result.content[0].text) == result.structured_content
            return result.structured_content

        tools = await client.list_tools()
        found = (await call("find_customers", q="客户"))["items"]
        read = await call("read_record", record="customers", key="1")
        due = await call("list_due", days=30)
        logged = await call("log_followup", customer_id=1, method="PHONE", summary="电话里谈了报价")
        return {
            "version": client.initialize_result.protocol_version,
            "tools": len(tools),
            "found": len(found),
            "read": read.get("name") or read["code"],
            "due": [one["name"] for one in due["customers"]["items"]],
            "logged": logged.get("summary") or json.dumps(logged),
        }


if __name__ == "__main__":
    django.setup()
    from fuzzing import served

    secrets = prepared()
    with served() as address:
        print(json.dumps([asyncio.run(story(f"{address}/api/v1/mcp", secret)) for secret in secrets], ensure_ascii=False))
