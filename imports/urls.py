"""The pages of imports."""

from django.urls import path

from imports.views import batch, entry, rows, steps

app_name = "imports"
urlpatterns = [
    path("", entry.home, name="home"),
    path("<int:pk>/", batch.batch, name="batch"),
    path("<int:pk>/file/", steps.file, name="file"),
    path("<int:pk>/columns/", steps.columns, name="columns"),
    path("<int:pk>/policy/", batch.policy, name="policy"),
    path("<int:pk>/run/", batch.run, name="run"),
    path("<int:pk>/pause/", batch.pause, name="pause"),
    path("<int:pk>/drop/", entry.drop, name="drop"),
    path("<int:pk>/mend/", entry.mend, name="mend"),
    path("<int:pk>/rows/", rows.rows, name="rows"),
    path("<int:pk>/rows/decide/", rows.decide_many, name="decide_many"),
    path("<int:pk>/rows/<int:number>/", rows.row, name="row"),
    path("<int:pk>/rows/<int:number>/decide/", rows.decide, name="decide"),
    path("<int:pk>/rows/<int:number>/fix/", rows.fix, name="fix"),
    path("<int:pk>/bad-rows.xlsx", batch.bad_rows, name="bad_rows"),
]
