"""In Chinese nothing is left in English, on any page, for anyone."""

import re
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.utils import timezone

from exports.operations.exporting import ask_export
from exports.rules.asked import Asked
from imports.models import ImportBatch
from imports.operations import check_file, remember_mapping
from ledger.models import Asset, Contract, DayClose, RefundCause, TenderType, Terms, Txn
from ledger.operations.refunds import refund_contract
from ledger.operations.sales import Tender
from ledger.queries.contract_facts import contract_facts
from ledger.queries.refunds import refund_sheet
from members.models import Member, Till, User
from members.operations import create_staff, issue_till_key
from promotions.demo.loading import load
from promotions.models import ServiceTicket
from reports.queries.registry import figures
from tests.i18n.reading import english_in, read
from tests.i18n.site import addresses
from tests.imports.sheets_made import DATA
from tests.ledger.holding import as_superuser

OURS = {"members", "ledger", "promotions", "reports", "imports", "exports", "counter"}
# Words that are the same in every language, and how a password is kept.
NAMES = r"""
    (?<![A-Za-z])(?:
        regulars\ seal[|a-z_]+ | Regulars | English | Excel | CSV | XLSX | ZIP | JSON | MB | ID
        | API | UTF-(?:8|16) | GB18030 | GBK | Big5 | Windows-\d+ | Shift-JIS
        | QQ | Email | Cookie | token | Esc | Enter
        | Control | Command | Mac | F\d+ | Asia/Shanghai | CNY | CN | CN-Beijing | CN-Shanghai
        | none | PDF | LPR | SHA-256 | hash | rows_hash | manage\.py\ [a-z_]+
    )(?![A-Za-z\d])
    | ^:\ (?:md5|.*\*+)$
"""
KEYS = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12} | \b[0-9a-f]{32}\b | \b[0-9a-f]{8}\b"


def pages_as(client, samples, *, without=()):
    """Address and pieces of text of every page that answers with text."""
    for name, address in addresses(samples):
        if name.endswith(without):
            continue
        response = client.get(address)
        kind = response.get("Content-Type", "").split(";")[0]
        said = b"".join(response)
        assert response.status_code < 500, address
        if kind == "text/html" and response.status_code not in (301, 302):
            yield address, read(said.decode())
        elif kind == "text/csv":
            yield address, said.decode("utf-8-sig").splitlines()[0].split(",")


def words_of_the_shop():
    """What people entered themselves: it is shown in the language it was entered in."""
    told = set()
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.CharField | models.TextField) and not field.choices:
                told |= set(model._base_manager.values_list(field.name, flat=True).distinct())
    titles = {str(terms) for terms in Terms.objects.all()}
    told |= titles | {title[0].upper() + title[1:] for title in titles} | {"Garment bag"}
    told |= {line.strip() for word in told if word for line in word.splitlines()}
    return {word for word in told if word and re.search("[A-Za-z]", word)}


def known_words():
    entered = words_of_the_shop()
    # A bare word may be one of ours as well: only as the whole of a text it is the shop's.
    bare = {word for word in entered if re.fullmatch("[a-z]+", word)}
    phrases = sorted(entered - bare, key=len, reverse=True)
    parts = [*map(re.escape, phrases), rf"^(?:{'|'.join(map(re.escape, bare))})$"]
    return re.compile(f"{'|'.join(parts)}|(?xi:{KEYS}|{NAMES})")


@pytest.fixture
def shops(db):
    """The demo's shops, everybody speaking Chinese, with a machine's key and a list to import."""
    now = timezone.now()
    load(members=40, months=2, seed=5, at=now, progress=lambda *_: None)
    for user in User.objects.all():
        user.language, user.username = "zh-hans", f"员工{user.pk}"
        user.save(update_fields=["language", "username"])
    till = Till.objects.first()
    issue_till_key(till=till, name="钥匙", scopes=["read", "plays"])
    path = DATA / "cn_members_gb18030.csv"
    check_file(path=path, file_name="会员.csv", store=till.store, at=now, by=None)
    with as_superuser() as cursor:
        # Else the planner believes what it saw when an earlier test had emptied the tables. The
        # catalogues are left alone: some are the whole server's, which another worker may be at.
        ours = [model._meta.db_table for model in apps.get_models() if model._meta.managed]
        cursor.execute(f"ANALYZE {', '.join(ours)}")


def pay_a_top_up_back(now):
    """A refund, so that its note has something to show."""
    told = {"cause": RefundCause.MERCHANT, "at": now}
    sold = Contract.objects.filter(kind="top_up").order_by("-sold_at")
    # Which of them is spent already depends on the day the shop is made for.
    contract = next(one for one in sold if contract_facts(one, now).open_lots)
    told |= {"contract": contract, "store": contract.store}
    total = refund_sheet(**told).total
    cash = TenderType.objects.filter(kind="cash").first()
    boss, second = User.objects.filter(role="owner").first(), User.objects.get(username="员工二")
    return refund_contract(
        **told,
        request_id=uuid4(),
        payouts=[Tender(tender=cash, amount=total)] if total else [],
        reason="搬家",
        by=boss,
        approved_by=second,
    )


def keep_a_mapping():
    """How the list was understood, under a name."""
    batch = ImportBatch.objects.first()
    said = {"batch": batch, "name": "收银系统", "is_shared": True}
    return remember_mapping(**said, at=timezone.now(), by=None).pk


def take_members_along(now):
    """A list of members that waits to be made."""
    asked = {"what": "members", "form": "csv", "asked": Asked(), "language": "zh-hans"}
    return ask_export(**asked, at=now, by=User.objects.filter(role="owner").first()).pk


@pytest.fixture
def samples(shops):
    now = timezone.now()
    create_staff(username="员工二", password="korrekt-horse-9", role="owner", stores=[])
    paid_back, closed = pay_a_top_up_back(now), DayClose.objects.get()
    return {
        "asset": Asset.objects.filter(kind="money").values_list("pk", flat=True)[:1],
        "contract": Contract.objects.filter(kind="bundle").values_list("pk", flat=True)[:1],
        "contract_id": Contract.objects.values_list("pk", flat=True)[:1],
        "refund": [paid_back.pk],
        "close_id": [closed.pk],
        "number": [Member.objects.first().number],
        "entry": Txn.objects.filter(kind="sale").values_list("pk", flat=True)[:1],
        "ticket_id": ServiceTicket.objects.values_list("pk", flat=True)[:1],
        "pk": ImportBatch.objects.values_list("pk", flat=True),
        "imports:decide.number": [1],
        "mapping": [keep_a_mapping()],
        "imports:row.number": [19],
        "imports:fix.number": [19],
        "export_id": [take_members_along(now)],
        "kind": ["csv"],
        "reports:figure.key": figures(),
        "id": [User.objects.first().pk],
        "app_label": ["ledger"],
        # A link to another site, and links out of a letter.
        "admin:view_on_site.object_id": [],
        "content_type_id": [],
        "uidb36": ["1"],
        "key": ["outworn"],
    }


@pytest.mark.slow
def test_every_page_is_chinese_for_every_role(samples):
    known = known_words()
    left = {}

    for role in User.Role:
        client = Client(headers={"accept-language": "zh-CN"})
        client.force_login(User.objects.filter(role=role).first())
        # These look the same to everyone who may see them.
        without = () if role == User.Role.OWNER else ("_history", "_delete")
        for address, pieces in pages_as(client, samples, without=without):
            for piece in english_in(pieces, known=known):
                left.setdefault(piece, f"{role.value} {address}")

    assert not left, "\n".join(f"{piece}: {where}" for piece, where in left.items())
