"""Report pages: who may read them, what they show, and that their files cannot run."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from exports.models import Export
from ledger.models import CheckKind, CheckRun
from ledger.operations.rollups import rebuild_all
from ledger.operations.visits import check_in
from members.models import User
from tests.members.factories import MemberFactory, StoreFactory, UserFactory

PAGES = ("home", "cohorts", "composition", "away", "figures")

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


def signed_in(client, role, stores=()):
    user = UserFactory(role=role, stores=list(stores), language="en")
    client.force_login(user)
    return client


def seen(member, store, days_ago):
    at = timezone.now() - timedelta(days=days_ago)
    return check_in(request_id=uuid4(), member=member, store=store, at=at, by=None)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", [User.Role.MANAGER, User.Role.OWNER, User.Role.AUDITOR])
def test_readers_open_every_page_of_an_empty_shop(client, store, name, role):
    signed_in(client, role, [store])

    answer = client.get(reverse(f"reports:{name}"))

    assert answer.status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_clerks_and_strangers_do_not_get_in(client, store, name):
    address = reverse(f"reports:{name}")

    stranger = client.get(address)
    clerk = signed_in(client, User.Role.CLERK, [store]).get(address)

    assert stranger.status_code == 302
    assert clerk.status_code == 403


def test_another_shops_store_is_no_choice(client, store):
    foreign = StoreFactory()
    signed_in(client, User.Role.MANAGER, [store])

    answer = client.get(reverse("reports:home"), {"store": foreign.code})

    assert answer.status_code in {403, 404, 409}


def test_a_day_that_is_none_is_a_clear_refusal(client, store):
    signed_in(client, User.Role.OWNER)

    answer = client.get(reverse("reports:figure", args=["retention"]), {"from": "yesterday"})

    assert answer.status_code == 409
    assert "yesterday is not a day" in answer.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_beyond_all_books_is_a_clear_refusal(client, store, day):
    signed_in(client, User.Role.OWNER)

    answer = client.get(reverse("reports:home"), {"as_of": day})

    assert answer.status_code == 409
    assert f"{day} is not a day" in answer.content.decode()


def test_an_unknown_figure_is_not_found(client):
    signed_in(client, User.Role.OWNER)

    assert client.get(reverse("reports:figure", args=["nonsense"])).status_code == 404


def test_the_list_names_who_stays_away_and_leaves_out_other_stores(client, store):
    gone = MemberFactory(store=store, name="沉睡的人", phone="13800001111")
    here = MemberFactory(store=store, name="常来的人")
    elsewhere = MemberFactory(store=StoreFactory(), name="别家的人")
    seen(gone, store, 90)
    seen(here, store, 3)
    seen(elsewhere, elsewhere.home_store, 90)
    rebuild_all(at=timezone.now())
    signed_in(client, User.Role.MANAGER, [store])

    page = client.get(reverse("reports:away"), {"who": "lapsed", "days": "60"}).content.decode()

    assert "沉睡的人" in page
    assert "138****1111" in page
    assert "常来的人" not in page
    assert "别家的人" not in page


def away_file(kind="csv", **asked):
    return f"{reverse('exports:away', args=[kind])}?{urlencode(asked)}"


def numbers_of(client, who):
    """What the tile, the sentence, the list and the file say of the members away."""
    tile = client.get(reverse("reports:home"))
    page = client.get(reverse("reports:away"), {"who": who, "days": "60"})
    file = client.post(away_file(who=who, days="60"))
    tiles = [one for one in tile.context["tiles"] if f"who={who}" in one.get("href", "")]
    return [
        int(tiles[0]["value"]),
        page.context["figure"]["rows"][0]["numerator"],
        page.context["count"],
        len(page.context["rows"]),
        len(b"".join(file.streaming_content).decode("utf-8-sig").splitlines()) - 1,
    ]


@pytest.mark.parametrize("who", ["lapsed", "overdue"])
def test_tile_sentence_list_and_file_agree_when_somebody_comes_back_today(client, store, who):
    gone, back = (MemberFactory(store=store) for _ in range(2))
    for days_ago in (90, 97, 104, 111):
        seen(gone, store, days_ago)
        seen(back, store, days_ago)
    seen(back, store, 0)
    blocked = MemberFactory(store=store)
    seen(blocked, store, 90)
    type(blocked).objects.filter(pk=blocked.pk).update(status="blocked")
    rebuild_all(at=timezone.now())
    signed_in(client, User.Role.OWNER)

    assert numbers_of(client, who) == [2, 2, 2, 2, 2]


def test_who_came_back_since_is_marked_on_the_list_and_in_the_file(client, store):
    back = MemberFactory(store=store, name="回来的人")
    seen(back, store, 90)
    visit = seen(back, store, 0)
    rebuild_all(at=timezone.now())
    signed_in(client, User.Role.OWNER)

    page = client.get(reverse("reports:away")).content.decode()
    file = client.post(away_file()).getvalue().decode("utf-8-sig")

    assert "came back on" in page
    assert file.splitlines()[1].endswith(f",{visit.business_date.isoformat()}")


def test_whoever_takes_the_phones_along_is_on_record(client, store):
    gone = MemberFactory(store=store)
    seen(gone, store, 90)
    rebuild_all(at=timezone.now())
    signed_in(client, User.Role.MANAGER, [store])

    client.post(away_file(who="lapsed", days="30"))

    noted = Export.objects.get()
    assert (noted.what, noted.form, noted.rows, noted.stores) == ("away", "csv", 1, [store.code])
    assert noted.asked == {"who": "lapsed", "days": 30, "tier": None}
    assert [one.by.role for one in noted.downloads.all()] == [noted.created_by.role] == ["manager"]
    assert "Who stays away" in client.get(reverse("exports:latest")).content.decode()


def test_an_unknown_list_is_a_clear_refusal_also_as_a_file(client, store):
    signed_in(client, User.Role.OWNER)

    answer = client.post(away_file(who="nobody"))

    assert answer.status_code == 409
    assert not Export.objects.exists()


@pytest.mark.slow
def test_pages_follow_each_other_without_a_gap(client, store):
    for number in range(28):
        seen(MemberFactory(store=store), store, 70 + number // 10)
    rebuild_all(at=timezone.now())
    signed_in(client, User.Role.OWNER)

    first = client.get(reverse("reports:away")).context
    second = client.get(reverse("reports:away"), {"after": first["next"]}).context
    listed = [absent.member.pk for absent, _days in [*first["rows"], *second["rows"]]]

    assert (len(listed), len(set(listed)), second["next"]) == (28, 28, "")


def test_overdue_goes_by_the_members_own_rhythm(client, store):
    weekly = MemberFactory(store=store, name="每周来的人")
    monthly = MemberFactory(store=store, name="每月来的人")
    for week in range(4):
        seen(weekly, store, 40 + 7 * week)
        seen(monthly, store, 40 + 30 * week)
    rebuild_all(at=timezone.now())
    signed_in(client, User.Role.OWNER)

    page = client.get(reverse("reports:away"), {"who": "overdue"}).content.decode()

    assert "每周来的人" in page
    assert "每月来的人" not in page


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_file_holds_the_list_and_nothing_that_runs(client, store, kind):
    gone = MemberFactory(store=store, name="=1+1", phone="13800001111")
    seen(gone, store, 90)
    rebuild_all(at=timezone.now())
    signed_in(client, User.Role.MANAGER, [store])

    answer = client.post(away_file(kind))
    body = b"".join(answer.streaming_content)

    assert answer["Content-Disposition"].startswith("attachment")
    if kind == "csv":
        text = body.decode("utf-8-sig")
        assert "'=1+1" in text
        assert "'+8613800001111" in text
    else:
        assert body[:2] == b"PK"


def test_the_sentence_above_the_list_speaks_of_the_days_asked_for(client, store):
    signed_in(client, User.Role.OWNER)

    page = client.get(reverse("reports:away"), {"days": "90"}).content.decode()

    assert "more than 90 days before" in page


def test_a_bad_cursor_shows_an_empty_list(client, store):
    signed_in(client, User.Role.OWNER)

    assert client.get(reverse("reports:away"), {"after": "2026-13-99_x"}).status_code == 200


@pytest.mark.slow
def test_pages_cost_the_same_however_many_members(client, store, django_assert_max_num_queries):
    for number in range(30):
        seen(MemberFactory(store=store), store, 70 + number)
    rebuild_all(at=datetime.now(UTC))
    signed_in(client, User.Role.OWNER)
    client.get(reverse("reports:away"))

    with django_assert_max_num_queries(12):
        client.get(reverse("reports:away"))
    with django_assert_max_num_queries(24):
        client.get(reverse("reports:home"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["new", "continuing", "resurrected", "dormant"]),
        ("zh-hans", ["新客", "持续", "回流", "沉默"]),
    ],
)
def test_the_chart_and_its_sentence_use_the_same_words(client, store, language, words):
    seen(MemberFactory(store=store), store, 40)
    rebuild_all(at=timezone.now())
    user = UserFactory(role=User.Role.OWNER, stores=[], language=language)
    client.force_login(user)

    facts = client.get(reverse("reports:composition")).context

    assert [series["name"] for series in facts["chart"]["series"]] == words
    assert [word for word in words if word not in facts["figure"]["definition"]] == []


@pytest.mark.parametrize(
    ("language", "active", "month"),
    [("en", "active", "Mar 2026"), ("zh-hans", "活跃", "2026年3月")],
)
def test_months_are_written_as_the_reader_writes_them(client, store, language, active, month):
    member = MemberFactory(store=store)
    at = datetime(2026, 3, 10, 4, tzinfo=UTC)
    check_in(request_id=uuid4(), member=member, store=store, at=at, by=None)
    rebuild_all(at=timezone.now())
    client.force_login(UserFactory(role=User.Role.OWNER, stores=[], language=language))
    asked = {"as_of": "2026-04-15"}

    composed = client.get(reverse("reports:composition"), asked).context
    cohorts = client.get(reverse("reports:cohorts"), asked).context
    figure = client.get(reverse("reports:figure", args=["composition"]), asked).context

    assert composed["names"]["active"] == active
    assert composed["chart"]["xAxis"]["data"][0] == month
    assert composed["months"][-1][0] == month
    assert cohorts["lines"][0].name == month
    assert figure["rows"][0]["dimensions"][0] == month


def test_the_coverage_sentence_names_its_days(client, store):
    signed_in(client, User.Role.OWNER)
    figure = {"coverage": {"sales": 9, "sales_with_member": 4, "from": None, "to": "2026-05-01"}}
    recent = {"coverage": figure["coverage"] | {"from": "2026-04-01"}}

    whole, part = (
        render_to_string("reports/coverage.html", {"figure": one}) for one in (figure, recent)
    )

    assert "4 of 9 sales up to May 1, 2026 have a member" in whole
    assert "4 of 9 sales from Apr 1, 2026 to May 1, 2026 have a member" in part


@pytest.mark.parametrize(
    ("role", "is_told"),
    [(User.Role.OWNER, True), (User.Role.AUDITOR, True), (User.Role.MANAGER, False)],
)
def test_owners_and_auditors_are_told_of_a_check_that_found_something(client, store, role, is_told):
    run = CheckRun.objects.create(
        kind=CheckKind.SEALS,
        started_at=timezone.now(),
        ok=False,
        differences=2,
        findings=[
            {
                "seal": 7,
                "problem": "rows",
                "count": 2,
                "rows": [{"what": "changed", "number": 41, "txn": None}],
            }
        ],
    )
    signed_in(client, role, [store])

    page = client.get(reverse("reports:home")).content.decode()
    detail = client.get(reverse("admin:ledger_checkrun_change", args=[run.pk]))

    said = "Sealed history was changed: the last check found 2 differences."
    link = reverse("admin:ledger_checkrun_change", args=[run.pk])
    assert (said in page, link in page) == (is_told, is_told)
    assert detail.status_code == (200 if is_told else 403)
    if is_told:
        shown = detail.content.decode()
        assert "Seal 7: transactions are not as they were sealed (2)" in shown
        assert "differences found" in shown
        assert "broken" not in shown
