"""Members in the admin: found by the one search box, kept by the same verbs as at the counter.

A higher app that shows more of a member (balances, timeline, actions) registers a subclass of
``MemberAdmin`` in its place and fills the blocks of ``admin/members/member/change_form.html``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, Form
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from common.edges import has_role
from common.rates import SearchedTooOften, count_search
from members.admin.inlines import (
    CardInline,
    ConsentInline,
    DependantInline,
    TagInline,
    TierHoldingInline,
    pairs,
)
from members.admin_permissions import (
    EVERYBODY,
    MANAGERS,
    OWNERS,
    WORKERS,
    OwnStoreFilter,
    ReadOnlyMixin,
    RoleAdminMixin,
    dialog_action,
    operator_of,
)
from members.forms import ATTRIBUTE, BIRTHDAY, MemberForm, member_form
from members.models import (
    AttributeDefinition,
    Card,
    Consent,
    Dependant,
    Member,
    MemberChange,
    MemberTag,
    TierHolding,
)
from members.operations import (
    add_card,
    add_dependant,
    block_member,
    end_tier,
    enrol,
    erase_member,
    give_consent,
    set_attribute,
    set_tier,
    tag_member,
    unblock_member,
    untag_member,
    update_member,
    withdraw_consent,
)
from members.queries import search_members

if TYPE_CHECKING:
    from members.models.people import MemberQuerySet

MOST_SEARCH_RESULTS = 100


@admin.register(Member)
class MemberAdmin(RoleAdminMixin, ModelAdmin):
    """The members at home in the person's stores.

    At the counter anybody may look up any member of the business; this list can be browsed, so it
    ends at the person's stores.
    """

    view_roles = EVERYBODY
    add_roles = change_roles = WORKERS
    store_path = "home_store"
    form = MemberForm
    change_form_template = "admin/members/member/change_form.html"
    list_display = (
        "number", "shown_name", "shown_phone", "shown_tier", "home_store", "joined_on",
        "shown_status",
    )  # fmt: skip
    # Sorting by anything without an index reads every member.
    sortable_by = ("number", "shown_name")
    list_display_links = ("number", "shown_name")
    list_select_related = ("tier", "home_store")
    list_filter = (
        OwnStoreFilter,
        ("status", ChoicesDropdownFilter),
        ("tier", RelatedDropdownFilter),
        ("tags", RelatedDropdownFilter),
        ("joined_on", RangeDateFilter),
    )
    list_filter_submit = True
    search_fields = ("number",)
    search_help_text = _("Phone, its last four digits, card, name, pinyin or initials")
    autocomplete_fields = ("referrer",)
    inlines = (CardInline, DependantInline, TagInline, ConsentInline, TierHoldingInline)
    actions_detail: tuple[Any, ...] = ("block", "unblock", "erase")
    readonly_fields = (
        "number", "status", "merged_into", "joined_on", "created_by", "created_at", "other_numbers",
    )  # fmt: skip

    @display(description=pgettext_lazy("person", "name"), ordering="name")
    def shown_name(self, member: Member) -> str:
        """The name, or a dash to click on."""
        return member.name or "—"

    @display(description=_("phone"))
    def shown_phone(self, member: Member) -> str:
        """Masked: a list can be read over a shoulder."""
        return member.masked_phone

    @display(description=_("tier"), label=True)
    def shown_tier(self, member: Member) -> str | None:
        """The tier in the reader's language."""
        return member.tier.label if member.tier else None

    @display(
        description=_("status"),
        label={"active": "success", "blocked": "danger", "merged": "info", "erased": "warning"},
    )
    def shown_status(self, member: Member) -> tuple[str, str]:
        """The status in colour."""
        return member.status, member.get_status_display()

    @display(description=_("numbers in other systems"))
    def other_numbers(self, member: Member) -> str:
        """Each with the system it is of, or a dash."""
        return pairs(member.external_ids)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Member], search_term: str
    ) -> tuple[QuerySet[Member], bool]:
        """Search as the counter dialog_action, among the members the person may list."""
        if not search_term.strip():
            return queryset, False
        try:
            count_search(request)
        except SearchedTooOften as error:
            messages.error(request, str(error))
            return queryset.none(), False
        stores = operator_of(request).visible_stores()
        among = cast("MemberQuerySet", self.get_queryset(request))
        found = search_members(search_term, stores, limit=MOST_SEARCH_RESULTS, among=among)
        return queryset.filter(pk__in=[member.pk for member in found]), False

    def get_form(
        self, request: HttpRequest, obj: Member | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Ask the shop's own questions too."""
        definitions = AttributeDefinition.objects.order_by("pk")
        return super().get_form(
            request, obj, *args, form=member_form(definitions, self.form), **kwargs
        )

    def get_fieldsets(self, request: HttpRequest, obj: Member | None = None) -> Any:
        """The page in groups; what is decided at enrolment is asked only then."""
        own = [ATTRIBUTE + each.key for each in AttributeDefinition.objects.order_by("pk")]
        standing = ["number", "status", "merged_into", "joined_on", "created_by", "created_at"]
        reads = obj is not None and not self.has_change_permission(request, obj)
        first = ["home_store", "referrer", "tier" if reads else "new_tier"]
        if obj is None:
            first.append("card")
        groups = [
            (None, {"fields": ["name", "phone", "gender", BIRTHDAY, "lunar_birthday", *first]}),
            (
                _("More"),
                {"fields": ["email", "address", "region", "occupation", "education", "channel",
                            "notes"]},
            ),
        ]  # fmt: skip
        if own:
            groups.append((_("The shop's own questions"), {"fields": own}))
        if obj is not None:
            groups.append((_("Membership"), {"fields": [*standing, "other_numbers"]}))
        return groups

    def get_readonly_fields(self, request: HttpRequest, obj: Member | None = None) -> list[str]:
        """Where somebody joined, and who brought them, is settled at enrolment."""
        settled = ["home_store", "referrer"] if obj else []
        return [*super().get_readonly_fields(request, obj), *settled]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A closed member is only read."""
        closed = isinstance(obj, Member) and obj.status not in Member.LIVING
        return super().has_change_permission(request, obj) and not closed

    def save_model(self, request: HttpRequest, obj: Member, form: MemberForm, change: Any) -> None:
        """Enrol or update, then what stands beside the plain fields."""
        now, by = timezone.now(), operator_of(request)
        fields = form.fields_for_verb()
        if change:
            member = update_member(member=obj, at=now, by=by, **fields)
        else:
            card = form.cleaned_data.get("card")
            member = enrol(
                store=form.cleaned_data["home_store"],
                referrer=form.cleaned_data.get("referrer"),
                cards=[card] if card else [],
                at=now,
                by=by,
                **fields,
            )
            obj.pk = member.pk
        for key, value in form.attributes().items():
            set_attribute(member=member, key=key, value=value, at=now, by=by)
        if "new_tier" in form.changed_data:
            self._set_tier(request, member, form)
        obj.refresh_from_db()

    def _set_tier(self, request: HttpRequest, member: Member, form: MemberForm) -> None:
        tier, now = form.cleaned_data["new_tier"], timezone.now()
        if tier is None:
            end_tier(member=member, at=now)
            return
        granted = TierHolding.Source.GRANTED
        set_tier(member=member, tier=tier, source=granted, at=now, by=operator_of(request))

    def save_formset(
        self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: Any
    ) -> None:
        """Send each new line through its verb."""
        for row in formset.save(commit=False):
            self._save_row(request, form.instance, row)
        for row in formset.deleted_objects:
            if isinstance(row, MemberTag):
                untag_member(member=row.member, tag=row.tag)
            else:
                row.delete()

    def _save_row(self, request: HttpRequest, member: Member, row: Any) -> None:
        now, by = timezone.now(), operator_of(request)
        match row:
            case Card():
                add_card(member=member, number=row.number, kind=row.kind, at=now)
            case MemberTag():
                tag_member(member=member, tag=row.tag, at=now, by=by)
            case Consent():
                say = give_consent if row.state == Consent.State.GIVEN else withdraw_consent
                say(member=member, channel=row.channel, at=now, source=row.source, by=by)
            case Dependant():
                self._save_dependant(member, row)
            case _:
                row.save()

    def _save_dependant(self, member: Member, row: Dependant) -> None:
        if row.pk:
            row.save()
            return
        fields = ("nickname", "kind", "birthday", "due_date", "gender")
        said: dict[str, Any] = {field: getattr(row, field) for field in fields}
        add_dependant(member=member, at=timezone.now(), **said)

    def actions_of_no_use(self, record: Member) -> tuple[str, ...]:
        """Nobody is blocked twice, and nothing is left to do about a closed member."""
        if record.status not in Member.LIVING:
            return ("block", "unblock", "erase")
        return ("unblock",) if record.is_active else ("block",)

    def has_block_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Managers block and unblock."""
        return has_role(request.user, MANAGERS) and self.reaches(request, obj)

    def has_erase_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only an owner forgets somebody."""
        return has_role(request.user, OWNERS) and self.reaches(request, obj)

    @dialog_action(
        _("Block"),
        may="block",
        title=_("Block this member?"),
        warning=_("They can still be found, and can buy and use nothing."),
        done=_("The member was blocked."),
    )
    def block(self, request: HttpRequest, form: Form, member: Member) -> None:
        """Stop the member from trading."""
        block_member(member=member, at=timezone.now(), by=operator_of(request))

    @dialog_action(
        _("Unblock"),
        may="block",
        title=_("Let this member trade again?"),
        done=_("The member can trade again."),
    )
    def unblock(self, request: HttpRequest, form: Form, member: Member) -> None:
        """Let the member trade again."""
        unblock_member(member=member, at=timezone.now(), by=operator_of(request))

    @dialog_action(
        _("Erase"),
        may="erase",
        title=_("Erase this person?"),
        warning=_(
            "Name, phone and everything else that says who they are is removed for good; "
            "what was bought stays on record without a name. Settle what they still own first."
        ),
        done=_("The person was erased."),
    )
    def erase(self, request: HttpRequest, form: Form, member: Member) -> None:
        """Forget who the member was."""
        erase_member(member=member, at=timezone.now(), by=operator_of(request))


@admin.register(Card)
class CardAdmin(ReadOnlyMixin, ModelAdmin):
    """Every card given out, to look a number up."""

    store_path = "member__home_store"
    list_display = ("number", "member", "kind", "status", "issued_at")
    list_select_related = ("member",)
    list_filter = (("kind", ChoicesDropdownFilter), ("status", ChoicesDropdownFilter))
    sortable_by = ("number",)
    search_fields = ("number",)
    search_help_text = _("The beginning of the card number")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Card], search_term: str
    ) -> tuple[QuerySet[Card], bool]:
        """By the beginning of the number, which the index serves."""
        term = search_term.strip()
        return (queryset.filter(number__startswith=term) if term else queryset), False


@admin.register(MemberChange)
class MemberChangeAdmin(ReadOnlyMixin, ModelAdmin):
    """Who changed what about whom."""

    store_path = "member__home_store"
    list_display = ("member", "changed_at", "changed_by")
    list_select_related = ("member", "changed_by")
    sortable_by = ()
    search_fields = ("=member__number",)
    search_help_text = _("The member's number")
