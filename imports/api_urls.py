"""The addresses of imports in the API, version 1."""

from django.urls import path

from imports.api import deciding, views

app_name = "imports_api"
urlpatterns = [
    path("imports", views.Imports.as_view(), name="imports"),
    path("imports/<int:number>", views.Import.as_view(), name="batch"),
    path("imports/<int:number>/mapping", deciding.Mapping.as_view(), name="mapping"),
    path("imports/<int:number>/decide", deciding.Decide.as_view(), name="decide"),
    path("imports/<int:number>/sign", deciding.Sign.as_view(), name="sign"),
    path("imports/<int:number>/pause", deciding.Pause.as_view(), name="pause"),
    path("imports/<int:number>/run", views.Run.as_view(), name="run"),
    path("imports/<int:number>/undo", views.Undo.as_view(), name="undo"),
    path("imports/<int:number>/bad-rows", views.BadRows.as_view(), name="bad-rows"),
]
