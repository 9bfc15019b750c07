"""A printed document holds its text, in Chinese too, with the font inside."""

import re
import zlib

from common.pdf import Document, Facts, Heading, Signatures, Table, Text, as_pdf


def document(**changes):
    given = {
        "title": "收据",
        "blocks": [
            Facts([("Member", "王小明"), ("Remark", "")]),
            Heading("付款"),
            Table(["Day", "Amount"], [["22 Nov", "−8.00"]], numbers={1}, widths=[2, 1]),
            Text("七日内全额退款。\n\nNothing expires."),
            Signatures(["会员", "门店"]),
        ],
        "footer": "老王餐饮",
    }
    return Document(**given | changes)


def meanings(paper: bytes) -> str:
    """The tables that say which character each printed code stands for."""
    packed = re.findall(rb"/FlateDecode\b.*?stream\r?\n(.*?)endstream", paper, re.DOTALL)
    unpacked = [zlib.decompressobj().decompress(one) for one in packed if one[:1] == b"x"]
    return b"".join(one for one in unpacked if b"beginbf" in one).decode().upper()


def test_embeds_a_font_that_knows_every_character_used():
    paper = as_pdf(document())

    assert paper.startswith(b"%PDF-")
    assert b"/FontFile2" in paper
    printed = meanings(paper)
    for character in "收据王小明付款七日内全额退会员门店老餐饮":
        assert f"<{ord(character):04X}>" in printed, character


def test_the_same_document_gives_the_same_bytes():
    assert as_pdf(document()) == as_pdf(document())


def test_reads_nothing_as_markup():
    paper = as_pdf(document(title="<b>A & B</i>", blocks=[Text("<para>&nbsp;<img src=x>")]))

    assert paper.startswith(b"%PDF-")


def test_numbers_the_pages_of_a_long_table():
    rows = [[f"line {number}", "1"] for number in range(100)]

    paper = as_pdf(document(blocks=[Table(["What", "Count"], rows)]))

    assert paper.count(b"/Type /Page\n") == 3


def test_prints_an_empty_list():
    paper = as_pdf(document(blocks=[Facts([]), Table(["What"], []), Text("")]))

    assert paper.count(b"/Type /Page\n") == 1
