"""The pages of imports."""

from django.urls import path

from imports.views import batch, entry, mappings, rows, steps, totals, undo

app_name = "imports"
urlpatterns = [
    path("", entry.home, name="home"),
    path("<int:pk>/", batch.batch, name="batch"),
    path("<int:pk>/file/", steps.file, name="file"),
    path("<int:pk>/columns/", steps.columns, name="columns"),
    path("<int:pk>/values/", steps.values, name="values"),
    path("<int:pk>/totals/", totals.totals, name="totals"),
    path("<int:pk>/totals/sign/", totals.sign, name="sign"),
    path("<int:pk>/undo/", undo.undo, name="undo"),
    path("<int:pk>/mapping/remember/", mappings.remember, name="remember"),
    path("<int:pk>/mapping/use/", mappings.use, name="use_mapping"),
    path("mappings/", mappings.mappings, name="mappings"),
    path("mappings/<int:mapping>/", mappings.mapping, name="mapping"),
    path("mappings/<int:mapping>/forget/", mappings.forget, name="forget"),
    path("<int:pk>/policy/", batch.policy, name="policy"),
    path("<int:pk>/run/", batch.run, name="run"),
    path("<int:pk>/pause/", batch.pause, name="pause"),
    path("<int:pk>/drop/", entry.drop, name="drop"),
    path("<int:pk>/another/", entry.another, name="another"),
    path("<int:pk>/file/forget/", entry.forget_file, name="forget_file"),
    path("<int:pk>/mend/", entry.mend, name="mend"),
    path("<int:pk>/rows/", rows.rows, name="rows"),
    path("<int:pk>/rows/decide/", rows.decide_many, name="decide_many"),
    path("<int:pk>/rows/<int:number>/", rows.row, name="row"),
    path("<int:pk>/rows/<int:number>/decide/", rows.decide, name="decide"),
    path("<int:pk>/rows/<int:number>/fix/", rows.fix, name="fix"),
    path("<int:pk>/bad-rows.xlsx", batch.bad_rows, name="bad_rows"),
]
