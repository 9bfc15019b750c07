"""Words in a column's name that speak of what was ever there or is owed, not of what is left."""

import re
from functools import cache

from imports.rules.spellings import normalise
from imports.rules.word_lists import words_in

_ABROAD: dict[str, dict[str, list[str]]] = words_in("history_words.toml")
HISTORY_WORDS = re.compile(
    r"^(累计|累积|历史|历年|已(?!审)|最近|上次|末次|最后|首次|首充|末充|本月|本年|今年|去年|本季|上月|当月|当日|今日|昨日|近\d+|近一|近三|近半"
    r"|年度|年累|月累|平均|月均|人均|单次|最高|最大|期初|年初|月初|初始|原始|上期|本期|起初|开卡金额|面值|面额|售价)"
    r"|^总(?!余额|金额|额|积分|次数|币)|^总次数$|(总额|总数|总计|总次数|总消费|总充值|累计|合计)$"
    r"|(消费|充值|储值|到店|来店|下单|订单|交易|购买|光顾|使用|核销|兑换|退款|签到|游玩|投币|赠送|充卡|续费|续充)"
    r"(总额|总金额|金额|次数|笔数|数量|频次|单数|总次数|总数|合计|额|数)$"
    r"|^(消费|支出|花费|用了|累消|累充)$|客单价|购次$|(已用|已消费|已使用|已兑换|已核销|已耗|已消耗|用掉|耗用|消耗|扣除|扣减)|消费积分|兑换积分|赠送次数"
    r"|使用积分|获得积分|获取积分|赚取积分|积分(使用|消耗|兑换|获得|获取|支出|收入|累计|扣减)"
    r"|间隔天数|未到店|(购买|原始|初始|套餐|充入|原有|办理)(总)?(次数|张数|数量|课时)$|成长值|经验值"
    r"|^(lifetime|cumulative|overall|alltime|aggregate|accumulated|accrued)"
    r"|^(grand)?total(?!balance|available)(?=.*(spen|visit|order|purchas|sale|top|load|recharg|deposit|earn"
    r"|redeem|used|consum|collect|transact|bought|paid|revenue|refund|expired|issued|reload|played|won|bonus|gift|session|class))"
    r"|^(avg|average|last(?!name)|first(?!name)|recent|ytd|mtd|previous|prior|opening|initial|original|starting|beginning|facevalue)"
    r"|(?<!remaining)(?<!left)(spent|spend|count|todate|ever|earned|redeemed|claimed|used|consumed|issued|loaded|purchased|recharged|toppedup|deposited|played|sold)$"
    r"|^(spent|spend|used|redeemed|earned|consumed|purchased|loaded|issued)"
    r"|(spent|spend|sales|revenue|visits|orders|purchases|earned|used|redeemed)(last|past|in|this)\w+$"
    r"|^(numberof|countof|nof|noof|numof|qtyof)"
    r"|(visits|orders|purchases|transactions|topups|recharges|reloads|redemptions)(total|ever|made|sofar)?$"
    r"|yeartodate|monthtodate|sincejoining|alltime|lifetime|cumulativ|lastvisit|lastpurchase"
    r"|^(gesamtumsatz|umsatz|gesamtausgaben|letzte|erster|anzahlbesuche|besuche|ausgegeben|verbraucht|eingelost)"
    r"|(umsatz|besuche|kaufe|bestellungen)$"
    r"|^(totaldepens|cumul|chiffredaffaire|ca$|catotal|derniere|dernier|premier|nombrede|depense|utilise)|cumule$"
    r"|^(totalgastad|gastototal|acumulad|ultim[ao]|primera?|numerode(visitas|compras)|gastado|usad[oa]s?$)|gastado$"
    r"|^(totalespes|spesatotale|speso|numerovisite|totalegast|laatste|aantalbezoeken|totaalbesteed|besteed)"
)
NOT_OURS_TO_OWE = re.compile(
    r"冻结|欠款|欠费|欠额|押金|授信|信用额度|赊账|挂账|透支|待入账|未到账|待发放|待生效|待结算|应收款|应收余额|应收账款|应付款|在途|过期积分|即将过期|已过期|失效积分"
    r"|creditlimit|accountlimit|owing|(?<!all)(?<!foll)owed|debt|^iou|frozen|onhold|pending|receivable|payable|outstanding|amountdue|balancedue|overdue"
    r"|notyetavailable|expiring|expiredpoints|(?:points|credits)expired|kreditlimit|offeneposten|schulden|deuda|dette|limitedecredit"
)
# "First Visit" says since when somebody comes; the words of history would claim it.
NOT_HISTORY = frozenset(
    {"firstvisit", "firstvisitdate", "total", "totalbalance", "purchasedbalance", "originalphone"}
)
# Names that may say what is left as well as what was ever there: a guess, to be confirmed.
EITHER = (
    (
        re.compile(
            r"^(储值|充值|预存|预付|预充|存款|存入|卡内|会员卡|购卡|办卡)金额$|^(总|合计)金额$|^总额$|^(储蓄|充值|预存|存钱|存款)$"
            r"|^(储值|预存|预付|预充|存款)额$"
        ),
        "stored_value",
    ),
    (
        re.compile(
            r"^(amount|value|credits?|money|cash|deposits?|topups?|prepaidamount|storedamount|cardamount|giftcardamount"
            r"|giftcardvalue|totalcredits?|totalvalue|totalamount|totaldeposits?|totalstoredvalue|betrag|montant|importe|importo|valor)$"
        ),
        "stored_value",
    ),
    (
        re.compile(
            r"^(赠送|赠送金额|赠送额|赠款|赠送金额合计|奖励金额|返现|返现金额|返利|返利金额|bonus|bonusamount|giftamount|giftedamount|bonuscredits?|totalbonus)$"
        ),
        "stored_value_bonus",
    ),
    (
        re.compile(
            r"^总积分$|^积分(总数|总额|总计|合计|数量)?总?$(?<!积分)|^(total|totalloyalty|totalreward)points?$|^pointstotal$|^gesamtpunkte$|^pointstotaux$|^puntostotales$"
        ),
        "points",
    ),
    (re.compile(r"^적립금$"), "stored_value_bonus"),
    (re.compile(r"^(总币数|币总数|总游戏币|totalcoins|totaltokens)$"), "coins"),
    (
        re.compile(
            r"^(次数|总次数|次|张数|课时|总课时|sessions|visits?included|totalsessions|uses|totaluses|passes|punches|washes|classes)$"
        ),
        "units",
    ),
)


def says_history(text: str) -> bool:
    """Whether a name in its compared form is one of what was ever spent, earned or used.

    >>> says_history("累计消费"), says_history("суммапокупок"), says_history("余额")
    (True, True, False)
    """
    return text not in NOT_HISTORY and _says(text, HISTORY_WORDS, "begins", "ends")


def says_owed(text: str) -> bool:
    """Whether a name is one of what somebody owes, or of what is not theirs now.

    >>> says_owed("欠款"), says_owed("задолженность"), says_owed("余额")
    (True, True, False)
    """
    return text not in NOT_HISTORY and _says(text, NOT_OURS_TO_OWE, "owed")


def either_of(text: str) -> str:
    """The field of a name that may say what is left as well as what was ever there."""
    for pattern, field in EITHER:
        if pattern.search(text):
            return field
    return _abroad_either().get(text, "")


@cache
def _abroad_either() -> dict[str, str]:
    return {normalise(n): field for field, names in _ABROAD["either"].items() for n in names}


def _says(text: str, pattern: re.Pattern[str], *abroad: str) -> bool:
    return bool(pattern.search(text)) or any(_abroad(key).search(text) for key in abroad)


@cache
def _abroad(key: str) -> re.Pattern[str]:
    """The words of further languages, where in a name they count."""
    words = "|".join(re.escape(normalise(word)) for word in _ABROAD["history"][key])
    return re.compile({"begins": rf"^(?:{words})", "ends": rf"(?:{words})$"}.get(key, words))
