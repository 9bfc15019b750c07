"""Mappings kept under a name, so that the next file of the same system is understood at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import ImportBatch, SavedMapping
from imports.operations.alone import hold_off_checks, refuse_booked
from imports.rules.choices import ALIKE, Choices
from members.models import Store, User

NAME_LIMIT = 80
# How one file is written says nothing about the next one.
OF_ONE_FILE = ("encoding", "delimiter", "month", "member", "open_balance")


class MappingNameMissing(DomainError):
    code = "mapping_name_missing"
    message = _("Give the mapping a name by which others will know it.")


class MappingNameTaken(DomainError):
    code = "mapping_name_taken"
    message = _("%(store)s has another mapping called %(name)s; choose another name.")


class MappingNotYours(DomainError):
    code = "mapping_not_yours"
    message = _("This mapping belongs to a store you do not work for.")


class MayNotShare(DomainError):
    code = "mapping_may_not_share"
    message = _("Only somebody who works for every store may share a mapping with every store.")


class ColumnsNotRead(DomainError):
    code = "columns_not_read"
    message = _("The columns of this file have not been read yet; check it first.")


@transaction.atomic
def remember_mapping(
    *, batch: ImportBatch, name: str, is_shared: bool, at: datetime, by: User | None
) -> SavedMapping:
    """Keep how the file of a batch was understood under a name; the same name again replaces it.

    What every column was taken for is kept, so that a later version reads such files alike. Raises
    ColumnsNotRead, MappingNameMissing, MappingNotYours, MayNotShare.
    """
    if not batch.plan.get("signature"):
        raise ColumnsNotRead
    _refuse_to_touch(batch.store, is_shared=is_shared, by=by)
    mapping, _made = SavedMapping.objects.update_or_create(
        store=batch.store,
        name=_named(name),
        defaults={
            "kind": batch.kind,
            "signature": batch.plan["signature"],
            "choices": whole_choices(batch),
            "is_shared": is_shared,
            "used_at": at,
        },
        create_defaults={
            "kind": batch.kind,
            "signature": batch.plan["signature"],
            "choices": whole_choices(batch),
            "is_shared": is_shared,
            "used_at": at,
            "created_at": at,
            "created_by": by,
        },
    )
    ImportBatch.objects.filter(pk=batch.pk).update(mapping=mapping)
    batch.mapping = mapping
    return mapping


def whole_choices(batch: ImportBatch) -> dict[str, Any]:
    """The choices of a batch with what each of its columns was taken for."""
    said = {key: value for key, value in batch.choices.items() if key != "kind"}
    if isinstance(said.get("sheet"), list):
        # The next workbook has sheets of other names.
        said["sheet"] = ALIKE
    headers = [column["header"] for column in batch.plan["columns"]]
    taken = {
        column["header"]: _field_of(column)
        for column in batch.plan["columns"]
        # A header that stands twice names no column.
        if column["header"] and headers.count(column["header"]) == 1
    }
    whole = said | {"columns": taken | dict(said.get("columns") or {}), "balance": batch.balance}
    return Choices.from_json(
        {key: value for key, value in whole.items() if key not in OF_ONE_FILE}
    ).as_json()


def _field_of(column: Mapping[str, Any]) -> str | None:
    if not column["field"] or column["field"] == "secret":
        return None
    unit = column.get("unit")
    return f"{column['field']}:{unit}" if unit else str(column["field"])


@transaction.atomic
def apply_mapping(*, batch: ImportBatch, mapping: SavedMapping, at: datetime) -> ImportBatch:
    """Let the next check of a batch go by a saved mapping; what was said of the file stays.

    The caller sees to it that the mapping is one the person may use. Raises BatchBusy,
    BatchWasRun, CheckRunsAlready.
    """
    refuse_booked(ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk))
    hold_off_checks(batch)
    batch.choices = choices_with(mapping, batch.choices) | {"kind": mapping.kind}
    batch.mapping = mapping
    batch.save(update_fields=["choices", "mapping"])
    SavedMapping.objects.filter(pk=mapping.pk).update(used_at=at)
    return batch


def choices_with(mapping: SavedMapping, said: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of a mapping with what was said of the one file: how and where it is written."""
    own = {key: said[key] for key in (*OF_ONE_FILE, "sheet", "header_row") if said.get(key)}
    return dict(mapping.choices) | own


@transaction.atomic
def edit_mapping(
    *,
    mapping: SavedMapping,
    by: User | None,
    name: str | None = None,
    choices: Mapping[str, Any] | None = None,
    is_shared: bool | None = None,
) -> SavedMapping:
    """Change a mapping's name, content or whom it is shared with; ``None`` leaves it as it is.

    Raises MappingNotYours, MayNotShare, MappingNameMissing, MappingNameTaken, MappingWrong.
    """
    locked = SavedMapping.objects.select_for_update(of=("self",)).get(pk=mapping.pk)
    _refuse_to_touch(locked.store, is_shared=locked.is_shared or bool(is_shared), by=by)
    if name is not None:
        locked.name = _named(name)
        others = SavedMapping.objects.filter(store=locked.store, name=locked.name)
        if others.exclude(pk=locked.pk).exists():
            raise MappingNameTaken(store=locked.store.name, name=locked.name)
    if choices is not None:
        locked.choices = Choices.from_json(dict(choices)).as_json()
    if is_shared is not None:
        locked.is_shared = is_shared
    locked.save(update_fields=["name", "choices", "is_shared"])
    return locked


@transaction.atomic
def delete_mapping(*, mapping: SavedMapping, by: User | None) -> None:
    """Forget a mapping; imports that used it keep what they chose.

    Raises MappingNotYours, MayNotShare.
    """
    _refuse_to_touch(mapping.store, is_shared=mapping.is_shared, by=by)
    mapping.delete()


def _refuse_to_touch(store: Store, *, is_shared: bool, by: User | None) -> None:
    if by is None:
        return
    if not Store.objects.visible_to(by).filter(pk=store.pk).exists():
        raise MappingNotYours
    if is_shared and not by.sees_all_stores:
        raise MayNotShare


def _named(name: str) -> str:
    bare = " ".join(name.split())[:NAME_LIMIT]
    if not bare:
        raise MappingNameMissing
    return bare
