"""Requests under four eyes on their pages: the inbox and one request."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import DepositAccount, User
from accounts.services.deposits import freeze_account
from accounts.services.releasing import ask_release
from accounts.testing import (
    a_customer,
    a_manager,
    a_stranger,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from accounts.tests.approving import REASON, Till, decide, page_of, stored
from accounts.tests.makers import actor, an_account, balance
from cloudbank import approvals, store
from cloudbank.approvals import PENDING, Approval
from cloudbank.clock import utcnow

pytestmark = pytest.mark.usefixtures("bank", "quiet")


class TestPages:
    """The inbox and one request."""

    @pytest.fixture
    def item(self, tom: User, own: DepositAccount) -> Iterator[Approval]:
        yield Till().asked(tom, own)

    @pytest.fixture
    def release(self, carla: User) -> Approval:
        account = an_account(carla)
        ana = an_analyst()
        freeze_account(account_id=account.account_id, reason="Suspicion", actor=actor(ana), now=utcnow())
        return ask_release(
            account_id=account.account_id, reason="All fine", key="k", actor=actor(ana), name=ana.name, now=utcnow()
        )

    def titles(self, user: User, query: str = "") -> list[str]:
        lines = signed_in(Client(), user).get(f"/approvals{query}").context["lines"]
        return [str(line.cells[0][1]) for line in lines]

    def test_each_sees_what_concerns_them(self, item: Approval, release: Approval, tom: User, mary: User) -> None:
        assert len(self.titles(mary)) == len(self.titles(an_officer())) == len(self.titles(an_auditor())) == 2
        assert len(self.titles(tom)) == 1 and "Take in 25,000.01 USD" in self.titles(tom)[0]
        assert len(self.titles(an_analyst())) == 1 and "Release" in self.titles(an_analyst())[0]
        assert signed_in(Client(), tom).get(page_of(release)).status_code == 404
        assert signed_in(Client(), an_analyst()).get(page_of(item)).status_code == 404
        for user in (a_customer(), a_stranger()):
            assert signed_in(Client(), user).get("/approvals").status_code == 403
            assert signed_in(Client(), user).get(page_of(item)).status_code == 403

    def test_filters_by_kind_state_and_asker(self, item: Approval, release: Approval, tom: User, mary: User) -> None:
        assert len(self.titles(mary, "?kind=teller_cash")) == 1
        assert len(self.titles(tom, "?mine=on")) == 1
        assert self.titles(mary, "?mine=on") == self.titles(mary, "?state=settled") == []
        decide(mary, item, "reject", "No document")
        assert len(self.titles(mary)) == 1
        assert len(self.titles(mary, "?state=settled")) == len(self.titles(mary, "?state=rejected")) == 1
        assert self.titles(mary, "?state=approved") == []
        assert len(self.titles(tom, "?mine=on&state=rejected")) == len(self.titles(tom, "?mine=on")) == 1

    def test_the_page_says_what_changes_who_asked_why_and_until_when(self, item: Approval, mary: User) -> None:
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        for text in (
            "Take in 25,000.01 USD in cash", "100,000.00 USD", "125,000.01 USD", REASON, "Tom", "7 days left",
            item.content_hash[:12], "twenty-five thousand dollars",
        ):  # fmt: skip
            assert text in shown, text

    def test_a_rejection_needs_a_note_and_keeps_what_was_typed(self, item: Approval, mary: User) -> None:
        answer = decide(mary, item, "reject", "  ")
        assert answer.status_code == 422 and b"Say why" in answer.content
        assert decide(mary, item, "reject", "No <b>document</b>").status_code == 302
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        assert "No &lt;b&gt;document&lt;/b&gt;" in shown and "Rejected by Mary Manager" in shown

    def test_a_form_with_another_hash_is_refused(self, item: Approval, mary: User, own: DepositAccount) -> None:
        answer = decide(mary, item, content_hash="0" * 64)
        assert answer.status_code == 422 and b"not what you were shown" in answer.content
        assert balance(own) == 10_000_000

    def test_extra_fields_change_nothing(self, item: Approval, mary: User, own: DepositAccount) -> None:
        decide(mary, item, "reject", "no", state="approved", checker_id="usr_x", amount="1", maker_id="usr_y")
        assert (stored(item).state, stored(item).checker_id) == ("rejected", mary.user_id)
        assert stored(item).computed_hash() == item.content_hash

    def test_who_may_read_but_not_decide_is_told_and_refused(self, item: Approval) -> None:
        auditor = an_auditor()
        shown = signed_in(Client(), auditor).get(page_of(item)).content.decode()
        assert "your role does not decide" in shown and 'value="approve"' not in shown
        for action in ("approve", "reject", "steal", ""):
            assert decide(auditor, item, action, "x").status_code == 403
        assert decide(auditor, item, "withdraw").status_code == 422
        assert stored(item).state == PENDING

    def test_the_second_checker_is_told_who_was_faster(self, item: Approval, mary: User) -> None:
        decide(mary, item, "reject", "No document")
        answer = decide(a_manager(name="Max Second"), item)
        assert answer.status_code == 409
        assert "Mary Manager was faster: this request is rejected already." in answer.content.decode()

    def test_an_expired_request_is_shown_as_such_without_a_form(
        self, item: Approval, mary: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = stored(item)
        old.due_at = "2026-01-01T00:00:00.000000Z"
        old.content_hash = old.computed_hash()
        old.file()
        store.save([store.changed(old)])
        shown = signed_in(Client(), mary).get(page_of(item)).content.decode()
        assert "Expired" in shown and "Nobody decided" in shown and 'value="approve"' not in shown
        assert decide(mary, stored(item)).status_code == 422
        assert self.titles(mary) == [] and len(self.titles(mary, "?state=expired")) == 1

    def test_the_bar_counts_what_this_person_may_decide(
        self, item: Approval, release: Approval, tom: User, mary: User, requests_made: Any
    ) -> None:
        def counted(user: User) -> str:
            page = signed_in(Client(), user).get("/people/none").content.decode()
            return page.partition('class="bar-count">')[2].partition("<")[0]

        assert (counted(mary), counted(an_officer()), counted(tom), counted(an_auditor())) == ("2", "1", "", "")

    def test_the_count_costs_one_query_a_page_and_none_for_who_decides_nothing(
        self, item: Approval, tom: User, mary: User, requests_made: Any
    ) -> None:
        def queries(user: User) -> int:
            client = signed_in(Client(), user)
            client.get("/password/change")
            requests_made.clear()
            client.get("/password/change")
            return int(requests_made.count("Query"))

        assert (queries(mary), queries(tom)) == (1, 1), "a teller approves what is closed in cash"
        assert (queries(an_auditor()), queries(a_customer())) == (0, 0)

    def test_a_page_does_not_fail_for_its_count(self, mary: User, monkeypatch: pytest.MonkeyPatch) -> None:
        def down(*_: Any, **__: Any) -> int:
            raise store.Unavailable("down")

        monkeypatch.setattr(approvals, "waiting_for", down)
        assert signed_in(Client(), mary).get("/password/change").status_code == 200

    def test_the_view_is_exported_with_its_hashes(self, item: Approval, mary: User) -> None:
        text = b"".join(signed_in(Client(), mary).get("/approvals?export=csv")).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text)))
        assert any(item.content_hash in row for row in rows)
