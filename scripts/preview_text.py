"""A preview as text for a terminal of any width, and as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from infra.plans.cost import CostKind, CostLine, usd
from infra.plans.prices import price_list
from scripts.preview_parts import Part, Preview

# Beyond, an amount stands too far from its line.
_NARROWEST, _WIDEST = 60, 110
_LONGEST_HEAD, _HANGING = 24, 6


def text(preview: Preview, *, width: int) -> Iterator[str]:
    """Lines for a terminal.

    Args:
        preview: what to show.
        width: its columns, at most 110 of them are used; a word that is longer alone is not cut.
    """
    width = min(max(width, _NARROWEST), _WIDEST)
    yield from _head(preview, width)
    for part in preview.parts:
        yield ""
        yield _spread(part.name, f"{usd(part.usd_month)} a month" if part.costs else "", width)
        yield from _resources(part, width)
        yield from _costs(part, width)
    yield ""
    yield from _sums(preview, width)
    yield from _missing(preview, width)
    yield ""
    yield f"{preview.to_create} to create"


def markdown(preview: Preview) -> Iterator[str]:
    """The same as Markdown."""
    yield f"## Plan of stack `{preview.stack}`"
    yield ""
    yield from _head_sentences(preview)
    for part in preview.parts:
        yield ""
        yield f"### {part.name}"
        if part.resources:
            yield ""
            yield "| resource | type | |"
            yield "| --- | --- | --- |"
            for each in part.resources:
                yield f"| `{each.name}` | {each.type} | {each.remarks} |"
        if part.costs:
            yield ""
            yield "| cost | how | USD a month |"
            yield "| --- | --- | ---: |"
            for line in part.costs:
                yield f"| {line.name} | {_how(line)} | {_amount(line)} |"
    yield ""
    yield "### Sum"
    yield ""
    yield "| | USD a month | |"
    yield "| --- | ---: | --- |"
    for name, amount, remark in _sum_rows(preview):
        yield f"| {name} | {amount} | {remark} |"
    if preview.plan.missing:
        yield ""
        yield "### Not resolved yet"
        yield ""
        for item in preview.plan.missing:
            yield f"- `{item.setting}`: {item.what}; {item.remedy}"
    yield ""
    yield f"**{preview.to_create} to create**"


def _head_sentences(preview: Preview) -> Iterator[str]:
    plan = preview.plan
    yield (
        "Planned by the real engine on a stand-in for AWS: nothing was asked, nothing is created."
    )
    yield (
        f"Region {plan.names.region}, account {plan.names.account_id}. Account facts are samples "
        f"of {plan.facts_date}, prices are list prices read {_prices_date(preview)}."
    )


def _prices_date(preview: Preview) -> str:
    prices = price_list(preview.plan.names.region)
    return str(prices.read_on) if prices.has_prices else f"never: {prices.gap}"


def _head(preview: Preview, width: int) -> Iterator[str]:
    yield f"plan of stack {preview.stack}"
    for sentence in _head_sentences(preview):
        yield from _wrapped(sentence, "", width)


def _resources(part: Part, width: int) -> Iterator[str]:
    if not part.resources:
        return
    names = max(len(each.name) for each in part.resources)
    for each in part.resources:
        left = f"  + {each.name:<{names}}  {each.type}"
        yield _spread(left, each.remarks, width)


def _costs(part: Part, width: int) -> Iterator[str]:
    for line in part.costs:
        yield _spread(f"    $ {line.name}: {_how(line)}", _amount(line), width)


def _how(line: CostLine) -> str:
    """The arithmetic, or why there is none; what is assumed or estimated says so."""
    if line.kind in {CostKind.FREE, CostKind.UNPRICED}:
        return line.source
    words = [line.formula]
    if line.kind is CostKind.USAGE:
        words.append("by use")
    if line.estimated:
        words.append("estimated price")
    return ", ".join(words)


def _amount(line: CostLine) -> str:
    return "free" if line.kind is CostKind.FREE else usd(line.usd_month)


def _sum_rows(preview: Preview) -> Iterator[tuple[str, str, str]]:
    verdict, cost = preview.plan.verdict, preview.plan.cost
    unpriced = len(cost.unpriced)
    by_use = sum(
        (line.usd_month or Decimal(0) for line in cost.lines if line.kind is CostKind.USAGE),
        Decimal(0),
    )
    yield ("sum", usd(verdict.usd_month), f"{usd(by_use)} of it by use, as the settings assume")
    if unpriced:
        names = ", ".join(f"{line.component} {line.name}" for line in cost.unpriced)
        yield ("unpriced", f"{unpriced} of {len(cost.lines)}", f"not in the sum: {names}")
    for name, bound in (
        ("target", verdict.target_usd_month),
        ("ceiling", verdict.ceiling_usd_month),
    ):
        room = bound - verdict.usd_month
        side = "below it" if room >= 0 else "above it"
        yield (name, usd(bound), f"the sum is {usd(abs(room))} {side}")


def _sums(preview: Preview, width: int) -> Iterator[str]:
    for name, amount, remark in _sum_rows(preview):
        yield from _wrapped(remark, f"{name:<9}{amount:>10}   ", width)


def _missing(preview: Preview, width: int) -> Iterator[str]:
    plan = preview.plan
    if plan.missing:
        blocking = sum(item.blocks_up for item in plan.missing)
        yield ""
        yield f"{len(plan.missing)} not resolved yet, `up` refuses until {blocking} of them are"
    for item in plan.missing:
        yield from _wrapped(f"{item.what}; {item.remedy}", f"  {item.setting}: ", width)
    for note in plan.notes:
        yield ""
        yield from _wrapped(note, "note: ", width)


def _spread(left: str, right: str, width: int) -> str:
    """Left text and right text at the ends of a line; a left one that is too long is cut."""
    if not right:
        return left if len(left) <= width else f"{left[: width - 3]}..."
    room = width - len(right) - 2
    shown = left if len(left) <= room else f"{left[: room - 3]}..."
    return f"{shown:<{room}}  {right}"


def _wrapped(sentence: str, first: str, width: int) -> Iterator[str]:
    """A sentence after `first`, further lines below its beginning."""
    indent = " " * (len(first) if len(first) <= _LONGEST_HEAD else _HANGING)
    line = first
    for word in sentence.split():
        if len(line) + len(word) > width and line.strip() and not line.isspace():
            yield line.rstrip()
            line = indent
        line += f"{word} "
    yield line.rstrip()
