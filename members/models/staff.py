"""Who works here: people with a role and a scope of stores, tills with keys of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey

from members.models.shops import Language, Store, code_validator

if TYPE_CHECKING:
    from members.models.shops import StoreQuerySet


class User(AbstractUser):
    """A member of staff. Leavers are deactivated, never deleted: their name stays on the record."""

    class Role(models.TextChoices):
        """What somebody may do; the scope of stores says where."""

        CLERK = "clerk", _("clerk")
        MANAGER = "manager", _("manager")
        OWNER = "owner", _("owner")
        AUDITOR = "auditor", _("auditor (read-only)")

    ROLES_OF_ALL_STORES: ClassVar[frozenset[str]] = frozenset({Role.OWNER, Role.AUDITOR})

    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.CLERK)
    stores = models.ManyToManyField(
        Store,
        related_name="staff",
        blank=True,
        verbose_name=_("stores"),
        help_text=_("Where this person works. Owners and auditors see every store."),
    )
    language = models.CharField(
        _("language"), max_length=8, choices=Language, default=Language.ENGLISH
    )
    display_name = models.CharField(_("display name"), max_length=120, blank=True)
    # The person's own membership, so that using it at one's own till can be watched.
    member = models.ForeignKey(
        "members.Member",
        models.PROTECT,
        related_name="staff_accounts",
        null=True,
        blank=True,
        verbose_name=_("own membership"),
    )

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        constraints = [
            models.CheckConstraint(
                name="members_user_role_is_known",
                condition=models.Q(role__in=["clerk", "manager", "owner", "auditor"]),
            ),
            models.CheckConstraint(
                name="members_user_language_is_spoken",
                condition=models.Q(language__in=Language.values),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.get_full_name() or self.username

    @property
    def sees_all_stores(self) -> bool:
        """Whether the scope is the whole business."""
        return self.is_superuser or self.role in self.ROLES_OF_ALL_STORES

    def visible_stores(self) -> StoreQuerySet:
        """Stores whose records this person may see."""
        return Store.objects.visible_to(self)


class Till(models.Model):
    """A place in a store where things are rung up."""

    store = models.ForeignKey(Store, models.PROTECT, related_name="tills", verbose_name=_("store"))
    code = models.CharField(_("code"), max_length=32, validators=[code_validator])
    name = models.CharField(_("name"), max_length=120, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("till")
        verbose_name_plural = _("tills")
        constraints = [
            models.UniqueConstraint(
                name="members_till_code_once_per_store", fields=["store", "code"]
            ),
        ]

    def __str__(self) -> str:
        return self.name or gettext("Till %(code)s") % {"code": self.code}


class TillKey(AbstractAPIKey):
    """A secret a till or a machine controller shows instead of a login; hashed, revocable."""

    class Scope(models.TextChoices):
        """What a key opens."""

        READ = "read", _("find members and read their sheet")
        SELL = "sell", _("top up and sell")
        DRAW = "draw", _("draw down what was prepaid")
        CHECKIN = "checkin", _("check members in")
        PLAYS = "plays", _("report coin plays")
        IMPORT = "import", _("import files, and undo imports")

    # The library gives these four no names that can be translated.
    prefix = models.CharField(_("first characters"), max_length=8, unique=True, editable=False)
    created = models.DateTimeField(_("made at"), auto_now_add=True, db_index=True)
    name = models.CharField(_("name"), max_length=50)
    revoked = models.BooleanField(_("revoked"), default=False)
    till = models.ForeignKey(Till, models.PROTECT, related_name="keys", verbose_name=_("till"))
    scopes = ArrayField(
        models.CharField(max_length=16, choices=Scope),
        verbose_name=_("scopes"),
        default=list,
    )

    class Meta:
        verbose_name = _("till key")
        verbose_name_plural = _("till keys")
        constraints = [
            models.CheckConstraint(
                name="members_till_key_scopes_are_known",
                condition=models.Q(
                    scopes__contained_by=[
                        *("read", "sell", "draw", "checkin", "plays", "import"),
                    ]
                ),
            ),
        ]

    def allows(self, scope: str) -> bool:
        """Whether the key opens ``scope``."""
        return scope in self.scopes
