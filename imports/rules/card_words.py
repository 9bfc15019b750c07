"""What lists of cards call the state of a card."""

import re

from imports.rules.cells import text_of, value_of
from imports.rules.han import simplified
from imports.rules.sheets import Cell

# The states a card can be in here; of the last two nobody makes a card, or one that holds nothing.
VALID, BLOCKED, VOID, UNISSUED, SPENT = "active", "lost", "replaced", "unissued", "spent"
STATUS_WORDS = {
    VALID: """
        valid active activated normal ok good open enabled issued sold used redeemed unused inuse
        yes y true partiallyredeemed partiallyused live 正常 正常使用 有效 启用 已启用 激活
        已激活 使用中 在用 可用 未使用 已发 已发卡 已开卡 已售 已售出 已使用 部分使用
        已用 已领取 已绑定 是
        aktiv gültig offen eingelöst actif active valide utilisé utilisée activo activa
        vigente usado usada canjeado attivo attiva valido valida utilizzato ativo ativa
        geldig actief активен активна активная действует использован использована aktif
        geçerli aktywna aktywny ważna ważny 有効 利用可 使用可 利用中 활성 정상 사용중
        사용가능 ใช้งาน ปกติ
        """,
    BLOCKED: """
        lost stolen missing blocked suspended frozen locked disabled inactive onhold hold expired
        deactivated no n false 挂失 已挂失 丢失 遗失 被盗 冻结 已冻结 锁定 已锁定 停用
        已停用 禁用 已禁用 暂停 黑名单 过期 已过期 失效 已失效 无效 否
        gesperrt verloren inaktiv abgelaufen bloqué bloquée perdu perdue inactif expiré
        expirée bloqueado bloqueada perdida inactivo caducado caducada bloccato bloccata
        smarrita inattivo scaduto scaduta inativo vencido geblokkeerd verlopen заблокирован
        заблокирована утеряна неактивен неактивна истек истекла pasif kayıp zablokowana
        nieaktywna zgubiona 利用停止 停止中 紛失 無効 정지 분실 만료 휴면 ระงับ
        """,
    VOID: """
        void voided replaced reissued cancelled canceled closed returned refunded destroyed
        作废 已作废 注销 已注销 换卡 已换卡 补卡 已补卡 退卡 已退卡 销卡 已销卡 回收 已回收
        已退款 取消 已取消
        storniert ungültig annulé annulée anulado anulada annullato annullata cancelado
        cancelada geannuleerd аннулирован аннулирована возвращен возвращена iptal anulowana
        廃止 退会 취소 해지
        """,
    UNISSUED: """
        unissued unsold instock stock new blank notissued notsold notactivated
        未发 未发卡 未发放 未售 未售出 库存 在库 未激活 未开卡 未启用 未领取 空白卡 新卡 待售 待激活
        pending nichtaktiviert 未発行 미발급
        """,
    SPENT: """
        empty depleted exhausted fullyredeemed fullyused usedup spent fullyspent zero zerobalance
        nobalance nothingleft consumed drained 用完 已用完 用光 已用光 用尽 已用尽 使用完 使用完毕
        已使用完 已使用完毕 已耗尽 耗尽 消费完 已消费完 已核销 核销完毕 全部核销 余额为零 余额为0
        零余额 无余额 空 空卡 已兑完 已清零
        """,
}
# Numbers are missing on purpose: each system counts the states of its cards in its own way.
STATUS_OF = {word: status for status, words in STATUS_WORDS.items() for word in words.split()}
NOT_PLAIN = re.compile(r"[\s_\-]+")


def status_of(cell: Cell) -> str | None:
    """What a word says of a card; empty where it says nothing, ``None`` for a word not known.

    >>> status_of("已挂失"), status_of("Not activated"), status_of(""), status_of("沉睡")
    ('lost', 'unissued', '', None)
    >>> status_of("用完"), status_of("Depleted")
    ('spent', 'spent')
    """
    word = NOT_PLAIN.sub("", simplified(text_of(cell)).casefold())
    if word in STATUS_OF:
        return STATUS_OF[word]
    return None if value_of(cell) else ""
