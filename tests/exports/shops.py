"""A small shop with a bit of everything and texts that bite, and what empties it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import transaction

from imports.operations import check_file, run_batch
from ledger.models import RefundCause
from ledger.operations.evidence import seal_up
from ledger.operations.holds import hold
from ledger.operations.reversal import undo
from ledger.operations.rollups import rebuild_all
from ledger.operations.sale_refunds import refund_sale
from ledger.operations.visits import check_in
from members.models import Member, Tag
from members.operations import (
    add_card,
    add_dependant,
    block_member,
    give_consent,
    tag_member,
    withdraw_consent,
)
from promotions.operations import draw_down, sell, sell_bundle, sell_coins
from tests.imports.sheets_made import csv_file
from tests.promotions.refunding import manager_of, refund, topped_up
from tests.promotions.shops import DAY, WORKDAY, Shop, goods, open_shop, put_into, tier

AT = WORKDAY + 3 * DAY
# Texts that programs run, cut, join, number or lose.
NASTY = (
    '=HYPERLINK("http://x","y")',
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "＝1＋1",
    "'=1",
    "'tis",
    "''",
    " =1",
    "\u200b=1",
    "a\n\\.\nb",
    'say "hello", twice',
    "0080",
    "🐼👩‍👧",
    "𠮷野家",
    "NULL",
    "\\N",
    "back\\slash",
)


def open_lively_shop(folder: Path) -> Shop:
    """Members who top up, drink, bring back, hold, leave; an import; seals over most of it."""
    shop = open_shop()
    shop.points_rule()
    boss = manager_of(shop, name="@boss", role="owner")
    anna, ben, chen = (shop.member(name=name) for name in ("Anna", "'Ben'", "陈晓"))
    shop.member(name="", phone="", cards=["0082", "0083"])
    topped_up(shop, anna, 10_000, 3_000, "pro_rata")
    contract = topped_up(shop, ben, 5_000, 0, "principal_first")
    topped_up(shop, chen, 20_000, 20_000, "bonus_first")
    bundle = shop.beers()
    sell_bundle(**shop.asks(ben, bundle=bundle, tenders=shop.in_cash(2018)))
    draw = draw_down(**shop.asks(ben, quantity=5, asset=shop.beer))
    draw_down(**shop.asks(ben, quantity=2, asset=shop.beer, note="=note"))
    pack = shop.coin_pack(10_000, 100, 10)
    sell_coins(**shop.asks(chen, pack=pack, tenders=shop.in_cash(10_000)))
    sale = sell(**shop.asks(chen, lines=[goods(4_500)], tenders=shop.in_value(4_500)))
    refund_sale(**shop.asks(reason="@home", sale_id=sale.pk))
    undo(**shop.asks(txn_id=draw.txn_id, reason="-wrong"))
    hold(
        **shop.asks(anna, asset=shop.money, amount=700),
        purpose="+table",
        expires_at=WORKDAY + 9 * DAY,
    )
    refund(shop, contract, RefundCause.MEMBER, boss)
    _people(shop, anna, ben, chen)
    _old_lists(shop, folder)
    rebuild_all(at=AT)
    seal_up()
    check_in(**shop.asks(chen, note="＝late"))
    return shop


def _people(shop: Shop, anna: Member, ben: Member, chen: Member) -> None:
    put_into(chen, tier("gold", 2))
    add_card(member=anna, number="0080", at=WORKDAY)
    add_card(member=anna, number="0081", at=WORKDAY)
    add_card(member=ben, number="-7", at=WORKDAY)
    add_dependant(member=anna, at=WORKDAY, nickname="=Mimi", birthday=WORKDAY.date())
    give_consent(member=anna, channel="sms", at=WORKDAY, by=None, source="counter")
    withdraw_consent(member=anna, channel="sms", at=WORKDAY + DAY, by=None, source="counter")
    give_consent(member=ben, channel="email", at=WORKDAY, by=None, source="counter")
    tag_member(member=ben, tag=Tag.objects.create(code="vip", name="=VIP"), at=WORKDAY, by=None)
    for word in ("vegan", "a; b"):
        tag = Tag.objects.create(code=f"tag-{word[0]}", name=word)
        tag_member(member=chen, tag=tag, at=WORKDAY, by=None)
    for number, text in enumerate(NASTY):
        told = {"color": text, 'a,"b"': text} if number % 2 else {"color": text}
        # A list cannot say that somebody is called by the word for nothing.
        notes = "Null Nullson" if text == "NULL" else text
        member = shop.member(name=f"Nasty {number}", notes=notes)
        Member.objects.filter(pk=member.pk).update(
            name=notes.strip(), attributes=told, external_ids={"Square": f"S-{number}"}
        )
    block_member(member=member, at=WORKDAY, by=None)


def _old_lists(shop: Shop, folder: Path) -> None:
    people = [
        ["卡号", "姓名", "手机号", "余额", "赠送余额", "积分", "生日", "累计消费"],
        ["C1", "张三", "13900138000", "100", "20", "7", "1990-05-03", "8888"],
        ["C2", "李四", "13900138001", "50.5", "0", "0", "8月15日", ""],
    ]
    bills = [
        ["单号", "时间", "会员卡号", "商品", "实收金额", "支付方式"],
        ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30", "微信"],
    ]
    for rows in (people, bills):
        path = csv_file(folder / "old.csv", rows)
        batch = check_file(path=path, file_name=path.name, store=shop.store, at=WORKDAY, by=None)
        run_batch(batch=batch, at=WORKDAY, by=None)


@contextmanager
def passing_lively_shop(folder: Path) -> Iterator[Shop]:
    """The shop for as long as the block lasts: nothing of it stays in the database."""
    block = transaction.atomic()
    block._from_testcase = True  # verbs that insist on the outermost block may run in it
    with block:
        yield open_lively_shop(folder)
        transaction.set_rollback(True)


def empty() -> None:
    """Back to what ``migrate`` leaves."""
    call_command("flush", interactive=False, verbosity=0)
