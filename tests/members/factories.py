"""Shops and people with fixed values, made through the verbs that make them in real life."""

from datetime import UTC, datetime

import factory

from members.models import Member, Store, Tag, Tier, Till, User
from members.operations import create_staff, create_store, create_till, enrol

# 12:00 on Friday, 1 May 2026 in Shanghai.
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
PASSWORD = "korrekt-horse-9"


class StoreFactory(factory.Factory):
    """A barbecue restaurant in Shanghai."""

    class Meta:
        model = Store

    code = factory.Sequence(lambda n: f"bbq{n}")
    name = factory.Sequence(lambda n: f"Barbecue {n}")
    country = "CN"
    currency = "CNY"
    time_zone = "Asia/Shanghai"
    language = "zh-hans"

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return create_store(**kwargs)


class UserFactory(factory.Factory):
    """A clerk of one store, unless told otherwise. ``stores`` is a list."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"staff{n}")
    password = PASSWORD
    role = User.Role.CLERK
    language = "en"
    stores = factory.LazyFunction(lambda: [StoreFactory()])

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return create_staff(**kwargs)


class TillFactory(factory.Factory):
    """The first till of a store."""

    class Meta:
        model = Till

    store = factory.LazyFunction(StoreFactory)
    code = factory.Sequence(lambda n: f"till{n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return create_till(**kwargs)


class MemberFactory(factory.Factory):
    """A member with a name and a Chinese mobile of their own."""

    class Meta:
        model = Member

    store = factory.LazyFunction(StoreFactory)
    name = "王小明"
    phone = factory.Sequence(lambda n: f"138{n:08}")
    at = NOON
    by = None

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return enrol(**kwargs)


class TierFactory(factory.django.DjangoModelFactory):
    """A tier above those made before."""

    class Meta:
        model = Tier

    code = factory.Sequence(lambda n: f"tier{n}")
    rank = factory.Sequence(lambda n: n + 1)
    name = "Silver"
    name_zh = "银卡"


class TagFactory(factory.django.DjangoModelFactory):
    """A word to pin on members."""

    class Meta:
        model = Tag

    code = factory.Sequence(lambda n: f"tag{n}")
    name = "Likes beer"
