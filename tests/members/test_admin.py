"""The admin's pages about people: what each role sees and does, and through which verb."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.urls import reverse

from members.admin_permissions import RoleAdminMixin
from members.models import (
    CalendarDay,
    Card,
    Consent,
    Member,
    MemberChange,
    MemberTag,
    Store,
    Tier,
    TierHolding,
    TillKey,
    User,
)
from members.operations import (
    add_dependant,
    define_attribute,
    erase_member,
    give_consent,
    issue_till_key,
    set_tier,
    tag_member,
    update_member,
)
from tests.members.factories import (
    NOON,
    PASSWORD,
    MemberFactory,
    StoreFactory,
    TagFactory,
    TierFactory,
    TillFactory,
    UserFactory,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MODELS = [
    "attributedefinition", "calendarday", "card", "issuingentity", "member", "memberchange",
    "store", "tag", "tier", "till", "tillkey", "user",
]  # fmt: skip
FORMSETS = ("cards", "dependants", "membertag_set", "consents", "tier_holdings")


def url(model, page="changelist", *args):
    return reverse(f"admin:members_{model}_{page}", args=args)


@pytest.fixture
def store():
    return StoreFactory(code="here")


@pytest.fixture
def as_role(client, store):
    def log_in(role):
        stores = [] if role in {"owner", "auditor"} else [store]
        client.force_login(UserFactory(role=role, stores=stores))
        return client

    return log_in


def form_of(member=None, **fields):
    """The member form as the browser sends it: what is there already, and what is new."""
    sent = {}
    for prefix in FORMSETS:
        sent |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    if member:
        sent |= {"name": member.name, "phone": member.phone or ""}
        if member.tier:
            sent["new_tier"] = member.tier_id
    return sent | fields


def new_line(prefix, **fields):
    """One added row of an inline."""
    return {f"{prefix}-TOTAL_FORMS": 1} | {f"{prefix}-0-{k}": v for k, v in fields.items()}


def refusals(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def seen(client, *, where, **params):
    return [member.name for member in client.get(where, params).context["cl"].result_list]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("clerk", {"member"}),
        ("manager", set(MODELS)),
        ("owner", set(MODELS)),
        ("auditor", set(MODELS)),
    ],
)
def test_each_role_opens_its_lists_only(as_role, role, seen):
    client = as_role(role)

    opened = {model for model in MODELS if client.get(url(model)).status_code == 200}

    assert opened == seen


@pytest.mark.parametrize(
    ("role", "adds"),
    [
        ("clerk", {"member"}),
        ("manager", {"member", "tag", "till"}),
        ("owner", set(MODELS) - {"card", "memberchange"}),
        ("auditor", set()),
    ],
)
def test_each_role_adds_what_it_may_only(as_role, role, adds):
    client = as_role(role)

    opened = {model for model in MODELS if client.get(url(model, "add")).status_code == 200}

    assert opened == adds


def test_an_admin_without_roles_lets_nobody_in(rf):
    class Silent(RoleAdminMixin, admin.ModelAdmin):
        pass

    request = rf.get("/")
    request.user = UserFactory(role="owner", stores=[])
    silent = Silent(Tier, admin.site)

    assert not silent.has_module_permission(request)
    assert not silent.has_view_permission(request)
    assert not silent.has_add_permission(request)
    assert not silent.has_change_permission(request)
    assert not silent.has_delete_permission(request)


def test_a_clerks_first_page_offers_members_and_no_set_up(as_role, store):
    client = as_role("clerk")

    page = client.get("/admin/").content.decode()

    assert url("member") in page
    assert not [kind for kind in ("store", "tag", "tier", "till", "user") if url(kind) in page]


def test_a_clerk_still_reads_and_changes_a_member_of_their_store(as_role, store):
    member = MemberFactory(store=store, name="甲")
    client = as_role("clerk")

    page = client.get(url("member", "change", member.pk))

    assert page.status_code == 200
    assert 'name="name"' in page.content.decode()


def test_a_leaver_and_a_stranger_are_sent_away(client, store):
    clerk = UserFactory(stores=[store])
    client.force_login(clerk)
    User.objects.filter(pk=clerk.pk).update(is_active=False)

    assert client.get(url("member")).status_code == 302


def test_the_list_ends_at_the_persons_stores(as_role, store):
    client = as_role("clerk")
    there = StoreFactory()
    MemberFactory(store=store, name="甲")
    foreign = MemberFactory(store=there, name="乙", phone="13800138000")

    assert seen(client, where=url("member")) == ["甲"]
    assert seen(client, where=url("member"), q="13800138000") == []
    assert seen(client, where=url("member"), in_store=there.pk) == []
    assert client.get(url("member", "change", foreign.pk)).status_code == 302
    assert client.post(url("member", "change", foreign.pk), form_of(name="丙")).status_code == 302
    assert (
        client.post(url("member", "block", foreign.pk), {"_form_submitted": 1}).status_code >= 400
    )
    foreign.refresh_from_db()
    assert (foreign.name, foreign.status) == ("乙", "active")


def test_an_owner_sees_every_store_and_narrows_to_one(as_role, store):
    client = as_role("owner")
    MemberFactory(store=store, name="甲")
    MemberFactory(store=StoreFactory(), name="乙")

    assert seen(client, where=url("member")) == ["乙", "甲"]
    assert seen(client, where=url("member"), in_store=store.pk) == ["甲"]


@pytest.mark.parametrize("text", ["8000", "zgf", "曾国", "T00300"])
def test_searches_as_the_counter_does(as_role, store, text):
    client = as_role("clerk")
    MemberFactory(store=store, name="曾国藩", phone="13800138000", cards=["T00300"])
    MemberFactory(store=store, name="李鸿章")

    assert seen(client, where=url("member"), q=text) == ["曾国藩"]


def test_lists_and_autocompletes_show_no_whole_phone(as_role, store):
    client = as_role("clerk")
    MemberFactory(store=store, phone="13800138000")

    listed = client.get(url("member")).content.decode()

    assert "138****8000" in listed
    assert "13800138000" not in listed


def test_the_list_costs_the_same_for_many_members(as_role, store, django_assert_max_num_queries):
    client = as_role("manager")
    tier = TierFactory()
    for _ in range(20):
        set_tier(member=MemberFactory(store=store), tier=tier, source="earned", at=NOON, by=None)

    with django_assert_max_num_queries(12) as queries:
        client.get(url("member"))

    assert not [q["sql"] for q in queries.captured_queries if "COUNT(*)" in q["sql"]]


def test_a_clerk_enrols_through_the_verb(as_role, store):
    client = as_role("clerk")
    define_attribute(key="size", name="Shoe size", kind="number")
    silver = TierFactory()

    response = client.post(
        url("member", "add"),
        form_of(
            home_store=store.pk,
            name="曾国藩",
            phone="+86 138-0013-8000",
            birth_month=8,
            birth_day=12,
            card="000080",
            attribute_size="42",
            new_tier=silver.pk,
        ),
    )

    member = Member.objects.get()
    assert response.status_code == 302
    assert (member.phone, member.initials, member.birth_day) == ("+8613800138000", "zgf", 12)
    assert member.created_by.role == "clerk"
    assert (member.attributes, member.tier) == ({"size": 42}, silver)
    assert Card.objects.get().number == "000080"
    assert TierHolding.objects.get().source == "granted"


def test_a_clerk_cannot_enrol_into_a_foreign_store(as_role):
    client = as_role("clerk")

    response = client.post(
        url("member", "add"), form_of(home_store=StoreFactory().pk, name="王小明")
    )

    assert "home_store" in response.context["adminform"].form.errors
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"phone": "1380013800"}, "phone", "bad_phone"),
        ({"phone": "1.38E+10"}, "phone", "phone_lost_digits"),
        ({"phone": "13900139000"}, "phone", "phone_taken"),
        ({"birth_month": 2, "birth_day": 30}, "birth_day", "bad_birthday"),
        ({"birth_day": 3}, "birth_day", "bad_birthday"),
    ],
)
def test_a_refused_field_is_named_and_nothing_written(as_role, store, fields, field, code):
    client = as_role("clerk")
    MemberFactory(store=store, phone="13900139000")

    response = client.post(
        url("member", "add"), form_of(home_store=store.pk, name="王小明", **fields)
    )

    errors = response.context["adminform"].form.errors.as_data()
    assert [(name, error.code) for name, found in errors.items() for error in found] == [
        (field, code)
    ]
    assert Member.objects.count() == 1


def test_a_card_taken_is_a_red_message_and_nobody_is_enrolled(as_role, store):
    client = as_role("clerk")
    MemberFactory(store=store, cards=["T1"])

    response = client.post(
        url("member", "add"), form_of(home_store=store.pk, name="李四", card="T1")
    )

    assert response.status_code == 302
    assert "The card T1 already belongs to 王**" in refusals(response)[0]
    assert Member.objects.count() == 1


def test_a_change_goes_through_the_verb_and_each_line_through_its_own(as_role, store):
    client = as_role("clerk")
    tag = TagFactory()
    member = MemberFactory(store=store, name="王小明")

    response = client.post(
        url("member", "change", member.pk),
        form_of(member, name="王大明")
        | new_line("cards", number="000081", kind="tag")
        | new_line("dependants", nickname="豆豆", kind="child", birthday="2025-01-01")
        | new_line("membertag_set", tag=tag.pk)
        | new_line("consents", channel="sms", state="given", source="counter"),
    )

    assert response.status_code == 302
    member.refresh_from_db()
    assert (member.name, member.initials) == ("王大明", "wdm")
    assert MemberChange.objects.get().changed_by.role == "clerk"
    assert Card.objects.get().number == "000081"
    assert member.dependants.get().nickname == "豆豆"
    assert MemberTag.objects.get().tagged_by.role == "clerk"
    assert Consent.objects.get().operator.role == "clerk"


def test_the_page_shows_everything_of_a_member(as_role, store):
    client = as_role("clerk")
    tier = TierFactory(name="Gold")
    member = MemberFactory(store=store, cards=["T1"])
    set_tier(member=member, tier=tier, source="earned", at=NOON, by=None, inputs={"spend": 100})
    tag_member(member=member, tag=TagFactory(name="Likes beer"), at=NOON, by=None)
    give_consent(member=member, channel="sms", at=NOON, source="leaflet")
    add_dependant(member=member, at=NOON, nickname="豆豆")

    page = client.get(url("member", "change", member.pk)).content.decode()

    for text in ("T1", "Gold", "Likes beer", "leaflet", "豆豆", member.number):
        assert text in page


def test_an_auditor_reads_and_changes_nothing(as_role, store):
    client = as_role("auditor")
    member = MemberFactory(store=store, name="王小明")

    page = client.get(url("member", "change", member.pk))
    answer = client.post(url("member", "change", member.pk), form_of(member, name="李四"))

    assert page.status_code == 200
    assert answer.status_code == 403
    assert Member.objects.get().name == "王小明"


@pytest.mark.parametrize(
    ("role", "action", "status"),
    [
        ("manager", "block", "blocked"),
        ("owner", "erase", "erased"),
        ("clerk", "block", "active"),
        ("manager", "erase", "active"),
        ("auditor", "block", "active"),
    ],
)
def test_blocking_and_erasing_are_a_confirmed_post_of_the_right_role(
    as_role, store, role, action, status
):
    client = as_role(role)
    member = MemberFactory(store=store)
    page = url("member", action, member.pk)

    asked = client.get(page)
    member.refresh_from_db()
    status_after_asking = member.status
    answer = client.post(page, {"_form_submitted": "on"})

    member.refresh_from_db()
    assert status_after_asking == "active"
    assert member.status == status
    if status == "active":
        assert (asked.status_code, answer.status_code) == (403, 403)
    else:
        assert answer.headers["HX-Redirect"] == url("member", "change", member.pk)


@pytest.mark.parametrize("pk", ["abc", "0", "99999999999999999999"])
def test_a_page_of_nobody_leads_back(as_role, pk):
    client = as_role("owner")

    assert client.get(url("member", "change", pk)).status_code == 302
    assert client.post(url("member", "block", pk), {"_form_submitted": "on"}).status_code == 403


def test_only_what_makes_sense_is_offered(as_role, store):
    client = as_role("owner")
    active, blocked = MemberFactory(store=store), MemberFactory(store=store)
    Member.objects.filter(pk=blocked.pk).update(status="blocked")

    def offered(member):
        page = client.get(url("member", "change", member.pk)).content.decode()
        return [
            name for name in ("block", "unblock", "erase") if url("member", name, member.pk) in page
        ]

    assert offered(active) == ["block", "erase"]
    assert offered(blocked) == ["unblock", "erase"]


def test_a_closed_member_is_only_read(as_role, store):
    client = as_role("owner")
    member = MemberFactory(store=store)
    erase_member(member=member, at=NOON, by=None)

    page = client.get(url("member", "change", member.pk))
    answer = client.post(url("member", "change", member.pk), form_of(name="李四"))

    assert "This member is erased and cannot trade." in page.content.decode()
    assert answer.status_code == 403


def test_an_owner_lets_somebody_in_through_the_verb(as_role, store):
    client = as_role("owner")

    response = client.post(
        url("user", "add"),
        {
            "username": "li",
            "password1": PASSWORD,
            "password2": PASSWORD,
            "usable_password": "true",
            "role": "clerk",
            "stores": [store.pk],
            "language": "en",
            "display_name": "Li",
        },
    )

    user = User.objects.get(username="li")
    assert response.status_code == 302
    assert (user.role, user.is_staff, user.is_superuser) == ("clerk", True, False)
    assert user.check_password(PASSWORD)
    assert list(user.stores.all()) == [store]


def test_a_clerk_without_a_store_is_refused_on_the_form(as_role):
    client = as_role("owner")

    response = client.post(
        url("user", "add"),
        {"username": "li", "password1": PASSWORD, "password2": PASSWORD, "role": "clerk",
         "usable_password": "true", "language": "en"},
    )  # fmt: skip

    assert response.context["adminform"].form.errors.as_data()["stores"][0].code == "store_needed"
    assert not User.objects.filter(username="li").exists()


def test_nobody_makes_themselves_a_superuser(as_role, store):
    client = as_role("owner")
    clerk = UserFactory(username="li", stores=[store])

    client.post(
        url("user", "change", clerk.pk),
        {"username": "li", "role": "manager", "stores": [store.pk], "language": "zh-hans",
         "is_superuser": "on", "is_active": "", "display_name": "", "email": ""},
    )  # fmt: skip

    clerk.refresh_from_db()
    assert (clerk.role, clerk.language) == ("manager", "zh-hans")
    assert (clerk.is_superuser, clerk.is_active) == (False, True)


def test_the_last_owner_keeps_the_role(as_role, store):
    client = as_role("owner")
    owner = User.objects.get()

    response = client.post(
        url("user", "change", owner.pk),
        {"username": owner.username, "role": "clerk", "stores": [store.pk], "language": "en",
         "display_name": "changed", "email": ""},
    )  # fmt: skip

    owner.refresh_from_db()
    assert "is the last owner" in refusals(response)[0]
    assert (owner.role, owner.display_name) == ("owner", "")


def test_deactivating_is_a_confirmed_post(as_role, store):
    client = as_role("owner")
    clerk = UserFactory(stores=[store])

    client.get(url("user", "deactivate", clerk.pk))
    clerk.refresh_from_db()
    assert clerk.is_active
    client.post(url("user", "deactivate", clerk.pk), {"_form_submitted": "on"})

    clerk.refresh_from_db()
    assert not clerk.is_active


def test_a_manager_changes_no_staff(as_role, store):
    client = as_role("manager")
    clerk = UserFactory(stores=[store])
    password = clerk.password

    answers = [
        client.post(url("user", "change", clerk.pk), {"username": "x"}).status_code,
        client.post(url("user", "deactivate", clerk.pk), {"_form_submitted": "on"}).status_code,
        client.post(
            reverse("admin:auth_user_password_change", args=[clerk.pk]),
            {"password1": PASSWORD + "x", "password2": PASSWORD + "x"},
        ).status_code,
    ]

    clerk.refresh_from_db()
    assert answers == [403, 403, 403]
    assert (clerk.is_active, clerk.password) == (True, password)


def test_a_key_shows_its_secret_once(as_role, store):
    client = as_role("owner")
    till = TillFactory(store=store)

    response = client.post(
        url("tillkey", "add"), {"till": till.pk, "name": "front", "scopes": ["read", "draw"]}
    )

    key = TillKey.objects.get()
    secret = refusals(response)[0].split()[3]
    assert key.scopes == ["draw", "read"]
    assert TillKey.objects.is_valid(secret)
    assert secret in client.get(url("tillkey")).content.decode()
    assert secret not in client.get(url("tillkey", "change", key.pk)).content.decode()
    client.post(url("tillkey", "revoke", key.pk), {"_form_submitted": "on"})
    assert not TillKey.objects.is_valid(secret)


def test_a_stores_clock_and_currency_stay(as_role, store):
    client = as_role("owner")

    answer = client.post(
        url("store", "change", store.pk),
        {"name": "New", "entity": store.entity_id, "country": "CN", "currency": "USD",
         "language": "en", "jurisdiction": "none", "rounding_step": "0", "time_zone": "UTC",
         "is_open": "on"},
    )  # fmt: skip

    assert answer.status_code == 302
    changed = Store.objects.get()
    assert (changed.name, changed.currency, changed.time_zone) == ("New", "CNY", "Asia/Shanghai")


def test_limits_of_a_store_are_typed_as_money(as_role, store):
    """Failed with the columns' own fields, which take the smallest unit."""
    client = as_role("owner")
    page = url("store", "change", store.pk)
    told = {"name": store.name, "entity": store.entity_id, "country": "CN", "language": "en",
            "jurisdiction": "none", "is_open": "on"}  # fmt: skip

    wrong = client.post(page, told | {"rounding_step": "0.001"})
    answer = client.post(
        page, told | {"rounding_step": "0.10", "cash_refund_limit": "200", "pin_above": "80.50"}
    )

    assert (wrong.status_code, answer.status_code) == (200, 302)
    store.refresh_from_db()
    assert (store.rounding_step, store.cash_refund_limit, store.pin_above) == (10, 20000, 8050)
    shown = client.get(page).text
    assert 'value="200.00"' in shown
    assert 'value="80.50"' in shown
    assert "smallest unit" not in shown


def test_every_list_and_page_opens_for_the_owner(as_role, store):
    client = as_role("owner")
    member = MemberFactory(store=store, cards=["T1"])
    update_member(member=member, at=NOON + timedelta(days=1), by=None, notes="x")
    issue_till_key(till=TillFactory(store=store), name="register", scopes=["read"])
    CalendarDay.objects.create(country="CN", day=NOON.date(), is_rest_day=True)
    TierFactory()
    TagFactory()
    define_attribute(key="size", name="Size")

    for model in MODELS:
        page = client.get(url(model))
        assert page.status_code == 200
        rows = page.context["cl"].result_list
        assert rows, model
        for row in rows:
            assert client.get(url(model, "change", row.pk)).status_code == 200
        assert client.get(url(model), {"q": "x"}).status_code == 200


@pytest.mark.parametrize(("language", "word"), [("en", "WeChat"), ("zh-hans", "微信")])
def test_the_members_page_says_channel_and_other_numbers_in_words(client, store, language, word):
    member = MemberFactory(store=store, channel="wechat")
    client.force_login(UserFactory(role="clerk", stores=[store], language=language))

    page = client.get(url("member", "change", member.pk)).content.decode()

    assert re.search(rf'<option value="wechat" selected>\s*{word}\s*</option>', page)
    assert "{}" not in page


def test_a_channel_of_the_shops_own_is_kept(as_role, store):
    member = MemberFactory(store=store, channel="radio")

    page = as_role("clerk").get(url("member", "change", member.pk)).content.decode()

    assert re.search(r'<option value="radio" selected>\s*radio\s*</option>', page)
