"""The addresses of the API, version 1."""

from django.urls import path, re_path

from counter.api import deposits, members, transactions, writing

app_name = "api"
urlpatterns = [
    path("members", members.Members.as_view(), name="members"),
    re_path(
        r"^members/(?P<number>[A-Za-z0-9._-]{1,32})/sheet\Z",
        members.Sheet.as_view(),
        name="member-sheet",
    ),
    path("check-ins", writing.CheckIn.as_view(), name="check-ins"),
    path("top-ups", writing.TopUp.as_view(), name="top-ups"),
    path("bundles", writing.SellBundle.as_view(), name="bundles"),
    path("sales", writing.Sell.as_view(), name="sales"),
    path("sale-refunds", writing.RefundSale.as_view(), name="sale-refunds"),
    path("draw-downs", writing.DrawDown.as_view(), name="draw-downs"),
    path("deposits", deposits.HoldDeposit.as_view(), name="deposits"),
    path("deposit-captures", deposits.CaptureDeposit.as_view(), name="deposit-captures"),
    path("deposit-releases", deposits.ReleaseDeposit.as_view(), name="deposit-releases"),
    path("codes", deposits.SendCode.as_view(), name="codes"),
    path("coin-plays", writing.CoinPlays.as_view(), name="coin-plays"),
    path("undo", writing.Undo.as_view(), name="undo"),
    path("transactions/<uuid:id>", transactions.Transaction.as_view(), name="transaction"),
]
