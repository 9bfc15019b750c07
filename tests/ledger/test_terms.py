"""Terms are versions that nobody changes; void clauses are found, and saved only with a reason."""

from datetime import UTC, date, datetime

import pytest
from django.db import ProgrammingError, transaction

from ledger.models import Terms
from ledger.operations.terms import (
    TermsEmpty,
    TermsHoldVoidClauses,
    TermsVersionTaken,
    write_terms,
)
from ledger.queries.terms import in_force
from ledger.rules.void_clauses import void_clauses
from members.models import IssuingEntity
from promotions.demo.papers import CHINESE, ENGLISH

AT = datetime(2026, 5, 6, 4, tzinfo=UTC)


def written(entity, **said):
    given = {"code": "house", "version": "1", "text_en": "As the law says.", "at": AT, "by": None}
    return write_terms(entity=entity, **(given | {"in_force_from": date(2026, 1, 1)} | said))


@pytest.fixture
def entity(db):
    return IssuingEntity.objects.create(code="wang", name="Wang Ltd.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("All sales are non-refundable.", "no_refund"),
        ("The fee cannot be refunded.", "no_refund"),
        ("充值后概不退款。", "no_refund"),
        ("一经售出，恕不退款", "no_refund"),
        ("本卡不退不换", "no_refund"),
        ("This card is not transferable.", "no_transfer"),
        ("本卡仅限本人使用，不得转让。", "no_transfer"),
        ("Lost cards will not be replaced.", "no_replacement"),
        ("卡片遗失不补", "no_replacement"),
        ("丢失概不补办", "no_replacement"),
        ("We reserve the right to change these terms.", "one_sided_change"),
        ("本店拥有最终解释权", "one_sided_change"),
        ("如有变更，恕不另行通知", "one_sided_change"),
        ("Any unused balance is forfeited.", "expiry_forfeits"),
        ("过期作废", "expiry_forfeits"),
        ("到期后余额清零", "expiry_forfeits"),
        ("A handling fee of 10 % applies.", "handling_fee"),
        ("退款需收取10%手续费", "handling_fee"),
    ],
)
def test_finds_clauses_that_do_not_bind(text, code):
    assert [finding.clause.code for finding in void_clauses(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        CHINESE,
        "余额不会清零，过期可重新激活。",
        "卡片遗失可补办，不收手续费。",
        "The payment is refunded within seven days.",
        "可以转让，自通知之时起生效。",
    ],
)
def test_leaves_fair_terms_alone(text):
    assert void_clauses(text) == []


def test_void_clauses_are_saved_only_with_a_reason(entity):
    with pytest.raises(TermsHoldVoidClauses) as refusal:
        written(entity, text_zh="概不退款。")

    assert "概不退款" in str(refusal.value)
    assert not Terms.objects.exists()


def test_a_reason_is_kept_with_what_was_found(entity):
    terms = written(entity, text_zh="概不退款。", accepted_reason="Asked our lawyer")

    kept = Terms.objects.get()
    assert terms == kept
    assert (kept.warnings, kept.accepted_reason) == (["no_refund"], "Asked our lawyer")


def test_fair_terms_keep_no_reason(entity):
    terms = written(entity, accepted_reason="just in case")

    assert (terms.warnings, terms.accepted_reason) == ([], "")


def test_empty_terms_are_refused(entity):
    with pytest.raises(TermsEmpty):
        written(entity, text_en=" ")

    assert not Terms.objects.exists()


def test_a_version_is_written_once(entity):
    written(entity)

    with pytest.raises(TermsVersionTaken):
        written(entity, text_en="Another wording.")

    assert Terms.objects.get().text_en == "As the law says."


def test_nobody_changes_or_deletes_a_version(entity):
    terms = written(entity)

    for change in (
        lambda: Terms.objects.filter(pk=terms.pk).update(text_en="Worse."),
        lambda: Terms.objects.filter(pk=terms.pk).delete(),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()

    assert Terms.objects.get().text_en == "As the law says."


def test_the_newest_version_that_has_begun_is_in_force(entity):
    first = written(entity)
    second = written(entity, version="2", in_force_from=date(2026, 6, 1))
    written(entity, code="other", version="9", in_force_from=date(2026, 6, 1))

    assert in_force(first, date(2026, 5, 31)) == first
    assert in_force(first, date(2026, 6, 1)) == second
    assert in_force(second, date(2026, 5, 1)) == first
