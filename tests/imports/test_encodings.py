import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.rules.encodings import guess_encoding
from imports.rules.text_lines import lines_of

SAMPLES = {
    "chinese": "会员编号,会员名称,手机号\n001,吕栋杰,13800138000\n002,冯䶮,13900139000\n",
    "rare": "姓名,电话\n冯䶮,1",
    "traditional": "會員編號,姓名,電話,餘額\n001,陳大文,91234567,100\n002,黃美玲,98765432,20\n",
    "traditional short": "姓名,手機,儲值餘額,生日",
    "japanese": "会員番号,氏名,電話番号,ポイント\n001,やまだ太郎,090\n",
    "korean": "회원번호,이름,전화번호,포인트\n001,김철수,010\n",
    "french": "Prénom,Nom,Téléphone\nZoé,Lefèvre,06\nFrançois,Noël,07\n",
    "one accent": "Name\nJosé\n",
    "euro": "Preis €\n5\nMüller\n",
    "polish": "Imię,Nazwisko,Telefon\nŁukasz,Wójcik,5\nŻaneta,Błąd,6\n",
    "russian": "Имя,Телефон,Баланс\nИван,79,100\n",
    "thai": "รหัสสมาชิก,ชื่อ,เบอร์โทร\nM001,สมชาย ใจดี,081\n",
    "hebrew": "שם פרטי,טלפון,יתרה\nאנה,050,5\n",
    "arabic": "الاسم,الجوال,الرصيد\nآنا,050,5\n",
    "greek": "Όνομα;Κινητό;Υπόλοιπο\nΆννα;69;5\n",
}


@pytest.mark.parametrize(
    ("sample", "encoding"),
    [
        ("chinese", "utf-8"),
        ("chinese", "utf-8-sig"),
        ("chinese", "gb18030"),
        ("rare", "gb18030"),
        ("chinese", "utf-16"),
        ("chinese", "utf-16-le"),
        ("chinese", "utf-16-be"),
        ("traditional", "big5"),
        ("traditional", "cp950"),
        ("traditional", "gb18030"),
        ("traditional short", "big5"),
        ("japanese", "cp932"),
        ("japanese", "euc_jp"),
        ("korean", "cp949"),
        ("french", "cp1252"),
        ("french", "utf-16-le"),
        ("one accent", "cp1252"),
        ("euro", "cp1252"),
        ("polish", "cp1250"),
        ("russian", "cp1251"),
        ("russian", "cp866"),
        ("russian", "koi8_r"),
        ("thai", "cp874"),
        ("hebrew", "cp1255"),
        ("arabic", "cp1256"),
        ("greek", "cp1253"),
    ],
)
def test_the_guess_reads_the_text_as_it_was_written(sample: str, encoding: str) -> None:
    data = SAMPLES[sample].encode(encoding)

    guess = guess_encoding(data)

    assert data.decode(guess).lstrip("\ufeff") == SAMPLES[sample]


def test_names_codecs_the_way_reports_do() -> None:
    assert guess_encoding("姓名,电话\n张三,1\n".encode("gbk")) == "gb18030"
    assert guess_encoding(SAMPLES["chinese"].encode("utf-8-sig")) == "utf-8-sig"
    assert guess_encoding(b"name,phone\n") == "utf-8"


def test_one_torn_character_does_not_change_the_encoding() -> None:
    data = (SAMPLES["chinese"] * 20).encode()

    assert guess_encoding(data.replace("吕".encode(), "吕".encode()[:2], 1)) == "utf-8"


@given(
    st.text(
        alphabet="会员姓名电话手机余额积分等级张王李陈刘杨赵黄周吴徐孙马", min_size=4, max_size=60
    )
)
def test_everyday_chinese_is_told_in_either_encoding(text: str) -> None:
    assert guess_encoding(text.encode("gb18030")) == "gb18030"
    assert guess_encoding(text.encode()) == "utf-8"


@given(st.binary(max_size=300))
def test_any_bytes_get_a_codec_that_exists(data: bytes) -> None:
    data.decode(guess_encoding(data), errors="replace")


words = st.text(alphabet="会员姓名电话手机余额积分等级张王李陈刘杨赵黄周吴徐孙马，。0123456789abc ")


@given(st.lists(words, min_size=1, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_come_back_as_they_were_written(lines: list[str], end: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030"):
            path.write_bytes(end.join(lines).encode(encoding))

            read = [line.rstrip("\r\n").lstrip("\ufeff") for line in lines_of(path, encoding)]

            assert read[: len(lines)] == lines[: len(read)]
            assert len(read) >= len(lines) - (lines[-1] == "")


@given(st.binary(max_size=400), st.sampled_from(["utf-8", "gb18030", "cp1252", "utf-16", "big5"]))
def test_any_bytes_make_lines_in_any_encoding(data: bytes, encoding: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)

        for line in lines_of(path, encoding):
            assert not line.rstrip("\r\n").count("\n")
