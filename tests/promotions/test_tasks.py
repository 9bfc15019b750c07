import pytest

from config.schedule import beat_schedule
from ledger.models import Lot
from members.models import Member
from promotions import tasks
from tests.promotions.shops import open_shop, tier
from tests.promotions.test_services import Menswear

pytestmark = pytest.mark.django_db


def test_the_clock_names_tasks_that_exist():
    named = {
        entry["task"].rpartition(".")[2]
        for entry in beat_schedule.values()
        if entry["task"].startswith("promotions.")
    }

    assert named == {"grant_entitlements", "review_recent_tiers", "review_tiers"}
    assert all(hasattr(tasks, name) for name in named)


def test_the_months_job_grants_once_however_often_it_runs():
    member = Menswear().member("gold")

    tasks.grant_entitlements()
    granted = Lot.objects.of(member).count()
    tasks.grant_entitlements()

    assert granted >= 1
    assert Lot.objects.of(member).count() == granted


def test_the_nightly_review_lifts_everybody_to_the_lowest_tier():
    tier("regular", 1)
    member = open_shop().member()

    assert tasks.review_tiers() == {"raise": 1}
    assert tasks.review_recent_tiers() == {}

    assert Member.objects.get(pk=member.pk).tier.code == "regular"
