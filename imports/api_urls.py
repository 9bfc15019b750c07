"""The addresses of imports in the API, version 1."""

from django.urls import path

from imports.api import views

app_name = "imports_api"
urlpatterns = [
    path("imports", views.Imports.as_view(), name="imports"),
    path("imports/<int:number>", views.Import.as_view(), name="batch"),
    path("imports/<int:number>/run", views.Run.as_view(), name="run"),
    path("imports/<int:number>/undo", views.Undo.as_view(), name="undo"),
    path("imports/<int:number>/bad-rows", views.BadRows.as_view(), name="bad-rows"),
]
