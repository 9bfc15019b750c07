"""What tills and doors of many tongues say in their logs: names built of parts, states, marks."""

import re

from imports.rules.cells import plain_of
from imports.rules.clocks import is_clock

# Names are compared in the form of ``spellings.normalise``: letters and digits alone.
_ENTRY = (
    r"(?:单据|业务|充值|储值|交易|消费|销售|零售|订单|账单|帐单|小票|收据|发票|票据|流水|记录|日志|事件|结账|结算|收银|支付|付款|出库|核销"
    r"|投币|出币|售币|游玩|进出|通行|签到|凭证|买单|明细)"
)
_ENTRY_EN = (
    r"(?:transaction|txn|trx|sales?|order|receipt|bill|invoice|ticket|check|payment|event|record|log|entry"
    r"|play|swipe|tap|scan|visit|dispense|purchase|attendance|class|session|access"
    r"|appointment|booking|reservation)"
)
_DONE = (
    r"(?:交易|消费|销售|零售|业务|单据|制单|开单|开票|下单|结账|结帐|结算|买单|收银|付款|支付|成交|完成|记录|发生|通行|刷卡|扫码|过闸|进场|入场"
    r"|进馆|入馆|进店|到店|来店|到场|进门|开门|签到|打卡|识别|验票|检票|核销|上课|到课|出币|售币|投币|游玩|启动|消耗|出杯|出酒|出水|取酒"
    r"|打酒|出货|充值|变动|记账|事件)"
)
BUILT = (
    (
        "refund_of",
        re.compile(
            rf"^(?:原|原始|源|关联|被退|冲销|对应){_ENTRY}?单?(?:据|的)?(?:编号|编码|号码|单号|流水号|号|id)$"
            rf"|^(?:refunded|returned|original|orig|reversed|parent|related){_ENTRY_EN}(?:id|no|number|num|nr|ref)$"
        ),
    ),
    (
        "source_id",
        re.compile(
            rf"^{_ENTRY}单?据?(?:编号|编码|号码|单号|流水号|序列号|序号|号|id)$"
            rf"|^(?:pos|till|web|sys)?{_ENTRY_EN}{{1,2}}(?:id|no|number|num|nr|ref|reference|uuid)$"
        ),
    ),
    (
        "at",
        re.compile(
            rf"^{_DONE}(?:日期时间|日期|时间|时刻|日)$"
            rf"|^{_ENTRY_EN}(?:date|time|datetime|dateandtime|timestamp|at)(?:utc|gmt|local)?$"
        ),
    ),
    (
        "status",
        re.compile(
            rf"^(?:{_ENTRY}|通行|验证|识别|核验|进出|开门|签到|到课|出勤|考勤|上课|预约|出杯|出酒|出货|处理|执行)(?:状态|结果|情况)$"
            r"|^(?:booking|appointment|reservation|attendance|class|access|entry|visit|event|transaction|txn|order|receipt|play)(?:status|state|result)$"
        ),
    ),
    (
        "void_mark",
        re.compile(
            r"^(?:是否)?已?(?:作废|撤销|撤单|取消|反结账|反结帐|冲正|冲红|红冲|删除|废单)(?:标志|标记|标识|单)?$"
            r"|^(?:作废|撤销|取消|冲正|删除)(?:时间|日期)$"
            r"|^(?:is)?(?:void|voided|cancell?ed|deleted|invalid|noshow)(?:flag|sale|bill|at|on|date|time)?$"
        ),
    ),
    (
        "refund_mark",
        re.compile(
            r"^是否已?(?:退款|退货|退单|退费)(?:单|标志|标记)?$|^(?:退款|退货|退单)(?:标志|标记|标识)$"
            r"|^is(?:refund|refunded|return|returned)$|^(?:refund|return)flag$"
        ),
    ),
)
# What a cell of a mark says where the mark is not set; of a moment, that there was none.
NO = re.compile(
    r"\W*|[0fnx×✗✘]|(?:0{4}|0001|1899|1900|1970)-\d\d-\d\d\b.*|no|false|none|null|nein|non|não|nao|нет|いいえ|아니오|아니요|ไม่|ไม่ใช่|không|khong|valid|normal|active|通常|普通|なし"
    r"|否|无|無|正常|有效|(?:未|没|不|非).*",
    re.IGNORECASE,
)
CANCELLED = re.compile(
    r"取消|作废|作廢|撤销|撤銷|撤单|撤單|反结[账帐]|反結帳|冲正|沖正|冲红|红冲|废单|弃单|挂单|已删除|已关闭|交易关闭|失败|失敗"
    r"|未支付|待支付|未付款|待付款|未结[账帐]|爽约|未到|缺席|缺课|旷课|请假|候补|未签到|未出席|拒绝通行|无权限|黑名单"
    r"|\bno[- ]?show\b|\bdid not attend\b|\bnot attended\b|\bwait-?list(?:ed)?\b"
    r"|\b(?:cancel|cancell?ed|cancell?ation|absent|void(?:ed)?|failed|failure|declined|denied|rejected|aborted"
    r"|abandoned|pending|unpaid|expired|trade closed)\b"
    r"|キャンセル|無効|未会計|未払|欠席|エラー|취소|무효|미결제|노쇼|결석|실패|ยกเลิก|โมฆะ|ไม่สำเร็จ"
    r"|аннулир|отмен|сторно|не оплачен|отказ|\bstorn|\bannull|abgebrochen|ungültig"
    r"|nicht erschienen|abwesend"
    r"|\bannul|\béchou|\banulad|\bcancelad|\bfallid|\bestornad|\bnulo\b"
    r"|(?:đã )?h[ủu][yỷ]\b|thất bại"
)
REFUNDED = re.compile(
    r"退款|退货|退貨|退单|退费|退菜|\b(?:refund(?:ed)?|return(?:ed|s)?|chargeback)\b"
    r"|返品|返金|払戻|払い戻し|환불|반품|คืนเงิน|คืนสินค้า|возврат|возвращ"
    r"|erstatt|rückgabe|\bretoure|gutschrift|\brembours|\bretour\b|\bdevuelt|\bdevoluci|\bdevolvid|\bdevoluç|\breembols"
    r"|\brimbors|\breso\b|trả hàng|hoàn tiền|hoàn trả"
)
# Of these a sale stands: nothing, or only a part of it, went back.
NOT_REFUNDED = re.compile(
    r"未退|无退|不退|部分退|(?:退款|退货)(?:失败|关闭|取消|驳回)|拒绝退|无需退"
    r"|partial|no[_ -]?refund|non-?refund|not refunded|частичн|teilweise|teilerstatt"
    r"|partiel|parcial|parzial"
    r"|一部返|부분 ?환불|một phần"
)
# A door that somebody went out by tells of no visit.
WENT_OUT = re.compile(
    r"出|出门|出场|出馆|出站|离场|离馆|离店|离开|外出|退场|退場|退店|退館|签退"
    r"|out|exit|exited|check ?-?out|checked out|leave|left|departure"
    r"|퇴장|퇴실|выход|sortie|ausgang|austritt|salida|uscita|saída|saida|\bra\b",
)
# Marks of sign-in sheets.
REMARK = re.compile(r"\([^)]*\)$")
CAME = re.compile(
    r"[✓✔√☑✅●◎○◯〇☆★]+|[✓✔√☑✅]\s*[1-9]\d?次?|[1-9]\d?次?|v|y|p|o|yes|ok|present|attended|came|here|late"
    r"|[已]?(?:到|签到|出勤|出席|到场|到课|来|上课|打卡|报到|准时)|正常|是|有|迟到?|晚到|早退|补签?|出|참석|출석|지각|출"
    r"|anwesend|da|présent[e]?|presente|asistió|asiste|sì|si|sí|oui|ja|sim|да|был[а]?|присутствовал[а]?|มา"
)
ABSENT = re.compile(
    r"[×✗✘❌☒]+|0|n|a|no|absent|abs|none|excused|no[- ]?show|缺[席勤课]?|旷[课工]?"
    r"|[请事病休年产]?假|未到?|没来|不来|否|休息?|未签到?|欠席|欠|休み|결석|결|불참|abwesend|fehlt|krank|entschuldigt|absente|ausente"
    r"|assente|faltó|falta|não|non|nein|нет|н|не был[а]?|болел[а]?|отсутствовал[а]?|ขาด|ลา|vắng"
)
# What tills list among their sales and is none.
NO_SALE = re.compile(
    r"^(?:入金|出金|預かり金(?:返金)?|ポイント(?:加算|減算|失効)|マイル(?:加算|減算)|取置き?"
    r"|チップ|領収証(?:発行)?"
    r"|(?:cash|pay|paid)[ -]?(?:in|out)|no[ -]sale|petty cash|open(?:ed)? drawer"
    r"|(?:积分|積分|点数)(?:调整|調整|增加|减少|兑换|过期|清零)|备用金|交接班?|开钱箱|存酒|取酒)$"
)
TOP_UP = re.compile(
    r"バリューカード入金|(?:充值|储值|儲值)(?!卡?(?:余额|账户|帐户)?(?:消费|消費|支付|扣款|扣费|扣减|付款|使用|核销|抵扣|结账|退款))"
    r"|\btop[- ]?up\b|\breload\b|チャージ(?!払|利用|支払)|충전"
    r"|пополнен|\baufladung|\brecarga|\bricarica|เติมเงิน|nạp tiền"
)


def built_name(text: str) -> str:
    """The field of a log that a name in normal form is put together for, empty for none.

    >>> [built_name(text) for text in ("零售单号", "原销售单号", "通行时间", "saleid", "是否作废")]
    ['source_id', 'refund_of', 'at', 'source_id', 'void_mark']
    """
    return next((field for field, names in BUILT if names.search(text)), "")


def is_marked(text: str) -> bool:
    """Whether a cell of a column such as 是否作废 says yes.

    >>> [is_marked(text) for text in ("是", "Y", "true", "2025-03-01", "否", "0", "-", "未作废")]
    [True, True, True, True, False, False, False, False]
    """
    return not NO.fullmatch(text.strip())


def attendance(text: str) -> bool | None:
    """Whether a mark of a sign-in sheet says that somebody came; ``None`` where nobody knows.

    >>> [attendance(text) for text in ("✓", "√√", "2", "18:30", "√(补)", "迟到", "Present")]
    [True, True, True, True, True, True, True]
    >>> [attendance(text) for text in ("×", "0", "事假", "absent", "王", "L")]
    [False, False, False, False, None, None]
    """
    plain = REMARK.sub("", _plain(text)).strip()
    if CAME.fullmatch(plain) or is_clock(plain):
        return True
    return False if ABSENT.fullmatch(plain) else None


def says_nothing(text: str) -> bool:
    """Whether a cell of a sign-in sheet is drawn empty."""
    return text.strip() in {"-", "--", "—", "——", "–", "．", ".", "·", "\\", "空", "无"}


def is_way_out(text: str) -> bool:
    """Whether a passage through a door is one out of it.

    >>> [is_way_out(text) for text in ("出", "Exit", "进", "出示会员码")]
    [True, True, False, False]
    """
    return bool(WENT_OUT.fullmatch(_plain(text)))


def is_top_up(text: str) -> bool:
    """Whether what was sold is value on a card, and no purchase.

    >>> [is_top_up(text) for text in ("会员充值", "储值消费", "Top-up 50", "储值卡")]
    [True, False, True, True]
    """
    return bool(TOP_UP.search(_plain(text)))


def _plain(text: str) -> str:
    return plain_of(text).casefold()
