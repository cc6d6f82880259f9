"""What somebody typed for a report, made an order; when it cannot be, a failed run that says why and can be retried."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.ledger import Actor
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.stretches import StretchError, parse_stretch
from reporting.beside import BOTH
from reporting.cuts import CutError, check_codes, parse_cut
from reporting.metrics import METRICS
from reporting.metrics import in_order as metrics_in_order
from reporting.models import FAILED, LEASE, ReportRun
from reporting.orders import Order
from reporting.packs import NoSuchPack
from reporting.part_queries import known_parts
from reporting.queries import NothingToReport, check_stretch
from reporting.services.delivery import NoRecipient, recipients_from
from reporting.services.packs import pack_named
from reporting.writers import WRITERS, Writer
from reporting.writers import in_order as writers_in_order

ASKED = "asked"
"""Under this name the order of a refused run holds what was typed."""


class Refused(ValueError):
    """It is no report that can be built; the message says what to write instead."""


@dataclass(frozen=True)
class Asked:
    """A report in the words of a command line; "" means the usual. Lists are separated by commas."""

    period: str
    pack: str = ""
    metrics: str = ""
    formats: str = ""
    compare: str = ""
    cut: tuple[str, ...] = ()
    currency: str = ""
    email: str = ""


@dataclass(frozen=True)
class Wanted:
    """What it means today."""

    order: Order
    formats: list[Writer]
    recipients: list[str]


def resolved(asked: Asked, now: datetime) -> Wanted:
    """The order, formats and recipients. Raises Refused."""
    try:
        formats = writers_in_order(codes_in(asked.formats, WRITERS.codes(), "format"))
        return Wanted(_order(asked, now), formats, recipients_from(asked.email.split(",")))
    except (StretchError, NothingToReport, CutError, NoSuchPack, NoRecipient) as error:
        raise Refused(str(error)) from error


def _order(asked: Asked, now: datetime) -> Order:
    currency = (asked.currency or settings.BANK_CURRENCY).upper()
    codes = codes_in(asked.metrics, METRICS.codes(), "metric")
    if asked.pack and codes:
        raise Refused("Give either --pack or --metrics, not both.")
    pack = pack_named(asked.pack) if asked.pack else None
    cut = parse_cut(asked.cut) or (pack.part if pack else ())
    today = bank_calendar().business_date(now)
    stretch = parse_stretch(asked.period, today, bank_calendar(), settings.FISCAL_YEAR_START_MONTH)
    check_stretch(stretch, currency, now)
    if cut:
        check_codes(cut, known_parts(currency))
    return Order(
        stretch=stretch,
        metrics=pack.metrics if pack else tuple(metrics_in_order(codes)),
        currency=currency,
        compare=asked.compare or (pack.compare if pack else BOTH),
        cut=cut,
        pack_code=pack.code if pack else "",
        pack_title=pack.title if pack else "",
    )


def codes_in(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    """The codes of a list, each once. Raises Refused for an unknown one."""
    codes = tuple(dict.fromkeys(code.strip().lower() for code in text.split(",") if code.strip()))
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise Refused(f"There is no {what} '{unknown[0]}'; choose from {', '.join(known)}.")
    return codes


def was_refused(run: ReportRun) -> bool:
    """Whether there was no order yet, only what was typed."""
    return ASKED in run.order


def take_place(run: ReportRun, there: ReportRun) -> None:
    """Let a run stand under the key of one that there is; the trail goes on."""
    run.version, run.attempt = there.version, there.attempt
    run.audit_sequence, run.audit_head = there.audit_sequence, there.audit_head


def settle(run: ReportRun, now: datetime) -> bool:
    """Make a run that was refused one that can be built; whether it was one. Raises Refused while it cannot be."""
    data: dict[str, Any] | None = run.order.get(ASKED)
    if data is None:
        return False
    wanted = resolved(Asked(**{**data, "cut": tuple(data["cut"])}), now)
    run.order, run.formats = wanted.order.as_data(), [writer.code for writer in wanted.formats]
    run.recipients = wanted.recipients or run.recipients
    run.title, run.period = wanted.order.title[:200], wanted.order.stretch.label
    return True


def record_refusal(
    *,
    asked: Asked,
    why: str,
    cause: str,
    actor: Actor,
    now: datetime,
    run_id: str = "",
    recipients: Sequence[str] = (),
) -> ReportRun | None:
    """A run that failed before it began, so that who looks at the runs sees it. The same again is one run.

    None when not even that can be written: the command still says why.
    """
    key = json.dumps(asdict(asked), sort_keys=True)
    run_id = run_id or derived_id("run", actor.user_id, "refused", key)
    with suppress(store.StoreError):
        there = store.get(ReportRun, run_id)
        if there and (there.state, there.error) == (FAILED, why[:500]):
            return there
        run = _failed(run_id, asked, why, cause, actor, now)
        run.recipients = list(recipients)
        if there:
            take_place(run, there)
        after = {ASKED: asdict(asked), "error": run.error, "cause": cause}
        entry = audit.record(run, "refuse_report", actor=actor, now=now, after=after)
        store.save([store.changed(run) if there else store.new(run), entry])
        return run
    return None


def _failed(run_id: str, asked: Asked, why: str, cause: str, actor: Actor, now: datetime) -> ReportRun:
    run = ReportRun(
        transaction_id=run_id,
        version=1,
        title=(asked.pack or asked.metrics or "All metrics")[:200],
        period=asked.period[:60],
        order={ASKED: asdict(asked), "codes": []},
        formats=[],
        cause=cause,
        keyed=False,
        asked_by=actor.user_id,
        asked_role=actor.role,
        asked_from=actor.source,
        asked_at=iso(now),
        state=FAILED,
        error=why[:500],
        until=iso(now + LEASE),
        ended_at=iso(now),
        subject=f"report_run#{run_id}",
        subject_order=iso(now),
    )
    run.file_under(now)
    return run
