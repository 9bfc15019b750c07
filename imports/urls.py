"""The pages of imports."""

from django.urls import path

from imports import views

app_name = "imports"
urlpatterns = [
    path("", views.home, name="home"),
    path("<int:pk>/", views.batch, name="batch"),
    path("<int:pk>/run/", views.run, name="run"),
    path("<int:pk>/rows/<int:number>/", views.decide, name="decide"),
    path("<int:pk>/bad-rows.xlsx", views.bad_rows, name="bad_rows"),
]
