"""The pages of exports."""

from django.urls import path

from exports import views

app_name = "exports"
urlpatterns = [
    path("", views.home, name="home"),
    path("everything/", views.everything, name="everything"),
    path("latest/", views.latest, name="latest"),
    path("<int:export_id>/file/", views.download, name="download"),
]
