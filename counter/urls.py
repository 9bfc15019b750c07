"""The pages of counter."""

from django.urls import path, re_path

from counter.views import (
    bills,
    care,
    contract_refunds,
    day_close,
    drawing,
    garments,
    home,
    invoices,
    papers,
    sale,
    selling,
    sheet,
    statements,
    undo,
)
from counter.views.desk import at_the_counter

app_name = "counter"

panel = at_the_counter("GET", "POST")

urlpatterns = [
    path("", home.home, name="home"),
    path("find/", home.find, name="find"),
    path("enrol/", home.enrol, name="enrol"),
    path("desk/", home.choose, name="choose"),
    path("sale/", panel(sale.SaleView.as_view()), name="anonymous_sale"),
    path("members/<str:number>/", sheet.member_sheet, name="member"),
    path("members/<str:number>/payers/", home.find_payer, name="find_payer"),
    path("members/<str:number>/history/", sheet.history, name="history"),
    path("members/<str:number>/statement/", statements.screen, name="statement"),
    re_path(
        r"^members/(?P<number>[^/]+)/statement\.(?P<kind>pdf|csv)$",
        statements.download,
        name="statement_file",
    ),
    path("members/<str:number>/check-in/", drawing.check_in_now, name="check_in"),
    path("members/<str:number>/sale/", panel(sale.SaleView.as_view()), name="sale"),
    path("members/<str:number>/balances/<int:asset>/", papers.wallet, name="wallet"),
    path("contracts/<uuid:contract_id>/", papers.contract, name="contract"),
    path("contracts/<uuid:contract_id>/receipt/", papers.paper, name="contract_paper"),
    path("contracts/<uuid:contract_id>/receipt.pdf", papers.pdf, name="contract_pdf"),
    path("members/<str:number>/care/", care.care, name="care"),
    path("tickets/<int:ticket_id>/", garments.ticket_step, name="ticket"),
    path("bills/", bills.bills, name="bills"),
    path("bills/<uuid:entry>/refund/", bills.refund, name="refund_sale"),
    path("bills/<uuid:entry>/invoice/", invoices.invoice, name="invoice"),
    path("day/", day_close.day, name="day"),
    path("day/count/", day_close.count, name="count_till"),
    path("day/close/", day_close.close, name="close_day"),
    path("day/closed/<uuid:close_id>/", day_close.closed, name="day_closed"),
    path("members/<str:number>/contracts/", contract_refunds.contracts, name="contracts"),
    path("contracts/<uuid:contract>/refund/", contract_refunds.refund, name="refund_contract"),
    path("refunds/<uuid:refund>/", contract_refunds.note, name="refund_note"),
    path("entries/<uuid:entry>/undo/", undo.undo, name="undo"),
    path("entries/<uuid:entry>/receipt/", undo.receipt, name="receipt"),
]

ACTIONS = {
    "top-up": selling.TopUp,
    "bundle": selling.SellBundle,
    "coins": selling.SellCoins,
    "membership": selling.SellTier,
    "draw-down": drawing.DrawDown,
    "dispense": drawing.DispenseCoins,
    "exchange": drawing.ExchangePoints,
    "garment": garments.TakeIn,
}
urlpatterns += [
    path(f"members/<str:number>/{word}/", panel(action.as_view()), name=action.name)
    for word, action in ACTIONS.items()
]
urlpatterns += [
    path(f"members/<str:number>/care/{word}/", panel(action.as_view()), name=action.name)
    for word, action in care.ACTIONS.items()
]
