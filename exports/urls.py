"""The pages of exports."""

from django.urls import path, re_path

from exports import views

app_name = "exports"
urlpatterns = [
    path("", views.home, name="home"),
    path("everything/", views.everything, name="everything"),
    path("latest/", views.latest, name="latest"),
    re_path(r"^away/members\.(?P<kind>csv|xlsx)$", views.away, name="away"),
    path("<int:export_id>/file/", views.download, name="download"),
]
