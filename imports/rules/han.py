"""Traditional characters of column names in the simplified form they are looked up by."""

import re

HAN = re.compile(r"[\u4e00-\u9fff]")
PAIRS = (
    "會会員员號号碼码機机電电話话餘余額额點点數数積积儲储贈赠禮礼帳账賬账帐账戶户總总計计歷历級级別别類类門门"
    "時时間间註注冊册開开發发備备國国區区縣县郵邮編编聯联絡络單单訂订實实優优惠惠稅税項项遊游戲戏幣币剩剩"
    "購购買买費费銷销產产狀状態态職职業业學学證证簡简訊讯體体驗验張张課课檯台臺台顧顾過过還还來来領领獎奖"
    "勵励現现補补舊旧農农曆历陽阳陰阴歲岁齡龄車车標标題题庫库錢钱紅红條条筆笔紀纪錄录權权從从應应對对預预"
    "後后達达處处屬属資资訖讫換换兌兑節节務务場场報报號号團团組组層层據据確确認认詳详請请轉转輸输運运選选"
    "長长無无屆届滿满檔档將将經经營营檢检當当際际臨临離离並并効效綁绑險险聯联餐餐單单價价碼码號号業业優优項项"
    "結结護护髮发燙烫療疗師师寶宝歸归銀银鑽钻給给繳缴啟启櫃柜檻槛掃扫製制複复樣样"
    "記记訪访動动變变異异試试鐘钟鋪铺館馆"
    "貴贵賓宾鄉乡鎮镇絕绝為为與与內内圖图網网線线絲丝頭头買买賣卖價价貨货貼贴質质擔担約约終终續续縮缩彙汇匯汇"
)
SIMPLIFIED = str.maketrans(dict(zip(PAIRS[::2], PAIRS[1::2], strict=True)))


def says_han(text: str) -> bool:
    """Whether a text has a Chinese character in it."""
    return bool(HAN.search(text))


def simplified(text: str) -> str:
    """The text with the traditional characters common in headers replaced.

    >>> simplified("會員編號"), simplified("帐户餘額")
    ('会员编号', '账户余额')
    """
    return text.translate(SIMPLIFIED)
